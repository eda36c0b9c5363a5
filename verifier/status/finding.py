"""What one status entry says."""

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from schemas.report import Currency, Outcome, Reason
from verifier.fetch import Fetched

_CURRENCY: dict[Reason, Currency] = {
    Reason.STATUS_CLEAR: "current",
    Reason.STATUS_MESSAGE: "current",
    Reason.STATUS_REFRESH: "current",
    Reason.STATUS_REVOKED: "revoked",
    Reason.STATUS_SUPERSEDED: "revoked",
    Reason.STATUS_SUSPENDED: "suspended",
}

# What Bitstring Status List 1.0 (sections 3.2 and 3.5) calls each way in which a status cannot be had.
PROCESSING_ERRORS: Final = {
    Reason.STATUS_UNREACHABLE: "STATUS_RETRIEVAL_ERROR",
    Reason.STATUS_LIST_INVALID: "STATUS_VERIFICATION_ERROR",
    Reason.STATUS_STALE: "STATUS_VERIFICATION_ERROR",
    Reason.STATUS_LIST_LENGTH: "STATUS_LIST_LENGTH_ERROR",
    Reason.STATUS_RANGE: "RANGE_ERROR",
    Reason.STATUS_MALFORMED: "MALFORMED_VALUE_ERROR",
}


class Refused(Exception):  # noqa: N818 — the house's name: what a refusal is, not that it is an error
    """An entry or a list that does not count, and why."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def invalid(detail: str) -> Refused:
    """What was found does not count as the list."""
    return Refused(Reason.STATUS_LIST_INVALID, detail)


class Finding(Struct, frozen=True):
    """The reason decides: clear passes, a set bit fails, everything else cannot be determined.

    A message, or word of a newer version, is a warning: it takes nothing away. `since` is when a withdrawal
    began, `issued` when the list that was read says it was made.
    """

    reason: Reason
    detail: str
    source: Fetched | str | None = None
    since: datetime | None = None
    issued: datetime | None = None

    @property
    def currency(self) -> Currency:
        """What this entry alone says."""
        return _CURRENCY.get(self.reason, "cannot_tell")

    @property
    def outcome(self) -> Outcome:
        """Never `pass` unless the list was read and its bit is clear."""
        if self.currency == "cannot_tell":
            return Outcome.UNKNOWN
        if self.currency != "current":
            return Outcome.FAIL
        return Outcome.PASS if self.reason is Reason.STATUS_CLEAR else Outcome.WARN

    def age(self, now: datetime) -> timedelta | None:
        """How long ago the issuer's list was obtained; None where none was, or by whom is not known."""
        return now - self.source.fetched_at if isinstance(self.source, Fetched) else None
