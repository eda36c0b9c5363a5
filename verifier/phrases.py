"""Names, dates and durations as they may stand in a sentence: tidy, short, and cheap where they are plain.

Every Report has a sentence, so this is paid by every verification: plain ASCII is not looked at letter by
letter, and a date is read once.
"""

import functools
import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from msgspec import Struct

from schemas.report import Check, Report
from schemas.times import TimeRefused, date_time_stamp

Gettext = Callable[[str], str]
Look = Literal["good", "neutral", "warn", "bad"]
Seal = Literal["seal", "outline", "question", "clock", "pause", "caution", "struck", "broken"]

# Within quotation marks, a name must not close them and go on in our voice.
QUOTES = dict.fromkeys(map(ord, '“”„‟"«»〝〞'), "'")
_LONGEST_NAME = 120
_LONGEST_TIME = 40
_LONGEST_KEY = 28
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_LEFT_TO_RIGHT = frozenset({"L", "EN", "ES", "ET", "CS", "NSM", "WS", "ON"})
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class Words(Struct, frozen=True):
    """Colour, drawing, headline (no full stop) and first sentence. Plain text, to be escaped."""

    look: Look
    seal: Seal
    headline: str
    sentence: str


def tidy(text: str) -> str:
    """One line without control or direction characters: nothing that could steer a terminal or a reader."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(
            letter for letter in text if letter.isspace() or unicodedata.category(letter) not in _INVISIBLE
        )
    return " ".join(text.split())


def plain(name: str) -> str:
    """A name for use inside a sentence: tidy, not too long, isolated where its direction needs it."""
    if name.isascii() and name.isprintable() and len(name) <= _LONGEST_NAME:
        return " ".join(name.split())
    short = tidy(name)
    if len(short) > _LONGEST_NAME:
        short = short[: _LONGEST_NAME - 1] + "…"
    bends = any(unicodedata.bidirectional(letter) not in _LEFT_TO_RIGHT for letter in short)
    return f"\u2068{short}\u2069" if bends else short


def finding(check: Check) -> str:
    """A finding's sentence without the address in brackets that ends it; *Show every check* has that."""
    return tidy(check.detail.rpartition(" (")[0] if check.detail.endswith(")") else check.detail)


def key_name(identifier: str) -> str:
    """A key's identifier, short enough to be said: its beginning and its end, which are compared."""
    whole = tidy(identifier)
    return whole if len(whole) <= _LONGEST_KEY else f"{whole[: _LONGEST_KEY - 9]}…{whole[-8:]}"


def day(moment: str | None, gettext: Gettext) -> str:
    """A date in words: 3 May 2026."""
    if gettext is str and moment is not None and len(moment) <= _LONGEST_TIME:
        return _english_day(moment)
    return _day(_calendar(moment), gettext)


@functools.lru_cache(maxsize=1_024)
def _english_day(moment: str) -> str:
    return _day(_read(moment), str)


def _day(found: datetime | None, gettext: Gettext) -> str:
    if found is None:
        return gettext("an unknown date")
    return f"{found.day} {gettext(_MONTHS[found.month - 1])} {found.year}"


def ago(start: str | None, now: str, gettext: Gettext) -> str:
    """A duration in words, in the largest unit that gives at least two."""
    begun, ended = _calendar(start), _calendar(now)
    days = max((ended - begun).days, 0) if begun and ended else 0
    for unit, sentence in ((365, gettext("%d years")), (30, gettext("%d months")), (1, gettext("%d days"))):
        if days >= 2 * unit:
            return sentence % (days // unit)
    return gettext("1 day") if days else gettext("less than a day")


def passed(end: str | None, now: str) -> bool:
    """Whether a time is over; one that is not given, or is none, never is."""
    ended, moment = _calendar(end), _calendar(now)
    return ended is not None and moment is not None and ended <= moment


def _calendar(moment: str | None) -> datetime | None:
    """The moment, or None where this is not a time; nothing long is remembered."""
    return None if moment is None or len(moment) > _LONGEST_TIME else _read(moment)


@functools.lru_cache(maxsize=1_024)
def _read(moment: str) -> datetime | None:
    try:
        return date_time_stamp(moment)
    except TimeRefused:
        return None


def issuer_name(report: Report, gettext: Gettext) -> str:
    """What the issuer calls itself."""
    issuer = report.claim.issuer if report.claim else None
    name = plain(issuer.name or "") if issuer else ""
    return name or gettext("the issuer")


def recipient_name(report: Report, gettext: Gettext) -> str:
    """Whom the credential names."""
    recipient = report.claim.recipient if report.claim else None
    return plain((recipient and recipient.name) or "") or gettext("its holder")


def achievement_name(report: Report, gettext: Gettext) -> str:
    """What was achieved, and how well."""
    achievement = report.claim.achievement if report.claim else None
    level = report.claim.level if report.claim else None
    name = plain((achievement and achievement.name) or "") or gettext("an achievement")
    return f"{name}, {plain(level.name)}" if level else name
