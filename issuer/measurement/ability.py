"""The posterior of an ability on a fixed grid: 241 nodes from -6 to 6, a twentieth apart.

The trapezoid rule is exact here to many decimals (the density is smooth and dies out inside the grid). The
probability above a cut adds the end correction of Euler and Maclaurin, and a Taylor step from the nearest
node to the cut: within .0001 of the integral for a posterior standard deviation of .1 or more.
"""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from math import fsum, sqrt
from operator import mul
from typing import NamedTuple

from issuer.measurement.logistic import exp
from issuer.measurement.models import categories, most
from issuer.measurement.rule import Standing
from schemas.assessment import Prior
from schemas.items import Parameters

DECIMALS = 6
STANDARD = Prior()
LARGEST = 6.0
LARGEST_CUT = 5.0
PER_UNIT = 20
NODES = tuple(step / PER_UNIT for step in range(int(-LARGEST * PER_UNIT), int(LARGEST * PER_UNIT) + 1))
_APART = 1 / PER_UNIT
_TABLES_KEPT = 4096


class Evidence(NamedTuple):
    """An answered item: its parameters and its score, 0 to m; what was skipped scores 0."""

    parameters: Parameters
    score: int


class Posterior(NamedTuple):
    """What is held of a person's ability: the density at each of NODES (of area 1)."""

    density: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The expected ability a posteriori (EAP), to six decimals."""
        return round(fsum(map(mul, self.density, NODES)) * _APART, DECIMALS)

    @property
    def sd(self) -> float:
        """The posterior standard deviation, to six decimals."""
        mean = self.mean
        away = (node - mean for node in NODES)
        squares = fsum(p * far * far for p, far in zip(self.density, away, strict=True))
        return round(sqrt(squares * _APART), DECIMALS)

    def at_or_above(self, cut: float) -> Fraction:
        """P(theta >= cut), exact and of six decimals; raises ValueError for a cut beyond +-5."""
        if not -LARGEST_CUT <= cut <= LARGEST_CUT:
            raise ValueError(f"a cut on the ability scale lies between -{LARGEST_CUT} and {LARGEST_CUT}")
        at = round((cut + LARGEST) * PER_UNIT)
        before, here, after = self.density[at - 1 : at + 2]
        slope = (after - before) / (2 * _APART)
        bend = (after - 2 * here + before) / (_APART * _APART)
        above = _APART * (here / 2 + fsum(self.density[at + 1 :])) + _APART * _APART * slope / 12
        step = NODES[at] - cut
        share = above + step * (here - step * (slope / 2 - step * bend / 6))
        return Fraction(round(min(max(share, 0.0), 1.0) * 10**DECIMALS), 10**DECIMALS)

    def after(self, parameters: Parameters, score: int) -> "Posterior":
        """The posterior with one answer more; raises ValueError for a score that the model does not know."""
        if not 0 <= score <= most(parameters):
            raise ValueError(f"a score of {score} is none of the item's, 0 to {most(parameters)}")
        return _of_area_one(map(mul, self.density, table(parameters)[score]))


@lru_cache(maxsize=256)
def start(prior: Prior = STANDARD) -> Posterior:
    """Before the first answer: the normal prior; raises ValueError for one that the grid cannot hold."""
    if not (0.1 <= prior.sd <= 2.0 and -3.0 <= prior.mean <= 3.0):  # noqa: PLR2004 - the grid's reach
        raise ValueError("a prior has a mean between -3 and 3 and a standard deviation between .1 and 2")
    away = ((node - prior.mean) / prior.sd for node in NODES)
    return _of_area_one(exp(-far * far / 2) for far in away)


def posterior(evidence: Iterable[Evidence], prior: Prior = STANDARD) -> Posterior:
    """What all the evidence says of the ability."""
    found = start(prior)
    for parameters, score in evidence:
        found = found.after(parameters, score)
    return found


def standings(
    evidence: Iterable[Evidence], cuts: Sequence[float], prior: Prior = STANDARD
) -> Iterator[Standing]:
    """How matters stand before the first answer, then after each one; full scores count as right."""
    found, right, asked = start(prior), 0, 0
    yield _standing(found, cuts, right, asked)
    for parameters, score in evidence:
        found = found.after(parameters, score)
        right, asked = right + (score == most(parameters)), asked + 1
        yield _standing(found, cuts, right, asked)


@lru_cache(maxsize=_TABLES_KEPT)
def table(parameters: Parameters) -> tuple[tuple[float, ...], ...]:
    """By score, the likelihood at each node; computed once for an item."""
    return tuple(zip(*(categories(parameters, node) for node in NODES), strict=True))


def _standing(found: Posterior, cuts: Sequence[float], right: int, asked: int) -> Standing:
    return Standing(tuple(found.at_or_above(cut) for cut in cuts), right, asked, found.mean, found.sd)


def _of_area_one(weights: Iterable[float]) -> Posterior:
    held = tuple(weights)
    area = fsum(held) * _APART
    return Posterior(tuple(weight / area for weight in held))
