"""Score an uncalibrated assessment and decide: pure functions, exact in integers until the last division.

The rule is Beta-binomial with a flat prior (issuer/measurement/proportion.py), looked at at the end of a step
(issuer/measurement/rule.py).
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import accumulate

from issuer.assessments import kinds
from issuer.measurement import proportion, rule
from issuer.measurement.rule import reference_cut, stop
from schemas.assessment import (
    Answer,
    AreaBand,
    Band,
    Bank,
    Decision,
    Form,
    LevelCut,
    LevelState,
    Scored,
)
from schemas.items import Item

__all__ = [
    "ENGINE_VERSION",
    "bands",
    "decide",
    "evidence",
    "probability_at_or_above",
    "reference_cut",
    "settle",
    "stop",
]

ENGINE_VERSION = "uncalibrated-1"
"""Named in every session's first event; changes whenever a replay could give another result."""

ITEMS_AT_MOST = 80
FEWEST_FOR_A_BAND = 4
_BAND_CERTAINTY = Fraction(8, 10)


def probability_at_or_above(cut: float, right: int, asked: int) -> float:
    """Posterior probability, under a flat prior, that the true proportion is at or above `cut`."""
    return float(proportion.probability_at_or_above(cut, right, asked))


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
    """The levels' states at the end of a step, with `right` of `asked` so far; what was decided stays."""
    found = [proportion.probability_at_or_above(level.cut, right, asked) for level in levels]
    return rule.settle(before, found, threshold)


def decide(
    steps: Sequence[Sequence[Scored]],
    levels: Sequence[LevelCut],
    threshold: float,
    asked_at_most: int = ITEMS_AT_MOST,
) -> Decision:
    """Decide every level where it is first crossed: at the end of a step, on all evidence up to there.

    `steps` are the evidence of each finished step, in order; within a step the order does not matter. The
    rest is as in `rule.decide`.
    """
    right = accumulate(sum(scored.right for scored in step) for step in steps)
    asked = accumulate(len(step) for step in steps)
    looks = proportion.standings(zip(right, asked, strict=True), [level.cut for level in levels])
    return rule.decide(looks, levels, threshold, asked_at_most)


def bands(evidence: Sequence[Scored], areas: Iterable[str], cut: float) -> tuple[AreaBand, ...]:
    """A band for each area id, in the order given: how its own evidence stands against `cut`."""
    return tuple(
        _band(area, [scored.right for scored in evidence if scored.area == area], cut) for area in areas
    )


def _band(area: str, rights: list[bool], cut: float) -> AreaBand:
    right, asked = sum(rights), len(rights)
    probability = proportion.probability_at_or_above(cut, right, asked)
    band: Band = "as_expected"
    if asked < FEWEST_FOR_A_BAND:
        band = "too_few"
    elif probability >= _BAND_CERTAINTY:
        band = "stronger"
    elif probability <= 1 - _BAND_CERTAINTY:
        band = "work_on_this"
    low, high = proportion.interval(right, asked)
    return AreaBand(area, band, right, asked, low, high)
