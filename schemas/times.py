"""Times as credentials write them: dateTimeStamps (XML Schema 1.1) and NumericDates (RFC 7519)."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

# An offset is required, a second 60 does not exist, and 24:00:00 is the next day's midnight.
_STAMP = re.compile(
    r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.(\d+))?(Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)", re.ASCII
)
_LONGEST_STAMP = 64


class TimeRefused(ValueError):  # noqa: N818 — the house's name: what a refusal is, not that it is an error
    """A time that is not a time."""


def date_time_stamp(value: Any) -> datetime:
    """The moment in UTC, to the microsecond; raises TimeRefused."""
    if not isinstance(value, str) or len(value) > _LONGEST_STAMP:
        raise TimeRefused("not a date and time with an offset")
    return _read(value)


# Lint, validity and words ask for the same two times of a credential.
@lru_cache(maxsize=1_024)
def _read(value: str) -> datetime:
    match = _STAMP.fullmatch(value)
    if match is None:
        raise TimeRefused("not a date and time with an offset")
    day, clock, fraction, offset = match.groups()
    midnight = clock == "24:00:00" and not (fraction or "").strip("0")
    try:
        moment = datetime.fromisoformat(
            f"{day}T{'00:00:00' if midnight else clock}.{(fraction or '')[:6]:0<6}{offset}"
        )
        return (moment + timedelta(days=midnight)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise TimeRefused("no such date or time") from None


def numeric_date(value: Any) -> datetime:
    """The moment in UTC; text, booleans and moments beyond the calendar raise TimeRefused."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TimeRefused("not a number of seconds")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        raise TimeRefused("beyond the calendar") from None
