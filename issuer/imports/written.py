"""Text entry: which of all texts or numbers are right, told from what the response processing compares with.

The processing may only look at the answer as a whole (compare it, map it, ask whether there is one). Then
texts that are none of the texts in the item, nor one of them in another case, are all alike; and a number
can change its score only where it passes one that it is compared with. One answer of each sort is tried.
"""

import itertools
import math
from fractions import Fraction
from typing import Final

from msgspec import Struct

from issuer.imports.markup import Element
from issuer.imports.processing import Processing
from issuer.imports.refusals import ImportRefused, named
from issuer.imports.values import Value, decimal
from issuer.imports.weights import score, whole
from schemas.items import Ends, Normalisation

MAX_TEXTS = 200
_TEXT_OPERATORS: Final = frozenset({"qti-match", "qti-string-match", "qti-member", "qti-is-null"})
_NUMBER_OPERATORS: Final = frozenset(
    {"qti-match", "qti-member", "qti-is-null", "qti-equal", "qti-equal-rounded"}
    | {"qti-gt", "qti-gte", "qti-lt", "qti-lte"}
)
_FRESH: Final = "none of these texts"


class Texts(Struct, frozen=True):
    """The texts that are accepted with their points, how an answer is normalised, and each text tried."""

    accepted: tuple[tuple[str, int], ...]
    normalisation: tuple[Normalisation, ...]
    tried: tuple[tuple[str, int], ...]


class Interval(Struct, frozen=True):
    """The numbers that are right, as our items have them, one of them, and each one tried with its points."""

    value: str
    tolerance: str
    ends: Ends
    right: Fraction
    tried: tuple[tuple[str, int], ...]


def _looked_at(rules: Element, response: str, operators: frozenset[str]) -> None:
    """Refuse a processing that does with the answer what cannot be told apart by trying."""
    read = {one.get("identifier") for one in rules.walk() if one.name == "qti-variable"}
    for element in rules.walk():
        for child in element.elements():
            if child.name != "qti-variable" or child.get("identifier") != response:
                continue
            copied = element.name == "qti-set-outcome-value" and element.get("identifier") not in read
            if element.name not in operators and not copied:
                raise ImportRefused("item.derivation", f"The answer is used in {named(element.name)}.")


def texts(processing: Processing, response: str) -> Texts:
    """The texts that are right, wholly or in part; raises ImportRefused."""
    _looked_at(processing.rules, response, _TEXT_OPERATORS)
    literals = _literals(processing, response)
    known = set(literals)
    worth = {text: _worth(processing, response, "string", text) for text in literals}
    other = next(text for text in (f"{_FRESH}{'.' * n}" for n in range(MAX_TEXTS + 2)) if text not in known)
    elsewhere = _worth(processing, response, "string", other)
    nothing = score(processing, {})
    most = max([*worth.values(), elsewhere])
    _sense({nothing, elsewhere, *worth.values()}, most, nothing, elsewhere)
    scale = whole([most - nothing, *(value - nothing for value in worth.values() if value != nothing)])
    if elsewhere != nothing or min(worth.values()) < nothing or scale is None:
        raise ImportRefused("item.partial", "Some texts are worth less than none, or too many points.")
    cased = {
        variant: _worth(processing, response, "string", variant)
        for text in literals
        for variant in (text.lower(), text.upper(), text.swapcase(), text.title(), text.casefold())
        if variant not in known
    }
    accepted = {text: value for text, value in worth.items() if value != nothing}
    insensitive = any(value != nothing for value in cased.values())
    if insensitive:
        accepted = dict({text.casefold(): (text, worth[text]) for text in reversed(accepted)}.values())
        accepted = dict(reversed(accepted.items()))
    points = {
        text: int((value - nothing) * scale) for text, value in {**worth, **cased, other: elsewhere}.items()
    }
    return Texts(
        tuple((text, points[text]) for text in accepted),
        ("case",) if insensitive else (),
        tuple(points.items()),
    )


