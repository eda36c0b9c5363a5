"""A template of QTI: one of the questions that it makes, its values drawn by a hash of the item's identifier.

The template processing is run once, or again, up to a hundred times, where a constraint asks for others. What
depends on a template variable is then written out in a copy of the item: printed variables, letters of
formulas, parts of the body and choices that are shown for some values only, the right answers, and the
response processing. The copy is an item like any other, and read as one.
"""

import hashlib
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Final

from msgspec import Struct

from issuer.imports.declarations import template_variables
from issuer.imports.markup import QTI, Element
from issuer.imports.mathematics import MATHML
from issuer.imports.processing import OPERATORS
from issuer.imports.refusals import ImportRefused, named
from issuer.imports.run import Budget, Operator, Run
from issuer.imports.values import Atom, Value, decimal, number

DRAWS: Final = 100  # as the standard says of constraints
MAX_STEPS: Final = 100_000
MAX_TEXT: Final = 1_000  # characters of a value: what is printed can be printed thousands of times
LOST: Final = "that each taker gets other values: the template makes one question here"
_DECLARATION, _PROCESSING = "qti-template-declaration", "qti-template-processing"
_SHOWN: Final = frozenset({"qti-template-inline", "qti-template-block"})
# Attributes that may name a variable instead of giving a value.
_REFERRING: Final = frozenset({"n", "min", "max", "tolerance", "figures", "number-repeats"})


class _Again(Exception):  # noqa: N818 - a constraint that these values do not meet
    """qti-template-constraint."""


class _Exit(Exception):  # noqa: N818 - it ends the processing, and is no error
    """qti-exit-template."""


class Drawn(Struct, frozen=True):
    """The template variables with their values, which of them stand in formulas, and the right answers."""

    values: dict[str, Value | None]
    letters: frozenset[str]
    correct: dict[str, Value | None]
    budget: Budget


def is_template(item: Element) -> bool:
    """Whether an item has template variables or processes them."""
    return any(item.first(name) is not None for name in (_DECLARATION, _PROCESSING))


def drawn(item: Element, whole: Budget | None = None) -> Element:
    """A copy of the item without templates; `whole` is its package's budget.

    Raises ImportRefused item.template, and what evaluating does.
    """
    variables = template_variables(item)
    rules = [] if (processing := item.first(_PROCESSING)) is None else processing.elements()
    _known(rules)
    budget = Budget(MAX_STEPS, whole)
    for round_ in range(DRAWS):
        dice = _Dice(f"{item.get('identifier')}\0{round_}")
        operators = {**OPERATORS, **_DOUBLES, "qti-random": dice.one_of, "qti-random-integer": dice.integer}
        run = Run({}, variables, {}, operators, {}, budget)
        correct: dict[str, Value | None] = {}
        try:
            _perform(rules, run, correct)
        except _Again:
            continue
        except _Exit:
            pass
        letters = frozenset(
            one.get("identifier") for one in item.elements(_DECLARATION) if one.get("math-variable") == "true"
        )
        return _filled(item, Drawn(run.outcomes, letters, correct, budget))[0]
    raise ImportRefused("item.template", f"No values of {DRAWS} draws meet the template's constraints.")


def _known(rules: list[Element]) -> None:
    """Name what is not evaluated before anything is."""
    for element in (one for rule in rules for one in rule.walk()):
        if element.name not in {*OPERATORS, *_RULES, *_DRAWING, *_DOUBLES}:
            raise ImportRefused("item.operator", f"The template processing uses {named(element.name)}.")


_DRAWING: Final = frozenset({"qti-random", "qti-random-integer"})
_RULES: Final = frozenset(
    {"qti-set-template-value", "qti-set-correct-response", "qti-template-constraint", "qti-exit-template"}
    | {"qti-template-condition", "qti-template-if", "qti-template-else-if", "qti-template-else"}
)


def _double(value: float) -> Value:
    """A double to its 15 significant digits, as far as every engine has the same."""
    return number(Fraction(f"{value:.15g}"))


def _constant(element: Element, _run: Run) -> Value | None:
    name = element.get("name")
    if name not in _CONSTANTS:
        raise ImportRefused("item.operator", f"The template processing uses the constant {named(name)}.")
    return _double(_CONSTANTS[name])


def _function(element: Element, run: Run) -> Value | None:
    """qti-math-operator; NULL outside what the function is defined for."""
    name, value = element.get("name"), run.one(element)
    if name not in _FUNCTIONS:
        raise ImportRefused("item.operator", f"The template processing uses the function {named(name)}.")
    try:
        return None if value is None else _double(_FUNCTIONS[name](float(value.number)))
    except (ValueError, OverflowError):
        return None


_CONSTANTS: Final = {"pi": math.pi, "e": math.e}
_FUNCTIONS: Final[dict[str, Callable[[float], float]]] = {
    **{name: getattr(math, name) for name in ("sin", "cos", "tan", "asin", "acos", "atan", "exp")},
    "ln": math.log,
    "log": math.log10,
}
# Values that a template sets may be irrational; response processing stays exact, and has none of these.
_DOUBLES: Final[dict[str, Operator]] = {"qti-math-constant": _constant, "qti-math-operator": _function}


