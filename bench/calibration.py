"""Calibration against published values and a known truth: `python -m bench.calibration [SEED]`."""

import sys
import time

import numpy as np

from bench.rows import Row
from issuer.calibration.curves import Integers
from issuer.calibration.em import Fitted, estimate
from issuer.calibration.parameters import Setting, data_of, start

# Bock and Lieberman (1970): people with each pattern 00000, 00001, … 11111, item 1 first, 1 = right.
LSAT6 = "3 6 2 11 1 1 3 4 1 8 0 16 0 3 2 15 10 29 14 81 3 28 15 80 16 56 21 173 11 61 28 298"
LSAT7 = "12 19 1 7 3 19 3 17 10 5 3 7 7 23 8 28 7 39 11 34 14 51 15 90 6 25 7 35 18 136 32 308"
# As ltm (a, b) and mirt (a, d) print them.
LSAT6_A, LSAT6_B = (0.8254, 0.7229, 0.8905, 0.6886, 0.6575), (-3.3597, -1.3696, -0.2799, -1.8659, -3.1236)
LSAT7_A, LSAT7_D = (0.988, 1.081, 1.706, 0.765, 0.736), (1.856, 0.808, 1.804, 0.486, 1.855)
PEOPLE, ITEMS = 2_000, 300


def fit(scores: Integers, *, prior: bool = False) -> Fitted:
    size = scores.shape[1]
    setting, data = Setting("2pl", prior, np.zeros(size, dtype=bool)), data_of(scores)
    return estimate(setting, data, start(setting, data), tuple(f"i{n}" for n in range(size)))


def people(counts: str) -> Integers:
    patterns = [[int(digit) for digit in f"{n:05b}"] for n in range(32)]
    return np.repeat(np.array(patterns), [int(count) for count in counts.split()], axis=0)


def rows(seed: int = 1) -> list[Row]:
    six, seven = fit(people(LSAT6)), fit(people(LSAT7))
    off = [
        np.abs(six.items.slope - LSAT6_A).max(),
        np.abs(six.items.difficulties[:, 0] - LSAT6_B).max(),
        np.abs(seven.items.slope - LSAT7_A).max(),
        np.abs(seven.items.intercepts[:, 0] - LSAT7_D).max(),
    ]
    likelihoods = abs(six.log_likelihood + 2466.653), abs(seven.log_likelihood + 2658.805)
    chance = np.random.default_rng(seed)
    a, b = np.exp(0.3 * chance.standard_normal(ITEMS)), chance.standard_normal(ITEMS)
    theta = chance.standard_normal(PEOPLE)
    right = chance.random((PEOPLE, ITEMS)) < 1 / (1 + np.exp(-a * (theta[:, None] - b)))
    begun = time.perf_counter()
    found = fit(right.astype(np.int64), prior=True)
    seconds = time.perf_counter() - begun
    return [
        Row("LSAT6 and LSAT7, largest difference", float(max(off)), 0.003),
        Row("LSAT6 and LSAT7, log-likelihood", max(likelihoods), 0.001),
        Row("calibration of 2,000 x 300, seconds", seconds, 2),
        Row("calibration of 2,000 x 300, RMSE a", _off(found.items.slope - a), 0.08),
        Row("calibration of 2,000 x 300, RMSE b", _off(found.items.difficulties[:, 0] - b), 0.10),
    ]


def _off(differences: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> float:
    return float(np.sqrt(np.mean(differences**2)))


if __name__ == "__main__":
    for row in rows(*(int(word) for word in sys.argv[1:2])):
        print(f"{'kept' if row.kept else 'MISSED':7}{row.name:42}{row.measured:8.4f}  bar {row.bar}")
