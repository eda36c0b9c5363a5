"""Standard errors from the observed information, by Louis's identity (1982), exactly and for all parameters.

Observed information = expected information of the complete data, given what was observed, minus the variance
of the complete-data scores over each person's posterior. The first part is the numerical derivative of the M
step's gradient; the second one sum over people. The cross-product of people's scores would be simpler and
needs many more people than parameters: with 2,000 people and 600 parameters its errors are a fifth too
large. Blocks by item alone would leave out that the scale itself is estimated.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from issuer.calibration.curves import Flags, Floats, Items, derivatives, probabilities
from issuer.calibration.em import Fitted, expected_counts
from issuer.calibration.maximise import score
from issuer.calibration.parameters import Data, Setting, free_of
from issuer.calibration.refused import CalibrationRefused

_STEP = 1e-4  # of the numerical derivative
_NEGLIGIBLE = 1e-7  # share of the variance that one degree more adds
_DEGREES_AT_MOST = 40
_PEOPLE_AT_ONCE = 4_000  # so that memory does not grow with them
_SHORTEST = 1e-9  # of a polynomial before it is made one long


class Errors(NamedTuple):
    """Standard errors of slopes (J), difficulties and intercepts (J, K), asymptotes (J).

    NaN where nothing was estimated.
    """

    slope: Floats
    difficulties: Floats
    intercepts: Floats
    asymptote: Floats


def standard_errors(setting: Setting, data: Data, fitted: Fitted) -> Errors:
    """Standard errors at the maximum.

    Raises CalibrationRefused: calibration.not_identified, where the information is singular.
    """
    free = free_of(setting, data.thresholds)
    information = _complete(setting, data, fitted) - _missing(setting, data, fitted, free)
    joined = _joined(setting, free)
    covariance = _inverse(joined.T @ information @ joined)
    covariance = joined @ covariance @ joined.T
    size = int(free.sum())
    by_item = np.zeros((free.shape[0], free.shape[1], free.shape[1]))
    place = np.full(free.shape, -1)
    place[free] = np.arange(size)
    known = (place[:, :, None] >= 0) & (place[:, None, :] >= 0)
    by_item[known] = covariance[
        np.broadcast_to(place[:, :, None], known.shape)[known],
        np.broadcast_to(place[:, None, :], known.shape)[known],
    ]
    return _errors(setting, fitted.items, by_item, free)


def complete_scores(setting: Setting, fitted: Fitted) -> Floats:
    """Derivatives of log P(score = k | theta) by working parameter: (J, K + 1, Q, p)."""
    slopes = derivatives(fitted.items, fitted.grid, asymptote=setting.asymptote)
    if setting.empirical_bayes:
        slopes[..., 0] *= fitted.items.slope[:, None, None]
    slopes /= probabilities(fitted.items, fitted.grid)[..., None]
    return slopes


def _latent_scores(setting: Setting, fitted: Fitted) -> Floats:
    """Derivatives of the people's log density by mean and log SD: (Q, 2), or (Q, 0) where they are fixed."""
    if not setting.held.any():
        return np.zeros((len(fitted.grid), 0))
    z = (fitted.grid - fitted.state.mean) / fitted.state.sd
    return np.stack([z / fitted.state.sd, z**2 - 1], axis=1)


def _complete(setting: Setting, data: Data, fitted: Fitted) -> Floats:
    """Minus the second derivative of the expected complete-data log-likelihood, (P, P), by item a block."""
    counts = expected_counts(data, fitted.posterior)
    free = free_of(setting, data.thresholds)
    items, size = free.shape
    blocks = np.zeros((items, size, size))
    for column in range(size):
        ends = []
        for sign in (1, -1):
            working = fitted.state.working.copy()
            working[:, column] += sign * _STEP
            gradient, _ = score(
                setting, fitted.state._replace(working=working), data.thresholds, fitted.grid, counts
            )
            ends.append(gradient)
        blocks[:, :, column] = (ends[1] - ends[0]) / (2 * _STEP)
    latent = _latent_scores(setting, fitted)
    whole = np.zeros((free.size + latent.shape[1],) * 2)
    for j in range(items):
        whole[j * size : (j + 1) * size, j * size : (j + 1) * size] = blocks[j]
    if latent.size:
        people = data.counts.sum()
        whole[-2:, -2:] = np.diag([people / fitted.state.sd**2, 2 * people])
    kept = np.append(free.ravel(), np.ones(latent.shape[1], dtype=bool))
    chosen: Floats = whole[np.ix_(kept, kept)]
    return chosen


