"""All the answers that an item of ours lets a person give, each also as the value that QTI has for it."""

import itertools
import math
from collections.abc import Callable, Iterator
from typing import TypeAlias

from msgspec import Struct

from issuer.imports.declarations import Response
from issuer.imports.interactions import Interaction
from issuer.imports.markup import Element
from issuer.imports.processing import Processing
from issuer.imports.refusals import ImportRefused, named
from issuer.imports.values import Value, container, pair

MAX_ANSWERS = 20_000

Given: TypeAlias = tuple[tuple[str, str], ...]
"""An answer: for each place (of an order, a match, a gap; empty for a choice) the identifier in it."""


class Space(Struct, frozen=True):
    """The answers to one response variable.

    `value` is what QTI has for an answer, `inverse` the answer that a value is, None where ours has none;
    `places` is how many an answer fills at most.
    """

    response: str
    size: int
    places: int
    answers: Callable[[], Iterator[Given]]
    value: Callable[[Given], Value | None]
    inverse: Callable[[Value], Given | None]


def space(interaction: Interaction, response: Response, *, turned: bool = False) -> Space:
    """The answers to an interaction; `turned` gives the second set of a match its choices."""
    own = tuple(choice.identifier for choice in interaction.choices)
    shape = (response.cardinality, response.base)
    match interaction.name:
        case "qti-choice-interaction" | "qti-hottext-interaction" if shape == ("multiple", "identifier"):
            return _some(response, own, interaction.at_most)
        case "qti-choice-interaction" | "qti-hottext-interaction" | "qti-inline-choice-interaction" if (
            shape
            == (
                "single",
                "identifier",
            )
        ):
            return _one(response, own)
        case "qti-order-interaction" if shape == ("ordered", "identifier"):
            return _ordered(response, own)
        case "qti-match-interaction" if shape == ("multiple", "directedPair"):
            other = tuple(choice.identifier for choice in interaction.targets)
            slots, fills = (other, own) if turned else (own, other)
            return _pairs(response, slots, fills, slot_first=not turned)
        case "qti-gap-match-interaction" if shape in {
            ("multiple", "directedPair"),
            ("single", "directedPair"),
        }:
            return _pairs(response, interaction.gaps, own, slot_first=False)
        case "qti-associate-interaction" if shape in {("multiple", "pair"), ("single", "pair")}:
            slots, fills = associated(response, own)
            return _pairs(response, slots, fills, slot_first=True)
        case _:
            raise ImportRefused(
                "item.declaration",
                f"The response {named(response.identifier)} is {shape[0]} {shape[1]}, "
                f"which {interaction.name} does not give.",
            )


