"""From responses to parameters: the whole estimation of one model, and its result as it is printed.

The scale is that of people with mean 0 and SD 1. Rasch is printed the other way round, as it is usually
written: with a = 1 and the people's SD.
"""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
from msgspec import UNSET, Struct, UnsetType

from issuer.calibration.curves import Floats
from issuer.calibration.em import Fitted, estimate
from issuer.calibration.information import Errors, standard_errors
from issuer.calibration.parameters import Data, Setting, data_of, start
from issuer.calibration.refused import CalibrationRefused, named
from issuer.calibration.responses import FEWEST, Responses
from schemas.items import Model
from schemas.wording import many

ITEMS_FOR_A_PRIOR = 50
DECIMALS = 6


class Calibrated(NamedTuple):
    """Everything that an estimation found; the rows of `fitted` are those of `data`."""

    responses: Responses
    setting: Setting
    data: Data
    fitted: Fitted
    errors: Errors


class Estimate(Struct, frozen=True, kw_only=True):
    """An item's parameters and standard errors; `n` people met it.

    `b` is the difficulty, or with the graded response model the list of its thresholds; `c` and `se_c` are
    there with 3PL only. With Rasch `a` is 1 and has no error: the people's SD is estimated instead. Linked to
    an older scale, it is that scale's common discrimination.
    """

    id: str
    n: int
    a: float
    b: float | tuple[float, ...]
    c: float | UnsetType = UNSET
    se_a: float
    se_b: float | tuple[float, ...]
    se_c: float | UnsetType = UNSET


def calibrate(responses: Responses, model: Model, *, empirical_bayes: bool = False) -> Calibrated:
    """Estimate every item; `responses.check` has held them against the model.

    Raises CalibrationRefused: calibration.prior, calibration.separation, calibration.not_converged,
        calibration.not_identified.
    """
    if empirical_bayes and model == "rasch":
        raise CalibrationRefused(
            "calibration.prior", "Rasch has one discrimination for all items, so no prior on theirs."
        )
    setting = Setting(model, empirical_bayes, np.zeros(len(responses.items), dtype=bool))
    data = data_of(responses.scores)
    try:
        fitted = estimate(setting, data, start(setting, data), responses.items)
    except np.linalg.LinAlgError as error:
        raise CalibrationRefused(
            "calibration.not_identified",
            "These responses do not determine the parameters of the model: there are too few of them.",
        ) from error
    return Calibrated(responses, setting, data, fitted, standard_errors(setting, data, fitted))


def latent_sd(calibrated: Calibrated) -> float:
    """The people's SD on the printed scale: 1, and with Rasch what a = 1 makes of it."""
    return rounded(calibrated.fitted.items.slope[0]) if calibrated.setting.model == "rasch" else 1.0


def estimates(calibrated: Calibrated, *, linked: bool = False) -> tuple[Estimate, ...]:
    """Every item as it is printed; `linked` ones keep the scale, and Rasch its common discrimination."""
    model, items, errors = calibrated.setting.model, calibrated.fitted.items, calibrated.errors
    rasch = model == "rasch" and not linked
    b, se_b = (-items.intercepts, errors.intercepts) if rasch else (items.difficulties, errors.difficulties)
    found = []
    for j, (name, met) in enumerate(
        zip(calibrated.responses.items, calibrated.responses.met.tolist(), strict=True)
    ):
        last = int(items.thresholds[j])
        asymptote = model == "3pl"
        found.append(
            Estimate(
                id=name,
                n=met,
                a=1.0 if rasch else rounded(items.slope[j]),
                b=_shaped(model, b[j, :last]),
                c=rounded(items.asymptote[j]) if asymptote else UNSET,
                se_a=0.0 if rasch else rounded(errors.slope[j]),
                se_b=_shaped(model, se_b[j, :last]),
                se_c=rounded(errors.asymptote[j]) if asymptote else UNSET,
            )
        )
    return tuple(found)


def warnings(calibrated: Calibrated) -> tuple[str, ...]:
    """A sentence for each reason to rely on the figures less than they look."""
    responses, setting = calibrated.responses, calibrated.setting
    found = list(too_few(responses, setting.model))
    if setting.empirical_bayes and len(responses.items) < ITEMS_FOR_A_PRIOR:
        found.append(
            f"A prior learned from {many(len(responses.items), 'item')} draws their discriminations together "
            f"too much; it is for {ITEMS_FOR_A_PRIOR} items and more."
        )
    against = [name for name, a in zip(responses.items, calibrated.fitted.items.slope, strict=True) if a <= 0]
    if against:
        found.append(
            f"Able people answer {named(against)} wrong more often than others: a is not above 0. Look for a "
            "wrong key."
        )
    return tuple(found)


def too_few(responses: Responses, model: Model, among: Collection[str] | None = None) -> tuple[str, ...]:
    """One sentence about items, all or `among` these, that fewer people met than the model needs."""
    fewest = FEWEST[model]
    short = [
        name
        for name, met in zip(responses.items, responses.met.tolist(), strict=True)
        if met < fewest and (among is None or name in among)
    ]
    if not short:
        return ()
    needed = f"Fewer than {fewest:,} responses, which the model {model} needs for each item of a bank"
    return (f"{needed}: {named(short)}.",)


def rounded(value: float) -> float:
    """As printed: six decimals."""
    return round(float(value), DECIMALS)


def _shaped(model: Model, values: Floats) -> float | tuple[float, ...]:
    return tuple(map(rounded, values)) if model == "grm" else rounded(values[0])
