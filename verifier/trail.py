"""What one verification has found so far."""

from datetime import UTC, datetime
from functools import lru_cache

from msgspec import Struct, field

from schemas.report import CHECKS, Check, Outcome, Reason
from verifier.fetch import Fetched

_IN_ORDER = list(CHECKS)
# Documents that are used over and over were fetched at few different moments.
_STAMPS = 256


class Trail(Struct):
    """The checks in the order in which they were made."""

    checks: list[Check] = field(default_factory=list)

    def add(
        self,
        check: str,
        outcome: Outcome,
        reason: Reason,
        detail: str,
        *,
        source: Fetched | str | None = None,
        at: datetime | None = None,
    ) -> None:
        """Note one finding; a fetched document brings its own time along."""
        if isinstance(source, Fetched):
            at = source.fetched_at
            if source.stale is not None:
                detail += f" From a copy of {stamp(source.fetched_at)}; the issuer could not be reached."
            source = _named(source.url, source.source)
        self.checks.append(Check(check, outcome, reason, detail, source, None if at is None else stamp(at)))

    def passed(
        self,
        check: str,
        reason: Reason,
        detail: str,
        *,
        source: Fetched | str | None = None,
        at: datetime | None = None,
    ) -> None:
        """Note that a check passed."""
        if source is None and at is None:
            self.checks.append(Check(check, Outcome.PASS, reason, detail))
        else:
            self.add(check, Outcome.PASS, reason, detail, source=source, at=at)

    def failed(self, check: str, reason: Reason, detail: str, *, source: Fetched | str | None = None) -> None:
        """Note that a check failed."""
        self.add(check, Outcome.FAIL, reason, detail, source=source)

    def unknown(
        self, check: str, reason: Reason, detail: str, *, source: Fetched | str | None = None
    ) -> None:
        """Note that a check could not be determined."""
        self.add(check, Outcome.UNKNOWN, reason, detail, source=source)

    def outcomes(self, check: str) -> set[Outcome]:
        """Every outcome of one check; empty when it was not reached."""
        return {found.outcome for found in self.checks if found.check == check}

    def complete(self) -> tuple[Check, ...]:
        """The checks in their documented order, those not reached included."""
        reached = [found.check for found in self.checks]
        if reached == _IN_ORDER:
            return tuple(self.checks)
        missing = [
            Check(
                name,
                Outcome.SKIPPED,
                Reason.NOT_REACHED,
                "Not reached: an earlier step ended the verification.",
            )
            for name in CHECKS
            if name not in reached
        ]
        return tuple(sorted((*self.checks, *missing), key=lambda found: CHECKS.index(found.check)))


@lru_cache(_STAMPS)
def _named(url: str, source: str) -> str:
    """An origin answers for itself; whoever else answered is named."""
    return url if url.startswith(f"{source}/") else f"{url} ({source})"


@lru_cache(_STAMPS)
def stamp(moment: datetime) -> str:
    """RFC 3339 in UTC, whole seconds."""
    return f"{moment.astimezone(UTC).isoformat(timespec='seconds').removesuffix('+00:00')}Z"