class _Dice:
    """Values that are the same whenever the same item is read."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._count = 0

    def _below(self, limit: int) -> int:
        self._count += 1
        return int.from_bytes(hashlib.sha256(f"{self._seed}\0{self._count}".encode()).digest()) % limit

    def one_of(self, element: Element, run: Run) -> Value | None:
        """qti-random: a value of a container."""
        value = run.one(element)
        if value is None:
            return None
        return Value(value.base, "single", (value.atoms[self._below(len(value.atoms))],))

    def integer(self, element: Element, run: Run) -> Value | None:
        """qti-random-integer: from min to max, in steps."""
        least, most, step = (
            run.whole(element, name, default) for name, default in (("min", "0"), ("max", ""), ("step", "1"))
        )
        if step < 1 or most < least:
            raise ImportRefused("item.template", "There is no number to draw.")
        return number(Fraction(least + step * self._below((most - least) // step + 1)), "integer")


def _perform(rules: list[Element], run: Run, correct: dict[str, Value | None]) -> None:
    for rule in rules:
        match rule.name:
            case "qti-set-template-value":
                if rule.get("identifier") not in run.outcome_variables:
                    raise ImportRefused("item.template", f"There is no {named(rule.get('identifier'))}.")
                run.outcomes[rule.get("identifier")] = run.one(rule)
            case "qti-set-correct-response":
                correct[rule.get("identifier")] = run.one(rule)
            case "qti-template-condition":
                _branch(rule, run, correct)
            case "qti-template-constraint":
                value = run.one(rule)
                if value is None or not value.truth:
                    raise _Again
            case "qti-exit-template":
                raise _Exit
            case _:
                raise ImportRefused("item.template", f"The template processing uses {named(rule.name)}.")


def _branch(condition: Element, run: Run, correct: dict[str, Value | None]) -> None:
    for branch in condition.elements():
        rules = branch.elements()
        if branch.name != "qti-template-else":
            value = run.evaluate(rules.pop(0)) if rules else None
            if value is None or not value.truth:
                continue
        _perform(rules, run, correct)
        return


def _filled(element: Element, drawn: Drawn) -> list[Element]:
    """What stands for an element: itself with the values written out, its contents, or nothing."""
    name = element.name
    if name in {_DECLARATION, _PROCESSING}:
        return []
    if "template-identifier" in element.attributes and not _visible(element, drawn):
        return []
    if name == "qti-variable" and element.get("identifier") in drawn.values:
        return [_literal(drawn.values[element.get("identifier")], drawn)]
    attributes = {key: _value(key, text, drawn) for key, text in element.attributes.items()}
    copy = Element(element.space, name, attributes)
    copy.attributes.pop("template-identifier", None)
    copy.children = _children(element, drawn)
    if element.space == MATHML and name == "mi" and copy.text().strip() in drawn.letters:
        copy.name, copy.children = "mn", [_printed(drawn.values[copy.text().strip()])]
    if name == "qti-response-declaration" and element.get("identifier") in drawn.correct:
        _answer(copy, drawn.correct[element.get("identifier")])
    return [copy]


def _children(element: Element, drawn: Drawn) -> list[Element | str]:
    found: list[Element | str] = []
    for child in element.children:
        if isinstance(child, str):
            found.append(child)
        elif child.name == "qti-printed-variable" and child.get("identifier") in drawn.values:
            if set(child.attributes) - {"identifier", "class", "id"}:
                raise ImportRefused("item.template", "A variable is printed in a format of its own.")
            found.append(_printed(drawn.values[child.get("identifier")]))
        elif child.name in _SHOWN:
            found += [one for inner in _filled(child, drawn) for one in inner.children]
        else:
            found += _filled(child, drawn)
    return found


def _visible(element: Element, drawn: Drawn) -> bool:
    name = element.get("template-identifier")
    if name not in drawn.values:
        raise ImportRefused("item.template", f"There is no {named(name)}.")
    value = drawn.values[name]
    held = value is not None and element.get("identifier") in value.atoms
    return held == (element.get("show-hide", "show") == "show")


def _value(key: str, text: str, drawn: Drawn) -> str:
    """An attribute, with the value where it may name a variable and does."""
    name = text.strip()
    return _printed(drawn.values[name]) if key in _REFERRING and name in drawn.values else text


def _literal(value: Value | None, drawn: Drawn) -> Element:
    if value is None:
        return Element(QTI, "qti-null", {})
    for _ in value.atoms:
        drawn.budget.spend()
    inner = [_with_text("qti-base-value", {"base-type": value.base}, _text(atom)) for atom in value.atoms]
    if value.cardinality == "single":
        return inner[0]
    whole = Element(QTI, f"qti-{value.cardinality}", {})
    whole.children = [*inner]
    return whole


def _answer(declaration: Element, value: Value | None) -> None:
    """Set the right answer of a response."""
    name = "qti-correct-response"
    others = [one for one in declaration.children if isinstance(one, str) or one.name != name]
    right = Element(QTI, name, {})
    right.children = [_with_text("qti-value", {}, _text(atom)) for atom in (value.atoms if value else ())]
    declaration.children = [*([right] if value else []), *others]


def _with_text(name: str, attributes: dict[str, str], text: str) -> Element:
    element = Element(QTI, name, attributes)
    element.children = [text]
    return element


def _printed(value: Value | None) -> str:
    if value is None or value.cardinality != "single":
        raise ImportRefused("item.template", "A variable is printed that has no single value.")
    return _text(value.atoms[0])


def _text(atom: Atom) -> str:
    """A value as QTI writes it."""
    text: str | None
    if isinstance(atom, bool):
        text = "true" if atom else "false"
    elif isinstance(atom, Fraction):
        text = decimal(atom)
    else:
        text = " ".join(atom) if isinstance(atom, tuple) else atom
    if text is None or len(text) > MAX_TEXT:
        raise ImportRefused("item.template", "A value of the template is no short text or decimal.")
    return text
