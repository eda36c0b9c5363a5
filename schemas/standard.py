"""Standard-setting nouns: where the levels' cuts come from when a panel set them.

The document is bound to one bank version by its digest. It names no panellist.
"""

from typing import Literal

from msgspec import Struct

from schemas.assessment import Scale

Method = Literal["angoff", "bookmark"]


class Panel(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Who judged, as far as that is public: the panel's name, how many persons, how many rounds.

    `spread` has, by level, the standard deviation of the panellists' own cuts in each round, the last of
    which counts: a proportion of the bank (Angoff) or theta (bookmark).
    """

    name: str
    size: int
    rounds: int
    spread: dict[str, tuple[float, ...]]


class SetLevel(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """A level's cut on `scale` and its standard error, which is that of the panel.

    On ability, `proportion` and `proportion_error` say the same on the scale of the bank answered right, in
    which an achievement states its cuts. `misfit` is how far, as the root of the mean square over items, an
    Angoff panel's mean ratings lie from what the items' parameters expect at the cut.
    """

    code: str
    cut: float
    scale: Scale
    standard_error: float
    proportion: float | None = None
    proportion_error: float | None = None
    misfit: float | None = None


class Standard(
    Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True
):
    """The cuts that a panel set on a bank version; levels ascend by cut.

    `bank` is the SHA-256 of the bank's bytes and `ratings` that of what the panel gave, without names, both
    in hexadecimal; `items` counts what was judged (booklet pages, for a bookmark). `response_probability` is
    the bookmark's.
    """

    bank: str
    method: Method
    levels: tuple[SetLevel, ...]
    panel: Panel
    items: int
    ratings: str
    response_probability: float | None = None
