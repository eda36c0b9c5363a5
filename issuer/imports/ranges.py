"""Text entry of a number: which numbers are right, wholly or in part, told from what they are compared with.

A number can change its score only where it passes one that it is compared with: a threshold. Each threshold
is tried, and a number between any two; what is worth a score or more must be one range.
"""

import itertools
import math
from fractions import Fraction
from typing import Final, NamedTuple

from msgspec import Struct

from issuer.imports.processing import Processing
from issuer.imports.refusals import ImportRefused
from issuer.imports.values import Value, decimal
from issuer.imports.weights import score, whole
from issuer.imports.written import MAX_TEXTS, looked_at, sense
from schemas.items import Ends

_OPERATORS: Final = frozenset(
    {"qti-match", "qti-member", "qti-is-null", "qti-equal", "qti-equal-rounded"}
    | {"qti-gt", "qti-gte", "qti-lt", "qti-lte"}
)
_ENDS: Final[dict[tuple[bool, bool], Ends]] = {
    (True, True): "both",
    (True, False): "lower",
    (False, True): "upper",
    (False, False): "neither",
}


class Range(NamedTuple):
    """A range of numbers as our items have it; one that is not the whole item's is worth fewer `points`."""

    value: str
    tolerance: str
    ends: Ends
    points: int


class Ranges(Struct, frozen=True):
    """The ranges that are worth something, the best first; a right number; each one tried with its points."""

    found: tuple[Range, ...]
    right: Fraction
    tried: tuple[tuple[str, int], ...]


class _Tried(Struct, frozen=True):
    """The numbers tried, ascending, with their worth, and the thresholds; None where numbers are whole."""

    worth: list[tuple[Fraction, Fraction]]
    thresholds: set[Fraction] | None


def ranges(processing: Processing, response: str) -> Ranges:
    """The numbers that are worth something; raises ImportRefused."""
    looked_at(processing.rules, response, _OPERATORS)
    tried, nothing = _tried(processing, response), score(processing, {})
    values = [value for _, value in tried.worth]
    most = max(values)
    sense({nothing, *values}, most, nothing, min(values[0], values[-1]))
    scale = whole([most - nothing, *{value - nothing for value in values} - {0}])
    if min(values) < nothing or scale is None:
        raise ImportRefused("item.partial", "Some numbers are worth less than none, or too many points.")
    levels = sorted({*values} - {nothing}, reverse=True)
    found = tuple(Range(*_range(tried, level), int((level - nothing) * scale)) for level in levels)
    right = next(number for number, value in tried.worth if value == most)
    shown = ((decimal(number), int((value - nothing) * scale)) for number, value in tried.worth)
    return Ranges(found, right, tuple((text, points) for text, points in shown if text is not None))


def _tried(processing: Processing, response: str) -> _Tried:
    base = processing.responses[response].base
    worth: dict[Fraction, Fraction] = {}
    thresholds: set[Fraction] = set()
    points = [Fraction(0)]
    while points:
        met: set[Fraction] = set()
        for point in points:
            run = processing.run({response: Value(base, "single", (point,))})
            worth[point] = processing.score(run)
            met |= run.thresholds
        new, thresholds = met - thresholds, thresholds | met
        if len(thresholds) > MAX_TEXTS:
            raise ImportRefused("item.too_many_answers", "The answer is compared with too many numbers.")
        around = _between(sorted(thresholds), integers=base == "integer") if new else []
        points = [point for point in around if point not in worth]
    return _Tried(sorted(worth.items()), None if base == "integer" else thresholds)


def _between(bounds: list[Fraction], *, integers: bool) -> list[Fraction]:
    """The bounds, a number in each gap between two of them, and one on either side."""
    if integers:
        near = {math.floor(one) + step for one in bounds for step in (-1, 0, 1, 2)}
        return [Fraction(one) for one in sorted(near)]
    middles = [(one + other) / 2 for one, other in itertools.pairwise(bounds)]
    return sorted({bounds[0] - 1, *bounds, *middles, bounds[-1] + 1})


def _range(tried: _Tried, level: Fraction) -> tuple[str, str, Ends]:
    """The one range of the numbers that are worth so much or more."""
    at = [place for place, (_, value) in enumerate(tried.worth) if value >= level]
    if at[0] == 0 or at[-1] == len(tried.worth) - 1:
        raise ImportRefused("item.bounds", "There is no least or no greatest number that is right.")
    if at != list(range(at[0], at[-1] + 1)):
        raise ImportRefused("item.bounds", "The numbers that are right are several ranges.")
    first, last = tried.worth[at[0]][0], tried.worth[at[-1]][0]
    low, high = first, last
    if tried.thresholds is not None:  # the score changes at these: the end of a range, right itself or not
        low = max(one for one in tried.thresholds if one <= first)
        high = min(one for one in tried.thresholds if one >= last)
    value, tolerance = decimal((low + high) / 2), decimal((high - low) / 2)
    if value is None or tolerance is None:
        raise ImportRefused(
            "item.bounds",
            "The bounds of the numbers that are right are no short decimals; make the tolerance absolute.",
        )
    return value, tolerance, _ENDS[low == first, high == last]
