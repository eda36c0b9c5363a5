"""The test characteristic curve and its inverse."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from issuer.measurement.characteristic import ability_at, cut_on_ability, expected_proportion
from issuer.measurement.models import probability
from schemas.items import Parameters

BANK = [Parameters("2pl", 0.8 + n / 50, -1.5 + n / 10) for n in range(30)]
GUESSED = [Parameters("3pl", 1.0, 0.0, 0.25)] * 10


@given(st.floats(0.1, 0.9))
@settings(max_examples=20, deadline=None)
def test_the_inverse_agrees_with_a_root_finder(proportion: float) -> None:
    curve = lambda x: sum(probability(item, x) for item in BANK) / len(BANK) - proportion  # noqa: E731 - an oracle in a line
    assert ability_at(BANK, proportion) == pytest.approx(optimize.brentq(curve, -6, 6), abs=1e-6)


def test_graded_items_count_like_others() -> None:
    graded = [*BANK, Parameters("grm", 1.0, (-1.0, 0.0, 1.0))]
    assert expected_proportion(graded, 0.0) == pytest.approx((30 * expected_proportion(BANK, 0.0) + 0.5) / 31)


def test_the_error_goes_over_by_the_slope() -> None:
    theta, error = cut_on_ability(BANK, 0.6, 0.04)
    low, high = ability_at(BANK, 0.56), ability_at(BANK, 0.64)
    assert theta == ability_at(BANK, 0.6)
    assert error == pytest.approx((high - low) / 2, rel=0.02)


@pytest.mark.parametrize("proportion", [0.2, 0.25, 0.9999])
def test_what_nobody_is_expected_to_get_is_no_cut(proportion: float) -> None:
    with pytest.raises(ValueError, match="no ability on the scale"):
        ability_at(GUESSED, proportion)
