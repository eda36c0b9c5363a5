"""The figures behind the control charts and adverse impact: `python -m bench.fairness` prints them.

The leaked item stands at the cut of the bank in docs/fairness.md (b = .5, a = 1), its takers are N(0, 1) and
answer 26 other items; honest people come first, then a fifth of the takers knows it and is right with .95.
"""

import random
from collections.abc import Iterable, Sequence
from itertools import islice
from math import comb
from operator import mul
from statistics import median
from typing import NamedTuple

from bench.rows import Row, over_seeds
from issuer.fairness.impact import FOUR_FIFTHS, Group, compare
from issuer.fairness.leak import KNOWN, SHARE, WITHIN, Chart, Learned, score_group, step
from issuer.measurement.ability import Evidence, posterior, table
from issuer.measurement.models import probability
from schemas.items import Parameters

TAKERS = 4000
OTHERS = 26
HISTORY = 300
LONGEST = 2000


class Taker(NamedTuple):
    """What one person's other answers say: the chance to be right on merit, expected and true; the group."""

    expected: float
    true: float
    group: int


def takers(item: Parameters, rng: random.Random, n: int = TAKERS) -> list[Taker]:
    """People of N(0, 1) with 26 other items of a ~ LogN(0, .3), b ~ N(0, 1)."""
    others = [Parameters("2pl", rng.lognormvariate(0, 0.3), rng.gauss(0, 1)) for _ in range(OTHERS)]
    chances = table(item)[1]
    found = []
    for _ in range(n):
        theta = rng.gauss(0, 1)
        scores = [int(rng.random() < probability(other, theta)) for other in others]
        held = posterior(map(Evidence, others, scores))
        expected = sum(map(mul, held.weights, chances)) / held.sum
        found.append(Taker(expected, probability(item, theta), score_group(sum(scores), OTHERS)))
    return found


def answers(people: list[Taker], rng: random.Random, *, leaked: bool) -> Iterable[tuple[Taker, bool]]:
    """One response after another, without an end."""
    while True:
        taker = rng.choice(people)
        chance = KNOWN if leaked and rng.random() < SHARE else taker.true
        yield taker, rng.random() < chance


def first_alarm(stream: Iterable[tuple[Taker, bool]], chart: Chart, learned: Learned | None) -> int:
    """How many responses of the stream there are until the alarm; LONGEST where there is none before."""
    for count, (taker, right) in enumerate(islice(stream, LONGEST), 1):
        expected = taker.expected if learned is None else learned.expected(taker.group)
        if expected is not None:
            chart = step(chart, expected, right=right)
        if learned is not None:
            learned = learned.after(taker.group, right=right, settled=chart.sum == 0)
        if chart.alarm:
            return count
    return LONGEST


def honest(
    people: list[Taker], rng: random.Random, n: int, *, calibrated: bool
) -> tuple[Chart, Learned | None]:
    """A chart after `n` honest responses without an alarm."""
    while True:
        chart, learned = Chart(), None if calibrated else Learned()
        for taker, right in islice(answers(people, rng, leaked=False), n):
            expected = taker.expected if learned is None else learned.expected(taker.group)
            if expected is not None:
                chart = step(chart, expected, right=right)
            if learned is not None:
                learned = learned.after(taker.group, right=right, settled=chart.sum == 0)
            if chart.alarm:
                break
        else:
            return chart, learned


def found_after(
    b: float, seed: int, *, runs: int = 200, calibrated: bool = True, n: int = HISTORY, people: int = TAKERS
) -> float:
    """The median number of responses after which a leak is found that began after `n` honest ones."""
    rng = random.Random(seed)  # noqa: S311 - a simulation that repeats
    drawn = takers(Parameters("2pl", 1.0, b), rng, people)
    begun = (honest(drawn, rng, n, calibrated=calibrated) for _ in range(runs))
    return median(first_alarm(answers(drawn, rng, leaked=True), *begin) for begin in begun)


def false_alarms(b: float, seed: int, *, runs: int = 400, calibrated: bool = True) -> float:
    """The share of honest charts that alarm within 1,500 responses."""
    rng = random.Random(seed)  # noqa: S311 - a simulation that repeats
    people = takers(Parameters("2pl", 1.0, b), rng)
    learned = None if calibrated else Learned()
    streams = (islice(answers(people, rng, leaked=False), WITHIN) for _ in range(runs))
    return sum(first_alarm(stream, Chart(), learned) < WITHIN for stream in streams) / runs


def fair_alarms(reference: int = 100, other: int = 30, rate: float = 0.3) -> tuple[float, float]:
    """The exact probabilities that a fair sample alarms: by the ratio alone, and by our finding."""
    alone = ours = 0.0
    for one in range(reference + 1):
        for two in range(other + 1):
            first, second = sorted((Group(reference, one), Group(other, two)), key=lambda g: -g.rate)
            chance = _binomial(one, reference, rate) * _binomial(two, other, rate)
            alone += chance * (first.awarded > 0 and second.rate / first.rate < FOUR_FIFTHS)
            ours += chance * (compare("first", first, "second", second).finding == "impact")
    return alone, ours


def _binomial(k: int, n: int, p: float) -> float:
    return comb(n, k) * p**k * (1 - p) ** (n - k)


def leaks(seeds: Sequence[int], *, runs: int = 200, people: int = TAKERS) -> Row:
    """The median of so many leaks, of an item at the cut; each seed draws other takers around it."""
    found = [found_after(0.5, seed, runs=runs, people=people) for seed in seeds]
    return over_seeds("leak to 20 % of takers found, median responses", found, 150)


def rows(seeds: Sequence[int] = range(1, 6)) -> list[Row]:
    """What the charts and adverse impact promise, measured with fixed seeds."""
    _, ours = fair_alarms()
    return [
        leaks(seeds),
        Row(name="false leak alarms within 1,500 responses", measured=false_alarms(0.5, 2), bar=0.06),
        Row(name="fair 100/30 samples that alarm as adverse impact", measured=ours, bar=0.05),
    ]


def main() -> None:
    for row in rows():
        print(f"{row.name}: {row.measured:.3g} ({'at most' if row.at_most else 'at least'} {row.bar:g})")
    print(f"by the four-fifths ratio alone: {fair_alarms()[0]:.3f}")
    for b in (-1.0, -0.5, 0.0, 0.5, 1.0, 1.5):
        for calibrated in (True, False):
            kind, n = ("calibrated", HISTORY) if calibrated else ("score groups", 500)
            found = found_after(b, 3, calibrated=calibrated, n=n, runs=200)
            false = false_alarms(b, 4, calibrated=calibrated)
            print(f"b {b:+.1f} {kind}: found after {found:.0f}, false alarms {false:.3f}")


if __name__ == "__main__":
    main()
