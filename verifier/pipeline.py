"""The verification steps, numbered as in docs/verification-steps.md: evidence in, a Report out.

A plain generator: it yields what it needs from outside (`Need`, answered by an Answer) or must not do itself
(`Chore`, answered by Done or Undone), so that blocking and asynchronous callers drive the same steps. It does
no I/O, and raises nothing whatever the evidence.
"""

import hashlib
from collections.abc import Generator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from keys.proofs.jose import JoseRefused, Secured, read
from keys.public import PublicKey
from schemas.report import Authenticity, Currency, Outcome, Reason, Report, Verdict
from schemas.strict_json import StrictJsonError, loads
from verifier.carrier import carrier
from verifier.carriers.found import Found
from verifier.claim import claim
from verifier.fetch import VERIFIER, Need
from verifier.issuer_key import Published, issuer_key, published_keys
from verifier.lint import Profile, Severity, lint
from verifier.lint.rule import issuer_id, types
from verifier.policy import ALWAYS, judge
from verifier.question import Question
from verifier.recipient import recipient
from verifier.sandbox import Chore
from verifier.status import status
from verifier.times import TimeRefused
from verifier.trail import Trail, stamp
from verifier.validity import period
from verifier.words import caution, words

_OPEN_BADGES_2 = "https://w3id.org/openbadges/v2"
_VCDM_1 = "https://www.w3.org/2018/credentials/v1"
# Members of the OB 3.0 JWT form's header; `jwk` only selects among published keys.
_HEADER = {"alg", "kid", "typ", "jwk"}
_FINDINGS_TOLD = 20
_POINTER_TOLD = 200

# How the reader's refusals map to checks; strict JSON's codes are reasons of their own.
_REFUSALS = {
    "proof.malformed": ("well_formed", Reason.WELL_FORMED_TOKEN),
    "proof.encoding": ("well_formed", Reason.WELL_FORMED_TOKEN),
    "proof.size": ("well_formed", Reason.WELL_FORMED_TOKEN),
    "payload.object": ("well_formed", Reason.WELL_FORMED_NOT_A_CREDENTIAL),
    "proof.algorithm": ("proof", Reason.PROOF_ALGORITHM),
    "proof.unsupported": ("proof", Reason.PROOF_UNSUPPORTED),
    "proof.type": ("proof", Reason.PROOF_TYPE),
    "proof.critical": ("proof", Reason.PROOF_HEADER),
    "proof.header": ("proof", Reason.PROOF_HEADER),
}

# The worst comes first: what is certain outweighs what could not be told.
_WORST_FIRST: tuple[Currency, ...] = ("revoked", "suspended", "expired", "not_yet", "cannot_tell", "current")


class Signed(Struct, frozen=True):
    """A credential whose signature holds, by a key that its issuer publishes."""

    document: dict[str, Any]
    published: Published

    @property
    def issuer_id(self) -> str:
        """The issuer whose keys were asked for."""
        return self.published.issuer


def pipeline(question: Question) -> Generator[Need | Chore, Any, Report]:
    """Take the twelve steps; the first five end early where there is nothing genuine to go on with."""
    trail = Trail()
    signed = yield from _authenticate(question, trail)
    if signed is None:
        return _conclude(question, trail, None, ("cannot_tell", None))
    shape(signed.document, trail)  # 6
    currencies = [validity(signed.document, question, trail)]  # 7
    findings = yield from status(signed.document, signed.published, question, trail)  # 8
    standing(signed.issuer_id, question, trail)  # 9
    recipient(signed.document, question, trail)  # 10
    endorsements(signed.document, trail)  # 11
    judge(question.policy, trail, signed.document, signed.issuer_id, question.now)  # 12
    currencies += [finding.currency for finding in findings]
    currency = min(currencies, key=_WORST_FIRST.index)
    since = next(
        (stamp(found.since) for found in findings if found.since and found.currency == currency), None
    )
    return _conclude(question, trail, signed, (currency, since))


def _authenticate(question: Question, trail: Trail) -> Generator[Need | Chore, Any, Signed | None]:
    """Steps 1 to 5."""
    found = yield from carrier(question.evidence, trail)  # 1
    if found is None:
        return None
    secured = well_formed(found, trail)  # 2
    if secured is None or not proof(secured, trail):  # 3
        return None
    issuer = issuer_id(secured.document)
    published = yield from published_keys(issuer, trail)  # 4
    if published is None:
        return None
    key = yield from issuer_key(secured, published, trail, question.now)
    if key is None or not signature(secured, key, trail):  # 5
        return None
    return Signed(secured.document, published)


