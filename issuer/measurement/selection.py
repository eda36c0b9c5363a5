"""The adaptive choice of the next item, and when an item may be chosen at all.

A choice is a function of (bank, seen, answers, seed, barred): the bank and what was seen give the candidates
and how often each area was covered, the answers give the estimate, the seed gives `rank`, and `barred` is
what the log recorded as suspended or capped. What happened in other sessions enters by `barred` alone.

Order: the area covered least for its weight; in it, the five items with the most information at the estimate
that are not barred; one of those at random. An area whose items are all barred is passed over.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from fractions import Fraction
from typing import NamedTuple

from issuer.measurement.ability import DECIMALS
from issuer.measurement.models import information
from schemas.items import Parameters

AMONG_THE_BEST = 5
EXPOSURE_CAP = 0.25
ROOM = 0.8
"""The share of its exposure cap that an item may reach on average, so that the cap leaves a choice."""
SESSIONS_AT_FIRST = 100

Rank = Callable[..., bytes]


class Candidate(NamedTuple):
    """An item that this session may be asked: live, unseen, and no enemy of one that was seen."""

    id: str
    area: str
    parameters: Parameters


class Choice(NamedTuple):
    """The item to ask next, and the barred ones without which it might have been another, sorted by id.

    Choosing again with these alone barred gives the same choice.
    """

    item: str
    barred: tuple[str, ...]


def choose(
    candidates: Iterable[Candidate],
    covered: Mapping[str, int],
    weights: Mapping[str, int],
    theta: float,
    rank: Rank,
    barred: AbstractSet[str] = frozenset(),
) -> Choice | None:
    """The next item, or None when all candidates are barred or there are none.

    `covered` counts the items asked so far by area (none: 0), `weights` are the areas' shares of a form,
    `theta` is the estimate so far, `rank(*parts)` a seeded order that differs from one choice to the next.
    The order of the candidates makes no difference.
    """
    areas: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        areas.setdefault(candidate.area, []).append(candidate)
    passed: list[str] = []
    for area in sorted(
        areas, key=lambda area: (Fraction(covered.get(area, 0), weights[area]), rank("area", area))
    ):
        best, over = _best(areas[area], theta, rank, barred)
        passed += over
        if best:
            return Choice(min(best, key=lambda name: rank("best", name)), tuple(sorted(passed)))
    return None


def _best(
    candidates: Sequence[Candidate], theta: float, rank: Rank, barred: AbstractSet[str]
) -> tuple[list[str], list[str]]:
    """The best that are not barred, and the barred ones that come before the last of them."""
    told: dict[float, list[str]] = {}
    for one in candidates:
        told.setdefault(round(information(one.parameters, theta), DECIMALS), []).append(one.id)
    best: list[str] = []
    over: list[str] = []
    for equal in sorted(told, reverse=True):
        # A seeded order costs an HMAC an item: only those that tell the same need one.
        names = told[equal]
        for name in sorted(names, key=lambda name: rank("equal", name)) if len(names) > 1 else names:
            if name in barred:
                over.append(name)
                continue
            best.append(name)
            if len(best) == AMONG_THE_BEST:
                return best, over
    return best, over


def at_cap(given: int, sessions: int, cap: float = EXPOSURE_CAP) -> bool:
    """Whether one session more with this item would break its exposure cap.

    `given` counts the sessions that met the item, `sessions` all that began: with the one that asks, but at
    its first questions without it, which is stricter. A share of fewer than a hundred sessions says nothing
    yet: the cap then counts as if they were a hundred.
    """
    return given + 1 > cap * max(sessions, SESSIONS_AT_FIRST)
