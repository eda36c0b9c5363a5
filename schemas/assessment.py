"""Assessment nouns: area, bank, plan, form, answer, decision, band, and the bodies of a session's events.

Items are in schemas/items.py. What was added to an event's body after the first release has a default and is
left out when it has it: a log of then reads, and is written again, byte for byte.
"""

from typing import Literal

from msgspec import Struct

from schemas.items import Item, Model

Delivery = Literal["fixed", "on_the_fly", "adaptive"]
Scale = Literal["proportion", "ability"]
Tier = Literal["uncalibrated", "rasch", "2pl", "3pl", "graded-response"]
TIERS: dict[Model, Tier] = {"rasch": "rasch", "2pl": "2pl", "3pl": "3pl", "grm": "graded-response"}
Assurance = Literal["unsupervised", "identity-checked", "supervised", "confirmed"]
Outcome = Literal["award", "not_yet", "continue"]
LevelState = Literal["reached", "not_reached", "undecided"]
Band = Literal["stronger", "as_expected", "work_on_this", "too_few"]


class Link(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Where a taker can learn more: a name to show and an https URL."""

    name: str
    url: str


class Area(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """A content area of a bank, with the author's links to learning; `weight` is its share of a form."""

    id: str
    name: str
    description: str
    links: tuple[Link, ...]
    weight: int = 1


class Translation(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A bank's texts in another language, all of them.

    `areas` maps an area's id to its `name` and `description`; `items` maps an item's id to its texts by
    place: `stem`, `exhibit`, `options.<id>`, `targets.<id>`, `text`, `gaps.<id>.<option id>`, `unit`, `aids`,
    `rubric.<id>` (a criterion's name), `rubric.<id>.<points>`.
    """

    title: str
    description: str
    areas: dict[str, dict[str, str]]
    items: dict[str, dict[str, str]]


class FitSummary(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Of how many calibrated items it can be said whether they fit, and how many do not.

    `criterion` says in words what counts as a misfit.
    """

    items: int
    misfits: int
    criterion: str


class DifSummary(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """Differential item functioning in one comparison: how many items are in each ETS class.

    `insufficient` counts those that too few people of a group met, `not_computed` those in points.
    """

    comparison: str
    a: int
    b: int
    c: int
    insufficient: int
    not_computed: int = 0


class Calibration(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """Where a bank's item parameters come from: the model, the responses by digest, what they say of items.

    `source` is `recorded`, or `simulated` for a SYNTHETIC bank, which only a demonstration may publish.
    `responses` is the SHA-256 in hexadecimal of the response matrix, `linked_to` the digest of the bank
    version whose scale this one is on. `fit` and `dif` are None and empty where nobody looked.
    """

    model: Model
    source: Literal["recorded", "simulated"]
    people: int
    responses: str
    log_likelihood: float
    linked_to: str | None = None
    fit: FitSummary | None = None
    dif: tuple[DifSummary, ...] = ()


class Bank(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """An immutable version of an item bank; its digest is that of the document's bytes."""

    id: str
    version: str
    title: str
    language: str
    description: str
    calibration: Literal["uncalibrated"] | Calibration
    standard_setting: str
    areas: tuple[Area, ...]
    items: tuple[Item, ...]
    translations: dict[str, Translation] = {}

    def item(self, item_id: str) -> Item | None:
        """The item with this id, or None."""
        return next((item for item in self.items if item.id == item_id), None)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages in which all of it can be read, the author's own first."""
        return (self.language, *sorted(self.translations))

    @property
    def tier(self) -> Tier:
        """How far the bank is calibrated, in the credential's words."""
        return "uncalibrated" if self.calibration == "uncalibrated" else TIERS[self.calibration.model]


class Conditions(
    Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True
):
    """What an organisation chooses around a bank, besides levels and rule.

    A step asks `items_per_step` (20), a session `items_at_most` (80). An adaptive session asks up to
    `items_at_first` in its first step, and decides no level before `items_at_least`; no item is shown to more
    than the share `exposure_cap` of sessions. `pilots_per_step` items are asked unscored, `tasks` performance
    tasks with the first step. `minutes_per_step`: none is no limit. After *not yet*, a person may begin
    again after `cool_down_days`, `epochs` times in all. A confirmation asks `items_to_confirm`.
    """

    permitted_aids: str
    assurance: Assurance = "unsupervised"
    delivery: Delivery = "on_the_fly"
    items_per_step: int = 20
    items_at_most: int = 80
    items_at_first: int = 60
    items_at_least: int = 15
    exposure_cap: float | None = None
    pilots_per_step: int = 0
    tasks: int = 0
    minutes_per_step: float | None = None
    pauses: int = 0
    epochs: int = 3
    cool_down_days: int = 90
    items_to_confirm: int = 12


class LevelCut(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A level's code and its cut on the session's scale.

    On `proportion`: the share of the bank's items answered right, between 0 and 1. On `ability`: theta.
    """

    code: str
    cut: float


class Placed(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """An item's place in a form: its id, the order of its options, and whether it is asked unscored.

    In a `match` item the targets' ids follow the options' after all of them; in an `inline` item each is
    `gap>option`; text, numeric and task items have none.
    """

    item: str
    options: tuple[str, ...]
    pilot: bool = False


class Prior(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What is held of everybody before the first answer, or in a later epoch of this person.

    On `proportion` a Beta distribution with the whole numbers `right + 1` and `wrong + 1`; on `ability` a
    normal one with `mean` and `sd`.
    """

    right: int = 0
    wrong: int = 0
    mean: float = 0.0
    sd: float = 1.0


class Started(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """Body of the event `started`: everything that a replay needs besides bank and answers.

    `bank_digest` is SHA-256 in hexadecimal; `seed` is the session's HMAC key in hexadecimal; `levels` ascend;
    `threshold` is the epoch's own. A step asks `items_per_step`; the first one of an adaptive session up to
    `items_at_first`, and no level is decided before `items_at_least`. `excluded` are items of earlier epochs
    or, in a confirmation, of the session that is confirmed: not asked again. `minutes_per_step` is None
    without a time limit; the person's own limit is that times `time_multiplier`. `language` is what the
    person chose to be asked in, where the bank has several; None is the bank's own. `confirms` is the
    SHA-256, in hexadecimal, of the result that a confirmation is about: its session's last decision.
    """

    engine: str
    bank_digest: str
    seed: str
    levels: tuple[LevelCut, ...]
    threshold: float
    items_per_step: int
    items_at_most: int
    delivery: Delivery = "on_the_fly"
    scale: Scale = "proportion"
    items_at_first: int = 0
    items_at_least: int = 0
    pilots_per_step: int = 0
    tasks: int = 0
    epoch: int = 1
    prior: Prior = Prior()
    excluded: tuple[str, ...] = ()
    minutes_per_step: float | None = None
    time_multiplier: float = 1.0
    pauses: int = 0
    language: str | None = None
    confirms: str | None = None


class Form(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """Body of the event `form`: what is asked next, in order, in which step (counted from 1).

    `barred` are unseen items that were suspended or at their exposure cap just then. `second` is when its
    step began, counted from the session's start: in a step's first form, where time is limited.
    """

    step: int
    items: tuple[Placed, ...]
    barred: tuple[str, ...] = ()
    second: int = 0


class Answer(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Body of the event `answered`: what was given, in one form for each kind; nothing means skipped.

    `single`, `multiple`: the options selected, in the item's own order. `order`: all, in the order given.
    `match`: `option>target`, `inline`: `gap>option`, in the item's own order. `numeric`: a plain decimal.
    `text`, `task`: HMAC-SHA-256 in hexadecimal, under the session's seed, of the normalised text: the log
    holds no word of a person, and still shows whether it was right.
    """

    item: str
    selected: tuple[str, ...]


class Rating(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Body of the event `rated`: the points that one rater gave to a task, by criterion.

    `rater` is the principal's id: two raters are two persons. A third one settles what they disagree on.
    """

    item: str
    rater: str
    points: dict[str, int]


class Scored(Struct, frozen=True, rename="camel"):
    """One piece of evidence: an asked item, its area, and its score, of 0 to `most` points."""

    item: str
    area: str
    score: int
    most: int = 1

    @property
    def right(self) -> bool:
        """Whether it has all its points."""
        return self.score == self.most


class LevelProbability(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """How a level stands: the posterior probability, on all evidence so far, of being at or above its cut.

    `state` was decided where it was first allowed (at the end of a step, or in an adaptive session at an
    answer) and stays, whatever `probability` became. On `ability`, `probability` has six decimals.
    """

    code: str
    cut: float
    probability: float
    state: LevelState


class Decision(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What all evidence so far says.

    `level` is set with outcome `award` only; `reached` is the highest level reached so far, also while the
    outcome is `continue`. `score` is the proportion answered right, or on `ability` the posterior mean, and
    `standard_error` the posterior standard deviation: both for the taker only. `right` and `asked` count
    pieces of evidence. `stopped`: the taker ended it early.
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
    of decision and bands. Neither are `annulled` items, asked before they were found unfit; a level that was
    reached before that is `kept`, whatever the remaining answers show.
    """

    decision: Decision
    bands: tuple[AreaBand, ...]
    set_aside: int = 0
    annulled: tuple[str, ...] = ()
    kept: str | None = None


class Moment(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Body of the events `paused`, `resumed` and `timed_out`: when, in seconds since the session began."""

    second: int


EventKind = Literal["started", "form", "answered", "paused", "resumed", "timed_out", "rated", "decided"]


class Event(Struct, frozen=True, rename="camel"):
    """A line of a session's append-only log: `body` is the JSON of the Struct that `kind` names."""

    kind: EventKind
    body: bytes
