"""Sums, exp and the logistic function from additions, multiplications and divisions alone.

IEEE 754 fixes the last bit of those, and of nothing that a machine's mathematical library computes (nor does
Python fix how `sum` adds floats up): so a session that is replayed elsewhere, years later, meets the very
numbers that it was scored with.
"""

from collections.abc import Iterable
from functools import reduce
from math import floor, ldexp
from operator import add

_LOG2_E = 1.4426950408889634
# ln 2 in two parts; the first has trailing zeros, so that its product with a whole number is exact.
_LN2_HIGH = 0.6931471803691238
_LN2_LOW = 1.9082149292705877e-10
_LARGEST = 700.0
_TERMS = tuple(range(14, 0, -1))


def total(terms: Iterable[float]) -> float:
    """The sum, added up from left to right."""
    return reduce(add, terms, 0.0)


def exp(x: float) -> float:
    """The exponential of x, within two units in the last place; beyond +-700 as at that end."""
    x = min(max(x, -_LARGEST), _LARGEST)
    twos = floor(x * _LOG2_E + 0.5)
    rest = (x - twos * _LN2_HIGH) - twos * _LN2_LOW
    series = 1.0
    for n in _TERMS:
        series = 1.0 + series * rest / n
    return ldexp(series, twos)


def logistic(x: float) -> float:
    """1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + exp(-x))