def _literals(processing: Processing, response: str) -> list[str]:
    """Every text in the item that an answer can be compared with, in order of appearance."""
    declared = processing.responses[response]
    found = [*(declared.correct.atoms if declared.correct else ())]
    if declared.mapping is not None:
        found += [*declared.mapping.exact, *declared.mapping.folded]
    values = [one.text() for one in processing.rules.walk() if one.name == "qti-base-value"]
    texts = list(dict.fromkeys(str(text) for text in [*found, *values]))
    if len(texts) > MAX_TEXTS:
        raise ImportRefused(
            "item.too_many_answers", f"The answer is compared with more than {MAX_TEXTS} texts."
        )
    return [text for text in texts if text]


def _worth(processing: Processing, response: str, base: str, atom: str | Fraction) -> Fraction:
    return score(processing, {response: Value(base, "single", (atom,))})


def _sense(values: set[Fraction], most: Fraction, nothing: Fraction, elsewhere: Fraction) -> None:
    if len(values) == 1:
        raise ImportRefused("item.constant", "Every answer is worth the same.")
    if nothing >= most:
        raise ImportRefused(
            "item.empty_right", "Leaving the question unanswered is worth as much as the best answer."
        )
    if elsewhere == most:
        raise ImportRefused("item.ambiguous", "All answers but some are right.")


def interval(processing: Processing, response: str) -> Interval:
    """The numbers that are right; raises ImportRefused."""
    _looked_at(processing.rules, response, _NUMBER_OPERATORS)
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
        around = _between(sorted(thresholds), whole=base == "integer") if new else []
        points = [point for point in around if point not in worth]
    return _one_interval(
        score(processing, {}), sorted(worth.items()), None if base == "integer" else thresholds
    )


def _between(bounds: list[Fraction], *, whole: bool) -> list[Fraction]:
    """The bounds, a number in each gap between two of them, and one on either side."""
    if whole:
        near = {math.floor(one) + step for one in bounds for step in (-1, 0, 1, 2)}
        return [Fraction(one) for one in sorted(near)]
    middles = [(one + other) / 2 for one, other in itertools.pairwise(bounds)]
    return sorted({bounds[0] - 1, *bounds, *middles, bounds[-1] + 1})


def _one_interval(
    nothing: Fraction, worth: list[tuple[Fraction, Fraction]], thresholds: set[Fraction] | None
) -> Interval:
    """The one interval of right numbers; without `thresholds` the numbers are whole."""
    values = [value for _, value in worth]
    most = max(values)
    _sense({nothing, *values}, most, nothing, min(values[0], values[-1]))
    if {nothing, *values} != {most, nothing}:
        raise ImportRefused(
            "item.partial",
            "Some numbers are worth something in between or less than none; ours are right or wrong, "
            "within one range.",
        )
    at = [place for place, value in enumerate(values) if value == most]
    if most in {values[0], values[-1]}:
        raise ImportRefused("item.bounds", "There is no least or no greatest number that is right.")
    if at != list(range(at[0], at[-1] + 1)):
        raise ImportRefused("item.bounds", "The numbers that are right are several intervals.")
    right, last = worth[at[0]][0], worth[at[-1]][0]
    low, high = right, last
    if thresholds is not None:  # a score changes at these only: the end of a range, right itself or not
        low = max(one for one in thresholds if one <= right)
        high = min(one for one in thresholds if one >= last)
    value, tolerance = decimal((low + high) / 2), decimal((high - low) / 2)
    if value is None or tolerance is None:
        raise ImportRefused(
            "item.bounds",
            "The bounds of the numbers that are right are no short decimals; make the tolerance absolute.",
        )
    tried = ((decimal(one), int(each == most)) for one, each in worth)
    shown = tuple((text, points) for text, points in tried if text is not None)
    return Interval(value, tolerance, _ENDS[low == right, high == last], right, shown)


_ENDS: Final[dict[tuple[bool, bool], Ends]] = {
    (True, True): "both",
    (True, False): "lower",
    (False, True): "upper",
    (False, False): "neither",
}
