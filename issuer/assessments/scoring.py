"""Score an uncalibrated assessment and decide: pure functions, exact in integers until the last division.

The rule is Beta-binomial. With a flat Beta(1, 1) prior and k of n answered right, the posterior of the true
proportion p is Beta(k + 1, n - k + 1), and P(p >= cut) = P(Binomial(n + 1, cut) <= k). An award needs that
probability to be at least t; a level is out of reach at 1 - t or less; anything between is undecided. Each
level is decided where it first crosses one of the two at the end of a step, and stays decided.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from math import comb, sqrt

from issuer.assessments import kinds
from schemas.assessment import (
    Answer,
    AreaBand,
    Band,
    Bank,
    Decision,
    Form,
    LevelCut,
    LevelProbability,
    LevelState,
    Scored,
)
from schemas.items import Item

ENGINE_VERSION = "uncalibrated-1"
"""Named in every session's first event; changes whenever a replay could give another result."""

ITEMS_AT_MOST = 80
FEWEST_FOR_A_BAND = 4
_BAND_CERTAINTY = Fraction(8, 10)
_INTERVAL_TAIL = Fraction(1, 10)


def probability_at_or_above(cut: float, right: int, asked: int) -> float:
    """Posterior probability, under a flat prior, that the true proportion is at or above `cut`.

    `cut` lies strictly between 0 and 1 and is taken as the decimal that it prints as; 0 <= right <= asked.
    Raises ValueError otherwise.
    """
    return float(_posterior(_exact(cut), right, asked))


def evidence(
    bank: Bank, seed: bytes, forms: Iterable[Form], answers: Iterable[Answer]
) -> tuple[tuple[Scored, ...], ...]:
    """What was asked and whether it was right, step by step in the order asked; no answer is not right.

    Raises KeyError for an item that the bank does not hold.
    """
    items = {item.id: item for item in bank.items}
    selected = {answer.item: answer.selected for answer in answers}
    steps = ([items[placed.item] for placed in form.items] for form in forms)
    return tuple(tuple(_scored(item, selected.get(item.id, ()), seed) for item in asked) for asked in steps)


def _scored(item: Item, selected: tuple[str, ...], seed: bytes) -> Scored:
    return Scored(item.id, item.area, kinds.score(item, selected, seed), kinds.most(item))


def settle(
    before: Sequence[LevelState], levels: Sequence[LevelCut], threshold: float, right: int, asked: int
) -> tuple[LevelState, ...]:
    """The levels' states at the end of a step, with `right` of `asked` so far; what was decided stays.

    Whoever is sure to be above a cut is sure to be above every lower one, and the other way round: so a level
    that is reached has all lower ones reached, at whichever steps that came about.
    """
    sure = _exact(threshold)
    return tuple(
        state if state != "undecided" else _state(level, sure, right, asked)
        for state, level in zip(before, levels, strict=True)
    )


def decide(
    steps: Sequence[Sequence[Scored]],
    levels: Sequence[LevelCut],
    threshold: float,
    asked_at_most: int = ITEMS_AT_MOST,
) -> Decision:
    """Decide every level where it is first crossed: at the end of a step, on all evidence up to there.

    `steps` are the evidence of each finished step, in order; within a step the order does not matter.
    `levels` ascend strictly by cut; `threshold` is t, between .5 and 1; `asked_at_most` is the most items a
    session may ask (no more than the bank holds). A `continue` with `reached` set means that a higher level
    is still open: the taker may go on and keeps what is reached, or `stop` with it. Raises ValueError for
    anything else.
    """
    if _exact(threshold) <= Fraction(1, 2):
        raise ValueError("the threshold must be above one half")
    if not levels or any(low.cut >= high.cut for low, high in pairwise(levels)):
        raise ValueError("levels must ascend by cut, and there must be one")
    right, asked = 0, 0
    states: tuple[LevelState, ...] = tuple("undecided" for _ in levels)
    for step in steps:
        right, asked = right + sum(scored.right for scored in step), asked + len(step)
        states = settle(states, levels, threshold, right, asked)
    stated = tuple(
        LevelProbability(level.code, level.cut, probability_at_or_above(level.cut, right, asked), state)
        for level, state in zip(levels, states, strict=True)
    )
    reached = next((level.code for level in reversed(stated) if level.state == "reached"), None)
    is_open = asked < asked_at_most and "undecided" in states
    return Decision(
        outcome="continue" if is_open else "award" if reached else "not_yet",
        level=None if is_open else reached,
        reached=reached,
        levels=stated,
        right=right,
        asked=asked,
        score=right / asked if asked else 0.0,
        standard_error=_standard_error(right, asked),
    )


