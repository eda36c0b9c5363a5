"""Text entry: which of all texts are right, told from what the response processing compares with.

The processing may only look at the answer as a whole (compare it, map it, ask whether there is one). Then
texts that are none of the texts in the item, nor one of them in another case, are all alike. One answer of
each sort is tried.
"""

from fractions import Fraction
from typing import Final

from msgspec import Struct

from issuer.imports.markup import Element
from issuer.imports.processing import Processing
from issuer.imports.refusals import ImportRefused, named
from issuer.imports.values import Value
from issuer.imports.weights import score, whole
from schemas.items import Normalisation

MAX_TEXTS = 200
_TEXT_OPERATORS: Final = frozenset({"qti-match", "qti-string-match", "qti-member", "qti-is-null"})
_FRESH: Final = "none of these texts"


class Texts(Struct, frozen=True):
    """The texts that are accepted with their points, how an answer is normalised, and each text tried."""

    accepted: tuple[tuple[str, int], ...]
    normalisation: tuple[Normalisation, ...]
    tried: tuple[tuple[str, int], ...]


def looked_at(rules: Element, response: str, operators: frozenset[str]) -> None:
    """Refuse a processing that does with the answer what cannot be told apart by trying."""
    read = {one.get("identifier") for one in rules.walk() if one.name == "qti-variable"}
    for element in rules.walk():
        for child in element.elements():
            if child.name != "qti-variable" or child.get("identifier") != response:
                continue
            copied = element.name == "qti-set-outcome-value" and element.get("identifier") not in read
            if element.name not in operators and not copied:
                raise ImportRefused("item.derivation", f"The answer is used in {named(element.name)}.")


def texts(processing: Processing, response: str) -> Texts:
    """The texts that are right, wholly or in part; raises ImportRefused."""
    looked_at(processing.rules, response, _TEXT_OPERATORS)
    literals = _literals(processing, response)
    known = set(literals)
    worth = {text: _worth(processing, response, "string", text) for text in literals}
    other = next(text for text in (f"{_FRESH}{'.' * n}" for n in range(MAX_TEXTS + 2)) if text not in known)
    elsewhere = _worth(processing, response, "string", other)
    nothing = score(processing, {})
    most = max([*worth.values(), elsewhere])
    sense({nothing, elsewhere, *worth.values()}, most, nothing, elsewhere)
    scale = whole([most - nothing, *(value - nothing for value in worth.values() if value != nothing)])
    if elsewhere != nothing or min(worth.values()) < nothing or scale is None:
        raise ImportRefused("item.partial", "Some texts are worth less than none, or too many points.")
    cased = {
        variant: _worth(processing, response, "string", variant)
        for text in literals
        for variant in (text.lower(), text.upper(), text.swapcase(), text.title(), text.casefold())
        if variant not in known
    }
    accepted = {text: value for text, value in worth.items() if value != nothing}
    insensitive = any(value != nothing for value in cased.values())
    if insensitive:
        accepted = dict({text.casefold(): (text, worth[text]) for text in reversed(accepted)}.values())
        accepted = dict(reversed(accepted.items()))
    points = {
        text: int((value - nothing) * scale) for text, value in {**worth, **cased, other: elsewhere}.items()
    }
    return Texts(
        tuple((text, points[text]) for text in accepted),
        ("case",) if insensitive else (),
        tuple(points.items()),
    )


def _literals(processing: Processing, response: str) -> list[str]:
    """Every text in the item that an answer can be compared with, in order of appearance."""
    declared = processing.responses[response]
    found = [*(declared.correct.atoms if declared.correct else ())]
    if declared.mapping is not None:
        found += [*declared.mapping.exact, *declared.mapping.folded]
    values = [one.text() for one in processing.rules.walk() if one.name == "qti-base-value"]
    texts = list(dict.fromkeys(str(text) for text in [*found, *values]))
    if len(texts) > MAX_TEXTS:
        raise ImportRefused(
            "item.too_many_answers", f"The answer is compared with more than {MAX_TEXTS} texts."
        )
    return [text for text in texts if text]


def _worth(processing: Processing, response: str, base: str, atom: str | Fraction) -> Fraction:
    return score(processing, {response: Value(base, "single", (atom,))})


def sense(values: set[Fraction], most: Fraction, nothing: Fraction, elsewhere: Fraction) -> None:
    """Refuse where all answers are alike, or the best is no better than none, or is any but some."""
    if len(values) == 1:
        raise ImportRefused("item.constant", "Every answer is worth the same.")
    if nothing >= most:
        raise ImportRefused(
            "item.empty_right", "Leaving the question unanswered is worth as much as the best answer."
        )
    if elsewhere == most:
        raise ImportRefused("item.ambiguous", "All answers but some are right.")