def associated(response: Response, own: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The two sides of an associate: the first of each right pair, and all the others."""
    pairs = [one for one in (response.correct.atoms if response.correct else ()) if isinstance(one, tuple)]
    ends = [end for one in pairs for end in one]
    if not pairs or len(set(ends)) < len(ends) or not set(ends) <= set(own):
        raise ImportRefused("item.derivation", "The right pairs are not declared, or share a choice.")
    # Which of the two leads follows from the list, not from the key, so that all pairs read alike.
    leading = {min(one, key=own.index) for one in pairs}
    return tuple(one for one in own if one in leading), tuple(one for one in own if one not in leading)


def _one(response: Response, own: tuple[str, ...]) -> Space:
    place = response.identifier
    return Space(
        place,
        len(own),
        1,
        lambda: (((place, one),) for one in own),
        lambda given: Value("identifier", "single", (given[0][1],)),
        lambda value: ((place, str(value.atoms[0])),) if value.atoms[0] in own else None,
    )


def _some(response: Response, own: tuple[str, ...], at_most: int) -> Space:
    most = len(own) if at_most == 0 else min(at_most, len(own))
    # Where several may be chosen a taker of ours may choose as many as there are; the processing scores that.
    most = 1 if most == 1 else len(own)

    def answers() -> Iterator[Given]:
        for count in range(1, most + 1):
            for chosen in itertools.combinations(own, count):
                yield tuple(("", one) for one in chosen)

    def inverse(value: Value) -> Given | None:
        known = set(value.atoms) <= set(own) and len(set(value.atoms)) == len(value.atoms) <= most
        return tuple(("", one) for one in own if one in value.atoms) if known else None

    return Space(
        response.identifier,
        len(own) if most == 1 else 2 ** len(own) - 1,
        most,
        answers,
        lambda given: container("identifier", "multiple", (one for _, one in given)),
        inverse,
    )


def _ordered(response: Response, own: tuple[str, ...]) -> Space:
    def inverse(value: Value) -> Given | None:
        names = [str(one) for one in value.atoms]
        return _placed(tuple(names)) if sorted(names) == sorted(own) else None

    return Space(
        response.identifier,
        math.factorial(len(own)),
        len(own),
        lambda: (_placed(one) for one in itertools.permutations(own)),
        lambda given: container("identifier", "ordered", (one for _, one in given)),
        inverse,
    )


def _placed(names: tuple[str, ...]) -> Given:
    return tuple((str(place), name) for place, name in enumerate(names))


def _pairs(response: Response, slots: tuple[str, ...], fills: tuple[str, ...], *, slot_first: bool) -> Space:
    """Each slot gets one fill; `slot_first` says which of the two leads a directed pair."""

    def joined(slot: str, fill: str) -> tuple[str, str]:
        return pair(response.base, slot, fill) if slot_first else pair(response.base, fill, slot)

    def value(given: Given) -> Value | None:
        return container(response.base, response.cardinality, (joined(slot, fill) for slot, fill in given))

    def inverse(found: Value) -> Given | None:
        given: dict[str, str] = {}
        for slot, fill in itertools.product(slots, fills):
            if joined(slot, fill) in found.atoms:
                if slot in given:
                    return None
                given[slot] = fill
        whole = set(given) == set(slots) and len(found.atoms) == len(slots)
        return tuple((slot, given[slot]) for slot in slots) if whole else None

    if response.cardinality == "single" and len(slots) != 1:
        raise ImportRefused("item.declaration", "A single pair is asked for, and there are several places.")
    return Space(
        response.identifier,
        len(fills) ** len(slots),
        len(slots),
        lambda: (
            tuple(zip(slots, chosen, strict=True)) for chosen in itertools.product(fills, repeat=len(slots))
        ),
        value,
        inverse,
    )


class Tried(Struct, frozen=True):
    """The answers to try for each variable; `whole` if they are all there are.

    Each of `others` stands for several that are not tried, because none of them can be told from it.
    """

    answers: list[list[Given]]
    whole: bool
    others: list[Given]


def representatives(spaces: list[Space], processing: Processing) -> Tried:
    """The answers to try; raises ImportRefused item.too_many_answers.

    Where all together are too many: a variable that is only ever compared as a whole with constants
    (qti-match) or with NULL has as many different answers as there are constants, and one more.
    """
    if math.prod(one.size for one in spaces) <= MAX_ANSWERS:
        return Tried([list(one.answers()) for one in spaces], whole=True, others=[])
    found: list[list[Given]] = []
    others: list[Given] = []
    for one in spaces:
        constants = compared(processing.rules, one.response)
        if constants is None:
            if one.size > MAX_ANSWERS:
                raise _too_many(one.size)
            found.append(list(one.answers()))
            continue
        run = processing.run({})
        values = [run.evaluate(constant) for constant in constants]
        inverted = (one.inverse(value) for value in values if value is not None)
        known = list(dict.fromkeys(given for given in inverted if given is not None))
        rest = list(itertools.islice((given for given in one.answers() if given not in known), 2))
        found.append([*known, *rest[:1]])
        others += rest[:1] if len(rest) > 1 else []
    tried = math.prod(len(one) for one in found)
    if tried > MAX_ANSWERS:
        raise _too_many(tried)
    return Tried(found, whole=False, others=others)


def _too_many(count: int) -> ImportRefused:
    return ImportRefused(
        "item.too_many_answers",
        f"There are {count} possible answers to try, and {MAX_ANSWERS} are tried at most.",
    )


_CONSTANT = {"qti-correct", "qti-base-value", "qti-multiple", "qti-ordered"}


def compared(rules: Element, response: str) -> list[Element] | None:
    """The constants that a response is compared with, or None where something else is done with it."""
    constants: list[Element] = []
    for element in rules.walk():
        for child in element.elements():
            if child.get("identifier") != response or child.name not in {"qti-variable", "qti-map-response"}:
                continue
            if element.name == "qti-is-null" and child.name == "qti-variable":
                continue
            others = [one for one in element.elements()[:3] if one is not child]
            whole = element.name == "qti-match" and child.name == "qti-variable" and len(others) == 1
            if not whole or not all(inner.name in _CONSTANT for inner in others[0].walk()):
                return None
            constants += others
    return constants
