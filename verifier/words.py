"""The verdict in words: one place that maps a Report to its look, headline and first sentence.

Green is earned by four things at once: verdict valid, genuine, current, and an issuer that a named source
vouches for. The first row that applies wins. Names stand in sentences without control characters, and
isolated where their direction could bend the sentence.
"""

import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from msgspec import Struct

from schemas.report import Check, Outcome, Reason, Report
from verifier.times import TimeRefused, date_time_stamp

Look = Literal["good", "neutral", "warn", "bad"]
Seal = Literal["seal", "outline", "question", "clock", "pause", "caution", "struck", "broken"]
Gettext = Callable[[str], str]

_LONGEST_NAME = 120
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_LEFT_TO_RIGHT = frozenset({"L", "EN", "ES", "ET", "CS", "NSM", "WS", "ON"})
# What a caller asked for beyond authenticity and currency, and the shape that the standards ask for.
_DEMANDS = ("shape", "validity", "recipient", "policy")
_CANNOT_TELL = {Outcome.UNKNOWN, Outcome.FAIL}


class Words(Struct, frozen=True):
    """Colour, drawing, headline (no full stop) and first sentence. Plain text, to be escaped."""

    look: Look
    seal: Seal
    headline: str
    sentence: str


def words(report: Report, gettext: Gettext = str) -> Words:
    """The verdict of a Report in words, through `gettext` (by default as they stand here: English)."""
    if report.authenticity == "not_genuine":
        return _not_genuine(report, gettext)
    if report.authenticity == "cannot_tell":
        return _cannot_tell(report, gettext)
    return _unmet(report, gettext) or _CURRENCIES[report.currency](report, gettext)


def caution(report: Report, gettext: Gettext = str) -> str:
    """Said beside every genuine credential unless its recipient was compared: a sentence or nothing."""
    compared = any(found.outcome in {Outcome.PASS, Outcome.FAIL} for found in report.of("recipient"))
    if report.authenticity != "genuine" or compared:
        return ""
    return gettext("We did not check that this is the person before you.")


def _not_genuine(report: Report, gettext: Gettext) -> Words:
    failed = _first(report, {Outcome.FAIL})
    if failed.reason is Reason.WELL_FORMED_NOT_A_CREDENTIAL:
        return _no_credential(failed, gettext)
    if failed.check == "well_formed" or failed.reason is Reason.PROOF_HEADER:
        why = gettext("It is damaged, incomplete or was changed after it was signed.")
        advice = gettext("Ask for the original file or link.")
        return Words("bad", "broken", gettext("Not genuine"), f"{why} {advice}")
    sentences = {
        Reason.SIGNATURE_INVALID: gettext(
            "It was changed after it was signed, or its signature was made up."
        ),
        Reason.ISSUER_KEY_UNTRUSTED: gettext("It was not signed by the issuer that it names."),
        Reason.ISSUER_KEY_COMPROMISED: gettext(
            "It was signed with a key that the issuer has declared stolen."
        ),
        Reason.PROOF_MISSING: gettext("Nobody signed it: anyone could have written it."),
    }
    why = sentences.get(failed.reason, failed.detail)
    return Words("bad", "broken", gettext("Not genuine"), f"{why} {gettext('Do not rely on it.')}")


def _cannot_tell(report: Report, gettext: Gettext) -> Words:
    why = _first(report, _CANNOT_TELL)
    if why.outcome is Outcome.FAIL:
        return _no_credential(why, gettext)
    advice = {
        Reason.ISSUER_KEY_UNREACHABLE: gettext("Try again later, or ask the issuer."),
        Reason.CARRIER_UNREACHABLE: gettext("Check the link, or ask for the credential itself."),
        Reason.CARRIER_NOT_DECODED: gettext("Try a smaller picture, or paste the credential's text."),
    }
    sentence = f"{why.detail} {advice.get(why.reason, '')}".strip()
    return Words("neutral", "question", gettext("We could not check this"), sentence)


def _no_credential(why: Check, gettext: Gettext) -> Words:
    """Nothing was forged and nothing is left open: no one credential is in what was handed over."""
    headlines = {
        Reason.CARRIER_AMBIGUOUS: gettext("More than one credential"),
        Reason.CARRIER_DAMAGED: gettext("This picture cannot be read"),
        Reason.CARRIER_UNRECOGNISED: gettext("We found no credential in this"),
    }
    advice = {
        Reason.CARRIER_AMBIGUOUS: gettext("Hand over one at a time."),
        Reason.CARRIER_DAMAGED: gettext("Ask for the original file or link."),
    }
    usual = gettext("Paste the credential's text, or a link to it.")
    headline = headlines.get(why.reason, gettext("This is not a credential"))
    return Words("neutral", "caution", headline, f"{why.detail} {advice.get(why.reason, usual)}")


