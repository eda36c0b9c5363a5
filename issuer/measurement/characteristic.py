"""The test characteristic curve: the proportion of a bank that somebody of ability theta is expected to get.

It carries a cut that people set on the proportion scale over to theta, and the cut's error with it.
"""

from collections.abc import Sequence

from issuer.measurement.ability import DECIMALS, LARGEST_CUT
from issuer.measurement.arithmetic import total
from issuer.measurement.models import expected
from schemas.items import Parameters

_STEP = 1e-3


def expected_proportion(bank: Sequence[Parameters], theta: float) -> float:
    """The expected share of all points, each item counting alike, of an ability; 0 to 1, rising."""
    return total(expected(parameters, theta) for parameters in bank) / len(bank)


def ability_at(bank: Sequence[Parameters], proportion: float) -> float:
    """The ability at which the curve reaches `proportion`, to six decimals.

    Raises ValueError for a proportion that nobody between -5 and 5 is expected to get.
    """
    low, high = -LARGEST_CUT, LARGEST_CUT
    if not expected_proportion(bank, low) <= proportion <= expected_proportion(bank, high):
        raise ValueError(f"no ability on the scale is expected to answer {proportion:.0%} of the bank right")
    while high - low > 10 ** -(DECIMALS + 2):
        middle = (low + high) / 2
        low, high = (middle, high) if expected_proportion(bank, middle) < proportion else (low, middle)
    return round((low + high) / 2, DECIMALS)


def cut_on_ability(bank: Sequence[Parameters], cut: float, error: float) -> tuple[float, float]:
    """A cut on the proportion scale and its standard error, both on the ability scale."""
    theta = ability_at(bank, cut)
    return theta, round(error / slope(bank, theta), DECIMALS)


def cut_on_proportion(bank: Sequence[Parameters], theta: float, error: float) -> tuple[float, float]:
    """A cut on the ability scale and its standard error, both on the proportion scale."""
    return round(expected_proportion(bank, theta), DECIMALS), round(error * slope(bank, theta), DECIMALS)


def slope(bank: Sequence[Parameters], theta: float) -> float:
    """How much the expected proportion rises for each unit of ability, at an ability."""
    rise = expected_proportion(bank, theta + _STEP) - expected_proportion(bank, theta - _STEP)
    return rise / (2 * _STEP)
