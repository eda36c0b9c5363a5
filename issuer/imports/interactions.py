"""The eight interactions: what each lets a person choose, as QTI has it."""

from typing import Final

from msgspec import Struct

from issuer.imports.flow import Feedback, Flow, Spot, feedback, plain, read_flow
from issuer.imports.markup import Element
from issuer.imports.pictures import Pictures
from issuer.imports.refusals import ImportRefused, named

CHOICE: Final = "qti-choice-interaction"
INLINE_CHOICE: Final = "qti-inline-choice-interaction"
TEXT_ENTRY: Final = "qti-text-entry-interaction"
ORDER: Final = "qti-order-interaction"
MATCH: Final = "qti-match-interaction"
ASSOCIATE: Final = "qti-associate-interaction"
HOTTEXT: Final = "qti-hottext-interaction"
GAP_MATCH: Final = "qti-gap-match-interaction"
EIGHT: Final = (CHOICE, INLINE_CHOICE, TEXT_ENTRY, ORDER, MATCH, ASSOCIATE, HOTTEXT, GAP_MATCH)

MAX_CHOICES = 60


class Choice(Struct, frozen=True):
    """Something to choose: its identifier, its text, and the feedback that stands in it."""

    identifier: str
    text: str
    feedback: str


class Interaction(Struct, frozen=True):
    """An interaction, bound to a response variable.

    `choices` are what is chosen, ordered, matched or put into gaps; `targets` the second set of a match;
    `gaps` the identifiers of a gap match's gaps; `at_most` how many may be chosen, 0 without a limit;
    `passage` the text around hot texts and gaps.
    """

    name: str
    response: str
    choices: tuple[Choice, ...] = ()
    targets: tuple[Choice, ...] = ()
    gaps: tuple[str, ...] = ()
    at_most: int = 0
    prompt: str = ""
    passage: Flow | None = None
    lost: tuple[str, ...] = ()


def read_interaction(element: Element, pictures: Pictures | None = None) -> Interaction:
    """One of the eight; raises ImportRefused."""
    response = element.get("response-identifier")
    lost = _lost(element)
    prompt = element.first("qti-prompt")
    text = "" if prompt is None else plain(prompt, pictures)[0]
    match element.name:
        case "qti-choice-interaction":
            choices, most = _choices(element, "qti-simple-choice"), _limit(element, "max-choices", 1)
            return Interaction(element.name, response, choices, at_most=most, prompt=text, lost=lost)
        case "qti-order-interaction":
            choices, most = _choices(element, "qti-simple-choice"), _limit(element, "max-choices", 0)
            if most not in {0, len(choices)}:
                raise ImportRefused("item.interaction", "Only some of the lines are to be put in order.")
            return Interaction(element.name, response, choices, prompt=text, lost=lost)
        case "qti-inline-choice-interaction":
            choices = _choices(element, "qti-inline-choice")
            return Interaction(element.name, response, choices, at_most=1, prompt=text, lost=lost)
        case "qti-text-entry-interaction":
            mask = ("the pattern that an answer must have",) if element.get("pattern-mask") else ()
            return Interaction(element.name, response, lost=mask)
        case "qti-associate-interaction":
            choices = _choices(element, "qti-simple-associable-choice")
            return Interaction(element.name, response, choices, prompt=text, lost=lost)
        case _:
            return _composed(element, text, lost, pictures)


def _composed(element: Element, prompt: str, lost: tuple[str, ...], pictures: Pictures | None) -> Interaction:
    """The interactions whose choices stand in sets or in a text."""
    name, response = element.name, element.get("response-identifier")
    if name == MATCH:
        sets = [
            _choices(one, "qti-simple-associable-choice") for one in element.elements("qti-simple-match-set")
        ]
        if len(sets) != 2:  # noqa: PLR2004 - from one to the other
            raise ImportRefused("item.interaction", "A match has two sets of choices.")
        return Interaction(name, response, sets[0], sets[1], prompt=prompt, lost=lost)
    if name == GAP_MATCH:
        return _gap_match(element, prompt, lost, pictures)
    passage, choices = _hot(element, pictures)
    most = _limit(element, "max-choices", 1)
    return Interaction(name, response, choices, at_most=most, prompt=prompt, passage=passage, lost=lost)


def _gap_match(
    element: Element, prompt: str, lost: tuple[str, ...], pictures: Pictures | None
) -> Interaction:
    if element.elements("qti-gap-img"):
        raise ImportRefused("item.media", "A picture is to be put into a gap.")
    choices = _read(element.elements("qti-gap-text"))
    passage = read_flow(_without(element, "qti-prompt", "qti-gap-text"), ("qti-gap",), pictures)
    gaps = tuple(spot.element.get("identifier") for spot in _spots(passage))
    _distinct(gaps, "gap")
    response = element.get("response-identifier")
    return Interaction(element.name, response, choices, gaps=gaps, prompt=prompt, passage=passage, lost=lost)


def _hot(element: Element, pictures: Pictures | None) -> tuple[Flow, tuple[Choice, ...]]:
    passage = read_flow(_without(element, "qti-prompt"), ("qti-hottext",), pictures)
    spots = _spots(passage)
    return passage, _read([spot.element for spot in spots])


def _spots(flow: Flow) -> list[Spot]:
    return [piece for paragraph in flow.paragraphs for piece in paragraph if isinstance(piece, Spot)]


def _without(element: Element, *names: str) -> Element:
    rest = Element(element.space, element.name, element.attributes)
    rest.children = [one for one in element.children if isinstance(one, str) or one.name not in names]
    return rest


def _choices(element: Element, name: str) -> tuple[Choice, ...]:
    strange = [one.name for one in element.elements() if one.name not in {name, "qti-prompt", "qti-label"}]
    if strange:
        raise ImportRefused("item.interaction", f"{named(strange[0])} stands in {element.name}.")
    return _read(element.elements(name))


def _read(elements: list[Element]) -> tuple[Choice, ...]:
    if len(elements) > MAX_CHOICES:
        raise ImportRefused("item.too_many_answers", f"There are more than {MAX_CHOICES} choices.")
    found: list[Choice] = []
    for one in elements:
        text, flow = plain(one)
        if one.get("template-identifier"):
            raise ImportRefused("item.template", "A choice depends on a template variable.")
        said = [each.text for each in flow.feedback if each.shows and each.text]
        found.append(Choice(one.get("identifier"), text, " ".join(said)))
    _distinct([one.identifier for one in found], "choice")
    return tuple(found)


def _distinct(identifiers: tuple[str, ...] | list[str], what: str) -> None:
    if "" in identifiers or len(set(identifiers)) < len(identifiers):
        raise ImportRefused("item.declaration", f"A {what} has no identifier, or the same as another.")


def _limit(element: Element, name: str, default: int) -> int:
    text = element.get(name, str(default))
    if not text.isascii() or not text.isdecimal() or len(text) > 4:  # noqa: PLR2004 - no item has 10,000 choices
        raise ImportRefused("item.declaration", f"{name} is {named(text)}, which is no number.")
    return int(text)


def _lost(element: Element) -> tuple[str, ...]:
    """What an item of ours does not keep: takers see options in an order of their own."""
    inner = [one for one in element.walk() if one.get("fixed") == "true"]
    if element.get("shuffle", "false") != "true" or inner:
        return ("the order in which choices are shown",)
    return ()


def modal(item: Element) -> tuple[Feedback, ...]:
    """The feedback that stands beside an item's body."""
    return tuple(feedback(one) for one in item.elements("qti-modal-feedback"))
