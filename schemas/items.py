"""Item nouns: what an assessment can ask, in eight kinds, each with its key and the reason for every option.

The kinds are QTI 3's interactions by plain names: choice (`single`, `multiple`), `order`, `match`, inline
choice (`inline`), text entry (`text`, `numeric`), and a performance task that people rate (`task`).
Texts are plain; `backticks` set code. A member that a kind does not have is refused by name.
"""

from typing import Literal

from msgspec import Struct

State = Literal["draft", "pilot", "live", "retired"]
Model = Literal["rasch", "2pl", "3pl", "grm"]
MediaType = Literal["image/png", "image/jpeg"]
Normalisation = Literal["case", "space", "punctuation", "accents"]
Ends = Literal["both", "lower", "upper", "neither"]


class Parameters(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """What calibration found of an item: logistic metric (D = 1), on the scale where ability is N(0, 1).

    `b` is the difficulty, or with the graded response model the ascending thresholds of the scores 1, 2, ….
    `c` is the lower asymptote (3PL only). `n` counts the responses behind the figures.
    """

    model: Model
    a: float
    b: float | tuple[float, ...]
    c: float = 0.0
    se_a: float | None = None
    se_b: float | tuple[float, ...] | None = None
    n: int = 0


class Option(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """One answer to choose, and why it is right or wrong; the rationale never leaves before the end."""

    id: str
    text: str
    rationale: str


class Target(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What an option of a `match` item can be matched with."""

    id: str
    text: str


class Gap(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A place in the text of an `inline` item, written `{{id}}` there; one of its options is right."""

    id: str
    options: tuple[Option, ...]
    key: str


class Credit(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """Partial credit with weights: what each part of an answer adds, where parts are not worth the same.

    `parts` has points by what is recorded of an answer (an option's id, `option>target`, `gap>option`), and
    `other` holds for every part that is not named; points may be below 0. An answer is worth their sum, held
    between 0 and `most`.
    """

    parts: dict[str, int]
    most: int
    other: int = 0


class Accepted(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """An accepted answer to a `text` item, compared after the item's normalisation, and why it is accepted.

    The answers with the most `points` are right; one with fewer is right in part. One with a `language` is
    accepted of those who are asked in it, one without of everybody.
    """

    text: str
    rationale: str
    points: int = 1
    language: str | None = None


class RubricLevel(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What a piece of work looks like that earns these points on a criterion."""

    points: int
    description: str


class Criterion(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A criterion of a rubric; levels ascend by points from 0, and `needed` points meet it."""

    id: str
    name: str
    levels: tuple[RubricLevel, ...]
    needed: int


class Picture(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A picture to look at: its bytes in base64, and the text that stands for it where nobody sees it."""

    media_type: MediaType
    data: str
    alt: str


class _Item(
    Struct,
    frozen=True,
    kw_only=True,
    tag_field="kind",
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """What every item has.

    `state`: only `live` items are scored, `pilot` items are asked and not scored, the others are not asked.
    `enemies` are never asked together with it; `skills` are URIs in frameworks; `exposure_cap` is the largest
    share of sessions that may see it, where it is not the plan's.
    """

    id: str
    area: str
    stem: str
    exhibit: str | None = None
    pictures: tuple[Picture, ...] = ()
    state: State = "live"
    enemies: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    exposure_cap: float | None = None
    parameters: Parameters | None = None

    @property
    def kind(self) -> str:
        """The item's kind, as in its JSON."""
        return str(self.__struct_config__.tag)


class Single(_Item, frozen=True, tag="single"):
    """One option is right; `credit` gives others points too."""

    options: tuple[Option, ...]
    key: tuple[str, ...]
    credit: Credit | None = None


class Multiple(_Item, frozen=True, tag="multiple"):
    """One option or more are right, never all; scored all or nothing, or by `credit`."""

    options: tuple[Option, ...]
    key: tuple[str, ...]
    credit: Credit | None = None


class Order(_Item, frozen=True, tag="order"):
    """All options are to be put in order; `key` is the right one. All or nothing.

    With `partial` the score is the number of options in their place.
    """

    options: tuple[Option, ...]
    key: tuple[str, ...]
    partial: bool = False


class Match(_Item, frozen=True, tag="match"):
    """Each option is to be given a target; `key` says which. A target may serve several options or none.

    With `partial` the score is the number of right pairs (graded response), with `credit` the pairs have
    weights of their own, otherwise it is all or nothing.
    """

    options: tuple[Option, ...]
    targets: tuple[Target, ...]
    key: dict[str, str]
    partial: bool = False
    credit: Credit | None = None


class Inline(_Item, frozen=True, tag="inline"):
    """A text with gaps, each filled from its own options; `partial` and `credit` as with `match`."""

    text: str
    gaps: tuple[Gap, ...]
    partial: bool = False
    credit: Credit | None = None


class Text(_Item, frozen=True, tag="text"):
    """A short text to write; scored by the one of `accepted` that it equals after normalisation of both.

    `case` folds case, `space` joins runs of white space and trims, `punctuation` drops it, `accents` drops
    combining marks; the text is NFKC first.
    """

    accepted: tuple[Accepted, ...]
    normalisation: tuple[Normalisation, ...] = ("case", "space")


class Nearly(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """A range of numbers that a `numeric` item takes as right in part, worth fewer points than its own."""

    value: str
    tolerance: str
    points: int
    ends: Ends = "both"


class Numeric(_Item, frozen=True, tag="numeric"):
    """A number to write; right within `tolerance` of `value`. Both are decimals in text, so exact.

    `ends` says which ends of that range are right: with `lower`, 7.389 and .0005 are what rounds to 7.389.
    A number elsewhere is worth the most points of the ranges in `nearly` that it lies in, or none.
    """

    value: str
    rationale: str
    tolerance: str = "0"
    unit: str | None = None
    ends: Ends = "both"
    points: int = 1
    nearly: tuple[Nearly, ...] = ()


class Task(_Item, frozen=True, tag="task"):
    """A performance task: a text to write, rated on a rubric by two raters who are two persons.

    Each criterion is one piece of evidence: met when the raters agree that it is. `aids` says what may be
    used for it, AI tools among them where that is so; without it the assessment's own aids hold.
    """

    rubric: tuple[Criterion, ...]
    words_at_most: int
    aids: str | None = None


Item = Single | Multiple | Order | Match | Inline | Text | Numeric | Task
