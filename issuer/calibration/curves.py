"""Response curves of all items at once: category probabilities and their derivatives, on a grid of abilities.

One form holds every model. With slope a, intercepts d_1 > d_2 > … and lower asymptote c, an item's score
reaches k with probability c + (1 - c) / (1 + exp(-(a theta + d_k))); a difficulty is b_k = -d_k / a. Rasch
and 2PL have one intercept and c = 0, 3PL has c > 0, the graded response model has several intercepts.
Arrays have the axes items (J), categories (K + 1, for K intercepts at most), nodes (Q), parameters (p).
"""

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

_FLOOR = 1e-300  # a probability whose logarithm is still a number


class Items(NamedTuple):
    """Slopes (J), intercepts (J, K; zeros behind an item's last), asymptotes (J), intercepts each (J)."""

    slope: Floats
    intercepts: Floats
    asymptote: Floats
    thresholds: Integers

    @property
    def exists(self) -> Flags:
        """Which intercepts an item has: (J, K)."""
        return np.arange(self.intercepts.shape[1]) < self.thresholds[:, None]

    @property
    def difficulties(self) -> Floats:
        """Difficulties -d / a, (J, K); zeros behind an item's last one."""
        return np.where(self.exists, -self.intercepts / self.slope[:, None], 0.0)


def nodes(answers_at_most: int) -> Floats:
    """The grid of abilities from -6 to 6 on which integrals are sums: finer where posteriors are narrow.

    Equal steps with normal weights converge faster than any power of the step, as long as the step does not
    exceed the posterior's standard deviation much: 0.2 for tests up to 300 answers, 0.1 beyond.
    """
    return np.linspace(-6.0, 6.0, 61 if answers_at_most <= 300 else 121)  # noqa: PLR2004 - told above


def normal_weights(grid: Floats, mean: float, sd: float) -> Floats:
    """The normal distribution on the grid, summing to 1."""
    weights: Floats = np.exp(-0.5 * ((grid - mean) / sd) ** 2)
    normal: Floats = weights / weights.sum()
    return normal


def _reached(items: Items, grid: Floats) -> tuple[Floats, Floats]:
    """P(score >= k) without asymptote and its complement, each (J, K, Q); 0 and 1 where k does not exist."""
    logits = items.slope[:, None, None] * grid + items.intercepts[:, :, None]
    exists = items.exists[:, :, None]
    return np.where(exists, expit(logits), 0.0), np.where(exists, expit(-logits), 1.0)


def probabilities(items: Items, grid: Floats) -> Floats:
    """P(score = k | theta), (J, K + 1, Q); at least 1e-300, also where a category does not exist."""
    above, below = _reached(items, grid)
    c = items.asymptote[:, None]
    found = np.empty((above.shape[0], above.shape[1] + 1, above.shape[2]))
    found[:, 0] = (1 - c) * below[:, 0]
    found[:, 1:-1] = above[:, :-1] - above[:, 1:]
    found[:, -1] = above[:, -1]
    found[:, 1] = c + (1 - c) * found[:, 1]
    return np.maximum(found, _FLOOR)


def derivatives(items: Items, grid: Floats, *, asymptote: bool) -> Floats:
    """Those of P(score = k | theta), (J, K + 1, Q, p): by slope, intercepts, and logit c if `asymptote`."""
    above, below = _reached(items, grid)
    density = above * below * (1 - items.asymptote)[:, None, None]
    thresholds = density.shape[1]
    found = np.zeros((len(density), thresholds + 1, len(grid), 1 + thresholds + asymptote))
    for k in range(thresholds):
        found[:, k, :, 1 + k] -= density[:, k]
        found[:, k + 1, :, 1 + k] += density[:, k]
    found[..., 0] = found[..., 1 : 1 + thresholds].sum(axis=-1) * grid
    if asymptote:
        moved = below[:, 0] * (items.asymptote * (1 - items.asymptote))[:, None]
        found[:, 1, :, -1] = moved
        found[:, 0, :, -1] = -moved
    return found


def expected_scores(items: Items, grid: Floats) -> Floats:
    """E(score | theta), (J, Q)."""
    found = probabilities(items, grid)
    scores: Floats = np.einsum("k,jkq->jq", np.arange(found.shape[1], dtype=float), found)
    return scores
