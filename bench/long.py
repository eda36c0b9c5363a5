"""The long simulations of `make soak`: seed by seed, so that they can be stopped, and go on where they were.

What each seed came to is kept in docs/soak.json, and the table is made of all of them: means with their
standard errors, and the worst. `python -m bench.soak worlds` runs one of them by name.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from bench import adaptive, dif, fairness, uncalibrated
from bench.rows import Row, over_seeds
from issuer.measurement.epochs import GROWTH_VARIANCE
from issuer.simulation.lifetime import lifetime
from issuer.simulation.limits import PEOPLE
from issuer.simulation.run import Trial
from issuer.simulation.summary import FEWEST_IN_A_BIN
from issuer.simulation.worlds import WORLDS

Figures = dict[str, float]
"""What one seed came to, by name."""

EPOCHS = 4
AT_A_GLANCE = {  # figure of a world, its bar in the true one, whether at most
    "false_among_awards_one_sitting": (0.025, True),
    "false_among_awards_pooled": (0.035, True),
    "qualified_missed": (0.30, True),
    "accuracy": (0.93, False),
    "mean_items": (27.0, True),
    "max_exposure": (0.25, True),
}


class Long(NamedTuple):
    """A simulation: how many seeds, what one of them comes to, and the table of what all came to.

    What begins with `sum ` is added up over the seeds instead of being kept by seed.
    """

    seeds: int
    one: Callable[[int], Figures]
    rows: Callable[[dict[str, list[float]]], list[Row]]


def worlds(seed: int) -> Figures:
    """All worlds, with a bank that this seed draws."""
    return of_one_seed(adaptive.worlds([seed]))


def of_one_seed(simulated: Sequence[adaptive.World]) -> Figures:
    """A seed's worlds in figures; of stated probabilities the sums by tenths."""
    found: Figures = {}
    for world in simulated:
        for figure in AT_A_GLANCE:
            value = getattr(world.together, figure)
            if value is not None:
                found[f"{world.name}: {figure}"] = value
        found[f"{world.name}: stated"] = world.stated[0]
        for tenth, sums in enumerate(world.tenths):
            found |= {
                f"sum {world.name} {tenth} {what}": one
                for what, one in zip(("people", "said", "true"), sums, strict=True)
            }
    return found


def _worlds_table(found: dict[str, list[float]]) -> list[Row]:
    false = "false_among_awards_one_sitting"
    rows = [
        over_seeds(f"{figure.replace('_', ' ')}, true world", found[f"true: {figure}"], bar, at_most=at_most)
        for figure, (bar, at_most) in AT_A_GLANCE.items()
    ]
    rows.append(over_seeds("one sitting's false awards as stated, true world", found["true: stated"], 0.025))
    for world in WORLDS:
        rows.append(
            over_seeds(f"{false.replace('_', ' ')}, {world.name}", found[f"{world.name}: {false}"], 0.045)
        )
        rows.append(_confidence(world.name, found, len(found["true: stated"])))
    return rows


def _confidence(world: str, found: dict[str, list[float]], seeds: int) -> Row:
    """The largest difference in a tenth between what was said and what was true; a bar in the true world."""
    worst, luck = 0.0, 0.0
    for tenth in range(adaptive.TENTHS):
        people, said, true = (found[f"sum {world} {tenth} {what}"][0] for what in ("people", "said", "true"))
        if people >= FEWEST_IN_A_BIN and abs(said - true) / people > worst:
            worst, luck = abs(said - true) / people, (said / people * (1 - said / people) / people) ** 0.5
    bar = 0.05 if world == "true" else None
    return Row(
        name=f"largest error of a stated probability, {world}",
        measured=worst,
        bar=bar,
        seeds=seeds,
        error=luck,
    )


def before_calibration(seed: int, people: int = PEOPLE) -> Figures:
    return {row.name: row.measured for row in uncalibrated.rows([seed], people=people)}


def _before_calibration_table(found: dict[str, list[float]]) -> list[Row]:
    rows = []
    for name, values in found.items():
        if name.endswith("worst seed"):
            rows.append(Row(name=name, measured=max(values), bar=uncalibrated.FALSE, seeds=len(values)))
        else:
            bar = uncalibrated.MISSED if name == "uncalibrated, 150 items: qualified missed" else None
            rows.append(over_seeds(name, values, bar))
    return rows


def differential(seed: int) -> Figures:
    found, clean = dif.flags(seed)
    return {"found": found, "clean": clean}


def _differential_table(found: dict[str, list[float]]) -> list[Row]:
    return [
        over_seeds("DIF found (B or C), shift .75, 500/500 people", found["found"], 0.90, at_most=False),
        over_seeds("DIF, clean items flagged", found["clean"], 0.03),
    ]


def leak(seed: int) -> Figures:
    return {"median": fairness.found_after(0.5, seed)}


def _leak_table(found: dict[str, list[float]]) -> list[Row]:
    return [over_seeds("leak to 20 % of takers found, median responses", found["median"], 150)]


def lifetimes(seed: int, people: int = PEOPLE, epochs: int = EPOCHS) -> Figures:
    """Everybody comes back until they are awarded: people who do not learn, or as the prior allows for."""
    trial = Trial(adaptive.drawn(seed), adaptive.LEVELS, adaptive.THRESHOLD, adaptive.CONDITIONS, people)
    found: Figures = {}
    for kind, growth in (("nobody learns", 0.0), ("abilities change by N(0, .25)", GROWTH_VARIANCE)):
        for one in lifetime(trial, epochs, seed, growth=growth):
            found[f"{kind}, {one.epoch} epochs: false among awards"] = one.false
            found[f"{kind}, {one.epoch} epochs: never qualified, awarded"] = one.wrongly
            found[f"{kind}, {one.epoch} epochs: qualified missed"] = one.missed
    return found


def _told(found: dict[str, list[float]]) -> list[Row]:
    return [over_seeds(name, values, None) for name, values in found.items()]


LONG = {
    "worlds": Long(6, worlds, _worlds_table),
    "uncalibrated": Long(20, before_calibration, _before_calibration_table),
    "differential": Long(1_000, differential, _differential_table),
    "leak": Long(12, leak, _leak_table),
    "lifetimes": Long(6, lifetimes, _told),
}


def add(kept: dict[str, list[float]], seed: Figures) -> None:
    """Take in what one more seed came to."""
    for name, value in seed.items():
        if name.startswith("sum "):
            kept[name] = [round(sum(kept.get(name, ())) + value, 6)]
        else:
            kept.setdefault(name, []).append(round(value, 6))
