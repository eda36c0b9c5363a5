"""The figures of a simulation: what is printed, stored, shipped and judged. No NumPy here."""

import hashlib
from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from schemas.assessment import Conditions, LevelCut, Tier


class LevelFigures(Struct, frozen=True):
    """One level's errors: the share of its awards that are false, of the qualified who end without it.

    `accuracy` is at its cut, in one sitting; `false_among_awards` the worse of one sitting and pooled;
    `qualified_missed` is pooled. None where nobody was awarded it, or qualified for it.
    """

    code: str
    cut: float
    accuracy: float
    false_among_awards: float | None
    qualified_missed: float | None


class Band(Struct, frozen=True):
    """People whose ability lies in [low, high), after one sitting.

    `bias` and `rmse` are the estimate's error, `stated` is the mean standard error that sessions state,
    `awarded` the share of these people who are awarded a level in the end.
    """

    low: float | None
    high: float | None
    people: int
    bias: float
    rmse: float
    stated: float
    awarded: float
    items: float


class ConfidenceBin(Struct, frozen=True):
    """People of whom one sitting says a probability of being at or above the cut in [low, high]."""

    low: float
    high: float
    people: int
    said: float
    true: float


class Extremes(Struct, frozen=True):
    """The worst seed of each figure."""

    accuracy: float
    false_among_awards: float | None
    false_among_awards_one_sitting: float | None
    false_among_awards_pooled: float | None
    qualified_missed: float | None
    mean_items: float
    max_exposure: float


class WorldFigures(Struct, frozen=True):
    """What happens in one world, over all its seeds.

    `accuracy` (the share of people put on the right side of the cut by P >= .5), `mean_items` and
    `max_exposure` describe one sitting; `qualified_missed` is pooled, of those who qualify for the lowest
    level; `false_among_awards` is the worse of one sitting and pooled, over the awards of all levels.
    `confidence` is the largest difference between what was said and what was true in `confidence_bins`.
    Shares are None where there was nobody to count.
    """

    name: str
    says: str
    accuracy: float
    false_among_awards: float | None
    qualified_missed: float | None
    mean_items: float
    max_exposure: float
    false_among_awards_one_sitting: float | None
    false_among_awards_pooled: float | None
    mean_items_pooled: float
    max_exposure_pooled: float
    awarded: float
    confidence: float
    levels: tuple[LevelFigures, ...]
    worst: Extremes
    confidence_bins: tuple[ConfidenceBin, ...]
    error_by_ability: tuple[Band, ...]


class Figures(Struct, frozen=True):
    """A simulation's figures, the true world first, with everything that they depend on.

    `about` names what was simulated: the function of this name makes it.
    """

    about: str
    tier: Tier
    scale: Literal["ability"]
    model: str
    items: int
    examinees: int
    seeds: tuple[int, ...]
    threshold: float
    worlds: tuple[WorldFigures, ...]


def about(
    source: str, levels: Sequence[LevelCut], threshold: float, conditions: Conditions, engine: str
) -> str:
    """SHA-256 in hexadecimal of everything that figures depend on, besides people and seeds.

    `source` is the SHA-256 (hexadecimal) of the bank or of the file that lists the items; the levels' cuts
    are on the session's scale.
    """
    stated = msgspec.json.encode((source, tuple(levels), threshold, conditions, engine))
    return hashlib.sha256(stated).hexdigest()
