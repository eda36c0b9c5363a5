"""The posterior of an ability on a fixed grid: 193 nodes from -6 to 6, a sixteenth apart.

The trapezoid rule is exact here to many decimals (the density is smooth and dies out inside the grid). The
probability above a cut is the sum from the nearest node on, with the end correction of Euler and Maclaurin,
and a Taylor step from there to the cut: within .0001 of the integral down to a posterior standard
deviation of .15, and within .0004 down to .1, which eighty very sharp items would give.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from math import sqrt
from operator import mul
from typing import NamedTuple

from issuer.measurement.arithmetic import exp, total
from issuer.measurement.models import categories, most
from issuer.measurement.rule import Standing
from schemas.assessment import Prior
from schemas.items import Parameters

DECIMALS = 6
STANDARD = Prior()
LARGEST = 6.0
LARGEST_CUT = 5.0
LARGEST_PRIOR_MEAN = 3.0
PER_UNIT = 16
# A sixteenth is exact in binary, and so are the nodes and their squares.
NODES = tuple(step / PER_UNIT for step in range(int(-LARGEST * PER_UNIT), int(LARGEST * PER_UNIT) + 1))
_APART = 1 / PER_UNIT
_SQUARES = tuple(node * node for node in NODES)
_TABLES_KEPT = 4096
# Hundreds of answers multiply to less than a double can hold: below this the weights are scaled.
_SMALLEST_SUM = 1e-60


class Evidence(NamedTuple):
    """An answered item: its parameters and its score, 0 to m; what was skipped scores 0."""

    parameters: Parameters
    score: int


class Posterior(NamedTuple):
    """What is held of a person's ability: a weight at each of NODES, proportional to the density."""

    weights: tuple[float, ...]
    sum: float

    @property
    def mean(self) -> float:
        """The expected ability a posteriori (EAP), to six decimals."""
        return self.moments[0]

    @property
    def sd(self) -> float:
        """The posterior standard deviation, to six decimals."""
        return self.moments[1]

    @property
    def moments(self) -> tuple[float, float]:
        """Mean and standard deviation, to six decimals."""
        mean = total(map(mul, self.weights, NODES)) / self.sum
        square = total(map(mul, self.weights, _SQUARES)) / self.sum
        return round(mean, DECIMALS), round(sqrt(square - mean * mean), DECIMALS)

    def at_or_above(self, cut: float) -> Fraction:
        """P(theta >= cut), exact and of six decimals; raises ValueError for a cut beyond +-5."""
        if not -LARGEST_CUT <= cut <= LARGEST_CUT:
            raise ValueError(f"a cut on the ability scale lies between -{LARGEST_CUT} and {LARGEST_CUT}")
        at = round((cut + LARGEST) * PER_UNIT)
        low, before, here, after, high = self.weights[at - 2 : at + 3]
        # Derivatives times powers of the distance between nodes, by central differences.
        first = (8 * (after - before) - (high - low)) / 12
        second = (16 * (after + before) - (high + low) - 30 * here) / 12
        third = (high - low - 2 * (after - before)) / 2
        beyond = here / 2 + total(self.weights[at + 1 :]) + first / 12 - third / 720
        step = (NODES[at] - cut) * PER_UNIT
        between = step * (here - step * (first / 2 - step * (second / 6 - step * third / 24)))
        share = min(max((beyond + between) / self.sum, 0.0), 1.0)
        return Fraction(round(share * 10**DECIMALS), 10**DECIMALS)

    def after(self, parameters: Parameters, score: int) -> "Posterior":
        """The posterior with one answer more; raises ValueError for a score that the model does not know."""
        if not 0 <= score <= most(parameters):
            raise ValueError(f"a score of {score} is none of the item's, 0 to {most(parameters)}")
        return _posterior(map(mul, self.weights, table(parameters)[score]))


@lru_cache(maxsize=256)
def start(prior: Prior = STANDARD) -> Posterior:
    """Before the first answer: the normal prior; raises ValueError for one that the grid cannot hold."""
    if not (0.1 <= prior.sd <= 2.0 and abs(prior.mean) <= LARGEST_PRIOR_MEAN):  # noqa: PLR2004 - the grid's reach
        raise ValueError("a prior has a mean between -3 and 3 and a standard deviation between .1 and 2")
    away = ((node - prior.mean) / prior.sd for node in NODES)
    return _posterior(exp(-far * far / 2) for far in away)


def posterior(evidence: Iterable[Evidence], prior: Prior = STANDARD) -> Posterior:
    """What all the evidence says of the ability."""
    return _course(tuple(evidence), prior)[-1]


def standings(
    evidence: Iterable[Evidence],
    cuts: Sequence[float],
    prior: Prior = STANDARD,
    looks: Container[int] | None = None,
) -> Iterator[Standing]:
    """How matters stand before the first answer, then after each one; full scores count as right.

    With `looks`, only where so many pieces of evidence were met.
    """
    met, right = tuple(evidence), 0
    for asked, found in enumerate(_course(met, prior)):
        if asked:
            right += met[asked - 1].score == most(met[asked - 1].parameters)
        if looks is None or asked in looks:
            yield _standing(found, cuts, right, asked)


# What decides and what chooses the next item look at the same answers, one right after the other.
@lru_cache(maxsize=16)
def _course(evidence: tuple[Evidence, ...], prior: Prior) -> tuple[Posterior, ...]:
    """The posterior before the first answer, and after each one."""
    return tuple(accumulate(evidence, lambda held, one: held.after(*one), initial=start(prior)))


@lru_cache(maxsize=_TABLES_KEPT)
def table(parameters: Parameters) -> tuple[tuple[float, ...], ...]:
    """By score, the likelihood at each node; computed once for an item."""
    return tuple(zip(*(categories(parameters, node) for node in NODES), strict=True))


def _standing(found: Posterior, cuts: Sequence[float], right: int, asked: int) -> Standing:
    return Standing(lambda place: found.at_or_above(cuts[place]), right, asked, lambda: found.moments)


def _posterior(weights: Iterable[float]) -> Posterior:
    held = tuple(weights)
    over = total(held)
    if over < _SMALLEST_SUM:
        held = tuple(weight / over for weight in held)
        over = total(held)
    return Posterior(held, over)
