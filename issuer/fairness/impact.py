"""Adverse impact: the four-fifths ratio, never without a test and its power.

The ratio alone alarms in almost half of fair samples of 100 and 30 people (at a rate of 30 %), because small
groups differ by chance. So it is one of three figures, and the finding follows from all of them.
"""

from collections.abc import Mapping
from itertools import combinations
from math import comb, sqrt
from statistics import NormalDist
from typing import Literal

from msgspec import Struct

FOUR_FIFTHS = 0.8
LEVEL = 0.05
POWER = 0.8
FEWEST = 20
"""A group with fewer people has no figures of its own: they would speak of single people."""

Finding = Literal["too_few", "cannot_say", "impact", "difference", "none_seen"]
SENTENCES: dict[Finding, str] = {
    "too_few": "Too few people to say anything.",
    "cannot_say": "Too few people to say: a difference of a fifth could be there and not be seen.",
    "impact": "The rates differ by more than a fifth, and chance alone rarely makes such a difference. "
    "People must find out why, and whether the assessment may go on being used as it is.",
    "difference": "There is a difference that chance alone rarely makes, and it is smaller than a fifth.",
    "none_seen": "No difference was seen; one of a fifth would probably have been.",
}


class Group(Struct, frozen=True):
    """How many people of a group had an outcome, and how many of them an award."""

    people: int
    awarded: int

    @property
    def rate(self) -> float:
        """The share awarded, 0 to 1; 0 without people."""
        return self.awarded / self.people if self.people else 0.0


class Impact(Struct, frozen=True, rename="camel"):
    """Two groups compared. `reference` has the higher rate; `ratio` is the lower rate over the higher.

    `p` is Fisher's exact probability, two-sided, corrected for the number of pairs compared; `power` is the
    chance that the test finds a rate of four fifths of the reference's, if that is the truth.
    """

    reference: str
    other: str
    ratio: float | None
    p: float | None
    power: float | None
    finding: Finding

    @property
    def sentence(self) -> str:
        """The finding in plain words."""
        return SENTENCES[self.finding]


def impacts(groups: Mapping[str, Group]) -> tuple[Impact, ...]:
    """Every pair of groups, the higher rate first; at the same rate the larger group is the reference."""
    ordered = sorted(groups.items(), key=lambda held: (-held[1].rate, -held[1].people, held[0]))
    pairs = list(combinations(ordered, 2))
    return tuple(
        compare(first, one, second, other, pairs=len(pairs)) for (first, one), (second, other) in pairs
    )


def compare(reference: str, one: Group, other_name: str, other: Group, *, pairs: int = 1) -> Impact:
    """Compare a group with another one of the same or a lower rate; `pairs` are compared in all."""
    if min(one.people, other.people) < FEWEST:
        return Impact(reference, other_name, None, None, None, "too_few")
    ratio = other.rate / one.rate if one.awarded else 1.0
    p = min(1.0, pairs * fisher(one, other))
    found = power(one.rate, one.people, other.people, LEVEL / pairs)
    if p < LEVEL:
        finding: Finding = "impact" if ratio < FOUR_FIFTHS else "difference"
    elif ratio < FOUR_FIFTHS or found < POWER:
        finding = "cannot_say"
    else:
        finding = "none_seen"
    return Impact(reference, other_name, ratio, p, found, finding)


def fisher(one: Group, other: Group) -> float:
    """Fisher's exact test, two-sided: the probability of all tables that are no more likely than this one."""
    people, awarded = one.people + other.people, one.awarded + other.awarded
    ways = {
        k: comb(one.people, k) * comb(other.people, awarded - k)
        for k in range(max(0, awarded - other.people), min(one.people, awarded) + 1)
    }
    # Whole numbers: no table is left out for the last bit of a double.
    seen = ways[one.awarded]
    return sum(count for count in ways.values() if count <= seen) / comb(people, awarded)


def power(rate: float, reference: int, other: int, level: float = LEVEL) -> float:
    """The chance to find four fifths of `rate` in `other` people, against `reference` people at `rate`.

    By the normal approximation of the two-sided test of two proportions; 0 where nobody was awarded.
    """
    lower = FOUR_FIFTHS * rate
    if rate <= 0.0:
        return 0.0
    pooled = (reference * rate + other * lower) / (reference + other)
    under_equal = sqrt(pooled * (1 - pooled) * (1 / reference + 1 / other))
    under_lower = sqrt(rate * (1 - rate) / reference + lower * (1 - lower) / other)
    normal = NormalDist()
    reach = normal.inv_cdf(1 - level / 2) * under_equal
    return normal.cdf((rate - lower - reach) / under_lower)


def shown(groups: Mapping[str, Group]) -> tuple[dict[str, Group], int]:
    """The groups that may be shown, and how many people are in those that may not.

    Groups below FEWEST are left out, and then the smallest ones of the others too, until those left out are
    FEWEST together: otherwise the whole minus what is shown would tell what is hidden.
    """
    kept = {name: group for name, group in groups.items() if group.people >= FEWEST}
    hidden = sum(group.people for group in groups.values()) - sum(group.people for group in kept.values())
    while kept and 0 < hidden < FEWEST:
        smallest = min(kept, key=lambda name: (kept[name].people, name))
        hidden += kept.pop(smallest).people
    return kept, hidden


def coarse(count: int, people: int) -> int | None:
    """A share in percent, to five; None within a step of nobody or everybody: that would tell of each one."""
    percent = 5 * round(20 * count / people) if people else 0
    return percent if 5 < percent < 95 else None  # noqa: PLR2004 - a step from either end
