"""Run a simulation: every world and seed, by the engine's own rules, on as many cores as there are."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context
from os import cpu_count
from typing import NamedTuple

import numpy as np

from issuer.measurement.ability import LARGEST_CUT
from issuer.simulation.adaptive import take
from issuer.simulation.figures import Figures, about
from issuer.simulation.limits import MOST_SEEDS, PEOPLE, check_people
from issuer.simulation.pool import Pool, items_of
from issuer.simulation.refused import SimulationRefused
from issuer.simulation.summary import Run, summary
from issuer.simulation.worlds import WORLDS, believed, draw, truth
from schemas.assessment import TIERS, Conditions, LevelCut


class Trial(NamedTuple):
    """What is simulated: items, levels with their cuts on ability, the threshold, and the conditions.

    `source` is the SHA-256 (hexadecimal) of the bank or file of the items, for the figures to name.
    """

    pool: Pool
    levels: tuple[LevelCut, ...]
    threshold: float
    conditions: Conditions
    people: int = PEOPLE
    source: str = ""


Task = tuple[Trial, int, int]
"""What is simulated, the place of its world in WORLDS, and a seed."""


def simulate(trial: Trial, seeds: Sequence[int], *, engine: str, processes: int | None = None) -> Figures:
    """The figures of all worlds, the true one first, over the seeds; `engine` is the engine's version.

    With `processes` 1 everything runs in this one. Raises SimulationRefused.
    """
    check(trial, seeds)
    runs = play([(trial, at, seed) for at, seed in product(range(len(WORLDS)), seeds)], processes)
    n = len(seeds)
    worlds = tuple(summary(world, trial.levels, runs[at * n : at * n + n]) for at, world in enumerate(WORLDS))
    return Figures(
        about=about(trial.source, trial.levels, trial.threshold, trial.conditions, engine),
        tier=TIERS[trial.pool.model],
        scale="ability",
        model=trial.pool.model,
        items=len(trial.pool.ids),
        examinees=trial.people,
        seeds=tuple(seeds),
        threshold=trial.threshold,
        worlds=worlds,
    )


def play(tasks: Sequence[Task], processes: int | None = None) -> list[Run]:
    """One run for each task, in their order, on so many cores (all of them, where nothing is said)."""
    wanted = min(processes or cpu_count() or 1, len(tasks))
    if wanted == 1:
        return [_run(task) for task in tasks]
    with ProcessPoolExecutor(wanted, mp_context=get_context("spawn")) as workers:
        return list(workers.map(_run, tasks))


def check(trial: Trial, seeds: Sequence[int]) -> None:
    """Raise SimulationRefused for what cannot be simulated: simulation.people, .seeds, .cut, .items."""
    check_people(trial.people)
    if not 1 <= len(seeds) <= MOST_SEEDS:
        raise SimulationRefused("simulation.seeds", f"Simulate 1 to {MOST_SEEDS} seeds.")
    for level in trial.levels:
        if not -LARGEST_CUT < level.cut < LARGEST_CUT:
            raise SimulationRefused(
                "simulation.cut",
                f"The cut {level.cut:g} lies outside the scale, -{LARGEST_CUT:g} to {LARGEST_CUT:g}.",
            )
    conditions, size = trial.conditions, len(trial.pool.ids)
    if size < conditions.items_at_least:
        raise SimulationRefused(
            "simulation.items",
            f"A session asks at least {conditions.items_at_least} items, and there are {size}.",
        )


def _run(task: Task) -> Run:
    trial, at, seed = task
    world, chance = WORLDS[at], np.random.default_rng([seed, at])
    kept, parameters = believed(world, trial.pool, chance)
    drawn = draw(world, trial.pool, truth(world, items_of(trial.pool.parameters)), trial.people, chance)
    cuts = tuple(level.cut for level in trial.levels)
    asked = trial.pool.only(kept, parameters)
    taken = take(asked, drawn.scores[:, kept], trial.conditions, cuts, trial.threshold, chance)
    return Run(drawn.ability, taken)
