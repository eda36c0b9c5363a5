"""An item's response processing: its rules, or one of the standard templates, run for an answer."""

from collections.abc import Mapping
from fractions import Fraction
from urllib.parse import urlsplit

from msgspec import Struct

from issuer.imports.arithmetic import ARITHMETIC
from issuer.imports.declarations import OutcomeVariable, Response, outcomes, responses
from issuer.imports.expressions import LOGIC
from issuer.imports.markup import Element, parse
from issuer.imports.refusals import ImportRefused, named
from issuer.imports.run import MAX_STEPS, Budget, Operator, Run
from issuer.imports.values import NUMERIC, Value, atom, number

SCORE = "SCORE"
OPERATORS: dict[str, Operator] = {**LOGIC, **ARITHMETIC}
RULES = (
    "qti-response-condition",
    "qti-response-if",
    "qti-response-else-if",
    "qti-response-else",
    "qti-response-processing-fragment",
    "qti-set-outcome-value",
    "qti-lookup-outcome-value",
    "qti-exit-response",
)
_HOSTS = ("imsglobal.org", "1edtech.org")
_BRANCHES = {"qti-response-if", "qti-response-else-if", "qti-response-else"}


def _rule(condition: str, right: str, wrong: str, *after: str) -> bytes:
    first = f"<qti-response-if>{condition}{right}</qti-response-if>"
    second = f"<qti-response-else>{wrong}</qti-response-else>"
    rules = "".join(
        f"<qti-response-condition>{one}</qti-response-condition>" for one in (first + second, *after)
    )
    return f"<qti-response-processing>{rules}</qti-response-processing>".encode()


def _set(outcome: str, value: str) -> str:
    return f'<qti-set-outcome-value identifier="{outcome}">{value}</qti-set-outcome-value>'


def _feedback(outcome: str, condition: str) -> str:
    words = [
        _set(outcome, f'<qti-base-value base-type="identifier">{word}</qti-base-value>')
        for word in ("correct", "incorrect")
    ]
    first = f"<qti-response-if>{condition}{words[0]}</qti-response-if>"
    return f"{first}<qti-response-else>{words[1]}</qti-response-else>"


_GIVEN = '<qti-variable identifier="RESPONSE"/>'
_RIGHT = f'<qti-match>{_GIVEN}<qti-correct identifier="RESPONSE"/></qti-match>'
_NONE = f"<qti-is-null>{_GIVEN}</qti-is-null>"
_MOST = '<qti-variable identifier="MAXSCORE"/>'
_ALL = f'<qti-equal tolerance-mode="exact">{_MOST}<qti-variable identifier="SCORE"/></qti-equal>'
_ONE, _ZERO = (f'<qti-base-value base-type="float">{worth}</qti-base-value>' for worth in (1, 0))
_MAPPED = '<qti-map-response identifier="RESPONSE"/>'

# What the standard's templates say, in our words: `match_correct` gives 1 for the correct response, …
TEMPLATES: dict[str, bytes] = {
    "match_correct": _rule(_RIGHT, _set(SCORE, _ONE), _set(SCORE, _ZERO)),
    "map_response": _rule(_NONE, _set(SCORE, _ZERO), _set(SCORE, _MAPPED)),
    "CC2_match_basic": _rule(_RIGHT, _set(SCORE, _MOST), "", _feedback("FEEDBACKBASIC", _RIGHT)),
    "CC2_map_response": _rule(_NONE, _set(SCORE, _ZERO), _set(SCORE, _MAPPED), _feedback("FEEDBACK", _ALL)),
}


_UNSCORED = (
    "nothing scores an answer, whatever is declared as correct. "
    "Where that is meant to count, give it the template match_correct or map_response."
)


class _Exit(Exception):  # noqa: N818 - it ends the processing, and is no error
    """qti-exit-response."""


class Processing(Struct, frozen=True):
    """An item's variables and rules."""

    responses: dict[str, Response]
    outcomes: dict[str, OutcomeVariable]
    rules: Element
    budget: Budget
    constants: dict[int, Value]

    def run(self, given: Mapping[str, Value | None]) -> Run:
        """What becomes of the outcomes when this is answered; a response that is not named is NULL."""
        everything = {name: given.get(name) for name in self.responses}
        run = Run(self.responses, self.outcomes, everything, OPERATORS, self.constants, self.budget)
        try:
            _perform(self.rules.elements(), run)
        except _Exit:
            return run
        return run

    def score(self, run: Run) -> Fraction:
        """The item's score after a run; a score that is NULL is refused."""
        value = run.outcomes[SCORE]
        if value is None:
            raise ImportRefused(
                "item.processing", "The response processing leaves the score without a value."
            )
        return value.number


