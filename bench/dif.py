"""Differential item functioning where it is known: `python -m bench.dif [SAMPLES]`.

500 and 500 people answer 40 2PL items (a ~ LogN(0, .3), b ~ N(0, 1), ability ~ N(0, 1) in both groups); of
four items b is .75 higher for the second group. So D is -1.76 a: where a is below .57 the item is of class A
even if it is measured without error. Told besides: the same with log odds .75 lower, whatever a is.
"""

import sys
from collections.abc import Sequence

import numpy as np

from bench.rows import Row, over_seeds, table
from issuer.calibration.calibrate import calibrate
from issuer.calibration.dif import dif
from issuer.calibration.responses import matrix

ITEMS, SHIFTED, A_GROUP, SHIFT = 40, 4, 500, 0.75
SAMPLES = 400
TOLD = 4
"""One sample in so many is answered once more, with log odds that are shifted instead of b."""


def flags(seed: int, *, of_log_odds: bool = False) -> tuple[float, float]:
    """One sample: the share of the shifted items that are found, and of the others that are flagged."""
    chance = np.random.default_rng(seed)
    a, b = np.exp(0.3 * chance.standard_normal(ITEMS)), chance.standard_normal(ITEMS)
    focal = np.arange(2 * A_GROUP) >= A_GROUP
    theta = chance.standard_normal(2 * A_GROUP)
    shift = SHIFT / a if of_log_odds else SHIFT
    harder = shift * focal[:, None] * (np.arange(ITEMS) < SHIFTED)
    right = chance.random((len(theta), ITEMS)) < 1 / (1 + np.exp(-a * (theta[:, None] - b - harder)))
    people = [f"p{n}" for n in range(len(theta))]
    found = calibrate(matrix(people, [f"i{n}" for n in range(ITEMS)], right.astype(np.int64)), "2pl")
    acts = np.array([one.acts for one in dif(found, {"reference": ~focal, "focal": focal})])
    return float(acts[:SHIFTED].mean()), float(acts[SHIFTED:].mean())


def rows(seeds: Sequence[int] = range(1, 1 + SAMPLES)) -> list[Row]:
    found, clean = zip(*map(flags, seeds), strict=True)
    of_log_odds = [flags(seed, of_log_odds=True)[0] for seed in seeds[::TOLD]]
    return [
        over_seeds("DIF found (B or C), shift .75, 500/500 people", found, 0.90, at_most=False),
        over_seeds("DIF, clean items flagged", clean, 0.03),
        over_seeds("DIF found, log odds shifted by .75", of_log_odds, None, at_most=False),
    ]


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES
    print("\n".join(table(rows(range(1, 1 + wanted)))))
