"""Later epochs: who comes back after a cool-down starts from what was held of them, under a stricter rule.

The k-th epoch's threshold is 1 - (1 - t) / 2^(k - 1), so that all the false awards of a lifetime stay below
twice those of the first epoch. The prior is the last posterior, widened by what people may have learnt.
"""

from fractions import Fraction
from math import floor, sqrt

from issuer.measurement.ability import DECIMALS, LARGEST_PRIOR_MEAN
from issuer.measurement.rule import exact
from schemas.assessment import Prior

GROWTH_VARIANCE = 0.25
"""Of ability between two epochs: a standard deviation of half of the population's."""

GROWTH_VARIANCE_OF_PROPORTION = 0.01
"""Of the true proportion between two epochs: a standard deviation of ten percent points."""


def threshold(first: float, epoch: int) -> float:
    """The threshold of an epoch, counted from 1, where the first one's is `first`."""
    if epoch < 1:
        raise ValueError("epochs count from 1")
    return float(1 - (1 - exact(first)) / 2 ** (epoch - 1))


def ability_prior(mean: float, sd: float, growth: float = GROWTH_VARIANCE) -> Prior:
    """The prior after a posterior with this mean and standard deviation: the same mean, more variance.

    Of somebody who answered everything wrong (or right) in several epochs, no mean beyond the grid.
    """
    within = min(max(mean, -LARGEST_PRIOR_MEAN), LARGEST_PRIOR_MEAN)
    return Prior(mean=round(within, DECIMALS), sd=round(sqrt(sd * sd + growth), DECIMALS))


def proportion_prior(
    right: int, asked: int, prior: Prior, growth: float = GROWTH_VARIANCE_OF_PROPORTION
) -> Prior:
    """The prior after `right` of `asked` under `prior`: about the same mean, at least the stated variance.

    A Beta distribution with whole numbers is rounded to fewer pseudo-answers, never to more; the widest is
    the flat one.
    """
    hits, misses = prior.right + right + 1, prior.wrong + asked - right + 1
    size = hits + misses
    mean = Fraction(hits, size)
    spread = mean * (1 - mean)
    variance = spread / (size + 1) + Fraction(repr(growth))
    for pseudo in range(floor(spread / variance) - 3, 0, -1):
        kept = min(max(round(mean * (pseudo + 2)) - 1, 0), pseudo)
        if _variance(kept, pseudo - kept) >= variance:
            return Prior(right=kept, wrong=pseudo - kept)
    return Prior()


def _variance(right: int, wrong: int) -> Fraction:
    size = right + wrong + 2
    return Fraction((right + 1) * (wrong + 1), size * size * (size + 1))
