"""The M step: every item's parameters by Fisher scoring on the expected counts of the E step."""

import numpy as np

from issuer.calibration.curves import Flags, Floats, Integers, derivatives, probabilities
from issuer.calibration.parameters import (
    ASYMPTOTE_PRIOR,
    Data,
    Setting,
    State,
    free_of,
    items_of,
    log_prior,
)

_SCORING_STEPS = 2
_HALVINGS = 6
_LONGEST = 1.5  # of a step in any parameter
_ROUNDING = 1e-9  # relative


def score(
    setting: Setting, state: State, thresholds: Integers, grid: Floats, counts: Floats
) -> tuple[Floats, Floats]:
    """Gradient (J, p) and expected information (J, p, p) of the complete data and the priors.

    Rows and columns of what is not free are those of the identity, their gradient is 0.
    """
    items = items_of(setting, thresholds, state.working)
    found = probabilities(items, grid)
    slopes = derivatives(items, grid, asymptote=setting.asymptote)
    if setting.empirical_bayes:
        slopes[..., 0] *= items.slope[:, None, None]
    gradient = np.einsum("jkq,jkqp->jp", counts / found, slopes, optimize=True)
    size = slopes.shape[-1]
    weight = np.sqrt(counts.sum(axis=1)[:, None] / found)[..., None]
    flat = (slopes * weight).reshape(len(slopes), -1, size)
    information = flat.transpose(0, 2, 1) @ flat
    if setting.empirical_bayes:
        gradient[:, 0] -= (state.working[:, 0] - state.log_slope_mean) / state.log_slope_sd**2
        information[:, 0, 0] += 1 / state.log_slope_sd**2
    if setting.asymptote:
        alpha, beta = ASYMPTOTE_PRIOR
        c = items.asymptote
        gradient[:, -1] += (alpha - 1) * (1 - c) - (beta - 1) * c
        information[:, -1, -1] += (alpha + beta - 2) * c * (1 - c)
    free = free_of(setting, thresholds)
    gradient[~free] = 0
    information *= free[:, :, None] & free[:, None, :]
    information[:, range(size), range(size)] += ~free
    return gradient, information


def _step(setting: Setting, gradient: Floats, information: Floats, free: Flags) -> Floats:
    """The scoring step (J, p); with Rasch one slope for all, each intercept eliminated from its own row."""
    if setting.model != "rasch" or not free[:, 0].any():
        return np.linalg.solve(information, gradient[..., None])[..., 0].astype(np.float64)
    across, own = information[:, 0, 1], information[:, 1, 1]
    slope = (gradient[:, 0] - across / own * gradient[:, 1]).sum() / (
        information[:, 0, 0] - across**2 / own
    ).sum()
    return np.stack([np.full(len(own), slope), (gradient[:, 1] - across * slope) / own], axis=1)


def _worth(setting: Setting, state: State, data: Data, grid: Floats, counts: Floats) -> Floats:
    """What the M step raises, by item (J); minus infinity where thresholds are out of order."""
    items = items_of(setting, data.thresholds, state.working)
    worth: Floats = np.einsum("jkq,jkq->j", counts, np.log(probabilities(items, grid))) + log_prior(
        setting, state, state.working
    )
    later = items.exists[:, 1:]
    worth[(later & (np.diff(items.intercepts, axis=1) >= 0)).any(axis=1)] = -np.inf
    return worth


def maximise(setting: Setting, state: State, data: Data, grid: Floats, counts: Floats) -> State:
    """A few scoring steps, each halved where it would overshoot; no item ends worse than it began."""
    free = free_of(setting, data.thresholds)
    worth = _worth(setting, state, data, grid, counts)
    for _ in range(_SCORING_STEPS):
        step = _step(setting, *score(setting, state, data.thresholds, grid, counts), free)
        state, worth = _raised(setting, state, data, grid, counts, worth, np.clip(step, -_LONGEST, _LONGEST))
    return state


def _raised(
    setting: Setting, state: State, data: Data, grid: Floats, counts: Floats, worth: Floats, step: Floats
) -> tuple[State, Floats]:
    """Where the step leads, shortened by item until nothing is worse; with Rasch by all items together."""
    worse = np.zeros(len(step), dtype=bool)
    for _ in range(_HALVINGS):
        moved = state._replace(working=state.working + step)
        after = _worth(setting, moved, data, grid, counts)
        if setting.model == "rasch":
            worse = np.full(len(step), after.sum() < worth.sum() - _ROUNDING * abs(worth.sum()))
        else:
            worse = after < worth - _ROUNDING * np.abs(worth)
        if not worse.any():
            return moved, after
        step = np.where(worse[:, None], step / 2, step)
    kept = state._replace(working=state.working + np.where(worse[:, None], 0, step))
    return kept, _worth(setting, kept, data, grid, counts)
