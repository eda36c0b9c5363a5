"""From simulated sessions to figures: one world, all its seeds."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple, SupportsFloat

import numpy as np

from issuer.calibration.curves import Flags, Floats, Integers
from issuer.simulation.figures import Band, ConfidenceBin, Extremes, LevelFigures, WorldFigures
from issuer.simulation.sessions import REACHED, Look, Taken
from issuer.simulation.worlds import World
from schemas.assessment import LevelCut

FEWEST_IN_A_BIN = 200
DECIMALS = 4
_TENTHS = np.linspace(0, 1, 11)
_ABILITIES = np.array([-np.inf, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, np.inf])


class Run(NamedTuple):
    """One seed: what each of N people is (`ability`), and what they took."""

    ability: Floats
    taken: Taken


class _Counts(NamedTuple):
    """Of one look at one seed or several: awards by level, false ones by level."""

    awards: Integers
    false: Integers

    @property
    def share(self) -> float | None:
        return _share(self.false.sum(), self.awards.sum())


def summary(world: World, levels: Sequence[LevelCut], runs: Sequence[Run]) -> WorldFigures:
    """The figures of a world; `runs` has one entry for each seed."""
    cuts = np.array([level.cut for level in levels])
    qualified = [run.ability[:, None] >= cuts for run in runs]
    sitting = [_counts(run.taken.sitting, able) for run, able in zip(runs, qualified, strict=True)]
    pooled = [_counts(run.taken.pooled, able) for run, able in zip(runs, qualified, strict=True)]
    everybody = np.concatenate(qualified)
    missed = [_missed(run.taken.pooled, able) for run, able in zip(runs, qualified, strict=True)]
    right = [_right(run.taken.sitting, able) for run, able in zip(runs, qualified, strict=True)]
    one, all_of_it = _together(sitting), _together(pooled)
    ended = np.concatenate([run.taken.pooled.states for run in runs])
    bins = _confidence(np.concatenate([run.taken.sitting.probability for run in runs]), everybody)
    accuracies = np.concatenate(right).mean(axis=0)
    of_levels = tuple(
        LevelFigures(
            level.code,
            level.cut,
            _rounded(accuracies[n]),
            _worse(_share(one.false[n], one.awards[n]), _share(all_of_it.false[n], all_of_it.awards[n])),
            _share((everybody[:, n] & (ended[:, n] != REACHED)).sum(), everybody[:, n].sum()),
        )
        for n, level in enumerate(levels)
    )
    return WorldFigures(
        name=world.name,
        says=world.says,
        accuracy=_rounded(accuracies.min()),
        false_among_awards=_worse(one.share, all_of_it.share),
        qualified_missed=of_levels[0].qualified_missed,
        mean_items=_rounded(np.mean([run.taken.sitting.asked.mean() for run in runs])),
        max_exposure=_rounded(np.mean([_exposure(run.taken.sitting) for run in runs])),
        false_among_awards_one_sitting=one.share,
        false_among_awards_pooled=all_of_it.share,
        mean_items_pooled=_rounded(np.mean([run.taken.pooled.asked.mean() for run in runs])),
        max_exposure_pooled=_rounded(np.mean([_exposure(run.taken.pooled) for run in runs])),
        awarded=_rounded((ended == REACHED).any(axis=1).mean()),
        confidence=_off(bins),
        levels=of_levels,
        worst=Extremes(
            accuracy=_rounded(min(one.mean(axis=0).min() for one in right)),
            false_among_awards=_worse(*(counts.share for counts in (*sitting, *pooled))),
            false_among_awards_one_sitting=_worse(*(counts.share for counts in sitting)),
            false_among_awards_pooled=_worse(*(counts.share for counts in pooled)),
            qualified_missed=_worse(*missed),
            mean_items=_rounded(max(run.taken.sitting.asked.mean() for run in runs)),
            max_exposure=_rounded(max(_exposure(run.taken.sitting) for run in runs)),
        ),
        confidence_bins=bins,
        error_by_ability=_bands(runs),
    )


def _counts(look: Look, qualified: Flags) -> _Counts:
    """Awards are of the highest level reached."""
    levels = qualified.shape[1]
    highest = (look.states == REACHED).sum(axis=1) - 1
    awarded = highest[:, None] == np.arange(levels)
    return _Counts(awarded.sum(axis=0), (awarded & ~qualified).sum(axis=0))


def _together(counts: Sequence[_Counts]) -> _Counts:
    return _Counts(
        np.sum([one.awards for one in counts], axis=0), np.sum([one.false for one in counts], axis=0)
    )


def _missed(look: Look, qualified: Flags) -> float | None:
    """The share of those who qualify for the lowest level and end without it."""
    able = qualified[:, 0]
    return _share((able & (look.states[:, 0] != REACHED)).sum(), able.sum())


def _right(look: Look, qualified: Flags) -> Flags:
    right: Flags = (look.probability >= 0.5) == qualified  # noqa: PLR2004 - which side is likelier
    return right


def _exposure(look: Look) -> float:
    """The largest share of people who met an item."""
    return float(look.met.max() / len(look.asked))


def _confidence(said: Floats, qualified: Flags) -> tuple[ConfidenceBin, ...]:
    """Tenths of probability, each joined to the next until it holds enough people to say something."""
    found: list[ConfidenceBin] = []
    low = 0.0
    kept = np.zeros(said.shape, dtype=bool)
    for n, high in enumerate(_TENTHS[1:]):
        kept |= (said >= _TENTHS[n]) & ((said < high) | (n == len(_TENTHS) - 2))
        if kept.sum() >= FEWEST_IN_A_BIN or n == len(_TENTHS) - 2:
            if kept.any():
                found.append(_bin(low, float(high), said[kept], qualified[kept]))
            low, kept = float(high), np.zeros(said.shape, dtype=bool)
    return tuple(found)


def _off(bins: Sequence[ConfidenceBin]) -> float:
    """The largest difference between what was said and what was true, where there are people enough."""
    found = (abs(one.said - one.true) for one in bins if one.people >= FEWEST_IN_A_BIN)
    return _rounded(max(found, default=0.0))


def _bin(low: float, high: float, said: Floats, qualified: Flags) -> ConfidenceBin:
    return ConfidenceBin(
        _rounded(low), _rounded(high), len(said), _rounded(said.mean()), _rounded(qualified.mean())
    )


def _bands(runs: Sequence[Run]) -> tuple[Band, ...]:
    ability = np.concatenate([run.ability for run in runs])
    sittings = [run.taken.sitting for run in runs]
    estimate, error, items = (
        np.concatenate([getattr(look, name) for look in sittings]) for name in ("estimate", "error", "asked")
    )
    awarded = np.concatenate([(run.taken.pooled.states == REACHED).any(axis=1) for run in runs])
    found = []
    for low, high in pairwise(_ABILITIES):
        own = (ability >= low) & (ability < high)
        if own.any():
            off = estimate[own] - ability[own]
            found.append(
                Band(
                    float(low) if np.isfinite(low) else None,
                    float(high) if np.isfinite(high) else None,
                    int(own.sum()),
                    _rounded(off.mean()),
                    _rounded(np.sqrt((off**2).mean())),
                    _rounded(error[own].mean()),
                    _rounded(awarded[own].mean()),
                    _rounded(items[own].mean()),
                )
            )
    return tuple(found)


def _share(part: np.int64, whole: np.int64) -> float | None:
    return _rounded(part / whole) if whole else None


def _worse(*shares: float | None) -> float | None:
    return max((share for share in shares if share is not None), default=None)


def _rounded(number: SupportsFloat) -> float:
    return round(float(number), DECIMALS)
