"""Differential item functioning where it is known: `python -m bench.dif [TIMES]`.

500 and 500 people answer 40 2PL items (a ~ LogN(0, .3), b ~ N(0, 1), ability ~ N(0, 1) in both groups); four
items are harder for the second group by .75 logit.
"""

import sys

import numpy as np

from bench.rows import Row
from issuer.calibration.calibrate import calibrate
from issuer.calibration.dif import dif
from issuer.calibration.responses import matrix

ITEMS, SHIFTED, A_GROUP, SHIFT = 40, 4, 500, 0.75


def rows(times: int = 25, seed: int = 1) -> list[Row]:
    chance = np.random.default_rng(seed)
    flags = []
    for _ in range(times):
        a, b = np.exp(0.3 * chance.standard_normal(ITEMS)), chance.standard_normal(ITEMS)
        focal = np.arange(2 * A_GROUP) >= A_GROUP
        theta = chance.standard_normal(2 * A_GROUP)
        harder = SHIFT * focal[:, None] * (np.arange(ITEMS) < SHIFTED)
        right = chance.random((len(theta), ITEMS)) < 1 / (1 + np.exp(-a * (theta[:, None] - b - harder)))
        people = [f"p{n}" for n in range(len(theta))]
        found = calibrate(matrix(people, [f"i{n}" for n in range(ITEMS)], right.astype(np.int64)), "2pl")
        flags.append([one.acts for one in dif(found, {"reference": ~focal, "focal": focal})])
    flagged = np.array(flags)
    return [
        Row("DIF found (B or C), shift .75", float(flagged[:, :SHIFTED].mean()), 0.90, at_most=False),
        Row("DIF, clean items flagged", float(flagged[:, SHIFTED:].mean()), 0.03),
    ]


if __name__ == "__main__":
    for row in rows(*(int(word) for word in sys.argv[1:2])):
        print(f"{'kept' if row.kept else 'MISSED':7}{row.name:42}{row.measured:8.4f}  bar {row.bar}")