def well_formed(found: Found, trail: Trail) -> Secured | None:
    """Step 2: strict parsing. JSON credentials end here or in step 3: their proofs are not read yet."""
    try:
        if found.kind == "json":
            _without_envelope(loads(found.data), trail)
            return None
        secured = read(found.data)
    except StrictJsonError as refused:
        trail.failed("well_formed", Reason(refused.code), refused.detail)
    except JoseRefused as refused:
        check, reason = _REFUSALS.get(refused.code) or ("well_formed", Reason(refused.code))
        # An algorithm that we lack says nothing against the token; one that nobody may use does.
        tell = trail.unknown if reason is Reason.PROOF_UNSUPPORTED else trail.failed
        tell(check, reason, refused.detail)
    else:
        trail.passed("well_formed", Reason.WELL_FORMED_OK, "It can be read in exactly one way.")
        return secured
    return None


def _without_envelope(document: Any, trail: Trail) -> None:
    """Steps 2 and 3 for a JSON document."""
    if not isinstance(document, dict) or not ("@context" in document or types(document)):
        trail.failed("well_formed", Reason.WELL_FORMED_NOT_A_CREDENTIAL, "This JSON is not a credential.")
        return
    trail.passed("well_formed", Reason.WELL_FORMED_OK, "It can be read in exactly one way.")
    if _names_context(document, _OPEN_BADGES_2):
        trail.unknown(
            "proof", Reason.FORMAT_LEGACY, "This is an Open Badge 2.0, which this version does not read."
        )
    elif "EnvelopedVerifiableCredential" in types(document) or "proof" in document:
        detail = "It is secured in a way that this version does not read yet."
        trail.unknown("proof", Reason.PROOF_UNSUPPORTED, detail)
    else:
        trail.failed("proof", Reason.PROOF_MISSING, "Nobody signed this: anyone could have written it.")


def proof(secured: Secured, trail: Trail) -> bool:
    """Step 3: does the token's form match a profile that we know? The Open Badges 3.0 JWT form."""
    document, header = secured.document, secured.header
    if "vc" in document or _names_context(document, _VCDM_1) or _names_context(document, _OPEN_BADGES_2):
        detail = "This is an older form of credential, which this version does not read yet."
        trail.unknown("proof", Reason.FORMAT_LEGACY, detail)
        return False
    if secured.typ not in (None, "JWT"):
        detail = f"This token is of type {secured.typ}, which this version does not read as a badge yet."
        trail.unknown("proof", Reason.PROOF_UNSUPPORTED, detail)
        return False
    if secured.kid is None and "jwk" not in header:
        trail.failed("proof", Reason.PROOF_KEY_UNNAMED, "The token does not say which key signed it.")
        return False
    if document.get("iss") != issuer_id(document):
        detail = "The token's issuer (iss) is not the credential's issuer."
        trail.failed("proof", Reason.PROOF_ISSUER_MISMATCH, detail)
        return False
    if secured.typ is None:
        detail = "An Open Badges token, although it does not say its type."
        trail.add("proof", Outcome.WARN, Reason.PROOF_TYPE_MISSING, detail)
    elif extra := sorted(set(header) - _HEADER):
        detail = f"The token's header holds members that the format does not have; they are ignored: {extra}"
        trail.add("proof", Outcome.WARN, Reason.PROOF_HEADER_EXTRA, detail[:200])
    else:
        trail.passed(
            "proof", Reason.PROOF_RECOGNISED, f"An Open Badges 3.0 token, signed with {secured.alg}."
        )
    return True


def _names_context(document: Mapping[str, Any], context: str) -> bool:
    named = document.get("@context")
    return named == context or (isinstance(named, list) and context in named[:1])


def signature(secured: Secured, key: PublicKey, trail: Trail) -> bool:
    """Step 5: over the bytes as they were received."""
    failure = secured.check(key)
    if failure is None:
        detail = "The signature covers every byte of the credential."
        trail.passed("signature", Reason.SIGNATURE_VERIFIED, detail)
    else:
        trail.failed("signature", Reason(failure.code), failure.detail)
    return failure is None


