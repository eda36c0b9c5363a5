"""From an item's body and interactions to the kind of item that asks the same, or a refusal."""

import hashlib
from collections.abc import Iterable

from msgspec import Struct

from issuer.imports.flow import Feedback, Flow, Paragraph, Spot, read_flow, written
from issuer.imports.interactions import (
    CHOICE,
    EIGHT,
    INLINE_CHOICE,
    Choice,
    Interaction,
    modal,
    read_interaction,
)
from issuer.imports.markup import QTI, Element, parse
from issuer.imports.pictures import Pictures
from issuer.imports.refusals import ImportRefused, named
from schemas.items import Picture

MAX_STIMULI = 4
_ESSAY = "A text that people rate is a task: write it into the bank, with its rubric."
NO_REASON = "No reason was given in the imported item."


class Question(Struct, frozen=True):
    """What an item asks: the flow around its interactions, these by their elements, and all feedback."""

    identifier: str
    flow: Flow
    interactions: tuple[Interaction, ...]
    of: dict[int, Interaction]
    feedback: tuple[Feedback, ...]
    lost: tuple[str, ...]
    pictures: tuple[Picture, ...]

    @property
    def only(self) -> Interaction:
        """The interaction of a question that has one."""
        return self.interactions[0]

    def stem(self, *more: str, blank: str = "") -> str:
        """The text around the interactions and their prompts; `blank` stands where an answer is to go."""
        outer = written(self.flow.paragraphs, lambda _: blank)
        prompts = (one.prompt for one in self.interactions)
        return "\n\n".join(text for text in (outer, *prompts, *more) if text.strip())

    def exhibit(self, *more: str) -> str | None:
        """Tables and preformatted text of the body, and what else is to be shown as it is."""
        passages = [exhibit for one in self.interactions if one.passage for exhibit in one.passage.exhibits]
        texts = [text for text in (*self.flow.exhibits, *passages, *more) if text.strip()]
        return "\n\n".join(texts) or None


def read_question(item: Element, pictures: Pictures) -> Question:
    """Everything that is asked; raises ImportRefused."""
    shared = item.elements("qti-assessment-stimulus-ref")
    if len(shared) > MAX_STIMULI:
        raise ImportRefused("item.stimulus", f"The item has more than {MAX_STIMULI} stimuli.")
    given = [text for one in shared for text in _stimulus(one, pictures)]
    body = item.first("qti-item-body")
    if body is None:
        raise ImportRefused("item.declaration", "The item has no body.")
    _eight(body)
    flow = read_flow(body, EIGHT, pictures)
    flow.exhibits[:0] = given
    elements = [
        piece.element for paragraph in flow.paragraphs for piece in paragraph if isinstance(piece, Spot)
    ]
    of = {id(element): read_interaction(element, pictures) for element in elements}
    interactions = tuple(of.values())
    if not interactions:
        raise ImportRefused("item.interaction", "The item asks nothing: it has no interaction.")
    passages = [one.passage for one in interactions if one.passage]
    inner = [feedback for one in (flow, *passages) for feedback in one.feedback]
    lost = [*flow.lost, *(text for one in passages for text in one.lost)]
    lost += [text for one in interactions for text in one.lost]
    if item.first("qti-catalog-info") is not None:
        lost.append("the catalogue of alternatives for accessibility")
    feedback = (*modal(item), *inner)
    if any(one.text is None for one in feedback):
        lost.append("feedback that has no form in plain text")
    return Question(
        item.get("identifier"),
        flow,
        interactions,
        of,
        feedback,
        tuple(dict.fromkeys(lost)),
        tuple(pictures.found),
    )


def _stimulus(reference: Element, pictures: Pictures) -> tuple[str, ...]:
    """The text that an item shares with others, and what is to be shown as it is of it."""
    root = parse(pictures.read(reference.get("href")))
    body = root.first("qti-stimulus-body")
    if root.name != "qti-assessment-stimulus" or root.space != QTI or body is None:
        raise ImportRefused("item.stimulus", f"{named(reference.get('href'))} is no stimulus of QTI 3.")
    flow = read_flow(body, (), pictures.of(reference.get("href")))
    if flow.feedback:
        raise ImportRefused("item.stimulus", "There is feedback in a stimulus.")
    return (written(flow.paragraphs, lambda _: ""), *flow.exhibits)


def _eight(body: Element) -> None:
    """Name an interaction that is not read before anything else is complained of."""
    for element in body.walk():
        name = element.name
        if name.endswith("-interaction") and name not in EIGHT:
            instead = _ESSAY if name == "qti-extended-text-interaction" else "Ask it with one of them."
            raise ImportRefused(
                "item.interaction", f"The item has {named(name)}, which is not one of the eight. {instead}"
            )


def letters(item: str, choices: Iterable[Choice], prefix: str = "") -> dict[str, str]:
    """An id for each choice, by its identifier.

    Identifiers of others may say which one is right ("correct"), and so may their order: ours say nothing.
    """
    ranked = sorted(
        choices,
        key=lambda one: hashlib.sha256(f"{item}\0{one.text}\0{one.identifier}".encode()).digest(),
    )
    return {one.identifier: f"{prefix}{_letter(place)}" for place, one in enumerate(ranked)}


def _letter(place: int) -> str:
    first, last = divmod(place, 26)
    return f"{chr(96 + first) if first else ''}{chr(97 + last)}"


def split(paragraphs: list[Paragraph]) -> tuple[list[Paragraph], list[Paragraph]]:
    """The paragraphs before the first one with a place in it, and the rest."""
    at = next(
        (place for place, one in enumerate(paragraphs) if any(isinstance(piece, Spot) for piece in one)),
        len(paragraphs),
    )
    return paragraphs[:at], paragraphs[at:]


def one_inline(question: Question) -> bool:
    """Whether several interactions can stand in one text, with a gap each."""
    return {one.name for one in question.interactions} <= {INLINE_CHOICE, CHOICE}
