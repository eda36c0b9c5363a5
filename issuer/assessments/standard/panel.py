"""What several persons' cuts amount to: the mean, its standard error, and the spread. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from math import sqrt
from typing import NamedTuple

from issuer.assessments.standard.ratings import Seat
from issuer.assessments.standard.refused import StandardRefused
from schemas.standard import Panel, SetLevel

DECIMALS = 6
_SHORTEST_NAME = 3  # shorter ones are codes, and code words would be found in any name


class Agreed(NamedTuple):
    """A panel's cut, the standard deviation of its members' cuts, and the mean's standard error."""

    cut: float
    spread: float
    error: float


def agreed(cuts: Sequence[Fraction]) -> Agreed:
    """The mean of two or more cuts; the panellists stand for those who might have been asked instead.

    Exact up to the square root, so the same on every machine; six decimals.
    """
    size = len(cuts)
    mean = sum(cuts, Fraction(0)) / size
    variance = sum(((cut - mean) ** 2 for cut in cuts), Fraction(0)) / (size - 1)
    return Agreed(
        round(float(mean), DECIMALS),
        round(sqrt(variance), DECIMALS),
        round(sqrt(variance / size), DECIMALS),
    )


def by_round(cuts: Mapping[Seat, Fraction]) -> dict[str, tuple[Agreed, ...]]:
    """By level, what each round amounts to; every seat of `ratings.seats` has its cut."""
    levels = sorted({seat.level for seat in cuts})
    rounds = sorted({seat.round for seat in cuts})
    return {
        level: tuple(
            agreed([cut for seat, cut in cuts.items() if (seat.level, seat.round) == (level, number)])
            for number in rounds
        )
        for level in levels
    }


def panel(name: str, cuts: Mapping[Seat, Fraction]) -> Panel:
    """The panel as it may be told: how many they are and how they differ, round by round.

    Raises StandardRefused: standard.panel_name.
    """
    people = {seat.panellist for seat in cuts}
    said = " ".join(name.split()).casefold()
    named = (re.escape(person) for person in people if len(person) >= _SHORTEST_NAME)
    if not said or any(re.search(rf"\b{person}\b", said) for person in named):
        raise StandardRefused(
            "standard.panel_name",
            "Name the panel by what it is, such as “six analysts of three teams”: it is published, and "
            "panellists are not named.",
        )
    rounds = by_round(cuts)
    spread = {level: tuple(one.spread for one in found) for level, found in rounds.items()}
    return Panel(name.strip(), len(people), len({seat.round for seat in cuts}), spread)


def ascending(levels: Iterable[SetLevel]) -> tuple[SetLevel, ...]:
    """The levels by their cuts, lowest first.

    Raises StandardRefused: standard.levels.
    """
    found = tuple(sorted(levels, key=lambda level: level.cut))
    for low, high in pairwise(found):
        if low.cut == high.cut:
            raise StandardRefused(
                "standard.levels", f"The levels {low.code} and {high.code} have the same cut, {low.cut:g}."
            )
    return found
