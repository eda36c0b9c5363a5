"""An item's key, derived from its response processing: every answer is tried, and the best one is right."""

import itertools
from collections.abc import Iterator
from fractions import Fraction
from typing import Literal, TypeAlias

from issuer.imports.interactions import Interaction
from issuer.imports.processing import Processing
from issuer.imports.refusals import ImportRefused
from issuer.imports.spaces import Given, Space, representatives
from issuer.imports.weights import Key, equal, score, weighted

Counts: TypeAlias = Literal["equal", "weights", "both"]
"""How a kind can count the parts of an answer: each right one alike, each by a weight, or either."""


def derive(processing: Processing, spaces: list[Space], *, counts: Counts) -> Key:
    """The key; raises ImportRefused item.… where ours would score any answer otherwise.

    `counts` says how the kind of item can count the parts of an answer, where it is not all or nothing.
    """
    trying = representatives(spaces, processing)
    nothing = score(processing, {})
    scored = list(_scored(processing, spaces, trying.answers))
    most = _most(processing, spaces, nothing, scored)
    best = [given for given, worth in scored if worth == most]
    right = best[0] if len(best) == 1 else _chosen(best, processing, spaces)
    if any(set(other) <= set(right) for other in trying.others):
        raise _ambiguous()
    if {nothing} == {worth for given, worth in scored if given != right} | {nothing}:
        return Key(right, tuple((given, int(given == right)) for given, _ in scored))
    if not (trying.whole or all(one.places == 1 for one in spaces)):
        raise ImportRefused(
            "item.too_many_answers",
            "Answers are worth something in between, and there are too many to try all.",
        )
    gains = [(given, worth - nothing) for given, worth in scored]
    same = equal(right, gains) if counts != "weights" else None
    if same is None and counts == "equal":
        raise ImportRefused(
            "item.partial",
            "Answers are worth something in between, and not the same for each line in its place.",
        )
    return same or weighted(processing, spaces, right, gains)


def _chosen(best: list[Given], processing: Processing, spaces: list[Space]) -> Given:
    """The declared one of several answers that are worth the most: only it can be shown as the right one."""
    declared: Given = ()
    for one in spaces:
        correct = processing.responses[one.response].correct
        declared += (one.inverse(correct) if correct else None) or ()
    found = next((given for given in best if set(given) == set(declared)), None)
    if found is None:
        raise _ambiguous()
    return found


def _ambiguous() -> ImportRefused:
    return ImportRefused(
        "item.ambiguous",
        "Several answers are worth the most, and no declared correct response says which is to be shown as "
        "the right one.",
    )


def _most(
    processing: Processing, spaces: list[Space], nothing: Fraction, scored: list[tuple[Given, Fraction]]
) -> Fraction:
    """What the best answer is worth; refused where no answer is better than none."""
    if not scored:
        raise ImportRefused("item.declaration", "There is nothing to choose.")
    most = max(worth for _, worth in scored)
    _declared(processing, spaces, most)
    if nothing <= most == min(worth for _, worth in scored) and (len(scored) > 1 or nothing == most):
        raise ImportRefused("item.constant", "Every answer is worth the same.")
    if nothing >= most:
        raise ImportRefused(
            "item.empty_right", "Leaving the question unanswered is worth as much as the best answer."
        )
    return most


def _scored(
    processing: Processing, spaces: list[Space], lists: list[list[Given]]
) -> Iterator[tuple[Given, Fraction]]:
    values = [[(given, one.value(given)) for given in held] for one, held in zip(spaces, lists, strict=True)]
    for chosen in itertools.product(*values):
        answer = {one.response: value for one, (_, value) in zip(spaces, chosen, strict=True)}
        yield tuple(itertools.chain.from_iterable(given for given, _ in chosen)), score(processing, answer)


def _declared(processing: Processing, spaces: list[Space], most: Fraction) -> None:
    """The declared correct response must not be worth more than every answer that can be given here."""
    correct = {one.response: processing.responses[one.response].correct for one in spaces}
    if score(processing, correct) > most:
        raise ImportRefused(
            "item.derivation",
            "The declared correct response is one that cannot be given in our kinds of item.",
        )


def bound(interactions: list[Interaction], processing: Processing) -> None:
    """Each interaction has a response variable of its own, and no variable is without an interaction."""
    names = [one.response for one in interactions]
    if len(set(names)) < len(names) or not set(names) <= set(processing.responses):
        raise ImportRefused("item.declaration", "An interaction has no response variable of its own.")