def stop(decision: Decision) -> Decision:
    """The taker ends an open session: award what is reached, else not yet. A closed decision stays."""
    if decision.outcome != "continue":
        return decision
    return Decision(
        outcome="award" if decision.reached else "not_yet",
        level=decision.reached,
        reached=decision.reached,
        levels=decision.levels,
        right=decision.right,
        asked=decision.asked,
        score=decision.score,
        standard_error=decision.standard_error,
        stopped=True,
    )


def reference_cut(decision: Decision) -> float:
    """The cut that bands compare with: of the lowest level not reached, or of the highest if all are."""
    ahead = (level.cut for level in decision.levels if level.state != "reached")
    return next(ahead, decision.levels[-1].cut)


def bands(evidence: Sequence[Scored], areas: Iterable[str], cut: float) -> tuple[AreaBand, ...]:
    """A band for each area id, in the order given: how its own evidence stands against `cut`."""
    return tuple(
        _band(area, [scored.right for scored in evidence if scored.area == area], cut) for area in areas
    )


def _band(area: str, rights: list[bool], cut: float) -> AreaBand:
    right, asked = sum(rights), len(rights)
    probability = _posterior(_exact(cut), right, asked)
    band: Band = "as_expected"
    if asked < FEWEST_FOR_A_BAND:
        band = "too_few"
    elif probability >= _BAND_CERTAINTY:
        band = "stronger"
    elif probability <= 1 - _BAND_CERTAINTY:
        band = "work_on_this"
    low, high = _interval(right, asked)
    return AreaBand(area, band, right, asked, low, high)


def _interval(right: int, asked: int) -> tuple[int, int]:
    """The central 80 % of the posterior, widened to whole percent."""
    above = [_posterior(Fraction(percent, 100), right, asked) for percent in range(1, 100)]
    low = sum(probability >= 1 - _INTERVAL_TAIL for probability in above)
    high = 1 + sum(probability > _INTERVAL_TAIL for probability in above)
    return low, high


def _state(level: LevelCut, sure: Fraction, right: int, asked: int) -> LevelState:
    probability = _posterior(_exact(level.cut), right, asked)
    if probability >= sure:
        return "reached"
    return "not_reached" if probability <= 1 - sure else "undecided"


def _posterior(cut: Fraction, right: int, asked: int) -> Fraction:
    if not 0 <= right <= asked:
        raise ValueError("right must lie between 0 and asked")
    ups, downs, trials = cut.numerator, cut.denominator - cut.numerator, asked + 1
    ways = sum(comb(trials, j) * ups**j * downs ** (trials - j) for j in range(right + 1))
    return Fraction(ways, cut.denominator**trials)


def _exact(proportion: float) -> Fraction:
    """.8 means eight tenths, not the double nearest to it: no rounding decides an award."""
    if not 0 < proportion < 1:
        raise ValueError("a cut or threshold lies strictly between 0 and 1")
    return Fraction(repr(float(proportion)))


def _standard_error(right: int, asked: int) -> float:
    hits, misses = right + 1, asked - right + 1
    return sqrt(hits * misses / ((hits + misses) ** 2 * (hits + misses + 1)))
