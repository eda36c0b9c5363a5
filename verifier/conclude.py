"""What follows from the findings: two answers, and the verdict derived from them and the required checks."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from schemas.report import Authenticity, Claim, Currency, Enclosed, Outcome, Report, Verdict
from verifier.fetch import VERIFIER
from verifier.policy import ALWAYS
from verifier.question import Question
from verifier.trail import Trail, stamp
from verifier.words import caution, last_read, words

# The worst comes first: what is certain outweighs what could not be told.
WORST_FIRST: tuple[Currency, ...] = ("revoked", "suspended", "expired", "not_yet", "cannot_tell", "current")
# Where one of these fails, nobody signed what was handed over; step 6 speaks of it where a term escapes.
_AUTHENTICITY = ALWAYS[1:6]
_TOLD = frozenset({Outcome.PASS, Outcome.WARN})


class Judged(Struct, frozen=True):
    """What one credential came to; `claim` is None unless it is genuine."""

    claim: Claim | None = None
    currency: Currency = "cannot_tell"
    since: str | None = None

    @property
    def genuine(self) -> bool:
        """Whether its issuer signed it."""
        return self.claim is not None


def together(judged: Sequence[Judged]) -> Judged:
    """Several credentials as one: the first one's claim where all are genuine, and the worst currency."""
    worst = min(judged, key=lambda found: WORST_FIRST.index(found.currency))
    claim = judged[0].claim if all(found.genuine for found in judged) else None
    return Judged(claim, worst.currency, worst.since)


def report(question: Question, trail: Trail, judged: Judged, enclosed: tuple[Enclosed, ...] = ()) -> Report:
    """The whole answer, its sentence included."""
    answer = Report(
        verdict=verdict(trail, judged, required(question)),
        authenticity=authenticity(trail, judged),
        currency=judged.currency,
        sentence="",
        claim=judged.claim,
        checks=trail.complete(),
        input_digest=f"sha256-{question.digest}",
        verified_at=stamp(question.now),
        verifier=VERIFIER,
        since=judged.since,
        enclosed=enclosed,
    )
    said = words(answer)
    sentence = f"{said.headline}. {said.sentence} {last_read(answer)} {caution(answer)}"
    return msgspec.structs.replace(answer, sentence=" ".join(sentence.split()))


def within(role: str, question: Question, trail: Trail, judged: Judged) -> Enclosed:
    """The part of an answer that speaks of one enclosed credential."""
    return Enclosed(
        role="endorsement" if role == "endorsement" else "credential",
        verdict=verdict(trail, judged, ALWAYS[1:] if role == "endorsement" else _inner(question)),
        authenticity=authenticity(trail, judged),
        currency=judged.currency,
        claim=judged.claim,
        checks=trail.complete(),
    )


def authenticity(trail: Trail, judged: Judged) -> Authenticity:
    """Genuine, certainly not, or neither."""
    if judged.genuine:
        return "genuine"
    failed = any(Outcome.FAIL in trail.outcomes(check) for check in _AUTHENTICITY)
    return "not_genuine" if failed else "cannot_tell"


def verdict(trail: Trail, judged: Judged, checks: Sequence[str]) -> Verdict:
    """Valid only if genuine, current, and every required check passes; invalid as soon as one fails."""
    missing = dict.fromkeys(checks)
    told = True
    for check in trail.checks:
        if check.check in checks:
            if check.outcome is Outcome.FAIL:
                return "invalid"
            told = told and check.outcome in _TOLD
            missing.pop(check.check, None)
    if told and not missing and judged.genuine and judged.currency == "current":
        return "valid"
    return "undetermined"


def required(question: Question) -> tuple[str, ...]:
    """Steps 1 to 8, the recipient where the caller named one, and what the policy asks for."""
    if question.policy is None and question.expected_recipient is question.nonce is question.audience is None:
        return ALWAYS
    checks = [*ALWAYS]
    if (question.expected_recipient, question.nonce, question.audience) != (None, None, None):
        checks.append("recipient")
    if question.policy is not None:
        checks += [*question.policy.require, "policy"]
    return tuple(checks)


def _inner(question: Question) -> tuple[str, ...]:
    """What is required of a presentation's credential: it has no carrier, and its holder is not its own."""
    return tuple(check for check in required(question) if check not in ("carrier", "recipient"))
