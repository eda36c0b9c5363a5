"""The verification steps, numbered as in docs/verification-steps.md: evidence in, a Report out.

A plain generator: it yields what it needs from outside (`Need`, answered by an Answer) or must not do itself
(`Chore`, answered by Done or Undone), so that blocking and asynchronous callers drive the same steps. It does
no I/O, and raises nothing whatever the evidence.
"""

from collections.abc import Callable, Generator, Mapping
from functools import partial
from typing import Any

import msgspec

from schemas.report import Check, Currency, Enclosed, Outcome, Reason, Report
from schemas.times import TimeRefused
from verifier import presentation
from verifier.authenticity import Signed, authenticate
from verifier.carrier import carrier
from verifier.carriers.found import Found
from verifier.claim import claim
from verifier.conclude import WORST_FIRST, Judged, report, together, within
from verifier.endorsements import MOST_ENDORSEMENTS, claimed, speaks_of
from verifier.fetch import Need
from verifier.formats import FormRefused, Opened, open_item, open_json, open_token
from verifier.lint import Finding, Severity, lint, profile_of
from verifier.openbadges2 import withdrawn
from verifier.policy import judge
from verifier.question import Question
from verifier.recipient import recipient
from verifier.sandbox import Chore
from verifier.standing import standing
from verifier.status import Finding as StatusFinding
from verifier.status import status
from verifier.trail import Trail, stamp
from verifier.validity import period

_FINDINGS_TOLD = 20
_POINTER_TOLD = 200
_OUTCOMES = {
    Severity.ERROR: Outcome.FAIL,
    Severity.UNKNOWN: Outcome.UNKNOWN,
    Severity.WARNING: Outcome.WARN,
}
# A document takes some times the room of its text, once it is taken apart.
_SIZE = 10


def pipeline(question: Question) -> Generator[Need | Chore, Any, Report]:
    """Take the twelve steps; the first five end early where there is nothing genuine to go on with."""
    trail = Trail()
    opened = _seen_before(question, trail)
    if opened is None:
        found = yield from carrier(question.evidence, trail)  # 1
        opened = None if found is None else opened_as_found(found, trail)  # 2 and 3
    if opened is None:
        return report(question, trail, Judged())
    if opened.kind == "presentation":
        return (yield from _presentation(opened, question, trail))
    read = tuple(trail.checks)
    judged, enclosed = yield from _credential(opened, question, trail)
    # What a link leads to is not the link's.
    if judged.genuine and read[0].source is None and question.seen.again(question.digest):
        question.seen.genuine.put((question.digest,), (read, opened), _SIZE * len(question.evidence))
    return report(question, trail, judged, enclosed)


def _seen_before(question: Question, trail: Trail) -> Opened | None:
    """Steps 1 to 3 as they came out when just these bytes were genuine before."""
    seen: tuple[tuple[Check, ...], Opened] | None = question.seen.genuine.get((question.digest,))
    if seen is None:
        return None
    trail.checks += seen[0]
    return seen[1]


def _credential(
    opened: Opened, question: Question, trail: Trail, *, presented: bool = False
) -> Generator[Need | Chore, Any, tuple[Judged, tuple[Enclosed, ...]]]:
    """Steps 4 to 12 for one credential; a presented one leaves step 10 to its presentation."""
    signed = yield from authenticate(opened, question, trail)  # 4 and 5
    if signed is None:
        # Also what cannot be compared any more may have been withdrawn at its address.
        return Judged(currency="revoked" if trail.outcomes("status") else "cannot_tell"), ()
    judged = yield from _current(signed, question, trail)
    if not presented or question.expected_recipient is not None:
        recipient(signed.document, question, trail, presented=presented)  # 10
    enclosed = yield from endorsements(signed.document, question, trail)  # 11
    judge(question.policy, trail, signed.document, signed.signer, question.now)  # 12
    return judged, enclosed


