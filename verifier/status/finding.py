"""What one status entry says."""

from datetime import datetime

from msgspec import Struct

from schemas.report import Currency, Outcome, Reason
from verifier.fetch import Fetched

_CURRENCY: dict[Reason, Currency] = {
    Reason.STATUS_CLEAR: "current",
    Reason.STATUS_REVOKED: "revoked",
    Reason.STATUS_SUPERSEDED: "revoked",
    Reason.STATUS_SUSPENDED: "suspended",
}


class Finding(Struct, frozen=True):
    """The reason decides: clear passes, a set bit fails, everything else cannot be determined."""

    reason: Reason
    detail: str
    source: Fetched | str | None = None
    since: datetime | None = None

    @property
    def currency(self) -> Currency:
        """What this entry alone says."""
        return _CURRENCY.get(self.reason, "cannot_tell")

    @property
    def outcome(self) -> Outcome:
        """Never `pass` unless the list was read and its bit is clear."""
        if self.currency == "cannot_tell":
            return Outcome.UNKNOWN
        return Outcome.PASS if self.currency == "current" else Outcome.FAIL
