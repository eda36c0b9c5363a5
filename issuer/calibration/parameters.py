"""What is estimated: the data, the model, which parameters are free, and the priors on them."""

from typing import NamedTuple

import numpy as np
from scipy.special import expit

from issuer.calibration.curves import Flags, Floats, Integers, Items
from schemas.items import Model

ASYMPTOTE_PRIOR = (5.0, 17.0)  # Beta on c: what 20 further guesses of weak people say, 4 of them right


class Data(NamedTuple):
    """Distinct rows of answers as indicators of each category, K + 1 times (N, J); how often each is (N)."""

    indicators: tuple[Floats, ...]
    counts: Floats
    thresholds: Integers


class Setting(NamedTuple):
    """What is estimated, and how: `held` items (J) keep their parameters and fix the scale."""

    model: Model
    empirical_bayes: bool
    held: Flags

    @property
    def asymptote(self) -> bool:
        """Whether items have a lower asymptote."""
        return self.model == "3pl"


class State(NamedTuple):
    """Where the search stands: working parameters (J, p), the people's mean and SD, the slopes' prior.

    A working row is a (or log a, where it has a prior), the intercepts, and logit c with 3PL.
    """

    working: Floats
    mean: float
    sd: float
    log_slope_mean: float
    log_slope_sd: float


def data_of(scores: Integers) -> Data:
    """Persons x items with -1 where not met, as indicators of distinct rows."""
    rows, counts = np.unique(scores, axis=0, return_counts=True)
    thresholds: Integers = rows.max(axis=0).astype(np.int64)
    indicators = tuple((rows == k).astype(float) for k in range(int(thresholds.max()) + 1))
    return Data(indicators, counts.astype(float), thresholds)


def items_of(setting: Setting, thresholds: Integers, working: Floats) -> Items:
    """Working parameters as items."""
    last = int(thresholds.max()) + 1
    slope = np.exp(working[:, 0]) if setting.empirical_bayes else working[:, 0]
    asymptote = expit(working[:, last]) if setting.asymptote else np.zeros(len(working))
    return Items(slope, working[:, 1:last], asymptote, thresholds)


def working_of(setting: Setting, items: Items) -> Floats:
    """Items as working parameters; an asymptote of 0 becomes a very small one."""
    slope = np.log(items.slope) if setting.empirical_bayes else items.slope
    columns = [slope[:, None], items.intercepts]
    if setting.asymptote:
        c = np.clip(items.asymptote, 1e-4, 1 - 1e-4)
        columns.append(np.log(c / (1 - c))[:, None])
    return np.concatenate(columns, axis=1)


def free_of(setting: Setting, thresholds: Integers) -> Flags:
    """Which working parameters are estimated: (J, p)."""
    most = int(thresholds.max())
    free = np.ones((len(thresholds), 1 + most + setting.asymptote), dtype=bool)
    free[:, 1 : 1 + most] = np.arange(most) < thresholds[:, None]
    free[setting.held] = False
    if setting.model == "rasch" and setting.held.any():
        free[:, 0] = False
    return free


def start(setting: Setting, data: Data, known: Items | None = None) -> State:
    """Slopes of 1, intercepts from the shares of people who reach each score; held items as known."""
    most = int(data.thresholds.max())
    met = np.sum([data.counts @ indicator for indicator in data.indicators], axis=0)
    intercepts = np.zeros((len(data.thresholds), most))
    for k in range(1, most + 1):
        share = np.sum([data.counts @ indicator for indicator in data.indicators[k:]], axis=0) / met
        intercepts[:, k - 1] = np.log(
            share / (1 - share), where=data.thresholds >= k, out=intercepts[:, k - 1]
        )
    asymptote = np.full(len(met), 0.2 if setting.asymptote else 0.0)
    working = working_of(setting, Items(np.ones(len(met)), 1.2 * intercepts, asymptote, data.thresholds))
    if known is not None:
        working[setting.held] = working_of(setting, known)[setting.held]
        if setting.model == "rasch":
            working[:, 0] = working[setting.held, 0].mean()
    return State(working, 0.0, 1.0, 0.0, 0.5)


def log_prior(setting: Setting, state: State, working: Floats) -> Floats:
    """Log density of each item's priors but for constants: (J)."""
    density = np.zeros(len(working))
    if setting.empirical_bayes:
        density -= 0.5 * ((working[:, 0] - state.log_slope_mean) / state.log_slope_sd) ** 2
    if setting.asymptote:
        alpha, beta = ASYMPTOTE_PRIOR
        density -= (alpha - 1) * np.logaddexp(0, -working[:, -1]) + (beta - 1) * np.logaddexp(
            0, working[:, -1]
        )
    return density
