"""Everybody who was not awarded comes back after each cool-down: the false awards of all their epochs.

The rules are those of issuer/measurement/epochs.py: a stricter threshold each time, the last posterior as the
prior, only wider, and no item twice. People who never give up are the worst that can happen to an award.
"""

from typing import NamedTuple

import numpy as np

from issuer.calibration.curves import Flags, Floats
from issuer.measurement import epochs
from issuer.simulation.adaptive import Begin, fresh, take
from issuer.simulation.pool import items_of
from issuer.simulation.run import Trial
from issuer.simulation.sessions import ALL_NODES, REACHED, Look
from issuer.simulation.worlds import WORLDS, draw, later
from schemas.assessment import Prior


class Standing(NamedTuple):
    """After an epoch, of all epochs so far.

    `false` is the share of awards to people who stood below the level's cut just then; `wrongly` the share of
    those who never qualified for the lowest level and were awarded one all the same; `missed` the share of
    those who qualify for it now and have none.
    """

    epoch: int
    awarded: float
    false: float
    wrongly: float
    missed: float


def lifetime(trial: Trial, most: int, seed: int, *, growth: float = 0.0) -> tuple[Standing, ...]:
    """What stands after each of `most` epochs in the true world.

    `growth` is the variance of what people's abilities change by between two epochs: none is the hardest
    case for the rule, whose prior allows for `epochs.GROWTH_VARIANCE`. Awards are of the highest level.
    """
    pool, chance = trial.pool, np.random.default_rng([seed, most])
    cuts = np.array([level.cut for level in trial.levels])
    drawn = draw(WORLDS[0], pool, items_of(pool.parameters), trial.people, chance)
    everybody = fresh(trial.people, len(pool.ids))
    weights, may = everybody.weights.copy(), everybody.may.copy()
    awarded, false = np.zeros(trial.people, dtype=bool), np.zeros(trial.people, dtype=bool)
    qualified = drawn.ability >= cuts[0]
    found: list[Standing] = []
    for epoch in range(1, most + 1):
        who = np.flatnonzero(~awarded)
        begin = Begin(weights[who], may[who])
        threshold = epochs.threshold(trial.threshold, epoch)
        taken = take(pool, drawn.scores[who], trial.conditions, tuple(cuts), threshold, chance, begin)
        may[who], weights[who] = begin.may, priors(taken.pooled)
        reached, wrong = _awards(taken.pooled, drawn.ability[who], cuts)
        awarded[who[reached]], false[who[wrong]] = True, True
        found.append(_standing(epoch, awarded, false, qualified, drawn.ability >= cuts[0]))
        drawn = later(drawn, growth, chance)
        qualified = qualified | (drawn.ability >= cuts[0])
    return tuple(found)


def priors(look: Look) -> Floats:
    """What the next epoch starts from (N, Q): the last posterior's mean and SD, widened."""
    after = [
        epochs.ability_prior(mean, sd)
        for mean, sd in zip(look.estimate.tolist(), look.error.tolist(), strict=True)
    ]
    return np.array([_normal(one) for one in after])


def _normal(prior: Prior) -> Floats:
    density = np.exp(-(((ALL_NODES - prior.mean) / prior.sd) ** 2) / 2)
    weights: Floats = density / density.sum()
    return weights


def _awards(look: Look, ability: Floats, cuts: Floats) -> tuple[Flags, Flags]:
    """Who was awarded a level, and who was awarded one that they stand below."""
    highest = (look.states == REACHED).sum(axis=1) - 1
    reached: Flags = highest >= 0
    wrong: Flags = reached & (ability < cuts[highest])
    return reached, wrong


def _standing(epoch: int, awarded: Flags, false: Flags, ever: Flags, now: Flags) -> Standing:
    return Standing(
        epoch,
        float(awarded.mean()),
        float(false.sum() / max(awarded.sum(), 1)),
        float((awarded & ~ever).sum() / max((~ever).sum(), 1)),
        float((now & ~awarded).sum() / max(now.sum(), 1)),
    )
