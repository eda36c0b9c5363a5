"""The exact Beta-binomial posterior of a true proportion: whole numbers until the last division.

With a Beta(r + 1, w + 1) prior, whose whole numbers r and w count like answers, and k of n answered right,
the posterior is Beta(r + k + 1, w + n - k + 1), and P(p >= cut) = P(Binomial(r + w + n + 1, cut) <= r + k).
"""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from math import comb, sqrt

from issuer.measurement.rule import Standing, exact
from schemas.assessment import Prior

FLAT = Prior()
_INTERVAL_TAIL = Fraction(1, 10)


def probability_at_or_above(cut: float, right: int, asked: int, prior: Prior = FLAT) -> Fraction:
    """Posterior probability that the true proportion is at or above `cut`, with `right` of `asked` right.

    `cut` lies strictly between 0 and 1 and is taken as the decimal that it prints as; 0 <= right <= asked.
    Raises ValueError otherwise.
    """
    return _at_or_above(exact(cut), right, asked, prior)


def interval(right: int, asked: int, prior: Prior = FLAT) -> tuple[int, int]:
    """The central 80 % of the posterior, widened to whole percent."""
    above = [_at_or_above(Fraction(percent, 100), right, asked, prior) for percent in range(1, 100)]
    low = sum(probability >= 1 - _INTERVAL_TAIL for probability in above)
    high = 1 + sum(probability > _INTERVAL_TAIL for probability in above)
    return low, high


def standard_error(right: int, asked: int, prior: Prior = FLAT) -> float:
    """The posterior standard deviation of the proportion."""
    hits, misses = prior.right + right + 1, prior.wrong + asked - right + 1
    return sqrt(hits * misses / ((hits + misses) ** 2 * (hits + misses + 1)))


def standings(
    looks: Iterable[tuple[int, int]], cuts: Sequence[float], prior: Prior = FLAT
) -> Iterator[Standing]:
    """How matters stand before the first answer, then at each look: `right` and `asked` up to there."""
    for right, asked in ((0, 0), *looks):
        yield Standing(
            partial(_of_level, cuts, right, asked, prior),
            right,
            asked,
            partial(_estimate, right, asked, prior),
        )


def _of_level(cuts: Sequence[float], right: int, asked: int, prior: Prior, place: int) -> Fraction:
    return probability_at_or_above(cuts[place], right, asked, prior)


def _estimate(right: int, asked: int, prior: Prior) -> tuple[float, float]:
    return right / asked if asked else 0.0, standard_error(right, asked, prior)


def _at_or_above(cut: Fraction, right: int, asked: int, prior: Prior) -> Fraction:
    if not 0 <= right <= asked:
        raise ValueError("right must lie between 0 and asked")
    ups, downs = cut.numerator, cut.denominator - cut.numerator
    hits, trials = prior.right + right, prior.right + prior.wrong + asked + 1
    ways = sum(comb(trials, j) * ups**j * downs ** (trials - j) for j in range(hits + 1))
    return Fraction(ways, cut.denominator**trials)
