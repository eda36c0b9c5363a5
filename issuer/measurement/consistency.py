"""Whether a second result is one that the first lets expect: the predictive distribution of a later score.

What the first result says of a person is its posterior. Averaged over that, the score of a later form has a
distribution: on the proportion scale the Beta-binomial one, exact; on the ability scale, for items that were
chosen without looking at their answers, the scores' distribution at each node of the grid (Lord and Wingersky
1984), weighted by the posterior. A later score is held against its lower tail: the probability of that score
or a lower one. Of people whose first result was their own, at most the share `LEVEL` is at `LEVEL` or below.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import comb
from typing import NamedTuple

from issuer.measurement.ability import DECIMALS, NODES, start
from issuer.measurement.arithmetic import total
from issuer.measurement.models import categories
from schemas.assessment import Prior
from schemas.items import Parameters

LEVEL = Fraction(5, 100)
"""A lower tail of this probability or less is inconsistent with the first result."""


class Predicted(NamedTuple):
    """What was expected of a later score before it was known, and the probability of it or a lower one.

    `lower_tail` is exact, on the ability scale of six decimals; `expected` and `score` count points.
    """

    score: int
    expected: float
    lower_tail: Fraction

    @property
    def consistent(self) -> bool:
        """Whether the score is one that the first result lets expect."""
        return self.lower_tail > LEVEL


def of_proportion(first: Prior, right: int, asked: int) -> Predicted:
    """A later `right` of `asked`, where `first` is what was held after the first result.

    With Beta(a, b), whole numbers, k of n have C(a+k-1, k) C(b+n-k-1, n-k) / C(a+b+n-1, n). Raises ValueError
    unless 0 <= right <= asked.
    """
    if not 0 <= right <= asked:
        raise ValueError("right must lie between 0 and asked")
    hits, misses = first.right + 1, first.wrong + 1
    ways = sum(comb(hits + k - 1, k) * comb(misses + asked - k - 1, asked - k) for k in range(right + 1))
    expected = asked * hits / (hits + misses)
    return Predicted(right, expected, Fraction(ways, comb(hits + misses + asked - 1, asked)))


def of_ability(first: Prior, items: Sequence[Parameters], score: int) -> Predicted:
    """A later `score`, the sum of the points on `items`, where `first` was held after the first result.

    The items must not depend on how the ones before them were answered. Raises ValueError for a score that
    they cannot give, and for a prior that the grid cannot hold.
    """
    chances = predictive(first, items)
    if not 0 <= score < len(chances):
        raise ValueError(f"a score of {score} is none that the items give, 0 to {len(chances) - 1}")
    expected = total(points * chance for points, chance in enumerate(chances))
    below = min(total(chances[: score + 1]), 1.0)
    return Predicted(score, round(expected, DECIMALS), Fraction(round(below * 10**DECIMALS), 10**DECIMALS))


def predictive(first: Prior, items: Sequence[Parameters]) -> tuple[float, ...]:
    """The probability of each score, 0 to the most that the items give."""
    held = start(first)
    at_nodes = [_scores([categories(item, node) for item in items]) for node in NODES]
    return tuple(
        total(weight * chance for weight, chance in zip(held.weights, column, strict=True)) / held.sum
        for column in zip(*at_nodes, strict=True)
    )


def _scores(items: Sequence[tuple[float, ...]]) -> list[float]:
    """The distribution of the sum of independent scores: one item after another is folded in."""
    chances = [1.0]
    for item in items:
        folded = [0.0] * (len(chances) + len(item) - 1)
        for before, chance in enumerate(chances):
            for points, probability in enumerate(item):
                folded[before + points] += chance * probability
        chances = folded
    return chances
