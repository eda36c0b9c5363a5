"""Calibration against published values and a known truth: `python -m bench.calibration [SEEDS]`."""

import sys
import time
from collections.abc import Sequence

import numpy as np

from bench.rows import Row, over_seeds, table
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


def published() -> list[Row]:
    """LSAT6 and LSAT7, which others have estimated."""
    six, seven = fit(people(LSAT6)), fit(people(LSAT7))
    off = [
        np.abs(six.items.slope - LSAT6_A).max(),
        np.abs(six.items.difficulties[:, 0] - LSAT6_B).max(),
        np.abs(seven.items.slope - LSAT7_A).max(),
        np.abs(seven.items.intercepts[:, 0] - LSAT7_D).max(),
    ]
    likelihoods = abs(six.log_likelihood + 2466.653), abs(seven.log_likelihood + 2658.805)
    return [
        Row(name="LSAT6 and LSAT7 parameters, largest difference", measured=float(max(off)), bar=0.003),
        Row(name="LSAT6 and LSAT7 log-likelihood, difference", measured=max(likelihoods), bar=0.001),
    ]


def recovered(seed: int) -> tuple[float, float, float]:
    """A known truth estimated: seconds, and the RMSE of a and of b."""
    chance = np.random.default_rng(seed)
    a, b = np.exp(0.3 * chance.standard_normal(ITEMS)), chance.standard_normal(ITEMS)
    theta = chance.standard_normal(PEOPLE)
    right = chance.random((PEOPLE, ITEMS)) < 1 / (1 + np.exp(-a * (theta[:, None] - b)))
    begun = time.perf_counter()
    found = fit(right.astype(np.int64), prior=True)
    seconds = time.perf_counter() - begun
    return seconds, _off(found.items.slope - a), _off(found.items.difficulties[:, 0] - b)


def rows(seeds: Sequence[int] = range(1, 7)) -> list[Row]:
    seconds, a, b = zip(*map(recovered, seeds), strict=True)
    return [
        *published(),
        over_seeds("calibration of 2,000 x 300, seconds", seconds, 2),
        over_seeds("calibration of 2,000 x 300, RMSE a", a, 0.08),
        over_seeds("calibration of 2,000 x 300, RMSE b", b, 0.10),
    ]


def _off(differences: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> float:
    return float(np.sqrt(np.mean(differences**2)))


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 6
    print("\n".join(table(rows(range(1, 1 + wanted)))))
