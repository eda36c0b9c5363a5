"""Step 7: validity at the given moment, with 60 s of leeway for clocks that disagree.

VC Data Model 2.0, section 4.9: validFrom and validUntil; RFC 7519: nbf and exp, which the OB 3.0 JWT form
repeats.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from schemas.report import Currency
from schemas.times import TimeRefused, date_time_stamp, numeric_date

_LEEWAY = timedelta(seconds=60)
# The data models 2.0 and 1.1, and RFC 7519.
_STARTS = (("validFrom", date_time_stamp), ("issuanceDate", date_time_stamp), ("nbf", numeric_date))
_ENDS = (("validUntil", date_time_stamp), ("expirationDate", date_time_stamp), ("exp", numeric_date))


class Period(Struct, frozen=True):
    """From when until when; None where the document does not say."""

    start: datetime | None
    end: datetime | None

    def at(self, now: datetime) -> Currency:
        """`current`, `not_yet` or `expired`; both edges are inside."""
        if self.start is not None and now < self.start - _LEEWAY:
            return "not_yet"
        if self.end is not None and now > self.end + _LEEWAY:
            return "expired"
        return "current"


def period(document: Mapping[str, Any], ends_of_proofs: tuple[str, ...] = ()) -> Period:
    """The narrowest period that the document's times, and its proofs', allow.

    Raises TimeRefused naming the member at fault.
    """
    starts = _read(document, _STARTS)
    ends = _read(document, _ENDS)
    if ends_of_proofs:
        ends += map(date_time_stamp, ends_of_proofs)
    found = Period(max(starts, default=None), min(ends, default=None))
    if found.start is not None and found.end is not None and found.end < found.start:
        raise TimeRefused("It ends before it begins.")
    return found


def _read(
    document: Mapping[str, Any], members: tuple[tuple[str, Callable[[Any], datetime]], ...]
) -> list[datetime]:
    moments = []
    for member, read in members:
        if member in document:
            try:
                moments.append(read(document[member]))
            except TimeRefused as refused:
                raise TimeRefused(f"{member} is {refused}.") from None
    return moments
