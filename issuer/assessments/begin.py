"""The first event of a session: everything that a replay needs besides the bank and the answers. Pure."""

from functools import lru_cache

from msgspec import Struct

from issuer.assessments.scoring import ENGINE_VERSION
from issuer.measurement.characteristic import ability_at, expected_proportion, slope
from issuer.skills.store import Achievement, Level
from schemas.assessment import Bank, Conditions, Decision, LevelCut, Prior, Scale, Started
from schemas.items import Parameters
from schemas.standard import SetLevel


class Origin(Struct, frozen=True):
    """What an epoch starts from: its number, its threshold, its prior, and the items that are not asked."""

    epoch: int
    threshold: float
    prior: Prior = Prior()
    excluded: tuple[str, ...] = ()


def scale_of(bank: Bank) -> Scale:
    """Abilities need items that are calibrated; before that, the share of right answers has to do."""
    return "proportion" if bank.tier == "uncalibrated" else "ability"


def cuts(bank: Bank, levels: tuple[Level, ...]) -> tuple[LevelCut, ...]:
    """The levels' cuts on the scale of the bank's sessions.

    A level states its cut as the proportion of the bank answered right, which people can read; on the
    ability scale it lies where the test characteristic curve of the live items reaches that proportion.
    Raises ValueError for one that nobody on the scale is expected to reach.
    """
    stated = tuple(LevelCut(level.code, level.cut) for level in levels)
    if scale_of(bank) == "proportion":
        return stated
    return tuple(LevelCut(level.code, _ability_at(_live(bank), level.cut)) for level in stated)


def stated_cut(bank: Bank, level: SetLevel) -> float:
    """A panel's cut as the proportion of the bank answered right, whichever scale it was set on."""
    if level.scale == "proportion":
        return level.cut
    return expected_proportion(_live(bank), level.cut) if level.proportion is None else level.proportion


def on_proportion(bank: Bank, started: Started, decision: Decision) -> tuple[float, float]:
    """A decision's score and standard error as proportions of the live items answered right: for people."""
    if started.scale == "proportion":
        return decision.score, decision.standard_error
    live = _live(bank)
    return expected_proportion(live, decision.score), decision.standard_error * slope(live, decision.score)


def _live(bank: Bank) -> tuple[Parameters, ...]:
    return tuple(item.parameters for item in bank.items if item.state == "live" and item.parameters)


def first_event(
    bank: Bank,
    bank_digest: str,
    achievement: Achievement,
    conditions: Conditions,
    seed: str,
    *,
    origin: Origin,
    time_multiplier: float = 1.0,
    language: str | None = None,
) -> Started:
    """The body of `started`; `seed` is 32 random bytes in hexadecimal; `language`: `languages.chosen`."""
    adaptive, timed = conditions.delivery == "adaptive", conditions.minutes_per_step is not None
    return Started(
        engine=ENGINE_VERSION,
        bank_digest=bank_digest,
        seed=seed,
        levels=cuts(bank, achievement.levels),
        threshold=origin.threshold,
        items_per_step=conditions.items_per_step,
        items_at_most=conditions.items_at_most,
        delivery=conditions.delivery,
        scale=scale_of(bank),
        items_at_first=conditions.items_at_first if adaptive else 0,
        items_at_least=conditions.items_at_least if adaptive else 0,
        pilots_per_step=conditions.pilots_per_step,
        tasks=conditions.tasks,
        epoch=origin.epoch,
        prior=origin.prior,
        excluded=origin.excluded,
        minutes_per_step=conditions.minutes_per_step,
        time_multiplier=time_multiplier if timed else 1.0,
        pauses=conditions.pauses if timed else 0,
        language=language,
    )


# A bank never changes, and each of its sessions begins with the same cuts.
_ability_at = lru_cache(maxsize=64)(ability_at)
