"""Whether figures can have come out of a simulation: what they say of the same people must agree. Pure.

It finds figures that were mixed up, cut off or written by hand without care. Whoever runs the simulation
again, with the seeds that the record names, finds the others.
"""

from collections.abc import Iterator

from issuer.simulation.figures import Figures, WorldFigures

WORLDS = {
    "true": "the items are as their parameters say, and the population as the prior",
    "estimated": "the parameters come from the fewest responses that the tier allows",
    "guessing": "a fifth of those who do not know guess right; no model of it",
    "five traits": "each area is a trait of its own, correlated .8",
    "weaker": "the population's mean is -.7",
    "stronger": "the population's mean is +.7",
    "local dependence": "neighbouring items share an effect, N(0, .5)",
}
"""The worlds in their order, and what each is."""
FEWEST_IN_A_BIN = 200
ROUNDED = 1e-4
"""Figures have four decimals."""


def doubts(figures: Figures) -> Iterator[str]:
    """Sentences about what cannot be, the first world first; none where the figures agree."""
    people = figures.examinees * len(figures.seeds)
    for world in figures.worlds:
        if not _counted(world, people):
            yield f"In the world {world.name!r}, they are not of {people:,} people."
        elif not _shares(world):
            yield f"In the world {world.name!r}, a share is not between 0 and 1."
        elif not _agreeing(world):
            yield f"In the world {world.name!r}, its figures contradict each other."


def _counted(world: WorldFigures, people: int) -> bool:
    said = [one.people for one in world.confidence_bins]
    able = [one.people for one in world.error_by_ability]
    return sum(said) == people * len(world.levels) and sum(able) == people and min(*said, *able) > 0


def _shares(world: WorldFigures) -> bool:
    shares = (
        world.accuracy,
        world.false_among_awards_one_sitting,
        world.false_among_awards_pooled,
        world.qualified_missed,
        world.max_exposure,
        world.max_exposure_pooled,
        world.awarded,
        world.confidence,
        *(one for level in world.levels for one in (level.accuracy, level.false_among_awards)),
        *(one for found in world.confidence_bins for one in (found.said, found.true)),
    )
    return all(one is None or 0 <= one <= 1 for one in shares)


def _agreeing(world: WorldFigures) -> bool:
    """Whether each figure is what it is made of, and no mean is worse than the worst seed."""
    off = [abs(one.said - one.true) for one in world.confidence_bins if one.people >= FEWEST_IN_A_BIN]
    worst = world.worst
    bounds = (
        (world.false_among_awards_one_sitting, worst.false_among_awards_one_sitting),
        (world.false_among_awards_pooled, worst.false_among_awards_pooled),
        (world.qualified_missed, worst.qualified_missed),
        (world.mean_items, worst.mean_items),
        (world.max_exposure, worst.max_exposure),
        (worst.accuracy, world.accuracy),
        (world.mean_items, world.mean_items_pooled),
    )
    either = (world.false_among_awards_one_sitting, world.false_among_awards_pooled)
    worse = (worst.false_among_awards_one_sitting, worst.false_among_awards_pooled)
    return (
        bool(world.levels)
        and world.false_among_awards == _worse(either)
        and worst.false_among_awards == _worse(worse)
        and world.qualified_missed == world.levels[0].qualified_missed
        and world.accuracy == min(level.accuracy for level in world.levels)
        and abs(world.confidence - max(off, default=0.0)) <= 2 * ROUNDED
        and all(_at_most(one, bound) for one, bound in bounds)
    )


def _worse(shares: tuple[float | None, ...]) -> float | None:
    return max((one for one in shares if one is not None), default=None)


def _at_most(one: float | None, bound: float | None) -> bool:
    if one is None or bound is None:
        return one is bound
    return one <= bound + ROUNDED
