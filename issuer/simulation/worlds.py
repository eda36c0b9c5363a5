"""The worlds that an assessment is tried in: how people and answers come about, and what scoring believes.

A world draws N people and all their scores on J items beforehand; who is asked what comes afterwards. So the
engine that is tried sees scores and parameters, and never the truth.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit

from issuer.calibration import em
from issuer.calibration.curves import Flags, Floats, Integers, Items
from issuer.calibration.parameters import Setting, data_of, start
from issuer.calibration.responses import FEWEST
from issuer.simulation.pool import Pool, items_of, parameters_of
from issuer.simulation.sound import WORLDS as SAYS
from schemas.items import Model, Parameters

PLENTY = 5_000
"""Responses from which parameters come out as they are under the model, right or wrong."""

FEWEST_ITEMS_FOR_A_PRIOR = 50
"""From here on the slopes' own distribution is estimated with them, as docs/calibration.md recommends."""


class World(NamedTuple):
    """One deviation from the model, or none.

    `mean` is the population's on the ability scale. With `correlation` every area is a trait of its own, and
    what counts is their mean. With `pairs` neighbouring items of an area share an effect of this SD, drawn
    for each person. With `asymptote` everybody guesses: items without a lower asymptote have this one.
    `responses` says that scoring believes parameters which were calibrated in this very world.
    """

    name: str
    says: str
    mean: float = 0.0
    correlation: float | None = None
    pairs: float = 0.0
    asymptote: float = 0.0
    responses: bool = False


WORLDS = (
    World("true", SAYS["true"]),
    World("estimated", SAYS["estimated"], responses=True),
    World("guessing", SAYS["guessing"], asymptote=0.2),
    World("five traits", SAYS["five traits"], correlation=0.8),
    World("weaker", SAYS["weaker"], mean=-0.7),
    World("stronger", SAYS["stronger"], mean=0.7),
    World("local dependence", SAYS["local dependence"], pairs=0.5),
)


class Drawn(NamedTuple):
    """People in a world: `ability` (N) is what counts, `scores` (N, J) what each would answer to each item.

    `places` (N, J) are the abilities that the items meet. `items` are as they truly are.
    """

    items: Items
    ability: Floats
    places: Floats
    scores: Integers


def truth(world: World, items: Items) -> Items:
    """The items as they are in this world; a graded item has no asymptote."""
    if not world.asymptote:
        return items
    asymptote = np.where(items.thresholds == 1, world.asymptote, 0.0)
    return items._replace(asymptote=asymptote)


def draw(world: World, pool: Pool, items: Items, people: int, chance: np.random.Generator) -> Drawn:
    """People and all their answers; `items` are those of this world (`truth`)."""
    size = len(pool.area)
    if world.correlation is None:
        ability = world.mean + chance.standard_normal(people)
        places = np.repeat(ability[:, None], size, axis=1)
    else:
        areas = len(pool.weights)
        of_item, weights = pool.area, pool.weights / pool.weights.sum()
        if areas == 1:  # a bank without areas: its items belong to five traits in turn
            of_item, weights = np.arange(size) % 5, np.full(5, 0.2)
        shared = np.sqrt(world.correlation) * chance.standard_normal((people, 1))
        own = np.sqrt(1 - world.correlation) * chance.standard_normal((people, len(weights)))
        ability = world.mean + (shared + own) @ weights
        places = world.mean + (shared + own)[:, of_item]
    if world.pairs:
        places = places + world.pairs * chance.standard_normal((people, size))[:, _partners(pool.area)]
    return Drawn(items, ability, places, _scores(items, places, chance))


def later(drawn: Drawn, growth: float, chance: np.random.Generator) -> Drawn:
    """The same people later, each one's ability changed by N(0, growth): all answers anew."""
    learnt = np.sqrt(growth) * chance.standard_normal(len(drawn.ability))
    places = drawn.places + learnt[:, None]
    return Drawn(drawn.items, drawn.ability + learnt, places, _scores(drawn.items, places, chance))


def probabilities(items: Items, places: Floats) -> Floats:
    """The probability of the full score: (N, J)."""
    last = items.intercepts[np.arange(len(items.slope)), items.thresholds - 1]
    found: Floats = items.asymptote + (1 - items.asymptote) * expit(items.slope * places + last)
    return found


def _scores(items: Items, places: Floats, chance: np.random.Generator) -> Integers:
    luck = chance.random(places.shape)
    scores = np.zeros(places.shape, dtype=np.int64)
    for k in range(items.intercepts.shape[1]):
        reached = expit(items.slope * places + items.intercepts[:, k])
        reached = items.asymptote + (1 - items.asymptote) * reached
        scores += (luck < reached) & (k < items.thresholds)
    return scores


def _partners(area: Integers) -> Integers:
    """For each item the first of its pair: the items of an area, two by two in the order of the bank."""
    partner = np.arange(len(area))
    for one in np.unique(area):
        own = np.flatnonzero(area == one)
        partner[own[1::2]] = own[: len(own) // 2 * 2 : 2]
    return partner


def believed(world: World, pool: Pool, chance: np.random.Generator) -> tuple[Flags, tuple[Parameters, ...]]:
    """Which items are asked, and the parameters that scoring believes of them.

    Where they are calibrated, items go that no calibration can take: all answers alike, or a score missing.
    """
    everything = np.ones(len(pool.ids), dtype=bool)
    if not (world.responses or world.asymptote):
        return everything, pool.parameters
    model: Model = "2pl" if world.asymptote and pool.model == "3pl" else pool.model
    people = FEWEST[model] if world.responses else PLENTY
    scores = draw(world, pool, truth(world, items_of(pool.parameters)), people, chance).scores
    thresholds = items_of(pool.parameters).thresholds
    kept = np.ones(len(pool.ids), dtype=bool)
    for k in range(int(thresholds.max()) + 1):
        kept &= (scores == k).any(axis=0) | (k > thresholds)
    data = data_of(scores[:, kept])
    size = int(kept.sum())
    prior = size >= FEWEST_ITEMS_FOR_A_PRIOR and model != "rasch"
    setting = Setting(model, prior, np.zeros(size, dtype=bool))
    ids = tuple(np.array(pool.ids, dtype=object)[kept])
    return kept, parameters_of(model, em.estimate(setting, data, start(setting, data), ids).items)
