"""The verdict in words: one place that maps a Report to its look, headline and first sentence.

Green is earned by four things at once: verdict valid, genuine, current, and an issuer that a named source
vouches for, with nothing left open about either. The first row that applies wins. Names stand in sentences
without control characters, and isolated where their direction could bend the sentence; the proven domain or
key stands before the name that an issuer gives itself.
"""

from collections.abc import Callable
from datetime import timedelta

from schemas.report import Check, Outcome, Reason, Report
from schemas.times import date_time_stamp
from verifier.current_words import current
from verifier.phrases import (
    Gettext,
    Look,
    Seal,
    Words,
    ago,
    day,
    finding,
    issuer_name,
    passed,
    plain,
    recipient_name,
    tidy,
)

__all__ = ["Look", "Seal", "Words", "caution", "last_read", "plain", "tidy", "words"]

_CANNOT_TELL = {Outcome.UNKNOWN, Outcome.FAIL}
_COMPARED = {Outcome.PASS, Outcome.FAIL}
# The checks that rely on what an issuer publishes.
_READ = {"issuer_key", "status"}
_JUST_NOW = timedelta(minutes=10)
_TEN_MINUTES = 15  # characters of a time, up to the tens of minutes


def words(report: Report, gettext: Gettext = str) -> Words:
    """The verdict of a Report in words, through `gettext` (by default as they stand here: English)."""
    if report.authenticity == "not_genuine":
        return _not_genuine(report, gettext)
    if report.authenticity == "cannot_tell":
        return _cannot_tell(report, gettext)
    unmet = _unmet(report, gettext) if report.verdict == "invalid" else None
    return unmet or _CURRENCIES[report.currency](report, gettext)


def caution(report: Report, gettext: Gettext = str) -> str:
    """Said beside every genuine credential unless its recipient was compared: a sentence or nothing."""
    if report.authenticity != "genuine":
        return ""
    for found in report.checks:
        if found.check == "recipient" and found.outcome in _COMPARED:
            return ""
    return gettext("We did not check that this is the person before you.")


def last_read(report: Report, gettext: Gettext = str) -> str:
    """When the issuer's keys and list were read, unless just now: a sentence or nothing.

    From a trust folder, or from a copy because the issuer could not be reached.
    """
    if report.currency != "current":
        return ""
    times = [found.time for found in report.checks if found.check in _READ and found.time is not None]
    oldest = min(times, default=report.verified_at)  # all RFC 3339 in UTC: text in the order of time
    if oldest[:_TEN_MINUTES] == report.verified_at[:_TEN_MINUTES]:
        return ""
    if date_time_stamp(report.verified_at) - date_time_stamp(oldest) < _JUST_NOW:
        return ""
    said = {"day": day(oldest, gettext), "time": oldest[11:16]}
    return gettext("What its issuer publishes was last read on %(day)s at %(time)s (UTC).") % said


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
    if report.currency == "revoked":
        sentence = gettext("%(why)s What it said can no longer be confirmed.") % {"why": why.detail}
        return Words("bad", "struck", gettext("Withdrawn by its issuer"), sentence)
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
    failed: dict[str, Check] = {}
    for found in report.checks:
        if found.outcome is Outcome.FAIL:
            if found.reason not in _PERIOD:
                failed.setdefault(found.check, found)
            elif report.currency not in _CURRENCIES_OF_PERIODS:
                return _not_in_time(gettext)
    withdrawn = {
        "revoked": gettext("Its issuer has withdrawn it."),
        "suspended": gettext("Its issuer has put it on hold."),
        "expired": gettext("It has expired."),
    }.get(report.currency, "")
    if malformed := failed.get("shape") or failed.get("validity"):
        headline = gettext("Not a valid credential")
        return Words("bad", "caution", headline, f"{malformed.detail} {withdrawn}".strip())
    unmet = failed.get("recipient")
    if unmet is not None and unmet.reason is Reason.RECIPIENT_MISMATCH:
        headline = gettext("Genuine, but not for this person")
        sentence = gettext("It names %(recipient)s, and that is not whom you expect.")
        sentence %= {"recipient": recipient_name(report, gettext)}
        return Words("warn", "caution", headline, f"{sentence} {withdrawn}".strip())
    headline = gettext("Genuine, but it does not meet what you asked")
    if unmet is not None:  # a presentation that is not for this caller, or not for now
        return Words("warn", "caution", headline, f"{unmet.detail} {withdrawn}".strip())
    if "policy" in failed:
        # Which of the checks that were asked for failed says more than that one did.
        unmet = failed.get("standing") if failed["policy"].reason is Reason.POLICY_UNMET else None
        why = failed["policy"].detail if unmet is None else f"{finding(unmet)} {failed['policy'].detail}"
        return Words("warn", "caution", headline, f"{why} {withdrawn}".strip())
    return None


