"""The award rule on either scale: every level is decided where its probability first crosses a threshold.

An award needs a posterior probability of at least t of being at or above the level's cut; a level is out of
reach at 1 - t or less; anything between is undecided. What was decided stays, whatever comes later.

An adaptive step looks after every answer. Whoever looks that often catches most people at the moment when
they just crossed, so within a step an award needs more: it may leave four fifths of 1 - t, and t itself
counts where the step ends (docs/decisions/0032 has the figures).
"""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from schemas.assessment import Decision, LevelCut, LevelProbability, LevelState

WITHIN_A_STEP = Fraction(4, 5)
"""The share of 1 - t that an award may leave at a look within a step."""


class Standing(NamedTuple):
    """What the evidence says at one look; what takes time is computed when it is asked for.

    `probability` of being at or above the cut of a level, by its place: exact, on the ability scale of six
    decimals. `estimate` gives score and standard error of the scale: the proportion answered right and its
    posterior standard deviation, or the ability's posterior mean and standard deviation. `within` a step, or
    at its end.
    """

    probability: Callable[[int], Fraction]
    right: int
    asked: int
    estimate: Callable[[], tuple[float, float]]
    within: bool = False


# An adaptive session looks after every answer, at all its answers, with the same few cuts and thresholds.
@lru_cache(maxsize=1024)
def exact(share: float) -> Fraction:
    """.8 means eight tenths, not the double nearest to it: no rounding decides an award.

    Raises ValueError for what does not lie strictly between 0 and 1.
    """
    if not 0 < share < 1:
        raise ValueError("a cut or threshold lies strictly between 0 and 1")
    return Fraction(repr(float(share)))


@lru_cache(maxsize=1024)
def award_from(threshold: float, *, within: bool = False) -> Fraction:
    """The probability that an award needs at a look within a step, or at the end of one."""
    sure = exact(threshold)
    return 1 - (1 - sure) * WITHIN_A_STEP if within else sure


@lru_cache(maxsize=1024)
def not_yet_to(threshold: float) -> Fraction:
    """The probability at which, and below which, a level is out of reach."""
    return 1 - exact(threshold)


def settle(
    before: Sequence[LevelState],
    probability: Callable[[int], Fraction],
    threshold: float,
    *,
    within: bool = False,
) -> tuple[LevelState, ...]:
    """The levels' states after one look, `within` a step or at its end; what was decided stays.

    `probability` is asked for the undecided levels only, by their place.

    Whoever is sure to be above a cut is sure to be above every lower one, and the other way round: so a level
    that is reached has all lower ones reached, at whichever looks that came about.
    """
    award, not_yet = award_from(threshold, within=within), not_yet_to(threshold)
    return tuple(
        state if state != "undecided" else _state(probability(place), award, not_yet)
        for place, state in enumerate(before)
    )


def decide(
    standings: Iterable[Standing],
    levels: Sequence[LevelCut],
    threshold: float,
    asked_at_most: int,
    asked_at_least: int = 0,
    *,
    kept: str | None = None,
) -> Decision:
    """Decide every level where it is first crossed, at a look with `asked_at_least` pieces of evidence.

    `standings` are the one before the first answer and then one at each look (the end of a step, or in an
    adaptive session each answer), with the probability of each of `levels`, which ascend strictly by cut.
    `threshold` is t, between .5 and 1; `asked_at_most` is the most that a session may ask (no more than the
    bank holds). A `continue` with `reached` set means that a higher level is still open: the taker may go on
    and keeps what is reached, or `stop` with it. `kept` was reached before some of the evidence was annulled:
    it stays reached, and every lower level with it. Raises ValueError for anything else.
    """
    if exact(threshold) <= Fraction(1, 2):
        raise ValueError("the threshold must be above one half")
    if not levels or any(low.cut >= high.cut for low, high in pairwise(levels)):
        raise ValueError("levels must ascend by cut, and there must be one")
    states = _at_first(levels, kept)
    last: Standing | None = None
    for last in standings:
        if last.asked and last.asked >= asked_at_least:
            states = settle(states, last.probability, threshold, within=last.within)
    if last is None:
        raise ValueError("the standing before the first answer is missing")
    return _decision(last, levels, states, asked_at_most)


def _at_first(levels: Sequence[LevelCut], kept: str | None) -> tuple[LevelState, ...]:
    codes = [level.code for level in levels]
    reached = 0 if kept is None else codes.index(kept) + 1
    return tuple("reached" if place < reached else "undecided" for place in range(len(codes)))


def _decision(
    last: Standing, levels: Sequence[LevelCut], states: tuple[LevelState, ...], asked_at_most: int
) -> Decision:
    stated = tuple(
        LevelProbability(level.code, level.cut, float(last.probability(place)), state)
        for place, (level, state) in enumerate(zip(levels, states, strict=True))
    )
    reached = next((level.code for level in reversed(stated) if level.state == "reached"), None)
    score, standard_error = last.estimate()
    is_open = last.asked < asked_at_most and "undecided" in states
    return Decision(
        outcome="continue" if is_open else "award" if reached else "not_yet",
        level=None if is_open else reached,
        reached=reached,
        levels=stated,
        right=last.right,
        asked=last.asked,
        score=score,
        standard_error=standard_error,
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


def reference_level(decision: Decision) -> LevelProbability:
    """The level that bands compare with: the lowest one not reached, or the highest if all are."""
    ahead = (level for level in decision.levels if level.state != "reached")
    return next(ahead, decision.levels[-1])


def _state(probability: Fraction, award: Fraction, not_yet: Fraction) -> LevelState:
    if probability >= award:
        return "reached"
    return "not_reached" if probability <= not_yet else "undecided"
