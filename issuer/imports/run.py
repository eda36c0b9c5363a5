"""One evaluation of an item's response processing, for one answer, within a budget of work."""

import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import TypeAlias

from issuer.imports.declarations import OutcomeVariable, Response
from issuer.imports.markup import Element
from issuer.imports.refusals import ImportRefused, named
from issuer.imports.values import Value

_LARGE = 16  # values: looking through a larger container counts as more steps
_WHOLE = re.compile(r"-?[0-9]{1,9}")
MAX_STEPS = 1_000_000  # evaluations of an operator for one item, all answers together


class Budget:
    """How many evaluations an item has left, and the package that it is in: trying answers is bounded."""

    def __init__(self, steps: int, whole: "Budget | None" = None) -> None:
        self.left = steps
        self._whole = whole

    def spend(self, steps: int = 1) -> None:
        """One evaluation, or several steps of one that is larger."""
        self.left -= steps
        if self._whole is not None:
            self._whole.spend(steps)
        if self.left < 0:
            raise ImportRefused(
                "item.too_many_answers", "Trying the possible answers takes more work than an import does."
            )


class Run:
    """One evaluation for one answer: the responses, the outcomes as they become, and what numbers were met.

    `thresholds` gathers the numbers at which a comparison can change, for answers that are numbers;
    `constants` keeps what literals say from one run to the next, by element.
    """

    def __init__(
        self,
        declared: Mapping[str, Response],
        outcomes: Mapping[str, OutcomeVariable],
        given: Mapping[str, Value | None],
        operators: "Mapping[str, Operator]",
        constants: dict[int, Value],
        budget: Budget,
    ) -> None:
        self.declared = declared
        self.outcome_variables = outcomes
        self.given = given
        self.outcomes = {name: one.default for name, one in outcomes.items()}
        self.thresholds: set[Fraction] = set()
        self.constants = constants
        self._operators = operators
        self._budget = budget
        self.looked_through(len(outcomes))

    def looked_through(self, count: int) -> None:
        """Count having gone through so many things, where they are many."""
        self._budget.spend(count // _LARGE)

    def evaluate(self, element: Element) -> Value | None:
        """An expression's value, NULL as None."""
        self._budget.spend()
        operator = self._operators.get(element.name)
        if operator is None:
            raise ImportRefused(
                "item.processing", f"{named(element.name)} stands where an expression must be."
            )
        value = operator(element, self)
        if value is not None:
            self.looked_through(len(value.atoms))
        return value

    def each(self, element: Element) -> list[Value | None]:
        """The values of the expressions in an operator."""
        return [self.evaluate(child) for child in element.elements()]

    def two(self, element: Element) -> tuple[Value, Value] | None:
        """The values of its two expressions; None if one is NULL."""
        values = self.each(element)
        if len(values) != 2:  # noqa: PLR2004 - as the name says
            raise ImportRefused("item.processing", f"{element.name} takes two expressions.")
        one, other = values
        return None if one is None or other is None else (one, other)

    def one(self, element: Element) -> Value | None:
        """The value of its one expression."""
        values = self.each(element)
        if len(values) != 1:
            raise ImportRefused("item.processing", f"{element.name} takes one expression.")
        return values[0]

    def met(self, element: Element, bounds: Callable[[int], Iterable[Fraction]]) -> None:
        """Keep what the answer is compared with, where one of two operands is the answer itself.

        `bounds` gives, for the place of the other operand, the numbers at which the comparison can change.
        """
        places = [
            place
            for place, child in enumerate(element.elements())
            if child.name != "qti-variable" or child.get("identifier") not in self.given
        ]
        if len(places) == 1:
            self.thresholds.update(bounds(places[0]))

    def whole(self, element: Element, name: str, default: str = "") -> int:
        """A whole number that an attribute gives, or the variable that it names."""
        text = element.get(name, default)
        value = self.outcomes.get(text)
        if value is not None and value.number.denominator == 1:
            return int(value.number)
        if not _WHOLE.fullmatch(text):
            raise ImportRefused("item.processing", f"{element.name} takes a number, not {named(text)}.")
        return int(text)

    def response(self, element: Element) -> Response:
        """The response variable that an element names."""
        found = self.declared.get(element.get("identifier"))
        if found is None:
            raise ImportRefused(
                "item.processing", f"There is no response {named(element.get('identifier'))}."
            )
        return found


Operator: TypeAlias = Callable[[Element, Run], Value | None]