def _not_in_time(gettext: Gettext) -> Words:
    """No credential's own period, or its currency would say so: that of the presentation they stand in."""
    headline = gettext("Genuine, but not shown in time")
    return Words("warn", "clock", headline, gettext("The presentation of it has ended, or has not begun."))


# Their own rows speak of these, unless it is a presentation's period and no credential's.
_PERIOD = frozenset({Reason.VALIDITY_EXPIRED, Reason.VALIDITY_NOT_YET})
_CURRENCIES_OF_PERIODS = frozenset({"expired", "not_yet", "suspended", "revoked"})


def _currency_unknown(report: Report, gettext: Gettext) -> Words:
    said = {"issuer": issuer_name(report, gettext), "time": report.verified_at[11:16]}
    said["day"] = day(report.verified_at, gettext)
    sentence = gettext(
        "The issuer's list of withdrawn credentials could not be reached at %(time)s UTC on %(day)s. Try "
        "again, or ask %(issuer)s."
    )
    status = next((found for found in report.of("status") if found.outcome is Outcome.UNKNOWN), None)
    if status is not None and status.reason is not Reason.STATUS_UNREACHABLE:
        said["why"] = status.detail
        sentence = gettext("%(why)s Try again, or ask %(issuer)s.")
    headline = gettext("Genuine. We could not check if it still stands")
    return Words("neutral", "question", headline, sentence % said)


def _expired(report: Report, gettext: Gettext) -> Words:
    start, end = (report.claim.valid_from, report.claim.valid_until) if report.claim else (None, None)
    if report.claim is not None and not passed(end, report.verified_at):
        headline = gettext("Genuine, but its signature has expired")
        sentence = gettext("It was signed for a time that is over. Ask the holder for a current copy.")
        return Words("warn", "clock", headline, sentence)
    headline = gettext("Genuine. Expired on %(date)s") % {"date": day(end, gettext)}
    sentence = gettext("It was valid from %(start)s to %(end)s. The skill was measured %(ago)s ago.")
    if report.claim is None or report.claim.assessment is None:
        sentence = gettext("It was valid from %(start)s to %(end)s. It was awarded %(ago)s ago.")
    said = {"start": day(start, gettext), "end": day(end, gettext)}
    said["ago"] = ago(start, report.verified_at, gettext)
    return Words("warn", "clock", headline, sentence % said)


def _not_yet(report: Report, gettext: Gettext) -> Words:
    start = day(report.claim.valid_from if report.claim else None, gettext)
    headline = gettext("Genuine. Valid from %(date)s") % {"date": start}
    return Words("warn", "clock", headline, "")


def _suspended(report: Report, gettext: Gettext) -> Words:
    sentence = gettext("%(issuer)s put it on hold on %(date)s. This is not a judgement; ask %(issuer)s.")
    if report.since is None:
        sentence = gettext("%(issuer)s put it on hold. This is not a judgement; ask %(issuer)s.")
    said = {"issuer": issuer_name(report, gettext), "date": day(report.since, gettext)}
    return Words("warn", "pause", gettext("Genuine, but on hold"), sentence % said)


def _revoked(report: Report, gettext: Gettext) -> Words:
    said = {"issuer": issuer_name(report, gettext), "date": day(report.since, gettext)}
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
    "current": current,
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
