"""What a finished sitting says: confirmed, or why a person looks at it. Pure, and for ever the same."""

from fractions import Fraction
from itertools import chain

from msgspec import Struct

from issuer.assessments.scoring import evidence, weighed
from issuer.assessments.session import Session
from issuer.confirmation.plan import FEWEST
from issuer.confirmation.store import Verdict
from issuer.measurement import ability, proportion
from issuer.measurement.consistency import Predicted, of_ability, of_proportion
from schemas.assessment import Bank

ANSWERED_AT_LEAST = Fraction(3, 4)
"""Of the questions planned: below it the sitting was cut short, and says too little either way."""

ALONE_AT_LEAST = Fraction(1, 2)
"""The posterior probability of the level on the sitting's own answers, under everybody's prior."""


class Judgement(Struct, frozen=True):
    """The verdict and what it rests on.

    `planned`, `asked`, `answered` count questions; `probability` is the posterior one, on all evidence of
    both sittings, of being at or above the level's cut, and `threshold` what the award rule asks of it.
    """

    verdict: Verdict
    planned: int
    asked: int
    answered: int
    predicted: Predicted
    probability: float
    threshold: float


def judge(bank: Bank, log: Session) -> Judgement:
    """Judge a confirmation's log that has its decision; raises ValueError for any other.

    Confirmed needs a score that the first result lets expect, the award rule met by all evidence together,
    and what was seen here alone rather for the level than against it. Anything else is a person's to decide.
    """
    started, decided = log.started, log.decided
    if started.confirms is None or decided is None or not log.final:
        raise ValueError("no finished confirmation")
    found = tuple(chain.from_iterable(evidence(bank, log)))
    if len(found) != decided.decision.asked:
        raise ValueError("the answers are not kept any more")
    if started.scale == "ability":
        weighted = tuple(weighed(bank, found))
        items = tuple(one.parameters for one in weighted)
        predicted = of_ability(started.prior, items, sum(one.score for one in weighted))
        alone = ability.posterior(weighted).at_or_above(started.levels[0].cut)
    else:
        right = sum(one.right for one in found)
        predicted = of_proportion(started.prior, right, len(found))
        alone = proportion.probability_at_or_above(started.levels[0].cut, right, len(found))
    (level,) = decided.decision.levels
    answered = len({answer.item for answer in log.answers})
    verdict: Verdict = "confirmed"
    if answered < FEWEST or answered < ANSWERED_AT_LEAST * started.items_at_most:
        verdict = "unfinished"
    elif not predicted.consistent:
        verdict = "inconsistent"
    elif decided.decision.outcome != "award" or alone < ALONE_AT_LEAST:
        verdict = "unsure"
    return Judgement(
        verdict,
        planned=started.items_at_most,
        asked=len(found),
        answered=answered,
        predicted=predicted,
        probability=level.probability,
        threshold=started.threshold,
    )
