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
    Enclosed,
    Outcome,
    Reason,
    Report,
)
from verifier.phrases import finding, key_name
from verifier.web.render import day, duration, followable, parse, render
from verifier.web.render import gettext as _
from verifier.words import last_read, words

# Assurance codes under which nobody watched the sitting.
UNSUPERVISED = frozenset({"unsupervised", "identity-checked"})
UNSTATED = "unstated"
# Findings about the issuer that stand beside it; that nobody vouches is in the headline.
SAID = frozenset({Reason.STANDING_OWN, Reason.STANDING_VOUCHED, Reason.STANDING_DISTRUSTED})
PROPORTION = re.compile(r"0?\.[0-9]{1,6}|[01](\.0{1,6})?")


class Inside(Struct, frozen=True):
    """An enclosed credential or endorsement in page words; `issuer` is what is proven of who signed it."""

    endorsement: bool
    title: str | None
    issuer: str | None
    headline: str


class Told(Struct, frozen=True):
    """The claim in page words. Texts are the issuer's, unescaped; `record` is an http or https address.

    `percent` is the cut of the level reached; `assurance` is None where the narrative says the same words.
    `domain` is proven, or else `key`; `issuer` is a name, which `vouched` says whether to believe; `sources`
    are what is said of the issuer, and by whom.
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
    key: str | None = None
    issuer: str | None = None
    vouched: bool = False
    sources: tuple[str, ...] = ()
    notice: str | None = None
    unchecked: tuple[str, ...] = ()


def verdict_page(report: Report, *, subject_link: str | None = None) -> bytes:
    """Return the page for a Report. `subject_link` leads to the credential's own page, if it has one."""
    return render(
        "verifier.web/verdict.html",
        report=report,
        words=words(report, _),
        told=tell(report),
        inside=tuple(inside(one, report) for one in report.enclosed),
        subject_link=subject_link,
        outcome_word=outcome_word,
        check_word=check_word,
    )


def tell(report: Report) -> Told:
    """Return what to say of the claim, and of what was not checked."""
    claim = report.claim
    compared = {found.outcome for found in report.of("recipient")}
    if claim is None:
        return Told(unchecked=unread(report))
    unchecked = tuple(dict.fromkeys(finding(found) for found in report.checks if undetermined(found)))
    if claim.assurance and claim.assurance.code == UNSTATED:
        unchecked = (
            _("Who answered the questions: whether anybody supervised the sitting is not stated."),
            *unchecked,
        )
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
        person=person(report),
        achievement=achievement.name,
        level=level.name,
        percent=percent(level.cut),
        scale=level.scale,
        meaning=level.description or achievement.description,
        assessment=assessment.name,
        assurance=assurance_once(claim),
        narrative=assessment.narrative,
        record=followable(assessment.record),
        fresh=f"{freshness(claim, report.verified_at)} {last_read(report, _)}".strip(),
        domain=issuer.domain,
        key=issuer.id if issuer.domain is None else None,
        issuer=issuer.name,
        vouched=vouched(report),
        sources=tuple(finding(found) for found in report.of("standing") if found.reason in SAID),
        notice=issuer.notice,
        unchecked=unchecked,
    )


def vouched(report: Report) -> bool:
    """Tell whether the issuer's name may stand by itself: a source vouches, and nothing speaks against it."""
    against = {Outcome.FAIL, Outcome.UNKNOWN}
    standing = report.of("standing")
    return (
        any(found.outcome is Outcome.PASS for found in standing)
        and not any(found.outcome in against for found in standing)
        and not any(found.reason is Reason.STANDING_OTHER_NAME for found in standing)
        and all(found.outcome is Outcome.PASS for found in report.of("issuer_key"))
    )


def inside(one: Enclosed, report: Report) -> Inside:
    """Return what to say of an enclosed credential: the headline that it would have alone."""
    alone = Report(
        verdict=one.verdict,
        authenticity=one.authenticity,
        currency=one.currency,
        sentence="",
        claim=one.claim,
        checks=one.checks,
        input_digest=report.input_digest,
        verified_at=report.verified_at,
        verifier=report.verifier,
    )
    claim = one.claim or Claim()
    issuer = claim.issuer or ClaimIssuer("")
    return Inside(
        endorsement=one.role == "endorsement",
        title=claim.achievement.name if claim.achievement else None,
        issuer=issuer.domain or key_name(issuer.id) or None,
        headline=words(alone, _).headline,
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


def unread(report: Report) -> tuple[str, ...]:
    """Return what was not checked where nothing could be: why that is so, the first sentence says."""
    if report.verdict != "undetermined":
        return ()
    return (_("Whether its issuer signed it, whether it still stands, and who vouches for the issuer."),)


def person(report: Report) -> str:
    """Return what is known of the person, from comparing with the expected one or from a presentation."""
    found = {check.reason: check for check in report.of("recipient")}
    if Reason.RECIPIENT_MISMATCH in found:
        return _("This is not the person whom you asked about.")
    failed = next((check for check in found.values() if check.outcome is Outcome.FAIL), None)
    if failed is not None:
        return finding(failed)
    if Reason.RECIPIENT_MATCHED in found:
        return _("It names the person whom you asked about.")
    if Reason.RECIPIENT_PRESENTED in found:
        return _("Whoever showed it to you holds its key.")
    return _("We did not check that this is the person before you.")


def undetermined(found: Check) -> bool:
    """Tell whether a finding belongs under "what we did not check"."""
    return found.outcome is Outcome.UNKNOWN or found.reason is Reason.ENDORSEMENTS_NOT_CHECKED


def freshness(claim: Claim, verified_at: str) -> str:
    """Return how long ago it was measured and until when it is valid, in words; odd times as they stand.

    Of a credential that names no assessment, only the award can be dated.
    """
    start, end, now = parse(claim.valid_from), parse(claim.valid_until), parse(verified_at)
    sentences = []
    if start and now and start <= now:
        dated = _("Measured %(ago)s, on %(day)s.") if claim.assessment else _("Awarded %(ago)s, on %(day)s.")
        sentences.append(dated % {"ago": duration(start, now), "day": day(start)})
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