def _current(signed: Signed, question: Question, trail: Trail) -> Generator[Need | Chore, Any, Judged]:
    """Steps 6 to 9 for what was signed."""
    shape(signed.opened, trail)  # 6
    currencies = [validity(signed.document, signed.opened.ends, question, trail)]  # 7
    findings = yield from _status(signed, question, trail)  # 8
    yield from standing(signed.document, signed.signer, question, trail)  # 9
    currencies += [finding.currency for finding in findings]
    currency = min(currencies, key=WORST_FIRST.index)
    since = next(
        (stamp(found.since) for found in findings if found.since and found.currency == currency), None
    )
    known = signed.opened.known
    if known.claim is None:
        known.claim = claim(signed.document, signed.signer)
    return Judged(known.claim, currency, since)


def _presentation(opened: Opened, question: Question, trail: Trail) -> Generator[Need | Chore, Any, Report]:
    """All steps for a presentation: its own signature, every credential in it, then who shows them."""
    signed = yield from authenticate(opened, question, trail)
    if signed is None:
        return report(question, trail, Judged())
    shape(signed.opened, trail)
    validity(signed.document, signed.opened.ends, question, trail)
    items = presentation.credentials(signed.document)
    if not 0 < len(items) <= presentation.MOST_CREDENTIALS:
        most = presentation.MOST_CREDENTIALS
        detail = f"A presentation shows one to {most} credentials; this one shows {len(items)}."
        trail.failed("shape", Reason.SHAPE_PRESENTATION, detail)
        return report(question, trail, Judged())
    judged: list[Judged] = []
    enclosed: list[Enclosed] = []
    shown: list[Opened] = []
    no_further: tuple[Enclosed, ...] = ()
    for number, item in enumerate(items, 1):
        inner = Trail()
        inside = opened_inside(partial(open_item, item), inner)
        if inside is not None and inside.kind == "presentation":
            detail = "A presentation encloses credentials, not other presentations."
            inner.failed("proof", Reason.PROOF_TYPE, detail)
            inside = None
        one, further = Judged(), no_further
        if inside is not None:
            shown.append(inside)
            one, further = yield from _credential(inside, question, inner, presented=True)
        judged.append(one)
        enclosed += [within("credential", question, inner, one), *further]
        trail.checks += inner.checks if len(items) == 1 else _numbered(inner.checks, number)
    presentation.holder(signed, shown, question, trail)
    return report(question, trail, together(judged), tuple(enclosed))


def _numbered(checks: list[Check], number: int) -> list[Check]:
    """Findings that say of which credential they speak."""
    return [msgspec.structs.replace(found, detail=f"Credential {number}: {found.detail}") for found in checks]


def opened_as_found(found: Found, trail: Trail) -> Opened | None:
    """Steps 2 and 3 for what a carrier held."""
    open_it = open_json if found.kind == "json" else open_token
    return opened_inside(partial(open_it, found.data), trail)


def opened_inside(open_it: Callable[[], Opened], trail: Trail) -> Opened | None:
    """Steps 2 and 3: strict parsing, and does the form match one that we know?"""
    try:
        opened = open_it()
    except FormRefused as refused:
        if refused.check == "proof":
            trail.passed("well_formed", Reason.WELL_FORMED_OK, "It can be read in exactly one way.")
        tell = trail.failed if refused.certain else trail.unknown
        tell(refused.check, refused.reason, refused.detail)
        return None
    trail.passed("well_formed", Reason.WELL_FORMED_OK, "It can be read in exactly one way.")
    for outcome, reason, detail in opened.notes:
        trail.add("proof", outcome, reason, detail)
    if not opened.notes:
        trail.passed("proof", Reason.PROOF_RECOGNISED, opened.detail)
    return opened


def shape(opened: Opened, trail: Trail) -> None:
    """Step 6: the rules of the data model and of Open Badges."""
    known = opened.known
    if known.shape is None:
        profile = profile_of(opened.document, opened.securing, opened.kind)
        known.shape = _told(lint(opened.document, profile, opened.raw))
    trail.checks += known.shape