def _missing(setting: Setting, data: Data, fitted: Fitted, free: Flags) -> Floats:
    """The variance of the complete-data scores over the posteriors, summed over people: (P, P).

    A person's scores are smooth functions of ability, so their variance over the posterior is the sum of
    their squared coefficients on the polynomials that are orthonormal under it. Those of the first few
    degrees say all where answers are many; with few answers more degrees follow until they add nothing.
    """
    scores = complete_scores(setting, fitted).transpose(1, 2, 0, 3).reshape(-1, len(fitted.grid), free.size)
    latent = _latent_scores(setting, fitted)
    total = np.zeros((int(free.sum()) + latent.shape[1],) * 2)
    for begin in range(0, len(data.counts), _PEOPLE_AT_ONCE):
        rows = slice(begin, begin + _PEOPLE_AT_ONCE)
        posterior, times = fitted.posterior[rows], np.sqrt(data.counts[rows])[:, None]
        for polynomial in _polynomials(fitted.grid, posterior):
            weight = posterior * polynomial
            at = np.zeros((len(posterior), *free.shape))
            for k, indicator in enumerate(data.indicators):
                at += indicator[rows, :, None] * (weight @ scores[k]).reshape(at.shape)
            coefficients = np.concatenate([at[:, free], weight @ latent], axis=1) * times
            added = coefficients.T @ coefficients
            total += added
            if np.trace(added) <= _NEGLIGIBLE * np.trace(total):
                break
    return total


def _polynomials(grid: Floats, posterior: Floats) -> Iterator[Floats]:
    """Polynomials in ability of degrees 1, 2, …, orthonormal under each row of the posterior: (N, Q) each.

    By Stieltjes' recurrence; it ends where a posterior has no more than that many abilities that count.
    """
    before, here = np.zeros_like(posterior), np.ones_like(posterior)
    for _ in range(_DEGREES_AT_MOST):
        middle = (posterior * here**2 @ grid)[:, None]
        after = (grid - middle) * here
        after -= (posterior * after * before).sum(axis=1, keepdims=True) * before
        length = np.sqrt((posterior * after**2).sum(axis=1, keepdims=True))
        before, here = here, np.divide(after, length, out=np.zeros_like(after), where=length > _SHORTEST)
        yield here


def _joined(setting: Setting, free: Flags) -> Floats:
    """From the parameters that are estimated to those of the items: with Rasch all slopes are one."""
    latent = 2 if setting.held.any() else 0
    size = int(free.sum()) + latent
    if setting.model != "rasch" or not free[:, 0].any():
        return np.eye(size)
    slopes = np.zeros(free.shape, dtype=bool)
    slopes[:, 0] = True
    of_slopes = np.append(slopes[free], np.zeros(latent, dtype=bool))
    return np.concatenate([of_slopes[:, None].astype(float), np.eye(size)[:, ~of_slopes]], axis=1)


def _inverse(information: Floats) -> Floats:
    try:
        found = cho_solve(cho_factor(information), np.eye(len(information)))
    except LinAlgError as error:
        raise CalibrationRefused(
            "calibration.not_identified",
            "These responses do not determine all parameters of the model, so no standard error can be "
            "given. Try a simpler model, or wait for more responses.",
        ) from error
    inverse: Floats = found.astype(np.float64)
    return inverse


def _errors(setting: Setting, items: Items, covariance: Floats, free: Flags) -> Errors:
    """From working parameters to a, b and c, by the delta method."""
    last = items.intercepts.shape[1]
    slope = items.slope
    by_slope = slope if setting.empirical_bayes else np.ones_like(slope)  # d a / d working
    variance = np.diagonal(covariance, axis1=1, axis2=2)
    b = items.difficulties
    along_slope = -b / slope[:, None] * by_slope[:, None]
    along_own = -1 / slope[:, None]
    of_b = (
        along_slope**2 * variance[:, :1]
        + along_own**2 * variance[:, 1 : 1 + last]
        + 2 * along_slope * along_own * covariance[:, 0, 1 : 1 + last]
    )
    c = items.asymptote
    of_c = (c * (1 - c)) ** 2 * variance[:, -1] if setting.asymptote else np.full_like(c, np.nan)
    return Errors(
        np.where(free[:, 0], np.sqrt(by_slope**2 * variance[:, 0]), np.nan),
        np.where(free[:, 1 : 1 + last], np.sqrt(of_b), np.nan),
        np.where(free[:, 1 : 1 + last], np.sqrt(variance[:, 1 : 1 + last]), np.nan),
        np.where(free[:, -1], np.sqrt(of_c), np.nan),
    )
