"""The rule before calibration, by what `assay assessment simulate` runs: `python -m bench.uncalibrated`.

Nobody knows the items yet, so each seed draws a bank: 150 items and up to 80 asked, or 60 items and up to 60.
The cut is .6 of the bank, which is where an ability of .5 stands in such banks.
"""

import sys
from collections.abc import Sequence

from bench.rows import Row, over_seeds, table
from issuer.assessments.record import Level, Plan
from issuer.assessments.simulate import PEOPLE, SEEDS, simulate_uncalibrated

CUT, THRESHOLD, STEP = 0.6, 0.95, 20
SIZES = ((150, 80), (60, 60))
FALSE, MISSED = 0.05, 0.40


def plan(at_most: int) -> Plan:
    return Plan(
        levels=(Level("cut", "Cut", "", CUT),),
        threshold=THRESHOLD,
        items_per_step=STEP,
        items_at_most=at_most,
        assurance="unsupervised",
        permitted_aids="",
    )


def rows(seeds: Sequence[int] = range(1, 1 + SEEDS), people: int = PEOPLE) -> list[Row]:
    """False awards by the worst seed, as the bar is; the others by the mean."""
    found: list[Row] = []
    for items, at_most in SIZES:
        runs = [
            simulate_uncalibrated(plan(at_most), items, people=people, seeds=1, first_seed=one)
            for one in seeds
        ]
        what = f"uncalibrated, {items} items"
        false = over_seeds(
            f"{what}: false among awards", [run.false_among_awards or 0.0 for run in runs], None
        )
        worst = max(run.false_among_awards or 0.0 for run in runs)
        missed = [run.rates[0].qualified_missed or 0.0 for run in runs]
        found += [
            Row(name=f"{what}: false among awards, worst seed", measured=worst, bar=FALSE, seeds=len(runs)),
            false,
            over_seeds(f"{what}: qualified missed", missed, MISSED if items == SIZES[0][0] else None),
            over_seeds(f"{what}: mean items", [run.mean_items for run in runs], None),
        ]
    return found


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS
    print("\n".join(table(rows(range(1, 1 + wanted)))))
