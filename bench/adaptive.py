"""Adaptive assessments in seven worlds, by what `assay assessment simulate` runs: `python -m bench.adaptive`.

The bank of the table: 300 2PL items, a ~ LogN(0, .3), b ~ N(0, 1), five areas, cut .5, ability ~ N(0, 1), 15
to 60 items in one sitting, 80 in all. Each seed draws a bank of its own, so that no bar rests on one bank's
luck. The bank called SYNTHETIC, which ships, stands beside it: one bank, each seed draws other people.
"""

import sys
from collections.abc import Callable, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from bench.rows import Row, over_seeds, table
from issuer.assessments.bank import read_bank, shipped
from issuer.simulation.figures import ConfidenceBin, WorldFigures
from issuer.simulation.limits import PEOPLE
from issuer.simulation.pool import Pool, pool_from, pool_of
from issuer.simulation.run import Trial, check, play
from issuer.simulation.sessions import REACHED
from issuer.simulation.summary import FEWEST_IN_A_BIN, Run, summary
from issuer.simulation.worlds import WORLDS
from schemas.assessment import Conditions, LevelCut
from schemas.items import Parameters

ITEMS, AREAS, CUT, THRESHOLD, CAP = 300, 5, 0.5, 0.95, 0.25
SEEDS = 10
TENTHS = 10
LEVELS = (LevelCut("cut", CUT),)
CONDITIONS = Conditions(permitted_aids="", delivery="adaptive", exposure_cap=CAP)


class World(NamedTuple):
    """A world's figures: of each seed, of all of them together, and what the sessions themselves stated.

    `stated` is by seed (`stated`), `tenths` over all of them (`tenths`).
    """

    name: str
    seeds: tuple[WorldFigures, ...]
    together: WorldFigures
    stated: tuple[float, ...]
    tenths: tuple[tuple[float, float, float], ...]


def drawn(seed: int, items: int = ITEMS) -> Pool:
    """The items of a seed: other ones than those of any other seed, and than the people's luck."""
    chance = np.random.default_rng([seed, ITEMS])
    a, b = np.exp(0.3 * chance.standard_normal(items)), chance.standard_normal(items)
    own = [Parameters("2pl", float(slope), float(place)) for slope, place in zip(a, b, strict=True)]
    return pool_from([f"i{n}" for n in range(items)], [f"area{n % AREAS}" for n in range(items)], own)


def synthetic(_seed: int) -> Pool:
    """The shipped bank, whatever the seed."""
    return pool_of(read_bank(shipped("synthetic")))


def worlds(
    seeds: Sequence[int],
    pool: Callable[[int], Pool] = drawn,
    people: int = PEOPLE,
    processes: int | None = None,
) -> tuple[World, ...]:
    """Every world with the bank of each seed, the true one first."""
    trials = {seed: Trial(pool(seed), LEVELS, THRESHOLD, CONDITIONS, people) for seed in seeds}
    for trial in trials.values():
        check(trial, seeds)
    runs = play([(trials[seed], at, seed) for at, seed in product(range(len(WORLDS)), seeds)], processes)
    n = len(seeds)
    return tuple(_world(at, runs[at * n : at * n + n]) for at in range(len(WORLDS)))


def _world(at: int, runs: Sequence[Run]) -> World:
    own = tuple(summary(WORLDS[at], LEVELS, [run]) for run in runs)
    together = summary(WORLDS[at], LEVELS, runs)
    return World(WORLDS[at].name, own, together, tuple(map(stated, runs)), tenths(runs))


def tenths(runs: Sequence[Run]) -> tuple[tuple[float, float, float], ...]:
    """By tenths of the probability that one sitting states: people, sums of what was said and was true."""
    said = np.concatenate([run.taken.sitting.probability[:, 0] for run in runs])
    true = np.concatenate([run.ability >= CUT for run in runs])
    place = np.minimum((said * TENTHS).astype(int), TENTHS - 1)
    sums = [np.bincount(place, weights, TENTHS) for weights in (np.ones(len(said)), said, true.astype(float))]
    return tuple(zip(*(one.tolist() for one in sums), strict=True))


def stated(run: Run) -> float:
    """What one sitting's awards themselves expect to be false: the mean of 1 - P over them.

    In the true world the share of false awards comes to this, and this varies far less from seed to seed.
    """
    sitting = run.taken.sitting
    return float((1 - sitting.probability[sitting.states == REACHED]).mean())


def rows(found: Sequence[World]) -> list[Row]:
    """The bars of the table; `found` has the true world first."""
    true = found[0]
    return [
        _row("false among awards, one sitting, true world", true, "false_among_awards_one_sitting", 0.025),
        over_seeds("the same, as the sessions state it (mean of 1 - P)", true.stated, 0.025),
        _row("false among awards, pooled to 80, true world", true, "false_among_awards_pooled", 0.035),
        _worst_world(found),
        _row("qualified missed, pooled to 80, true world", true, "qualified_missed", 0.30),
        _confidence(true, 0.05),
        _row("accuracy at the cut, one sitting", true, "accuracy", 0.93, at_most=False),
        _row("mean items, one sitting", true, "mean_items", 27),
        _row("largest exposure of an item, one sitting", true, "max_exposure", 0.25),
    ]


def told(found: Sequence[World]) -> list[Row]:
    """What happens in the other worlds, which have no bar of their own."""
    false = "false_among_awards_one_sitting"
    return [
        *(_row(f"false among awards, one sitting, {world.name}", world, false, None) for world in found[1:]),
        *(_confidence(world, None) for world in found[1:]),
    ]


def _worst_world(found: Sequence[World]) -> Row:
    false = "false_among_awards_one_sitting"
    of_all = [_row(world.name, world, false, 0.045) for world in found]
    worst = max(of_all, key=lambda row: row.measured)
    name = f"false among awards, one sitting, worst world ({worst.name})"
    return replace(worst, name=name)


def _row(name: str, world: World, figure: str, bar: float | None, *, at_most: bool = True) -> Row:
    of_seeds = [getattr(one, figure) for one in world.seeds]
    return over_seeds(name, [one for one in of_seeds if one is not None], bar, at_most=at_most)


def _confidence(world: World, bar: float | None) -> Row:
    """Bins over all seeds together: one seed's bins of 200 people are off by .05 for luck alone."""
    name = f"largest error of a stated probability, {world.name}"
    bins = [one for one in world.together.confidence_bins if one.people >= FEWEST_IN_A_BIN]
    worst = max(bins, key=lambda one: abs(one.said - one.true))
    return Row(
        name=name,
        measured=world.together.confidence,
        bar=bar,
        seeds=len(world.seeds),
        error=_luck(worst),
    )


def _luck(one: ConfidenceBin) -> float:
    """The standard error of a share of people."""
    return float((one.said * (1 - one.said) / one.people) ** 0.5)


def main() -> None:
    seeds = range(1, 1 + (int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS))
    found = worlds(seeds)
    print("\n".join(table([*rows(found), *told(found)])), flush=True)


if __name__ == "__main__":
    main()
