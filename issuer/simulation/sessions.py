"""What comes out of simulated sessions, and looks at a posterior for many people at once."""

from fractions import Fraction
from math import ceil
from typing import NamedTuple

import numpy as np

from issuer.calibration.curves import Flags, Floats, Integers
from issuer.measurement.ability import DECIMALS, LARGEST, NODES, PER_UNIT
from issuer.measurement.rule import award_from, exact

REACHED, OPEN, NOT_REACHED = 1, 0, -1

ALL_NODES = np.array(NODES)
_UNIT = 10**DECIMALS


class Look(NamedTuple):
    """How matters stood for N people at the end of one sitting, or of everything.

    `asked` (N) items; by level (N, L) `states` (1 reached, -1 not, 0 open) and `probability`; `estimate` and
    `error` (N) of the ability; `met` (J) counts the people who met each item.
    """

    asked: Integers
    states: Integers
    probability: Floats
    estimate: Floats
    error: Floats
    met: Integers

    @classmethod
    def blank(cls, people: int, levels: int, items: int) -> "Look":
        """Room for what will be seen."""
        return cls(
            np.zeros(people, dtype=np.int64),
            np.zeros((people, levels), dtype=np.int64),
            np.zeros((people, levels)),
            np.zeros(people),
            np.zeros(people),
            np.zeros(items, dtype=np.int64),
        )


class Taken(NamedTuple):
    """Everybody's assessment: where one sitting left it, and where it ended with all evidence pooled."""

    sitting: Look
    pooled: Look


def at_or_above(weights: Floats, cut: float) -> Floats:
    """P(theta >= cut) for posteriors (n, Q), of six decimals: `Posterior.at_or_above`, for many at once."""
    at = round((cut + LARGEST) * PER_UNIT)
    low, before, here, after, high = weights[:, at - 2 : at + 3].T
    first = (8 * (after - before) - (high - low)) / 12
    second = (16 * (after + before) - (high + low) - 30 * here) / 12
    third = (high - low - 2 * (after - before)) / 2
    beyond = here / 2 + weights[:, at + 1 :].sum(axis=1) + first / 12 - third / 720
    step = (NODES[at] - cut) * PER_UNIT
    between = step * (here - step * (first / 2 - step * (second / 6 - step * third / 24)))
    share: Floats = np.clip((beyond + between) / weights.sum(axis=1), 0.0, 1.0)
    return np.round(share, DECIMALS)


def moments(weights: Floats) -> tuple[Floats, Floats]:
    """Posterior means and standard deviations (n), of six decimals."""
    over = weights.sum(axis=1)
    mean = weights @ ALL_NODES / over
    square = weights @ ALL_NODES**2 / over
    return np.round(mean, DECIMALS), np.round(np.sqrt(square - mean * mean), DECIMALS)


def settle(before: Integers, probability: Floats, threshold: float, within: Flags) -> Integers:
    """The levels' states (n, L) after a look, `within` (n) a step or at its end: `rule.settle`, for many."""
    found = np.rint(probability * _UNIT)
    award = np.where(within, *(_least(award_from(threshold, within=one)) for one in (True, False)))[:, None]
    reached, out_of_reach = found >= award, found <= _UNIT - _least(exact(threshold))
    after = np.where(reached, REACHED, np.where(out_of_reach, NOT_REACHED, OPEN))
    return np.where(before == OPEN, after, before)


def _least(share: Fraction) -> int:
    """The fewest millionths that are no less."""
    whole: int = ceil(share * _UNIT)
    return whole
