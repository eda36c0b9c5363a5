"""Error rates of the uncalibrated rule in a world that is known: what the record states beside the rule.

The world is logistic with a ~ LogN(0, .3), b ~ N(0, 1) and ability ~ N(0, 1): nobody knows the real items
yet, so each seed draws another bank and the worst seed counts. Everybody goes on until the rule ends it.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from functools import cache
from importlib import resources
from itertools import accumulate
from math import exp
from random import Random

import msgspec

from issuer.assessments.record import Plan, SimulatedRates, Simulation
from issuer.measurement import proportion, rule
from schemas.assessment import LevelState

PEOPLE = 5_000
SEEDS = 20
WORLD = "uncalibrated: logistic, a ~ LogN(0, .3), b ~ N(0, 1), ability ~ N(0, 1)"
_ABILITIES = [step / 1000 for step in range(-8000, 8001)]

Bank = list[tuple[float, float]]
States = tuple[LevelState, ...]
Settle = Callable[[States, int, int], States]


def shipped_simulation(plan: Plan, items: int) -> Simulation | None:
    """The rates that were simulated beforehand for exactly this rule and number of items, if any were."""
    rows = resources.files("issuer.assessments").joinpath("simulations.json").read_bytes()
    return msgspec.json.decode(rows, type=dict[str, Simulation]).get(plan_key(plan, items))


def plan_key(plan: Plan, items: int) -> str:
    """What the rates depend on, as one line: items, step, length, threshold, cuts."""
    cuts = " ".join(f"{level.code}={level.cut!r}" for level in plan.levels)
    return f"items={items} step={plan.items_per_step} most={plan.items_at_most} t={plan.threshold!r} {cuts}"


def simulate_uncalibrated(
    plan: Plan, items: int, *, people: int = PEOPLE, seeds: int = SEEDS, first_seed: int = 1
) -> Simulation:
    """Rates for a bank of `items` under the plan, for `people` a seed; the worst seed counts.

    Selection is at random without areas: in this world areas do not differ. About a second for four seeds of
    5,000 people. The figures are rounded to three decimals, the mean number of items to one.
    """
    cuts = [level.cut for level in plan.levels]

    @cache
    def settled(before: States, right: int, asked: int) -> States:
        return rule.settle(
            before,
            lambda place: proportion.probability_at_or_above(cuts[place], right, asked),
            plan.threshold,
        )

    runs = [_run(plan, items, people, settled, Random(first_seed + n)) for n in range(seeds)]  # noqa: S311 - a simulation
    rates = tuple(
        SimulatedRates(level.code, _worst([run[0][n] for run in runs]), _worst([run[1][n] for run in runs]))
        for n, level in enumerate(plan.levels)
    )
    mean = round(sum(run[2] for run in runs) / (people * seeds), 1)
    return Simulation(WORLD, people, seeds, "the worst seed", mean, _worst([run[3] for run in runs]), rates)


def _worst(rates: list[float | None]) -> float | None:
    known = [rate for rate in rates if rate is not None]
    return round(max(known), 3) if known else None


def _run(
    plan: Plan, items: int, people: int, settled: Settle, random: Random
) -> tuple[list[float | None], list[float | None], int, float | None]:
    """By level false share of awards, missed share of the qualified; items asked; false share of all."""
    bank = [(exp(random.gauss(0, 0.3)), random.gauss(0, 1)) for _ in range(items)]
    needed = [_ability_at(bank, level.cut) for level in plan.levels]
    seen: Counter[tuple[str, int]] = Counter()
    asked = 0
    for _ in range(people):
        ability = random.gauss(0, 1)
        reached, length = _take(bank, ability, plan, settled, random)
        asked += length
        for n, at in enumerate(needed):
            seen["awards", n] += reached == n
            seen["false", n] += reached == n and ability < at
            seen["qualified", n] += ability >= at
            seen["missed", n] += ability >= at and reached < n
    levels = range(len(plan.levels))
    return (
        [_share(seen["false", n], seen["awards", n]) for n in levels],
        [_share(seen["missed", n], seen["qualified", n]) for n in levels],
        asked,
        _share(sum(seen["false", n] for n in levels), sum(seen["awards", n] for n in levels)),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _take(bank: Bank, ability: float, plan: Plan, settled: Settle, random: Random) -> tuple[int, int]:
    """One person's way: the index of the level awarded (-1 for none) and the number of items asked."""
    order = random.sample(bank, len(bank))
    right = list(accumulate(random.random() < 1 / (1 + exp(a * (b - ability))) for a, b in order))
    asked, at_most = 0, min(plan.items_at_most, len(bank))
    states: States = tuple("undecided" for _ in plan.levels)
    while "undecided" in states and asked < at_most:
        asked = min(asked + plan.items_per_step, at_most)
        states = settled(states, right[asked - 1], asked)
    return states.count("reached") - 1, asked


def _ability_at(bank: Bank, cut: float) -> float:
    """The ability at which the expected proportion of the bank reaches the cut: the curve rises."""
    at = bisect_left(
        _ABILITIES, cut, key=lambda x: sum(1 / (1 + exp(a * (b - x))) for a, b in bank) / len(bank)
    )
    return _ABILITIES[min(at, len(_ABILITIES) - 1)]
