"""What the answer's page says below its headline: who, what, how well, how measured, how fresh, what not."""

import re

from msgspec import Struct

from schemas.report import (
    Check,
    Claim,
    ClaimAchievement,
    ClaimAssessment,
    ClaimIssuer,
    ClaimLevel,
    ClaimRecipient,
    Outcome,
    Reason,
    Report,
)
from verifier.web.render import day, duration, followable, parse, render
from verifier.web.render import gettext as _
from verifier.words import words

# Assurance codes under which nobody watched the sitting.
UNSUPERVISED = frozenset({"unsupervised", "identity-checked"})
PROPORTION = re.compile(r"0?\.[0-9]{1,6}|[01](\.0{1,6})?")


class Told(Struct, frozen=True):
    """The claim in page words. Texts are the issuer's, unescaped; `record` is an http or https address.

    `percent` is the cut of the level reached; `assurance` is None where the narrative says the same words.
    """

    claimed: bool = False
    recipient: str | None = None
    person: str = ""
    achievement: str | None = None
    level: str | None = None
    percent: int | None = None
    scale: tuple[str, ...] = ()
    meaning: str | None = None
    assessment: str | None = None
    assurance: str | None = None
    narrative: str | None = None
    record: str | None = None
    fresh: str = ""
    domain: str | None = None
    issuer: str | None = None
    vouched: bool = False
    notice: str | None = None
    unchecked: tuple[str, ...] = ()


def verdict_page(report: Report, *, subject_link: str | None = None) -> bytes:
    """Return the page for a Report. `subject_link` leads to the credential's own page, if it has one."""
    return render(
        "verifier.web/verdict.html",
        report=report,
        words=words(report, _),
        told=tell(report),
        subject_link=subject_link,
        outcome_word=outcome_word,
        check_word=check_word,
    )


def tell(report: Report) -> Told:
    """Return what to say of the claim, and of what was not checked."""
    claim = report.claim
    compared = {found.outcome for found in report.of("recipient")}
    unchecked = tuple(dict.fromkeys(found.detail for found in report.checks if undetermined(found)))
    if claim is None:
        return Told(unchecked=unchecked)
    if claim.assurance and claim.assurance.code in UNSUPERVISED:
        unchecked = (_("Who answered the questions: nobody supervised the sitting."), *unchecked)
    if not (compared & {Outcome.PASS, Outcome.FAIL} or unchecked):
        unchecked = (_("Whether the person before you is the one whom the credential names."),)
    recipient = claim.recipient or ClaimRecipient()
    achievement = claim.achievement or ClaimAchievement()
    level = claim.level or ClaimLevel("")
    assessment = claim.assessment or ClaimAssessment()
    issuer = claim.issuer or ClaimIssuer("")
    return Told(
        claimed=True,
        recipient=recipient.name,
        person=person(compared),
        achievement=achievement.name,
        level=level.name,
        percent=percent(level.cut),
        scale=level.scale,
        meaning=level.description or achievement.description,
        assessment=assessment.name,
        assurance=assurance_once(claim),
        narrative=assessment.narrative,
        record=followable(assessment.record),
        fresh=freshness(claim, report.verified_at),
        domain=issuer.domain or issuer.id,
        issuer=issuer.name,
        vouched=any(
            found.reason in {Reason.STANDING_OWN, Reason.STANDING_VOUCHED} for found in report.checks
        ),
        notice=issuer.notice,
        unchecked=unchecked,
    )


def percent(cut: str | None) -> int | None:
    """Return a cut as whole percent; None for what is not a proportion from 0 to 1."""
    if cut is None or not PROPORTION.fullmatch(cut):
        return None
    return round(float(cut) * 100)


def assurance_once(claim: Claim) -> str | None:
    """Return what the declared assurance means, unless the assessment's narrative says it already."""
    narrative = (claim.assessment.narrative if claim.assessment else None) or ""
    sentence = claim.assurance.sentence if claim.assurance else None
    return None if sentence and sentence in narrative else sentence


def person(compared: set[Outcome]) -> str:
    """Return what is known of the person, from what comparing with the expected one found."""
    if Outcome.PASS in compared:
        return _("It names the person whom you asked about.")
    if Outcome.FAIL in compared:
        return _("This is not the person whom you asked about.")
    return _("We did not check that this is the person before you.")


def undetermined(found: Check) -> bool:
    """Tell whether a finding belongs under "what we did not check"."""
    return found.outcome is Outcome.UNKNOWN or found.reason is Reason.ENDORSEMENTS_NOT_CHECKED


def freshness(claim: Claim, verified_at: str) -> str:
    """Return how long ago it was measured and until when it is valid, in words; odd times as they stand."""
    start, end, now = parse(claim.valid_from), parse(claim.valid_until), parse(verified_at)
    sentences = []
    if start and now and start <= now:
        sentences.append(
            _("Measured %(ago)s, on %(day)s.") % {"ago": duration(start, now), "day": day(start)}
        )
    elif claim.valid_from:
        sentences.append(_("Valid from %s.") % (day(start) if start else claim.valid_from))
    if claim.valid_until:
        until = day(end) if end else claim.valid_until
        sentence = _("It was valid until %s.") if end and now and end <= now else _("Valid until %s.")
        sentences.append(sentence % until)
    else:
        sentences.append(_("It names no end of validity."))
    return " ".join(sentences)


def outcome_word(outcome: str) -> str:
    """Return an outcome as a word."""
    return {
        "pass": _("Passed"),
        "warn": _("Note"),
        "fail": _("Failed"),
        "unknown": _("Not known"),
        "skipped": _("Not asked"),
    }[outcome]


def check_word(check: str) -> str:
    """Return what a check looks at, in plain words; a name that is new stays as it is."""
    return {
        "carrier": _("What was handed over"),
        "well_formed": _("Well-formed"),
        "proof": _("How it is secured"),
        "issuer_key": _("The issuer's key"),
        "signature": _("Signature"),
        "shape": _("Follows the standard"),
        "validity": _("Period of validity"),
        "status": _("Withdrawn or on hold"),
        "standing": _("Who vouches for the issuer"),
        "recipient": _("The person"),
        "endorsements": _("Endorsements"),
        "policy": _("What you asked for"),
    }.get(check, check)
