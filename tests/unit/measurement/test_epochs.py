"""Later epochs: stricter thresholds, and priors that know what was known but less surely."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from issuer.measurement.ability import start
from issuer.measurement.epochs import ability_prior, proportion_prior, threshold
from schemas.assessment import Prior


def test_thresholds_halve_what_is_left() -> None:
    assert [threshold(0.95, epoch) for epoch in (1, 2, 3, 4)] == [0.95, 0.975, 0.9875, 0.99375]
    assert threshold(0.8, 2) == 0.9
    with pytest.raises(ValueError, match="count from 1"):
        threshold(0.95, 0)


@given(st.floats(0.8, 0.99).map(lambda t: round(t, 2)), st.integers(1, 12))
def test_all_epochs_together_allow_twice_the_first(first: float, epochs: int) -> None:
    allowed = sum(1 - threshold(first, epoch) for epoch in range(1, epochs + 1))
    assert allowed < 2 * (1 - first)


def test_ability_keeps_its_mean_and_gains_the_stated_variance() -> None:
    assert ability_prior(0.4, 0.3) == Prior(mean=0.4, sd=0.583095)
    assert ability_prior(0.4, 0.3, growth=0.0) == Prior(mean=0.4, sd=0.3)


def test_somebody_at_the_end_of_the_scale_may_begin_again_too() -> None:
    """Fifteen wrong answers in two epochs lead to a mean of -3.7, which the grid cannot start from."""
    assert ability_prior(-3.733883, 0.56) == Prior(mean=-3.0, sd=0.750733)
    assert start(ability_prior(4.1, 0.9)).mean == pytest.approx(3.0, abs=0.01)


@given(st.integers(0, 80), st.integers(0, 80), st.integers(0, 20), st.integers(0, 20))
def test_proportion_keeps_about_its_mean_and_gains_at_least_the_variance(
    right: int, wrong: int, r: int, w: int
) -> None:
    prior = Prior(right=r, wrong=w)
    found = proportion_prior(right, right + wrong, prior)
    before = stats.beta(r + right + 1, w + wrong + 1)
    after = stats.beta(found.right + 1, found.wrong + 1)
    assert found.right >= 0
    assert found.wrong >= 0
    assert after.var() >= before.var() + 0.01 - 1e-9 or (found.right, found.wrong) == (0, 0)
    if right + wrong >= 20 and 0.2 < before.mean() < 0.8:
        assert after.mean() == pytest.approx(before.mean(), abs=0.1)
