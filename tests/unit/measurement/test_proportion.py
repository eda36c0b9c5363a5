"""Whole numbers against scipy's Beta distribution; priors count like answers."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from issuer.measurement.proportion import interval, probability_at_or_above, standard_error, standings
from schemas.assessment import Prior

counts = st.tuples(st.integers(0, 80), st.integers(0, 80))


@given(counts, counts, st.integers(1, 99))
@settings(max_examples=60, deadline=None)
def test_the_posterior_is_the_beta_distributions(
    answers: tuple[int, int], before: tuple[int, int], percent: int
) -> None:
    (right, wrong), prior = answers, Prior(right=before[0], wrong=before[1])
    beta = stats.beta(right + before[0] + 1, wrong + before[1] + 1)
    found = probability_at_or_above(percent / 100, right, right + wrong, prior)
    assert float(found) == pytest.approx(float(beta.sf(percent / 100)), abs=1e-9)
    assert standard_error(right, right + wrong, prior) == pytest.approx(float(beta.std()))


@given(counts, counts)
@settings(max_examples=40, deadline=None)
def test_a_prior_counts_like_answers(answers: tuple[int, int], before: tuple[int, int]) -> None:
    (right, wrong), (r, w) = answers, before
    as_prior = probability_at_or_above(0.6, right, right + wrong, Prior(right=r, wrong=w))
    assert as_prior == probability_at_or_above(0.6, right + r, right + wrong + r + w)


def test_exact_values() -> None:
    assert probability_at_or_above(0.5, 0, 0) == Fraction(1, 2)
    assert probability_at_or_above(0.6, 1, 1) == Fraction(16, 25)
    for right, asked in ((-1, 3), (4, 3)):
        with pytest.raises(ValueError, match="right must lie"):
            probability_at_or_above(0.5, right, asked)
    with pytest.raises(ValueError, match="strictly between"):
        probability_at_or_above(1.0, 0, 0)


def test_the_interval_is_central_and_widened_to_whole_percent() -> None:
    low, high = interval(7, 10)
    beta = stats.beta(8, 4)
    assert low == int(100 * beta.ppf(0.1))
    assert high == int(100 * beta.ppf(0.9)) + 1
    assert interval(0, 0) == (10, 90)
    assert interval(7, 10, Prior(right=30, wrong=10))[0] > low


def test_looks_begin_before_the_first_answer() -> None:
    first, second = standings([(15, 20)], [0.5, 0.7])
    assert (first.right, first.asked, first.estimate()) == (0, 0, (0.0, standard_error(0, 0)))
    assert (second.right, second.asked) == (15, 20)
    for place, cut in enumerate((0.5, 0.7)):
        assert second.probability(place) == probability_at_or_above(cut, 15, 20)
    assert second.estimate() == (0.75, standard_error(15, 20))
