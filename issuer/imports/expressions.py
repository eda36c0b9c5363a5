"""The operators of QTI's response processing over values, truth and containers: one function each, and total.

A function takes the operator's element and the run. NULL goes through an operator as the standard has it:
most give NULL for it. What an operator cannot take is refused as item.processing.
"""

from collections import Counter
from fractions import Fraction

from issuer.imports.markup import Element
from issuer.imports.refusals import ImportRefused, named
from issuer.imports.run import Operator, Run
from issuer.imports.values import (
    BASE_TYPES,
    FALSE,
    NUMERIC,
    TRUE,
    Value,
    atom,
    boolean,
    container,
    number,
    same,
)


def _base_value(element: Element, run: Run) -> Value | None:
    if id(element) not in run.constants:
        base = element.get("base-type")
        if base not in BASE_TYPES:
            raise ImportRefused("item.processing", f"The base type {named(base)} is not read here.")
        run.constants[id(element)] = Value(base, "single", (atom(base, element.text()),))
    return run.constants[id(element)]


def _variable(element: Element, run: Run) -> Value | None:
    name = element.get("identifier")
    if name in run.given:
        return run.given[name]
    if name in run.outcomes:
        return run.outcomes[name]
    raise ImportRefused("item.processing", f"There is no variable {named(name)}.")


def _default(element: Element, run: Run) -> Value | None:
    found = run.outcome_variables.get(element.get("identifier"))
    return None if found is None else found.default


def _correct(element: Element, run: Run) -> Value | None:
    return run.response(element).correct


def _map_response(element: Element, run: Run) -> Value | None:
    response = run.response(element)
    if response.mapping is None:
        raise ImportRefused("item.processing", f"The response {named(response.identifier)} has no mapping.")
    if response.base in NUMERIC:
        run.thresholds |= {key for key in response.mapping.exact if isinstance(key, Fraction)}
    return number(response.mapping.of(run.given[response.identifier]))


def _null(_element: Element, _run: Run) -> Value | None:
    return None


def _is_null(element: Element, run: Run) -> Value | None:
    return boolean(run.one(element) is None)


def _not(element: Element, run: Run) -> Value | None:
    value = run.one(element)
    return None if value is None else boolean(not value.truth)


def _and(element: Element, run: Run) -> Value | None:
    values = [None if value is None else value.truth for value in run.each(element)]
    if False in values:
        return FALSE
    return None if None in values else TRUE


def _or(element: Element, run: Run) -> Value | None:
    values = [None if value is None else value.truth for value in run.each(element)]
    if True in values:
        return TRUE
    return None if None in values else FALSE


def _any_n(element: Element, run: Run) -> Value | None:
    values = [None if value is None else value.truth for value in run.each(element)]
    least, most = (atom("integer", element.get(name)) for name in ("min", "max"))
    assert isinstance(least, Fraction)  # noqa: S101 - what atom gives for an integer
    assert isinstance(most, Fraction)  # noqa: S101 - as above
    true, unknown = values.count(True), values.count(None)
    if true > most or true + unknown < least:
        return FALSE
    return TRUE if true >= least and true + unknown <= most else None


def _match(element: Element, run: Run) -> Value | None:
    values = run.two(element)
    if values is None:
        return None
    run.met(element, lambda place: (one for one in values[place].atoms if isinstance(one, Fraction)))
    return boolean(same(*values))


def _string_match(element: Element, run: Run) -> Value | None:
    if element.get("substring") in {"true", "1"}:
        raise ImportRefused(
            "item.operator", "qti-string-match looks for a part of a text, which is not derived."
        )
    values = run.two(element)
    if values is None:
        return None
    texts = [value.atoms[0] for value in values]
    if not all(isinstance(text, str) for text in texts):
        raise ImportRefused("item.processing", "qti-string-match compares what is no text.")
    if element.get("case-sensitive", "true") in {"false", "0"}:
        texts = [str(text).casefold() for text in texts]
    return boolean(texts[0] == texts[1])


def _member(element: Element, run: Run) -> Value | None:
    values = run.two(element)
    if values is None:
        return None
    one, held = values
    if one.cardinality != "single" or held.cardinality == "single" or one.base != held.base:
        raise ImportRefused(
            "item.processing", "qti-member needs one value and a container of the same base type."
        )
    run.met(element, lambda _: (each for each in held.atoms if isinstance(each, Fraction)))
    return boolean(one.atoms[0] in held.atoms)


def _contains(element: Element, run: Run) -> Value | None:
    values = run.two(element)
    if values is None:
        return None
    whole, part = values
    if "single" in {whole.cardinality, part.cardinality} or whole[:2] != part[:2]:
        raise ImportRefused("item.processing", "qti-contains needs two containers of the same kind.")
    if whole.cardinality == "multiple":
        return boolean(Counter(part.atoms) <= Counter(whole.atoms))
    size = len(part.atoms)
    places = range(len(whole.atoms) - size + 1)
    return boolean(any(whole.atoms[at : at + size] == part.atoms for at in places))


def _gather(cardinality: str) -> Operator:
    def gather(element: Element, run: Run) -> Value | None:
        values = [value for value in run.each(element) if value is not None]
        if not values:
            return None
        if any(value.base != values[0].base for value in values):
            raise ImportRefused("item.processing", f"{element.name} gathers values of different base types.")
        return container(values[0].base, cardinality, (one for value in values for one in value.atoms))

    return gather


def _container_size(element: Element, run: Run) -> Value | None:
    value = run.one(element)
    return number(Fraction(0 if value is None else len(value.atoms)), "integer")


def _index(element: Element, run: Run) -> Value | None:
    value = run.one(element)
    place = run.whole(element, "n")
    if value is None or not 1 <= place <= len(value.atoms):
        return None
    return Value(value.base, "single", (value.atoms[place - 1],))


def _delete(element: Element, run: Run) -> Value | None:
    values = run.two(element)
    if values is None:
        return None
    one, held = values
    return container(held.base, held.cardinality, (each for each in held.atoms if each != one.atoms[0]))


LOGIC: dict[str, Operator] = {
    "qti-base-value": _base_value,
    "qti-variable": _variable,
    "qti-default": _default,
    "qti-correct": _correct,
    "qti-map-response": _map_response,
    "qti-null": _null,
    "qti-is-null": _is_null,
    "qti-not": _not,
    "qti-and": _and,
    "qti-or": _or,
    "qti-any-n": _any_n,
    "qti-match": _match,
    "qti-string-match": _string_match,
    "qti-member": _member,
    "qti-contains": _contains,
    "qti-multiple": _gather("multiple"),
    "qti-ordered": _gather("ordered"),
    "qti-container-size": _container_size,
    "qti-index": _index,
    "qti-delete": _delete,
}
