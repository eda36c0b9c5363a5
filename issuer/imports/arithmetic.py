"""The operators of QTI's response processing over numbers: sums, comparisons, rounding. Exact, and total."""

import math
import re
from collections.abc import Callable
from fractions import Fraction

from issuer.imports.markup import Element
from issuer.imports.refusals import ImportRefused, named
from issuer.imports.run import Operator, Run
from issuer.imports.values import Value, atom, boolean, number

_MOST_FIGURES = 15
_FIGURES = re.compile("[0-9]{1,2}")


def _numbers(element: Element, run: Run) -> list[Fraction] | None:
    """All numbers of its expressions, containers opened; None if one is NULL."""
    values = run.each(element)
    found: list[Fraction] = []
    for value in values:
        if value is None:
            return None
        for one in value.atoms:
            if not isinstance(one, Fraction):
                raise ImportRefused("item.processing", f"{element.name} takes numbers only.")
            found.append(one)
    if not found:
        raise ImportRefused("item.processing", f"{element.name} takes at least one expression.")
    return found


def _folded(fold: Callable[[list[Fraction]], Fraction]) -> Operator:
    def operator(element: Element, run: Run) -> Value | None:
        found = _numbers(element, run)
        return None if found is None else number(fold(found))

    return operator


def _of_two(combine: Callable[[Fraction, Fraction], Fraction | None]) -> Operator:
    def operator(element: Element, run: Run) -> Value | None:
        values = run.two(element)
        result = None if values is None else combine(values[0].number, values[1].number)
        return None if result is None else number(result)

    return operator


def _of_one(change: Callable[[Fraction], Fraction]) -> Operator:
    def operator(element: Element, run: Run) -> Value | None:
        value = run.one(element)
        return None if value is None else number(change(value.number), "integer")

    return operator


def _compared(holds: Callable[[Fraction, Fraction], bool]) -> Operator:
    def operator(element: Element, run: Run) -> Value | None:
        values = run.two(element)
        if values is None:
            return None
        one, other = values[0].number, values[1].number
        run.met(element, lambda place: [values[place].number])
        return boolean(holds(one, other))

    return operator


def _product(found: list[Fraction]) -> Fraction:
    total = Fraction(1)
    for one in found:
        total = number(total * one).number  # which bounds it
    return total


def _half_up(value: Fraction) -> Fraction:
    return Fraction(math.floor(value + Fraction(1, 2)))


def _equal(element: Element, run: Run) -> Value | None:
    values = run.two(element)
    if values is None:
        return None
    first, second = values[0].number, values[1].number
    mode = element.get("tolerance-mode", "exact")
    below, above = _tolerances(element) if mode != "exact" else (Fraction(0), Fraction(0))
    if mode == "relative":
        below, above = below / 100, above / 100
        low, high = sorted((first * (1 - below), first * (1 + above)))
        run.met(element, lambda place: _relative(second, below, above) if place else [low, high])
    elif mode in {"absolute", "exact"}:
        low, high = first - below, first + above
        run.met(element, lambda place: [second - above, second + below] if place else [low, high])
    else:
        raise ImportRefused("item.processing", f"qti-equal has no tolerance mode {named(mode)}.")
    least = second >= low if _included(element, "include-lower-bound") else second > low
    most = second <= high if _included(element, "include-upper-bound") else second < high
    return boolean(least and most)


def _included(element: Element, name: str) -> bool:
    # With no tolerance the bounds are the value itself, which is equal to itself.
    exact = element.get("tolerance-mode", "exact") == "exact"
    return exact or element.get(name, "true") in {"true", "1"}


def _relative(second: Fraction, below: Fraction, above: Fraction) -> set[Fraction]:
    """Where the first number would have to be for its bounds to reach the second."""
    return {second / factor for factor in (1 - below, 1 + above) if factor}


def _tolerances(element: Element) -> tuple[Fraction, Fraction]:
    found = [atom("float", text) for text in element.get("tolerance").split()]
    numbers = [one for one in found if isinstance(one, Fraction) and one >= 0]
    if len(numbers) != len(found) or len(found) not in {1, 2}:
        raise ImportRefused(
            "item.processing", "qti-equal needs one or two tolerances that are not below zero."
        )
    return numbers[0], numbers[-1]


def _places(element: Element) -> tuple[str, int]:
    mode, figures = element.get("rounding-mode", "significantFigures"), element.get("figures")
    least = 0 if mode == "decimalPlaces" else 1
    if mode not in {"significantFigures", "decimalPlaces"}:
        raise ImportRefused("item.processing", f"{element.name} has no rounding mode {named(mode)}.")
    if not _FIGURES.fullmatch(figures) or not least <= int(figures) <= _MOST_FIGURES:
        raise ImportRefused(
            "item.processing", f"{element.name} takes a number of figures, not {named(figures)}."
        )
    return mode, int(figures)


def _unit(value: Fraction, mode: str, figures: int) -> Fraction:
    """What a value is rounded to a multiple of."""
    if mode == "decimalPlaces" or not value:
        return Fraction(1, 10**figures)
    # By its digits and its denominator's it is one of two, however small the value.
    least = len(str(abs(value.numerator))) - len(str(value.denominator))
    magnitude = least if abs(value) < Fraction(10) ** least else least + 1
    return Fraction(10) ** (magnitude - figures)


def _round_to(value: Fraction, mode: str, figures: int) -> Fraction:
    unit = _unit(value, mode, figures)
    return _half_up(value / unit) * unit


def _rounded(element: Element, run: Run) -> Value | None:
    mode, figures = _places(element)
    value = run.one(element)
    return None if value is None else number(_round_to(value.number, mode, figures))


def _equal_rounded(element: Element, run: Run) -> Value | None:
    mode, figures = _places(element)
    values = run.two(element)
    if values is None:
        return None
    rounded = [_round_to(value.number, mode, figures) for value in values]

    def bounds(place: int) -> list[Fraction]:
        half = _unit(rounded[place], mode, figures) / 2
        # Next to a power of ten the unit of significant figures is a tenth, on the side of zero.
        return [rounded[place] + step for step in (-half, half, -half / 10, half / 10)]

    run.met(element, bounds)
    return boolean(rounded[0] == rounded[1])


ARITHMETIC: dict[str, Operator] = {
    "qti-sum": _folded(lambda found: sum(found, Fraction(0))),
    "qti-product": _folded(_product),
    "qti-min": _folded(min),
    "qti-max": _folded(max),
    "qti-subtract": _of_two(lambda one, other: one - other),
    "qti-divide": _of_two(lambda one, other: one / other if other else None),
    "qti-integer-divide": _of_two(lambda one, other: Fraction(math.floor(one / other)) if other else None),
    "qti-integer-modulus": _of_two(lambda one, other: one % other if other else None),
    "qti-round": _of_one(_half_up),
    "qti-truncate": _of_one(lambda value: Fraction(math.trunc(value))),
    "qti-integer-to-float": _of_one(lambda value: value),
    "qti-gt": _compared(lambda one, other: one > other),
    "qti-gte": _compared(lambda one, other: one >= other),
    "qti-lt": _compared(lambda one, other: one < other),
    "qti-lte": _compared(lambda one, other: one <= other),
    "qti-equal": _equal,
    "qti-round-to": _rounded,
    "qti-equal-rounded": _equal_rounded,
}