def _told(findings: tuple[Finding, ...]) -> tuple[Check, ...]:
    """The gravest first, so that the limit never hides an error behind warnings."""
    if not findings:
        detail = "It has the form that the standards ask for."
        return (Check("shape", Outcome.PASS, Reason.SHAPE_OK, detail),)
    gravest = sorted(findings, key=lambda found: list(_OUTCOMES).index(found.severity))
    return tuple(
        Check(
            "shape",
            _OUTCOMES[found.severity],
            found.reason,
            found.detail,
            f"{found.citation}; at {found.pointer[:_POINTER_TOLD] or '/'}",
        )
        for found in gravest[:_FINDINGS_TOLD]
    )


def _status(
    signed: Signed, question: Question, trail: Trail
) -> Generator[Need | Chore, Any, list[StatusFinding]]:
    """Step 8, by the entries of a credential, or by what Open Badges 2.0 has in their place."""
    if signed.proven is None:
        return (yield from status(signed.document, signed.published, question, trail))
    return (yield from withdrawn.status(signed.proven, question, trail))


def validity(
    document: Mapping[str, Any], ends_of_proofs: tuple[str, ...], question: Question, trail: Trail
) -> Currency:
    """Step 7: within its period, by the caller's clock?"""
    try:
        found = period(document, ends_of_proofs)
    except TimeRefused as refused:
        trail.failed(
            "validity", Reason.VALIDITY_MALFORMED, f"A time in the credential is malformed: {refused}"
        )
        return "cannot_tell"
    currency = found.at(question.now)
    if currency == "current":
        trail.passed("validity", Reason.VALIDITY_CURRENT, "It is within its period of validity.")
    elif currency == "expired":
        trail.failed("validity", Reason.VALIDITY_EXPIRED, "Its period of validity is over.")
    else:
        trail.failed("validity", Reason.VALIDITY_NOT_YET, "Its period of validity has not begun.")
    return currency


def endorsements(
    document: Mapping[str, Any], question: Question, trail: Trail
) -> Generator[Need | Chore, Any, tuple[Enclosed, ...]]:
    """Step 11: what others say of the badge, its issuer or its achievement, each verified like the badge."""
    found = claimed(document)
    if not found:
        trail.add("endorsements", Outcome.SKIPPED, Reason.ENDORSEMENTS_NONE, "It carries no endorsements.")
        return ()
    enclosed = []
    for endorsement in found[:MOST_ENDORSEMENTS]:
        inner, judged = Trail(), Judged()
        opened = opened_inside(partial(open_item, endorsement.item), inner)
        signed = None if opened is None else (yield from authenticate(opened, question, inner))
        if signed is not None:
            judged = yield from _current(signed, question, inner)
        about = signed is not None and speaks_of(signed.document, endorsement.carrier_id)
        one = within("endorsement", question, inner, judged)
        enclosed.append(one)
        if one.authenticity == "not_genuine" or (signed is not None and not about):
            detail = "An endorsement in it is not genuine or speaks of something else: it does not count."
            trail.failed("endorsements", Reason.ENDORSEMENTS_NOT_GENUINE, detail)
        elif one.verdict == "valid" and signed is not None:
            detail = f"It is endorsed by {signed.signer}."
            trail.passed("endorsements", Reason.ENDORSEMENTS_GENUINE, detail)
        else:
            detail = "An endorsement in it could not be confirmed; it counts for nothing here."
            trail.unknown("endorsements", Reason.ENDORSEMENTS_UNDETERMINED, detail)
    if len(found) > MOST_ENDORSEMENTS:
        detail = f"It carries more than {MOST_ENDORSEMENTS} endorsements; the others were not checked."
        trail.unknown("endorsements", Reason.ENDORSEMENTS_NOT_CHECKED, detail)
    return tuple(enclosed)
