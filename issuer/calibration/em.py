"""Marginal maximum likelihood by Bock and Aitkin's EM, with the latent distribution absorbed (PX-EM).

E: each person's posterior over a grid of abilities, from N(0, 1) and the items as they stand. M: every
item's parameters by Fisher scoring on the expected counts. Then mean and SD of the posteriors are absorbed
into the items (Liu, Rubin and Wu 1998), which keeps the scale at N(0, 1) and saves most of the cycles;
SQUAREM (Varadhan and Roland 2008) extrapolates the rest and never lowers the likelihood. Where items are held
at known parameters they fix the scale instead, and mean and SD of the people are estimated.

Persons with the same answers are counted once. An answer that is missing says nothing: right for adaptive
tests, where what is asked depends only on what was answered (missing at random).
"""

from typing import NamedTuple

import numpy as np
from scipy.special import logsumexp

from issuer.calibration.curves import Floats, Items, nodes, normal_weights, probabilities
from issuer.calibration.maximise import maximise, score
from issuer.calibration.parameters import Data, Setting, State, items_of, log_prior
from issuer.calibration.refused import CalibrationRefused, named

CYCLES_AT_MOST = 1_000  # of three EM cycles each
TOLERANCE = 1e-5  # largest change of a parameter in one plain cycle
SLOPE_AT_MOST = 10.0  # beyond it answers separate people: the likelihood has no maximum


class Fitted(NamedTuple):
    """The maximum: its posteriors are (N, Q) over `grid`, one row for each distinct row of answers."""

    items: Items
    state: State
    log_likelihood: float
    cycles: int
    grid: Floats
    posterior: Floats


def expect(data: Data, items: Items, grid: Floats, mean: float, sd: float) -> tuple[Floats, Floats]:
    """Each distinct row's log-likelihood (N) and posterior (N, Q)."""
    logs = np.log(probabilities(items, grid))
    joint: Floats = np.log(normal_weights(grid, mean, sd)) + sum(
        indicator @ logs[:, k] for k, indicator in enumerate(data.indicators)
    )
    rows: Floats = logsumexp(joint, axis=1)
    return rows, np.exp(joint - rows[:, None])


def expected_counts(data: Data, posterior: Floats) -> Floats:
    """How many people of each ability gave each score, expected: (J, K + 1, Q)."""
    weighted = posterior * data.counts[:, None]
    return np.stack([indicator.T @ weighted for indicator in data.indicators], axis=1)


def _absorb(setting: Setting, state: State, data: Data, grid: Floats, posterior: Floats) -> State:
    """Estimate the people's mean and SD; without held items make them 0 and 1 again by moving the items."""
    share = data.counts @ posterior / data.counts.sum()
    mean = float(share @ grid)
    sd = float(np.sqrt(share @ (grid - mean) ** 2))
    if setting.held.any():
        return state._replace(mean=mean, sd=sd)
    working = state.working.copy()
    items = items_of(setting, data.thresholds, working)
    working[:, 1 : 1 + items.intercepts.shape[1]] += np.where(items.exists, items.slope[:, None] * mean, 0)
    if setting.empirical_bayes:
        working[:, 0] += np.log(sd)
    else:
        working[:, 0] *= sd
    return state._replace(working=working, log_slope_mean=state.log_slope_mean + np.log(sd))


def _learn_prior(setting: Setting, state: State, data: Data, grid: Floats, counts: Floats) -> State:
    """The slopes' own distribution from the slopes as they stand, their uncertainty included."""
    _, information = score(setting, state, data.thresholds, grid, counts)
    variance = np.where(setting.held, 0, np.linalg.inv(information)[:, 0, 0])
    mean = float(state.working[:, 0].mean())
    sd = float(np.sqrt(np.mean((state.working[:, 0] - mean) ** 2 + variance)))
    return state._replace(log_slope_mean=mean, log_slope_sd=sd)


def _cycle(setting: Setting, state: State, data: Data, grid: Floats) -> tuple[State, float]:
    """One cycle, and what it started from: the log-likelihood with the priors."""
    items = items_of(setting, data.thresholds, state.working)
    rows, posterior = expect(data, items, grid, state.mean, state.sd)
    begun = float(data.counts @ rows) + float(log_prior(setting, state, state.working).sum())
    counts = expected_counts(data, posterior)
    moved = maximise(setting, state, data, grid, counts)
    if setting.empirical_bayes:
        moved = _learn_prior(setting, moved, data, grid, counts)
    return _absorb(setting, moved, data, grid, posterior), begun


def _vector(state: State) -> Floats:
    return np.append(state.working.ravel(), [state.mean, np.log(state.sd)])


def _extrapolated(first: State, second: State, third: State) -> State | None:
    """SQUAREM's guess at where three cycles lead, or None where it has none."""
    x0, x1, x2 = map(_vector, (first, second, third))
    change, bend = x1 - x0, x2 - 2 * x1 + x0
    length = float(np.linalg.norm(bend))
    if length == 0:
        return None
    by = -float(np.linalg.norm(change)) / length
    if by >= -1:
        return None
    guess = x0 - 2 * by * change + by**2 * bend
    return third._replace(
        working=guess[:-2].reshape(third.working.shape), mean=float(guess[-2]), sd=float(np.exp(guess[-1]))
    )


def estimate(setting: Setting, data: Data, begin: State, ids: tuple[str, ...]) -> Fitted:
    """Run cycles until no parameter moves.

    Raises CalibrationRefused: calibration.separation, calibration.not_converged.
    """
    answered = sum(indicator.sum(axis=1) for indicator in data.indicators)
    grid = nodes(int(np.max(answered)))
    state = begin
    for cycle in range(CYCLES_AT_MOST):
        after, _ = _cycle(setting, state, data, grid)
        _check(setting, data, after, ids)
        if np.max(np.abs(_vector(after) - _vector(state))) < TOLERANCE:
            return _fitted(setting, data, after, grid, cycle + 1)
        if setting.empirical_bayes:  # its prior moves with the items, so there is no one function to raise
            state = after
            continue
        second, floor = _cycle(setting, after, data, grid)
        guess = _extrapolated(state, after, second)
        state = second
        if guess is not None:
            tried, worth = _cycle(setting, guess, data, grid)
            state = tried if worth >= floor and np.all(np.isfinite(tried.working)) else second
    raise CalibrationRefused(
        "calibration.not_converged",
        f"The estimates still move after {CYCLES_AT_MOST} rounds: these responses do not determine a model "
        "of this kind. Try a simpler model, or wait for more responses.",
    )


def _check(setting: Setting, data: Data, state: State, ids: tuple[str, ...]) -> None:
    slope = items_of(setting, data.thresholds, state.working).slope
    beyond = [ids[j] for j in np.flatnonzero(~(np.abs(slope) <= SLOPE_AT_MOST))]
    if beyond:
        raise CalibrationRefused(
            "calibration.separation",
            f"The answers separate people completely at {named(beyond)}: the discrimination grows without "
            "bound. Look for items that repeat each other, or leave these out.",
        )


def _fitted(setting: Setting, data: Data, state: State, grid: Floats, cycles: int) -> Fitted:
    items = items_of(setting, data.thresholds, state.working)
    rows, posterior = expect(data, items, grid, state.mean, state.sd)
    return Fitted(items, state, float(data.counts @ rows), cycles, grid, posterior)
