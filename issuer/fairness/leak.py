"""Item leak: a CUSUM for each item, over how much better it is answered than its takers' ability says.

Each response adds the log-likelihood ratio of "a fifth of the takers know this item and are right with .95"
to "nobody does", and the sum never falls below 0 (Page 1954). The limit follows from how much a response
tells, so that the chance of a false alarm within 1,500 responses is 5 % for an easy item as for a hard one.
Easy items tell little: where nearly everybody is right, nobody can see who knew.
"""

from math import log, log1p, sqrt

from msgspec import Struct

SHARE = 0.2
KNOWN = 0.95
FALSE_ALARM = 0.05
WITHIN = 1500
LOWEST, HIGHEST = 0.02, 0.93
"""Expectations beyond these count as these: above, knowing an item makes no difference that could be seen."""

# Responses between false alarms in the mean, if they come at random moments.
_BETWEEN = WITHIN / -log(1 - FALSE_ALARM)
# What the formula for that mean is too high by, found in simulation.
_CORRECTION = -0.1

GROUPS = 5
LEARNED_FROM = 100
"""Without calibration an item has no expectation before it has this many responses."""
_SHRINKAGE = 4.0
_ERRORS_ADDED = 1.5


class Chart(Struct, frozen=True):
    """An item's chart: responses so far, the sum, its highest value, and the information in bits of e.

    `information` is how far the sum is expected to sink while nobody knows the item.
    """

    responses: int = 0
    sum: float = 0.0
    highest: float = 0.0
    information: float = 0.0

    @property
    def limit(self) -> float:
        """What the sum must reach for an alarm."""
        told = self.information / self.responses if self.responses else 0.0
        return max(log1p(_BETWEEN * told) + _CORRECTION, 1.0)

    @property
    def alarm(self) -> bool:
        """Whether somebody must look."""
        return self.responses > 0 and self.sum >= self.limit


def step(chart: Chart, expected: float, *, right: bool) -> Chart:
    """The chart after one response of somebody who would be right with probability `expected` on merit."""
    honest = min(max(expected, LOWEST), HIGHEST)
    leaked = (1 - SHARE) * honest + SHARE * KNOWN
    gain, loss = log(leaked / honest), log((1 - leaked) / (1 - honest))
    level = max(0.0, chart.sum + (gain if right else loss))
    told = -(honest * gain + (1 - honest) * loss)
    return Chart(chart.responses + 1, level, max(chart.highest, level), chart.information + told)


class Learned(Struct, frozen=True):
    """What an uncalibrated item's own history says, by the takers' score on their other items.

    `people` and `right` have GROUPS whole numbers each, and so have the responses since the chart last stood
    at 0: those may be a leak's beginning, and wait until it turns out that they are not.
    """

    people: tuple[int, ...] = (0,) * GROUPS
    right: tuple[int, ...] = (0,) * GROUPS
    people_waiting: tuple[int, ...] = (0,) * GROUPS
    right_waiting: tuple[int, ...] = (0,) * GROUPS

    def expected(self, group: int) -> float | None:
        """The probability that somebody of this score group is right; None before it is LEARNED_FROM.

        Some standard errors are added: what is not known well yet must not look like a leak.
        """
        people, right = sum(self.people), sum(self.right)
        if people < LEARNED_FROM:
            return None
        overall = (right + 1) / (people + 2)
        share = (self.right[group] + _SHRINKAGE * overall) / (self.people[group] + _SHRINKAGE)
        return min(share + _ERRORS_ADDED * sqrt(share * (1 - share) / people), HIGHEST)

    def after(self, group: int, *, right: bool, settled: bool) -> "Learned":
        """The history with one response more; `settled` when the chart stands at 0 after it."""
        people = _raised(self.people_waiting, group, 1)
        rights = _raised(self.right_waiting, group, int(right))
        if not settled:
            return Learned(self.people, self.right, people, rights)
        return Learned(_added(self.people, people), _added(self.right, rights))


def score_group(right: int, asked: int) -> int:
    """The score group, 0 to GROUPS - 1, of somebody with `right` of `asked` on their other items."""
    share = right / asked if asked else 0.5
    bounds = (0.4, 0.55, 0.7, 0.85)
    return sum(share >= bound for bound in bounds)


def _raised(counts: tuple[int, ...], place: int, by: int) -> tuple[int, ...]:
    return (*counts[:place], counts[place] + by, *counts[place + 1 :])


def _added(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(one, other, strict=True))
