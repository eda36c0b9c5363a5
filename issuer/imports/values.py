"""Values of QTI: a base type, a cardinality, and atoms; NULL is None. Numbers are exact fractions."""

import itertools
import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Final, NamedTuple, TypeAlias

from issuer.imports.refusals import ImportRefused, named

Atom: TypeAlias = "str | bool | Fraction | tuple[str, str]"

NUMERIC: Final = frozenset({"integer", "float"})
BASE_TYPES: Final = NUMERIC | {"identifier", "string", "boolean", "pair", "directedPair"}
CARDINALITIES: Final = frozenset({"single", "multiple", "ordered"})
_NUMBER = re.compile(r"[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,2})?")
MAX_ATOMS = 1_000  # a rule that doubles a container can be repeated
_LONGEST_NUMBER = 40  # characters
_LARGEST = 4_096  # bits of a numerator or denominator


class Value(NamedTuple):
    """A value that is not NULL; the atoms of a `multiple` are sorted, for it is a bag."""

    base: str
    cardinality: str
    atoms: tuple[Atom, ...]

    @property
    def number(self) -> Fraction:
        """The one number; raises ImportRefused where it is something else."""
        atom = self.atoms[0]
        if self.cardinality != "single" or not isinstance(atom, Fraction):
            raise ImportRefused(
                "item.processing", "A number is needed where the response processing has none."
            )
        return atom

    @property
    def truth(self) -> bool:
        """The one truth value; raises ImportRefused where it is something else."""
        atom = self.atoms[0]
        if self.cardinality != "single" or not isinstance(atom, bool):
            raise ImportRefused(
                "item.processing", "True or false is needed where the response processing has neither."
            )
        return atom


TRUE: Final = Value("boolean", "single", (True,))
FALSE: Final = Value("boolean", "single", (False,))


def boolean(truth: bool) -> Value:  # noqa: FBT001 - it is the value
    """A truth value as a Value."""
    return TRUE if truth else FALSE


def number(value: Fraction, base: str = "float") -> Value:
    """A number as a Value; raises ImportRefused when it has grown beyond any score."""
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > _LARGEST:
        raise ImportRefused(
            "item.processing", "The response processing computes a number out of all proportion."
        )
    return Value(base, "single", (value,))


def container(base: str, cardinality: str, atoms: Iterable[Atom]) -> Value | None:
    """A container; an empty one is NULL. Raises ImportRefused when it has grown beyond any answer."""
    held = tuple(itertools.islice(atoms, MAX_ATOMS + 1))
    if len(held) > MAX_ATOMS:
        raise ImportRefused("item.processing", f"A container has more than {MAX_ATOMS} values.")
    if cardinality == "multiple":
        held = tuple(sorted(held))
    return Value(base, cardinality, held) if held else None


def atom(base: str, text: str) -> Atom:
    """What a literal says; raises ImportRefused item.declaration."""
    stripped = text.strip()
    if base in NUMERIC:
        return _number(base, stripped)
    if base == "boolean":
        if stripped not in {"true", "false", "1", "0"}:
            raise ImportRefused("item.declaration", f"{named(text)} is neither true nor false.")
        return stripped in {"true", "1"}
    if base in {"pair", "directedPair"}:
        ends = stripped.split()
        if len(ends) != 2:  # noqa: PLR2004 - a pair
            raise ImportRefused("item.declaration", f"{named(text)} is no pair of identifiers.")
        return pair(base, ends[0], ends[1])
    if base == "identifier":
        return stripped
    if base == "string":
        return text
    raise ImportRefused("item.declaration", f"The base type {named(base)} is not read here.")


def pair(base: str, first: str, second: str) -> tuple[str, str]:
    """A pair has no direction, a directed pair has one."""
    return (first, second) if base == "directedPair" or first <= second else (second, first)


def _number(base: str, text: str) -> Fraction:
    if not _NUMBER.fullmatch(text):
        raise ImportRefused("item.declaration", f"{named(text)} is no number.")
    value = Fraction(text)
    if base == "integer" and value.denominator != 1:
        raise ImportRefused("item.declaration", f"{named(text)} is no whole number.")
    return value


def same(one: Value, other: Value) -> bool:
    """QTI's match; raises ImportRefused for values of different kinds, which it does not compare."""
    alike = one.base == other.base or (one.base in NUMERIC and other.base in NUMERIC)
    if not alike or one.cardinality != other.cardinality:
        raise ImportRefused(
            "item.processing",
            f"The response processing compares {one.cardinality} {one.base} "
            f"with {other.cardinality} {other.base}.",
        )
    return one.atoms == other.atoms


def decimal(value: Fraction) -> str | None:
    """A fraction as a plain decimal of at most 40 characters, or None where it is none."""
    places = 0
    while value.denominator != 1 and (value * 10**places).denominator != 1:
        places += 1
        if places > _LONGEST_NUMBER:
            return None
    digits = str(abs(value.numerator * 10**places // value.denominator)).rjust(places + 1, "0")
    whole, part = (digits[:-places], digits[-places:]) if places else (digits, "")
    text = f"{'-' if value < 0 else ''}{whole}{'.' if part else ''}{part}"
    return text if len(text) <= _LONGEST_NUMBER else None