def _unmet(report: Report, gettext: Gettext) -> Words | None:
    """The first row: genuine, but something asked for is not so; a withdrawal is told all the same."""
    failed = {
        name: found
        for name in _DEMANDS
        for found in report.of(name)
        if found.outcome is Outcome.FAIL and found.reason not in _PERIOD
    }
    withdrawn = {
        "revoked": gettext("Its issuer has withdrawn it."),
        "suspended": gettext("Its issuer has put it on hold."),
        "expired": gettext("It has expired."),
    }.get(report.currency, "")
    if malformed := failed.get("shape") or failed.get("validity"):
        return Words(
            "bad", "caution", gettext("Not a valid credential"), f"{malformed.detail} {withdrawn}".strip()
        )
    if "recipient" in failed:
        headline = gettext("Genuine, but not for this person")
        sentence = gettext("It names %(recipient)s, and that is not whom you expect.")
        sentence %= {"recipient": _recipient(report, gettext)}
        return Words("warn", "caution", headline, f"{sentence} {withdrawn}".strip())
    if "policy" in failed:
        headline = gettext("Genuine, but it does not meet what you asked")
        return Words("warn", "caution", headline, f"{failed['policy'].detail} {withdrawn}".strip())
    return None


# Their own rows speak of these.
_PERIOD = frozenset({Reason.VALIDITY_EXPIRED, Reason.VALIDITY_NOT_YET})


def _current(report: Report, gettext: Gettext) -> Words:
    """Genuine and current: green only where a named source vouches for the issuer and nothing is open."""
    if report.verdict != "valid":
        open_one = next(
            (
                found
                for name in (*_DEMANDS, "standing", "endorsements")
                for found in report.of(name)
                if _open(found)
            ),
            None,
        )
        detail = "" if open_one is None else open_one.detail
        return Words(
            "neutral", "question", gettext("Genuine. We could not check everything you asked"), detail
        )
    standing = report.of("standing")[0]
    known = {
        "issuer": _issuer(report, gettext),
        "achievement": _achievement(report, gettext),
        "recipient": _recipient(report, gettext),
        "date": _day(report.claim.valid_from if report.claim else None, gettext),
        "until": _day(report.claim.valid_until if report.claim else None, gettext),
        "source": plain(standing.source or ""),
        "domain": _domain(report),
    }
    if standing.outcome is not Outcome.PASS:
        headline = gettext("Genuine signature, issuer not known to us")
        sentence = gettext(
            "Whoever controls %(domain)s signed this. They call themselves “%(issuer)s”; nobody we rely on "
            "has confirmed that."
        )
        return Words("neutral", "outline", headline, sentence % known)
    if standing.reason is Reason.STANDING_OWN:
        sentence = gettext(
            "Issued here by %(issuer)s, who awarded %(achievement)s to %(recipient)s on %(date)s."
        )
    else:
        sentence = gettext(
            "%(issuer)s awarded %(achievement)s to %(recipient)s on %(date)s. %(source)s lists this issuer."
        )
    if report.claim is not None and report.claim.valid_until is not None:
        sentence += " " + gettext("Valid until %(until)s.")
    return Words("good", "seal", gettext("Genuine and current"), sentence % known)


def _open(found: Check) -> bool:
    return found.outcome in {Outcome.UNKNOWN, Outcome.SKIPPED} and found.reason is not Reason.POLICY_NOT_GIVEN


def _currency_unknown(report: Report, gettext: Gettext) -> Words:
    said = {"issuer": _issuer(report, gettext), "time": report.verified_at[11:16]}
    said["day"] = _day(report.verified_at, gettext)
    sentence = gettext(
        "The issuer's list of withdrawn credentials could not be reached at %(time)s UTC on %(day)s. Try "
        "again, or ask %(issuer)s."
    )
    status = next((found for found in report.of("status") if found.outcome is Outcome.UNKNOWN), None)
    if status is not None and status.reason is not Reason.STATUS_UNREACHABLE:
        said["why"] = status.detail
        sentence = gettext("%(why)s Try again, or ask %(issuer)s.")
    return Words(
        "neutral", "question", gettext("Genuine. We could not check if it still stands"), sentence % said
    )


def _expired(report: Report, gettext: Gettext) -> Words:
    start, end = (report.claim.valid_from, report.claim.valid_until) if report.claim else (None, None)
    headline = gettext("Genuine. Expired on %(date)s") % {"date": _day(end, gettext)}
    sentence = gettext("It was valid from %(start)s to %(end)s. The skill was measured %(ago)s ago.")
    ago = _ago(start, report.verified_at, gettext)
    return Words(
        "warn",
        "clock",
        headline,
        sentence % {"start": _day(start, gettext), "end": _day(end, gettext), "ago": ago},
    )