def read_processing(item: Element, whole: Budget | None = None) -> Processing:
    """Variables and rules of an item, every operator known; `whole` is its package's budget.

    Raises ImportRefused.
    """
    rules = _rules(item)
    for element in rules.walk():
        if element is not rules and element.name not in OPERATORS and element.name not in RULES:
            raise ImportRefused("item.operator", f"The response processing uses {named(element.name)}.")
    variables = outcomes(item)
    score = variables.get(SCORE)
    if score is None or score.base not in NUMERIC or score.cardinality != "single":
        raise ImportRefused(
            "item.unscored", "The item has no single numeric outcome SCORE; call the one that counts so."
        )
    sets = ("qti-set-outcome-value", "qti-lookup-outcome-value")
    if not any(element.name in sets and element.get("identifier") == SCORE for element in rules.walk()):
        raise ImportRefused("item.unscored", "The response processing never sets the score.")
    return Processing(responses(item), variables, rules, Budget(MAX_STEPS, whole), {})


def _rules(item: Element) -> Element:
    found = item.first("qti-response-processing")
    if found is None:
        raise ImportRefused("item.unscored", f"The item has no response processing: {_UNSCORED}")
    if found.elements():
        return found
    template = found.get("template") or found.get("template-location")
    if not template:
        raise ImportRefused("item.unscored", f"The response processing is empty: {_UNSCORED}")
    try:
        parts = urlsplit(template)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    name = parts.path.rsplit("/", 1)[-1].removesuffix(".xml")
    known = TEMPLATES.get("match_correct" if name == "CC2_match" else name)
    if known is None or not any(host == one or host.endswith(f".{one}") for one in _HOSTS):
        raise ImportRefused("item.operator", f"The response processing is the template {named(template)}.")
    return parse(known)


def _perform(rules: list[Element], run: Run) -> None:
    for rule in rules:
        match rule.name:
            case "qti-response-condition":
                _branch(rule, run)
            case "qti-set-outcome-value":
                _assign(rule, run, run.one(rule))
            case "qti-lookup-outcome-value":
                _assign(rule, run, _looked_up(rule, run))
            case "qti-response-processing-fragment":
                _perform(rule.elements(), run)
            case "qti-exit-response":
                raise _Exit
            case _:
                raise ImportRefused("item.processing", f"{named(rule.name)} stands where a rule must be.")


def _branch(condition: Element, run: Run) -> None:
    for branch in condition.elements():
        if branch.name not in _BRANCHES:
            raise ImportRefused("item.processing", f"{named(branch.name)} stands where a branch must be.")
        rules = branch.elements()
        if branch.name != "qti-response-else":
            if not rules:
                raise ImportRefused("item.processing", f"{branch.name} has no condition.")
            value = run.evaluate(rules.pop(0))
            if value is None or not value.truth:
                continue
        _perform(rules, run)
        return


def _assign(rule: Element, run: Run, value: Value | None) -> None:
    variable = run.outcome_variables.get(rule.get("identifier"))
    if variable is None:
        raise ImportRefused("item.processing", f"There is no outcome {named(rule.get('identifier'))}.")
    run.outcomes[variable.identifier] = value


def _looked_up(rule: Element, run: Run) -> Value | None:
    value, variable = run.one(rule), run.outcome_variables.get(rule.get("identifier"))
    if variable is None or not variable.rows:
        raise ImportRefused("item.processing", f"The outcome {named(rule.get('identifier'))} has no table.")
    if value is None:
        return _target(variable, variable.otherwise)
    source = value.number
    run.looked_through(len(variable.rows))
    for bound, included, target in variable.rows:
        matches = (
            source > bound or (included and source == bound) if variable.interpolates else source == bound
        )
        if matches:
            return _target(variable, target)
    return _target(variable, variable.otherwise)


def _target(variable: OutcomeVariable, text: str) -> Value | None:
    if not text:
        return None
    found = atom(variable.base, text)
    return (
        number(found, variable.base)
        if isinstance(found, Fraction)
        else Value(variable.base, "single", (found,))
    )
