"""An item's declarations: responses with their correct value and mapping, outcomes with default and table."""

from fractions import Fraction
from typing import TypeVar

from msgspec import Struct

from issuer.imports.markup import Element
from issuer.imports.refusals import ImportRefused, named
from issuer.imports.values import BASE_TYPES, CARDINALITIES, NUMERIC, Atom, Value, atom, container, number


class Mapping(Struct, frozen=True):
    """What a value is worth; `folded` has the keys for which case does not matter."""

    exact: dict[Atom, Fraction]
    folded: dict[str, Fraction]
    default: Fraction
    lower: Fraction | None
    upper: Fraction | None

    def of(self, value: Value | None) -> Fraction:
        """Worth of a value: each distinct atom counts once, nothing counts as 0, within the bounds."""
        total = sum(
            (self.worth(one) for one in sorted(set(value.atoms), key=repr)) if value else (), Fraction(0)
        )
        if self.lower is not None:
            total = max(total, self.lower)
        return total if self.upper is None else min(total, self.upper)

    def worth(self, one: Atom) -> Fraction:
        """Worth of one atom."""
        if one in self.exact:
            return self.exact[one]
        return self.folded.get(one.casefold(), self.default) if isinstance(one, str) else self.default


class Response(Struct, frozen=True):
    """A response variable."""

    identifier: str
    base: str
    cardinality: str
    correct: Value | None
    mapping: Mapping | None


class OutcomeVariable(Struct, frozen=True):
    """An outcome variable, and its lookup table: rows of source value, whether it is included, target."""

    identifier: str
    base: str
    cardinality: str
    default: Value | None
    rows: tuple[tuple[Fraction, bool, str], ...] = ()
    interpolates: bool = False
    otherwise: str = ""


def responses(item: Element) -> dict[str, Response]:
    """The response variables by identifier; raises ImportRefused item.declaration."""
    found = [_response(element) for element in item.elements("qti-response-declaration")]
    return _distinct({one.identifier: one for one in found}, len(found))


def outcomes(item: Element) -> dict[str, OutcomeVariable]:
    """The outcome variables by identifier; raises ImportRefused item.declaration."""
    found = [_outcome(element) for element in item.elements("qti-outcome-declaration")]
    return _BUILT_IN | _distinct({one.identifier: one for one in found}, len(found))


def template_variables(item: Element) -> dict[str, OutcomeVariable]:
    """The template variables by identifier, with their defaults; raises ImportRefused item.declaration."""
    found = []
    for element in item.elements("qti-template-declaration"):
        identifier, base, cardinality = _shape(element)
        default = _value(element.first("qti-default-value"), base, cardinality)
        found.append(OutcomeVariable(identifier, base, cardinality, default))
    return _distinct({one.identifier: one for one in found}, len(found))


# Every item has it, and it has this value when the first attempt begins.
_UNKNOWN = Value("identifier", "single", ("unknown",))
_BUILT_IN = {"completionStatus": OutcomeVariable("completionStatus", "identifier", "single", _UNKNOWN)}
_Declared = TypeVar("_Declared", Response, OutcomeVariable)


def _distinct(found: dict[str, _Declared], count: int) -> dict[str, _Declared]:
    if len(found) < count:
        raise ImportRefused("item.declaration", "Two variables have the same identifier.")
    return found


def _shape(element: Element) -> tuple[str, str, str]:
    identifier, base = element.get("identifier"), element.get("base-type")
    cardinality = element.get("cardinality")
    if not identifier or base not in BASE_TYPES or cardinality not in CARDINALITIES:
        raise ImportRefused(
            "item.declaration",
            f"The variable {named(identifier)} is {cardinality or 'without cardinality'} "
            f"{base or 'without base type'}, which is not read here.",
        )
    return identifier, base, cardinality


def _value(holder: Element | None, base: str, cardinality: str) -> Value | None:
    """The value in a correct response or default."""
    if holder is None:
        return None
    atoms = [atom(base, value.text()) for value in holder.elements("qti-value")]
    if cardinality == "single" and len(atoms) > 1:
        raise ImportRefused("item.declaration", "A single variable has several values.")
    return container(base, cardinality, atoms)


def _response(element: Element) -> Response:
    identifier, base, cardinality = _shape(element)
    if element.first("qti-default-value") is not None:
        raise ImportRefused(
            "item.declaration", f"The response {named(identifier)} has an answer before any is given."
        )
    correct = _value(element.first("qti-correct-response"), base, cardinality)
    mapping = element.first("qti-mapping")
    return Response(
        identifier, base, cardinality, correct, None if mapping is None else _mapping(mapping, base)
    )


def _mapping(element: Element, base: str) -> Mapping:
    exact: dict[Atom, Fraction] = {}
    folded: dict[str, Fraction] = {}
    for entry in element.elements("qti-map-entry"):
        key, worth = atom(base, entry.attributes.get("map-key", "")), _fraction(entry, "mapped-value")
        if isinstance(key, str) and base == "string" and entry.get("case-sensitive") in {"false", "0"}:
            folded.setdefault(key.casefold(), worth)
        else:
            exact.setdefault(key, worth)
    bounds = [
        _fraction(element, name) if element.get(name) else None for name in ("lower-bound", "upper-bound")
    ]
    default = _fraction(element, "default-value") if element.get("default-value") else Fraction(0)
    return Mapping(exact, folded, default, bounds[0], bounds[1])


def _fraction(element: Element, name: str) -> Fraction:
    found = atom("float", element.get(name))
    assert isinstance(found, Fraction)  # noqa: S101 - what atom gives for a float
    return found


def _outcome(element: Element) -> OutcomeVariable:
    if element.get("cardinality") == "record" or element.get("base-type") not in BASE_TYPES:
        return OutcomeVariable(element.get("identifier"), "", "", None)
    identifier, base, cardinality = _shape(element)
    default = _value(element.first("qti-default-value"), base, cardinality)
    if default is None and base in NUMERIC and cardinality == "single":
        default = number(Fraction(0), base)
    for table, interpolates in (("qti-match-table", False), ("qti-interpolation-table", True)):
        found = element.first(table)
        if found is not None:
            rows = tuple(
                (
                    _fraction(row, "source-value"),
                    row.get("include-boundary", "true") in {"true", "1"},
                    row.get("target-value"),
                )
                for row in found.elements(f"{table}-entry")
            )
            otherwise = found.get("default-value")
            return OutcomeVariable(identifier, base, cardinality, default, rows, interpolates, otherwise)
    return OutcomeVariable(identifier, base, cardinality, default)
