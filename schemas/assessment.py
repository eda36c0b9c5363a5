"""Assessment nouns: area, item, bank, form, answer, decision, band, and the bodies of a session's events.

Nothing here holds an item parameter: an uncalibrated bank has none, and an unknown member is refused by name.
"""

from typing import Literal

from msgspec import Struct

Kind = Literal["single", "multiple"]
Outcome = Literal["award", "not_yet", "continue"]
LevelState = Literal["reached", "not_reached", "undecided"]
Band = Literal["stronger", "as_expected", "work_on_this", "too_few"]


class Link(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Where a taker can learn more: a name to show and an https URL."""

    name: str
    url: str


class Area(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A content area of a bank, with the author's links to learning."""

    id: str
    name: str
    description: str
    links: tuple[Link, ...]


class Option(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """One answer to choose, and why it is right or wrong; the rationale never leaves before the end."""

    id: str
    text: str
    rationale: str


class Item(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """A question, scored all or nothing: right when exactly the options in `key` are selected."""

    id: str
    area: str
    kind: Kind
    stem: str
    options: tuple[Option, ...]
    key: tuple[str, ...]
    exhibit: str | None = None


class Bank(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """An immutable version of an item bank; its digest is that of the document's bytes."""

    id: str
    version: str
    title: str
    language: str
    description: str
    calibration: Literal["uncalibrated"]
    standard_setting: str
    areas: tuple[Area, ...]
    items: tuple[Item, ...]

    def item(self, item_id: str) -> Item | None:
        """The item with this id, or None."""
        return next((item for item in self.items if item.id == item_id), None)


class ShownOption(Struct, frozen=True, rename="camel"):
    """An option as a taker sees it."""

    id: str
    text: str


class ShownItem(Struct, frozen=True, rename="camel"):
    """An item as a taker sees it: options in the form's order, neither key nor rationale."""

    id: str
    kind: Kind
    stem: str
    exhibit: str | None
    options: tuple[ShownOption, ...]


class LevelCut(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A level's code and its cut: the proportion of the bank's items answered right, between 0 and 1."""

    code: str
    cut: float


class Placed(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """An item's place in a form: its id and the order of its options."""

    item: str
    options: tuple[str, ...]


class Started(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Body of the event `started`: everything that a replay needs besides bank and answers.

    `bank_digest` is SHA-256 in hexadecimal; `seed` is the session's HMAC key in hexadecimal; `levels` ascend.
    """

    engine: str
    bank_digest: str
    seed: str
    levels: tuple[LevelCut, ...]
    threshold: float
    items_per_step: int
    items_at_most: int


class Form(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Body of the event `form`: what one step (counted from 1) asks, in order."""

    step: int
    items: tuple[Placed, ...]


class Answer(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Body of the event `answered`: the options selected, in the item's own order; none means skipped."""

    item: str
    selected: tuple[str, ...]


class Scored(Struct, frozen=True, rename="camel"):
    """One piece of evidence: an asked item, its area, and whether it was answered right."""

    item: str
    area: str
    right: bool


class LevelProbability(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """How a level stands: the posterior probability, on all evidence so far, of being at or above its cut.

    `state` was decided at the end of the step that first allowed it and stays, whatever `probability` became.
    """

    code: str
    cut: float
    probability: float
    state: LevelState


class Decision(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What all evidence so far says.

    `level` is set with outcome `award` only; `reached` is the highest level reached so far, also while the
    outcome is `continue`. `score` is the proportion answered right and `standard_error` the posterior
    standard deviation of the true proportion: both for the taker only. `stopped`: the taker ended it early.
    """

    outcome: Outcome
    level: str | None
    reached: str | None
    levels: tuple[LevelProbability, ...]
    right: int
    asked: int
    score: float
    standard_error: float
    stopped: bool = False


class AreaBand(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Direction for one area, with its uncertainty: an 80 % interval of the true proportion, in percent."""

    area: str
    band: Band
    right: int
    asked: int
    low: int
    high: int


class Decided(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """Body of the event `decided`, written at the end of each step and when the taker stops.

    `set_aside` counts the items of a step that was stopped before its end: answered or not, they are no part
    of decision and bands.
    """

    decision: Decision
    bands: tuple[AreaBand, ...]
    set_aside: int = 0


class Event(Struct, frozen=True, rename="camel"):
    """A line of a session's append-only log: `body` is the JSON of the Struct that `kind` names."""

    kind: Literal["started", "form", "answered", "decided"]
    body: bytes