def shape(document: Mapping[str, Any], trail: Trail) -> None:
    """Step 6: the rules of the data model and of Open Badges."""
    outcomes = {
        Severity.ERROR: Outcome.FAIL,
        Severity.UNKNOWN: Outcome.UNKNOWN,
        Severity.WARNING: Outcome.WARN,
    }
    # The gravest first, so that the limit never hides an error behind warnings.
    findings = sorted(
        lint(document, Profile.OPEN_BADGES_JWT), key=lambda found: list(outcomes).index(found.severity)
    )
    for found in findings[:_FINDINGS_TOLD]:
        source = f"{found.citation}; at {found.pointer[:_POINTER_TOLD] or '/'}"
        trail.add("shape", outcomes[found.severity], found.reason, found.detail, source=source)
    if not findings:
        trail.passed("shape", Reason.SHAPE_OK, "It has the form that the standards ask for.")


def validity(document: Mapping[str, Any], question: Question, trail: Trail) -> Currency:
    """Step 7: within its period, by the caller's clock?"""
    try:
        found = period(document)
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


def standing(issuer: str, question: Question, trail: Trail) -> None:
    """Step 9: who, if anyone, vouches for the issuer?"""
    found = question.trust.standing(issuer)
    if found is None:
        detail = "Nobody that we rely on has confirmed who controls this issuer."
        trail.unknown("standing", Reason.STANDING_UNKNOWN, detail)
        return
    reason = Reason.STANDING_OWN if found.kind == "own" else Reason.STANDING_VOUCHED
    trail.passed("standing", reason, found.statement, source=found.source, at=found.at)


def endorsements(document: Mapping[str, Any], trail: Trail) -> None:
    """Step 11: enclosed endorsements are not verified yet, and never counted."""
    issuer, subject = document.get("issuer"), document.get("credentialSubject")
    achievement = subject.get("achievement") if isinstance(subject, dict) else None
    holders = [holder for holder in (document, issuer, achievement) if isinstance(holder, Mapping)]
    if any("endorsement" in holder or "endorsementJwt" in holder for holder in holders):
        detail = "It carries endorsements, which this version does not check; they count for nothing here."
        trail.unknown("endorsements", Reason.ENDORSEMENTS_NOT_CHECKED, detail)
    else:
        trail.add("endorsements", Outcome.SKIPPED, Reason.ENDORSEMENTS_NONE, "It carries no endorsements.")


def _conclude(
    question: Question, trail: Trail, signed: Signed | None, current: tuple[Currency, str | None]
) -> Report:
    """The two answers, and the verdict that follows from them and from the required checks."""
    currency, since = current
    authenticity: Authenticity = "genuine"
    if signed is None:
        failed = any(Outcome.FAIL in trail.outcomes(check) for check in ALWAYS[1:5])
        authenticity = "not_genuine" if failed else "cannot_tell"
    report = Report(
        verdict=_verdict(question, trail, genuine=signed is not None and currency == "current"),
        authenticity=authenticity,
        currency=currency,
        sentence="",
        claim=None if signed is None else claim(signed.document, signed.issuer_id),
        checks=trail.complete(),
        input_digest=f"sha256-{hashlib.sha256(question.evidence).hexdigest()}",
        verified_at=stamp(question.now),
        verifier=VERIFIER,
        since=since,
    )
    said = words(report)
    sentence = f"{said.headline}. {said.sentence} {caution(report)}"
    return msgspec.structs.replace(report, sentence=" ".join(sentence.split()))


def _verdict(question: Question, trail: Trail, *, genuine: bool) -> Verdict:
    """Valid only if genuine, current, and every required check passes; invalid as soon as one fails."""
    outcomes = [trail.outcomes(check) for check in _required(question)]
    if any(Outcome.FAIL in found for found in outcomes):
        return "invalid"
    if genuine and all(found and found <= {Outcome.PASS, Outcome.WARN} for found in outcomes):
        return "valid"
    return "undetermined"


def _required(question: Question) -> tuple[str, ...]:
    """Steps 1 to 8, the recipient where the caller named one, and what the policy asks for."""
    required = [*ALWAYS]
    if (question.expected_recipient, question.nonce, question.audience) != (None, None, None):
        required.append("recipient")
    if question.policy is not None:
        required += [*question.policy.require, "policy"]
    return tuple(required)