def _not_yet(report: Report, gettext: Gettext) -> Words:
    start = _day(report.claim.valid_from if report.claim else None, gettext)
    headline = gettext("Genuine. Valid from %(date)s") % {"date": start}
    return Words("warn", "clock", headline, "")


def _suspended(report: Report, gettext: Gettext) -> Words:
    sentence = gettext("%(issuer)s put it on hold on %(date)s. This is not a judgement; ask %(issuer)s.")
    if report.since is None:
        sentence = gettext("%(issuer)s put it on hold. This is not a judgement; ask %(issuer)s.")
    said = {"issuer": _issuer(report, gettext), "date": _day(report.since, gettext)}
    return Words("warn", "pause", gettext("Genuine, but on hold"), sentence % said)


def _revoked(report: Report, gettext: Gettext) -> Words:
    said = {"issuer": _issuer(report, gettext), "date": _day(report.since, gettext)}
    if any(found.reason is Reason.STATUS_REVOKED for found in report.of("status")):
        sentence = gettext("%(issuer)s withdrew it on %(date)s.")
        if report.since is None:
            # Strangers see only the bit, which a newer copy sets for an older one as well.
            sentence = gettext(
                "%(issuer)s withdrew this copy. There may be a newer one: open the holder's link, or ask."
            )
        return Words("bad", "struck", gettext("Withdrawn by its issuer"), sentence % said)
    sentence = gettext("%(issuer)s replaced this copy by a newer one. Ask the holder for the current copy.")
    return Words("warn", "caution", gettext("Genuine, but replaced by a newer copy"), sentence % said)


_CURRENCIES: dict[str, Callable[[Report, Gettext], Words]] = {
    "current": _current,
    "cannot_tell": _currency_unknown,
    "expired": _expired,
    "not_yet": _not_yet,
    "suspended": _suspended,
    "revoked": _revoked,
}


def _first(report: Report, outcomes: set[Outcome]) -> Check:
    """The check that ended the verification: a failure before anything that is only unknown."""
    matching = [found for found in report.checks if found.outcome in outcomes]
    return next((found for found in matching if found.outcome is Outcome.FAIL), matching[0])


def tidy(text: str) -> str:
    """One line without control or direction characters: nothing that could steer a terminal or a reader."""
    kept = (letter for letter in text if letter.isspace() or unicodedata.category(letter) not in _INVISIBLE)
    return " ".join("".join(kept).split())


def plain(name: str) -> str:
    """A name for use inside a sentence: tidy, not too long, isolated where its direction needs it."""
    short = tidy(name)
    short = short if len(short) <= _LONGEST_NAME else short[: _LONGEST_NAME - 1] + "…"
    bends = any(unicodedata.bidirectional(letter) not in _LEFT_TO_RIGHT for letter in short)
    return f"\u2068{short}\u2069" if bends else short


def _issuer(report: Report, gettext: Gettext) -> str:
    issuer = report.claim.issuer if report.claim else None
    name = plain(issuer.name or "") if issuer else ""
    return name or gettext("the issuer")


def _domain(report: Report) -> str:
    issuer = report.claim.issuer if report.claim else None
    return plain(issuer.domain or issuer.id) if issuer else ""


def _recipient(report: Report, gettext: Gettext) -> str:
    recipient = report.claim.recipient if report.claim else None
    return plain((recipient and recipient.name) or "") or gettext("its holder")


def _achievement(report: Report, gettext: Gettext) -> str:
    achievement = report.claim.achievement if report.claim else None
    level = report.claim.level if report.claim else None
    name = plain((achievement and achievement.name) or "") or gettext("an achievement")
    return f"{name}, {plain(level.name)}" if level else name


def _day(moment: str | None, gettext: Gettext) -> str:
    """A date in words: 3 May 2026."""
    found = _moment(moment)
    if found is None:
        return gettext("an unknown date")
    months = (
        gettext("January"), gettext("February"), gettext("March"), gettext("April"), gettext("May"),
        gettext("June"), gettext("July"), gettext("August"), gettext("September"), gettext("October"),
        gettext("November"), gettext("December"),
    )  # fmt: skip
    return f"{found.day} {months[found.month - 1]} {found.year}"


def _ago(start: str | None, now: str, gettext: Gettext) -> str:
    """A duration in words, in the largest unit that gives at least two."""
    begun, ended = _moment(start), _moment(now)
    days = max((ended - begun).days, 0) if begun and ended else 0
    for unit, sentence in ((365, gettext("%d years")), (30, gettext("%d months")), (1, gettext("%d days"))):
        if days >= 2 * unit:
            return sentence % (days // unit)
    return gettext("1 day") if days else gettext("less than a day")


def _moment(moment: str | None) -> datetime | None:
    try:
        return None if moment is None else date_time_stamp(moment)
    except TimeRefused:
        return None
