"""The models against the textbook formulas, written anew with another exponential and with differences."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.measurement.arithmetic import exp, logistic
from issuer.measurement.models import categories, expected, information, most, probability
from schemas.items import Parameters

slopes = st.floats(0.2, 3.0)
places = st.floats(-4.0, 4.0)
thresholds = st.sets(st.integers(-40, 40), min_size=1, max_size=5).map(
    lambda found: tuple(tenths / 10 for tenths in sorted(found))
)
items = st.one_of(
    st.builds(Parameters, model=st.just("2pl"), a=slopes, b=places),
    st.builds(Parameters, model=st.just("rasch"), a=st.just(1.0), b=places),
    st.builds(Parameters, model=st.just("3pl"), a=slopes, b=places, c=st.floats(0.0, 0.4)),
    st.builds(Parameters, model=st.just("grm"), a=slopes, b=thresholds),
)


@given(st.floats(-700, 700))
def test_our_exponential_is_the_exponential(x: float) -> None:
    assert exp(x) == pytest.approx(math.exp(x), rel=5e-15)


def test_the_exponential_has_an_end() -> None:
    assert exp(1e9) == exp(700.0)
    assert exp(-1e9) == exp(-700.0) > 0
    assert logistic(-1e9) == pytest.approx(0.0)
    assert (logistic(0.0), logistic(1e9)) == (0.5, 1.0)


@given(items, places)
def test_categories_are_a_distribution_and_its_end_the_full_score(item: Parameters, theta: float) -> None:
    found = categories(item, theta)
    assert len(found) == most(item) + 1
    assert all(0 <= p <= 1 for p in found)
    assert sum(found) == pytest.approx(1)
    assert probability(item, theta) == found[-1]


@given(items, places, st.floats(0.01, 2.0))
def test_who_can_more_is_expected_to_score_more(item: Parameters, theta: float, more: float) -> None:
    assert 0 <= expected(item, theta) < expected(item, theta + more) <= 1


@given(items, places)
def test_information_is_that_of_the_categories(item: Parameters, theta: float) -> None:
    h = 1e-5
    low, here, high = (np.array(categories(item, theta + step)) for step in (-h, 0, h))
    slope = (high - low) / (2 * h)
    assert information(item, theta) == pytest.approx(float((slope**2 / here).sum()), rel=1e-4, abs=1e-8)


def test_textbook_values() -> None:
    # Baker (2001), table 2-3: 2PL with b = 1, a = .5 at theta = 0; 3PL with a = 1.3, b = 1.5, c = .2 at 0.
    assert probability(Parameters("2pl", 0.5, 1.0), 0.0) == pytest.approx(0.378, abs=5e-4)
    assert probability(Parameters("3pl", 1.3, 1.5, 0.2), 0.0) == pytest.approx(0.3, abs=1e-3)
    assert information(Parameters("2pl", 2.0, 0.0), 0.0) == pytest.approx(1.0)


def test_far_away_there_is_no_information_and_no_error() -> None:
    for item in (Parameters("3pl", 3.0, 600.0), Parameters("grm", 3.0, (500.0, 600.0))):
        assert information(item, -6.0) == pytest.approx(0.0)
