"""What differs from one kind of item to another: one module a kind, one line in KINDS, and nowhere else."""

from collections.abc import Iterator

from issuer.assessments.kinds import choice
from issuer.assessments.kinds.kind import AnswerRefused, Fields, Given, Kind, Rank, ShownItem, Texts
from schemas.items import Item

__all__ = ["AnswerRefused", "Fields", "Given", "ShownItem", "lint", "most", "order", "read", "score", "show"]

KINDS: tuple[Kind, ...] = (choice.SINGLE, choice.MULTIPLE)
_OF = {kind.item: kind for kind in KINDS}


def lint(item: Item) -> Iterator[str]:
    """A sentence for each thing that makes the item unfit to ask, besides what concerns its bank."""
    if not item.stem.strip():
        yield f"Item {item.id} has no question."
    yield from _OF[type(item)].lint(item)


def order(item: Item, rank: Rank) -> tuple[str, ...]:
    """The order in which a session shows what can be chosen (`Placed.options`); `rank` is seeded."""
    return _OF[type(item)].order(item, rank)


def read(item: Item, fields: Fields, seed: bytes) -> Given:
    """The answer in a form's fields, as it is to be recorded; raises AnswerRefused, also without one."""
    return _OF[type(item)].read(item, fields, seed)


def score(item: Item, selected: tuple[str, ...], seed: bytes) -> int:
    """Points for what was given (`Answer.selected`), 0 to `most(item)`; nothing given is 0."""
    return _OF[type(item)].score(item, selected, seed)


def most(item: Item) -> int:
    """The most points that an item can give; 1 where it is scored all or nothing."""
    return _OF[type(item)].most(item)


def show(item: Item, order: tuple[str, ...], texts: Texts | None = None) -> ShownItem:
    """What a taker may see of an item: no key, no rationale; `texts` are a translation's."""
    return _OF[type(item)].show(item, order, texts or {})
