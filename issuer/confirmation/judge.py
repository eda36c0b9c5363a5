"""What a finished sitting says: confirmed, or why a person looks at it. Pure, and for ever the same."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from fractions import Fraction
from itertools import chain
from typing import NamedTuple

from msgspec import Struct

from issuer.assessments.scoring import NOTHING, evidence, weighed
from issuer.assessments.session import Session
from issuer.confirmation.plan import FEWEST
from issuer.confirmation.store import Verdict
from issuer.measurement import ability, proportion
from issuer.measurement.consistency import Predicted, of_ability, of_proportion
from issuer.measurement.rule import exact
from schemas.assessment import Bank, Prior, Scored, Started

ANSWERED_AT_LEAST = Fraction(3, 4)
"""Of the questions planned: below it the sitting was cut short, and says too little either way."""

ALONE_AT_LEAST = Fraction(1, 2)
"""The posterior probability of the level on the sitting's own answers, under everybody's prior."""


class Judgement(Struct, frozen=True):
    """The verdict and what it rests on.

    `planned`, `asked`, `answered` count questions, `points` what was reached; `predicted` is None where the
    sitting ended when it suited whoever sat there: of such a score nothing was to be expected. `probability`
    is the posterior one, on all evidence of both sittings, of being at or above the level's cut, and
    `threshold` what the award rule asks of it.
    """

    verdict: Verdict
    planned: int
    asked: int
    answered: int
    points: int
    predicted: Predicted | None
    probability: float
    threshold: float


def judge(
    bank: Bank, log: Session, annulled: AbstractSet[str] = NOTHING, prior: Prior | None = None
) -> Judgement:
    """Judge a confirmation's log that has its decision; raises ValueError for any other.

    Confirmed needs a score that the first result lets expect, the award rule met by all evidence together,
    and what was seen here alone rather for the level than against it. Anything else is a person's to decide.

    Without items that were `annulled` since; `prior` is what the first result lets hold of the person now,
    where that is not what the log says. Where time ran out before all questions were asked, no score of these
    few can be held against what was expected: whoever lets it run out chose when to stop.
    """
    started, decided = log.started, log.decided
    if started.confirms is None or decided is None or not log.final:
        raise ValueError("no finished confirmation")
    if len(tuple(chain.from_iterable(evidence(bank, log)))) != decided.decision.asked:
        raise ValueError("the answers are not kept any more")
    found = tuple(chain.from_iterable(evidence(bank, log, annulled)))
    held = _held(bank, started, found, started.prior if prior is None else prior)
    asked = sum(not placed.pilot for placed in log.placed)
    answered = len({answer.item for answer in log.answers} - annulled)
    stopped = asked < started.items_at_most and bool(log.forms[-1].items)  # not because no question was left
    verdict: Verdict = "confirmed"
    if stopped or answered < FEWEST or answered < ANSWERED_AT_LEAST * started.items_at_most:
        verdict = "unfinished"
    elif not held.predicted.consistent:
        verdict = "inconsistent"
    elif held.both < exact(started.threshold) or held.alone < ALONE_AT_LEAST:
        verdict = "unsure"
    return Judgement(
        verdict,
        planned=started.items_at_most,
        asked=asked,
        answered=answered,
        points=held.predicted.score,
        predicted=None if stopped else held.predicted,
        probability=float(held.both),
        threshold=started.threshold,
    )


class _Held(NamedTuple):
    """What was expected of the score; the level's probability on both sittings, and on this one alone."""

    predicted: Predicted
    both: Fraction
    alone: Fraction


def _held(bank: Bank, started: Started, found: Sequence[Scored], prior: Prior) -> _Held:
    cut = started.levels[0].cut
    if started.scale == "ability":
        weighted = tuple(weighed(bank, found))
        items, score = tuple(one.parameters for one in weighted), sum(one.score for one in weighted)
        both, alone = ability.posterior(weighted, prior), ability.posterior(weighted)
        return _Held(of_ability(prior, items, score), both.at_or_above(cut), alone.at_or_above(cut))
    right, asked = sum(one.right for one in found), len(found)
    return _Held(
        of_proportion(prior, right, asked),
        proportion.probability_at_or_above(cut, right, asked, prior),
        proportion.probability_at_or_above(cut, right, asked),
    )
