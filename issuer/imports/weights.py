"""How the parts of an answer count: one point for each right one, or each by a weight of its own.

Weights are supposed, and then held against every answer: only what scores each of them alike is a key.
"""

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TypeAlias

from msgspec import Struct

from issuer.assessments.kinds.credit import MOST_POINTS
from issuer.imports.processing import Processing
from issuer.imports.refusals import ImportRefused
from issuer.imports.spaces import Given, Space
from issuer.imports.values import Value

Gains: TypeAlias = list[tuple[Given, Fraction]]
"""Each answer tried, with what it is worth more than none."""


class Credit(Struct, frozen=True):
    """What each part of an answer adds, in whole points, and the most; answers get no less than 0."""

    parts: dict[tuple[str, str], int]
    most: int

    def of(self, given: Given) -> int:
        """An answer's points."""
        return min(max(sum(map(self.parts.__getitem__, given)), 0), self.most)


class Key(Struct, frozen=True):
    """The right answer, how its parts count, and each answer tried with the points it earns.

    `partial`: each right part is one point; `credit`: the parts have weights; neither: all or nothing.
    """

    right: Given
    tried: tuple[tuple[Given, int], ...]
    partial: bool = False
    credit: Credit | None = None


def score(processing: Processing, given: Mapping[str, Value | None]) -> Fraction:
    """What an answer is worth."""
    return processing.score(processing.run(given))


def equal(right: Given, gains: Gains) -> Key | None:
    """Each right part is worth the same, and nothing else anything."""
    step = max(gain for _, gain in gains) / len(right)
    points = [(given, len(set(right).intersection(given))) for given, _ in gains]
    if any(step * count != gain for (_, count), (_, gain) in zip(points, gains, strict=True)):
        return None
    return Key(right, tuple(points), partial=True)


def weighted(processing: Processing, spaces: list[Space], right: Given, gains: Gains) -> Key:
    """Parts with weights, the sum held between nothing and the most: supposed, and held against each answer.

    The weights are supposed to be those of the mappings, or what each part is worth by itself.
    """
    supposed = [_mapped(processing, spaces, gains), _alone(processing, spaces, gains)]
    most = max(gain for _, gain in gains)
    for weights in supposed:
        scale = whole([most, *weights.values()])
        if scale is None or not weights:
            continue
        credit = Credit({part: int(weight * scale) for part, weight in weights.items()}, int(most * scale))
        if all(credit.of(given) == gain * scale for given, gain in gains):
            return Key(right, tuple((given, credit.of(given)) for given, _ in gains), credit=credit)
    if any(gain < 0 for _, gain in gains):
        raise ImportRefused(
            "item.partial",
            "Some answers are worth less than none, and ours give no less; "
            "give the mapping the lower bound 0.",
        )
    raise ImportRefused(
        "item.partial", "Answers are worth something in between, and no sum of weights for their parts."
    )


def _parts(spaces: list[Space], gains: Gains) -> Iterator[tuple[Space, tuple[str, str]]]:
    """Each part that an answer can have, with its response; answers have their parts in the spaces' order."""
    if len(spaces) == 1:
        known = dict.fromkeys(part for given, _ in gains for part in given)
        yield from ((spaces[0], part) for part in known)
        return
    for place, one in enumerate(spaces):  # several are gaps, with a part each
        yield from ((one, part) for part in dict.fromkeys(given[place] for given, _ in gains))


def _mapped(processing: Processing, spaces: list[Space], gains: Gains) -> dict[tuple[str, str], Fraction]:
    found: dict[tuple[str, str], Fraction] = {}
    for one, part in _parts(spaces, gains):
        mapping, value = processing.responses[one.response].mapping, one.value((part,))
        if mapping is None or value is None:
            return {}
        found[part] = mapping.worth(value.atoms[0])
    return found


def _alone(processing: Processing, spaces: list[Space], gains: Gains) -> dict[tuple[str, str], Fraction]:
    nothing = score(processing, {})
    return {
        part: score(processing, {one.response: one.value((part,))}) - nothing
        for one, part in _parts(spaces, gains)
    }


def whole(values: list[Fraction]) -> Fraction | None:
    """What makes whole numbers of these, as small as can be; None where the first, the most, is too large."""
    times = math.lcm(*(value.denominator for value in values))
    scale = Fraction(times, math.gcd(*(int(value * times) for value in values)))
    return scale if values[0] * scale <= MOST_POINTS else None
