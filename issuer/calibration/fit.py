"""Item fit from what everybody's other answers predict, right for complete and for adaptive data alike.

Given a person's other answers, the model predicts the score of this one: a distribution over the scores, by
the posterior that the others leave (P(x | others) = 1 / E[1 / P(x | theta)] over the whole posterior). Under
the model a residual against it has mean 0 and exactly the predicted variance, whatever was asked and however
few items there are; residuals at an estimated ability have neither.

From the residuals come infit and outfit mean squares, 1 under the model, and a chi-square: people in groups
of like prediction, observed against expected points: S-X2 with the prediction in place of the sum score.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import chdtrc

from issuer.calibration.calibrate import Calibrated
from issuer.calibration.curves import Floats, Integers, Items, probabilities
from issuer.calibration.parameters import free_of

GROUPS = 10
FEWEST_EXPECTED = 5.0  # points, and points not got, in a group
ERROR_RATE = 0.05  # of flagging any item of the set, if all fit (Bonferroni)
_ITEMS_AT_ONCE = 50  # so that memory does not grow with them
LARGE = 0.05  # root mean square gap, as a share of the points, below which a misfit changes nothing
MISFIT = (
    f"chi-square with p below {ERROR_RATE:g} divided by the number of items, and a root mean square gap of "
    f"{LARGE:.0%} of the points and more between what people scored and what their other answers predict"
)
"""`misfits` in words, as a bank states it."""


class ItemFit(NamedTuple):
    """How an item fits: mean squares, and the chi-square with its degrees of freedom and p.

    `gap` is the root mean square difference of observed and expected points of the groups, as a share of
    the item's points, with what chance alone would give taken out. `chi_square`, `p` and `gap` are NaN where
    too few people met the item for as many groups as that takes.
    """

    infit: float
    outfit: float
    chi_square: float
    df: int
    p: float
    gap: float


def item_fit(calibrated: Calibrated) -> tuple[ItemFit, ...]:
    """Each item's fit, in the order of the items."""
    setting, data, fitted = calibrated.setting, calibrated.data, calibrated.fitted
    estimated = free_of(setting, data.thresholds).sum(axis=1)
    if setting.model == "rasch":
        estimated = np.ones_like(estimated)  # the common slope is all items' together
    found = []
    for begin in range(0, len(estimated), _ITEMS_AT_ONCE):
        part = slice(begin, begin + _ITEMS_AT_ONCE)
        scores = np.stack([indicator[:, part] for indicator in data.indicators])
        curves = probabilities(_part(fitted.items, part), fitted.grid)
        predicted = _predicted(fitted.posterior, curves, scores)
        for j, most in enumerate(data.thresholds[part].tolist()):
            met = scores[:, :, j].any(axis=0)
            points = scores[:, met, j].T @ np.arange(len(scores))
            own = predicted[: most + 1, met, j].T
            found.append(_fit(points, own, data.counts[met], int(estimated[begin + j])))
    return tuple(found)


def _part(items: Items, part: slice) -> Items:
    return Items(items.slope[part], items.intercepts[part], items.asymptote[part], items.thresholds[part])


def misfits(fits: tuple[ItemFit, ...]) -> tuple[bool, ...]:
    """Which items do not fit: p below .05 over the number of items, and a gap that matters, .05 or more."""
    limit = ERROR_RATE / len(fits)
    return tuple(fit.p < limit and fit.gap >= LARGE for fit in fits)


def _predicted(posterior: Floats, curves: Floats, scores: Floats) -> Floats:
    """Distributions of everybody's scores given the other answers: (K + 1, N, J); zeros where not met."""
    predicted = np.zeros_like(scores)
    for given, who in enumerate(scores):
        for k in range(len(scores)):
            predicted[k] += who * (posterior @ (curves[:, k] / curves[:, given]).T)
    predicted /= np.maximum(predicted.sum(axis=0), np.finfo(float).tiny)
    return predicted


def _fit(score: Floats, predicted: Floats, counts: Floats, estimated: int) -> ItemFit:
    points = np.arange(predicted.shape[1])
    expected = predicted @ points
    variance = predicted @ points**2 - expected**2
    square = (score - expected) ** 2
    infit = float(counts @ square / (counts @ variance))
    outfit = float(counts @ (square / variance) / counts.sum())
    most = float(points[-1])
    groups = _groups(expected / most, counts)
    people, observed, foreseen, spread = (
        np.bincount(groups, counts * each) for each in (1.0, score, expected, variance)
    )
    df = len(people) - estimated
    if df < 1:
        return ItemFit(infit, outfit, np.nan, 0, np.nan, np.nan)
    differences = (observed - foreseen) ** 2
    statistic = float((differences / spread).sum())
    gap = float(((differences - spread) / people).sum() / counts.sum())
    return ItemFit(infit, outfit, statistic, df, float(chdtrc(df, statistic)), max(gap, 0.0) ** 0.5 / most)


def _groups(share: Floats, counts: Floats) -> Integers:
    """People in up to ten groups of like expected share, each with five points and five missed at least."""
    share = np.round(share, 9)  # equal predictions differ in rounding by the very answer: keep them together
    values, where = np.unique(share, return_inverse=True)
    people = np.bincount(where, counts)
    tenth = np.minimum((np.cumsum(people) - people / 2) * GROUPS // people.sum(), GROUPS - 1)
    rarer = np.bincount(tenth.astype(np.int64), people * np.minimum(values, 1 - values), minlength=GROUPS)
    merged, group, held = np.zeros(GROUPS, dtype=np.int64), 0, 0.0
    for n, expected in enumerate(rarer):
        merged[n] = group
        held += expected
        if held >= FEWEST_EXPECTED:
            group, held = group + 1, 0.0
    merged[merged == group] = max(group - 1, 0)  # what is left over goes to the last group that is full
    found: Integers = merged[tenth.astype(np.int64)][where]
    return found
