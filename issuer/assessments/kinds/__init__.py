"""What differs from one kind of item to another: one module a kind, one line in KINDS, and nowhere else."""

from collections.abc import Iterator

import msgspec

from issuer.assessments.kinds import choice, inline, match, number, picture, task, written
from issuer.assessments.kinds import order as ordering
from issuer.assessments.kinds.kind import AnswerRefused, Fields, Given, Kind, Rank, ShownItem, Texts
from schemas.items import Item

__all__ = [
    "AnswerRefused",
    "Fields",
    "Given",
    "ShownItem",
    "chance",
    "lint",
    "most",
    "order",
    "places",
    "read",
    "score",
    "show",
    "valid",
]

KINDS: tuple[Kind, ...] = (
    choice.SINGLE,
    choice.MULTIPLE,
    ordering.ORDER,
    match.MATCH,
    inline.INLINE,
    written.TEXT,
    number.NUMERIC,
    task.TASK,
)
_OF = {kind.item: kind for kind in KINDS}


def lint(item: Item) -> Iterator[str]:
    """A sentence for each thing that makes the item unfit to ask, besides what concerns its bank."""
    if not item.stem.strip():
        yield f"Item {item.id} has no question."
    if item.exhibit is not None and not item.exhibit.strip():
        yield f"Item {item.id} has an exhibit without content; leave it out."
    yield from picture.lint(item)
    yield from _OF[type(item)].lint(item)


def places(item: Item) -> dict[str, str]:
    """Every text of the item that a taker may see, by its place: what a translation must have."""
    shared = {"stem": item.stem} | ({"exhibit": item.exhibit} if item.exhibit is not None else {})
    return shared | picture.places(item) | _OF[type(item)].places(item)


def order(item: Item, rank: Rank) -> tuple[str, ...]:
    """The order in which a session shows what can be chosen (`Placed.options`); `rank` is seeded."""
    return _OF[type(item)].order(item, rank)


def read(item: Item, fields: Fields, seed: bytes) -> Given:
    """The answer in a form's fields, as it is to be recorded; raises AnswerRefused, also without one.

    The fields, by kind: `option` (once, or repeated); `place.<option>`; `match.<option>`; `gap.<gap>`;
    `text`; `number`; `work`. Any others are ignored.
    """
    return _OF[type(item)].read(item, fields, seed)


def valid(item: Item, selected: tuple[str, ...]) -> bool:
    """Whether this is exactly what `read` records for some answer; nothing, which is skipped, counts too."""
    return not selected or _OF[type(item)].valid(item, selected)


def score(item: Item, selected: tuple[str, ...], seed: bytes) -> int:
    """Points for what was given (`Answer.selected`), 0 to `most(item)`; nothing given is 0.

    A task's points are its raters', and not here: `task.met`.
    """
    return _OF[type(item)].score(item, selected, seed) if selected else 0


def most(item: Item) -> int:
    """The most points that an item can give; 1 where it is scored all or nothing."""
    return _OF[type(item)].most(item)


def chance(item: Item) -> float:
    """How probably a blind guess is right, any answer that can be given being as probable as another."""
    return _OF[type(item)].chance(item)


def show(item: Item, order: tuple[str, ...], texts: Texts | None = None) -> ShownItem:
    """What a taker may see of an item: no key, no rationale; `texts` are a translation's."""
    told = {**places(item), **(texts or {})}
    shown = _OF[type(item)].show(item, order, told)
    return msgspec.structs.replace(shown, pictures=picture.shown(item, told)) if item.pictures else shown
