"""What a kind of item consists of."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from msgspec import Struct

Fields: TypeAlias = Mapping[str, Sequence[str]]
"""A form's fields as they came, besides the item's id: name to values."""
Rank: TypeAlias = Callable[..., bytes]
"""A place in the session's seeded order, for any parts."""
Texts: TypeAlias = Mapping[str, str]
"""An item's texts by place (schemas.assessment.Translation)."""


class AnswerRefused(Exception):  # noqa: N818 - a refusal with a stable code, not an error of ours
    """`code` is a problem's, answer.…; `detail` is a sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Given(Struct, frozen=True):
    """An answer as recorded, and the words of a task's, which are kept apart and sealed."""

    selected: tuple[str, ...]
    text: str | None = None


class ShownOption(Struct, frozen=True, rename="camel"):
    """An option as a taker sees it."""

    id: str
    text: str


class ShownGap(Struct, frozen=True, rename="camel"):
    """A piece of an inline item's text, and the options of the gap that follows it, if one does."""

    before: str
    id: str | None = None
    options: tuple[ShownOption, ...] = ()


class ShownPicture(Struct, frozen=True):
    """A picture as a taker's browser gets it: a `data:` URL, and the text that stands for it."""

    source: str
    alt: str


class ShownItem(Struct, frozen=True, rename="camel"):
    """An item as a taker sees it: options in the form's order, neither key nor rationale.

    `rubric` has each criterion's name, and what a piece of work looks like that meets it.
    """

    id: str
    kind: str
    stem: str
    exhibit: str | None
    pictures: tuple[ShownPicture, ...] = ()
    options: tuple[ShownOption, ...] = ()
    targets: tuple[ShownOption, ...] = ()
    gaps: tuple[ShownGap, ...] = ()
    unit: str | None = None
    words_at_most: int | None = None
    aids: str | None = None
    rubric: tuple[tuple[str, str], ...] = ()


def never(_item: object) -> float:
    """The chance of a guess where the right answer is written and not chosen."""
    return 0.0


class Kind(Struct, frozen=True):
    """The verbs of one kind, each over items of the type `item`; see the package for what they promise."""

    item: type
    lint: Callable[[Any], Iterator[str]]
    places: Callable[[Any], dict[str, str]]
    order: Callable[[Any, Rank], tuple[str, ...]]
    read: Callable[[Any, Fields, bytes], Given]
    valid: Callable[[Any, tuple[str, ...]], bool]
    score: Callable[[Any, tuple[str, ...], bytes], int]
    most: Callable[[Any], int]
    show: Callable[[Any, tuple[str, ...], Texts], ShownItem]
    chance: Callable[[Any], float] = never


def nothing_to_order(_item: object, _rank: Rank) -> tuple[str, ...]:
    """The order of an item in which nothing is chosen."""
    return ()


def single(fields: Fields, name: str) -> str:
    """The one value of a field, empty where it is missing or came more than once."""
    values = fields.get(name, ())
    return values[0] if len(values) == 1 else ""
