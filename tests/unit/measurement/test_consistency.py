"""The predictive distribution of a later score, against sums over every pattern, and its promise."""

from fractions import Fraction
from itertools import pairwise, product
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuer.measurement.ability import NODES, start
from issuer.measurement.consistency import LEVEL, of_ability, of_proportion, predictive
from issuer.measurement.models import categories
from schemas.assessment import Prior
from schemas.items import Parameters

FIRST = Prior(mean=0.4, sd=0.5)
ITEMS = (
    Parameters("2pl", 1.3, 0.1),
    Parameters("rasch", 1.0, -0.6),
    Parameters("3pl", 0.8, 0.9, c=0.2),
    Parameters("grm", 1.1, (-0.5, 0.7)),
)


def test_a_score_is_expected_as_often_as_the_patterns_that_give_it() -> None:
    held = start(FIRST)
    by_hand = [0.0] * 6
    for pattern in product(*(range(len(categories(item, 0.0))) for item in ITEMS)):
        for node, weight in zip(NODES, held.weights, strict=True):
            chances = (categories(item, node)[points] for item, points in zip(ITEMS, pattern, strict=True))
            by_hand[sum(pattern)] += weight * prod(chances) / held.sum
    assert predictive(FIRST, ITEMS) == pytest.approx(by_hand)
    found = of_ability(FIRST, ITEMS, 1)
    assert float(found.lower_tail) == pytest.approx(by_hand[0] + by_hand[1], abs=1e-6)
    assert found.expected == pytest.approx(sum(n * chance for n, chance in enumerate(by_hand)), abs=1e-6)
    assert of_ability(FIRST, ITEMS, 5).lower_tail == 1


def test_two_answers_by_hand() -> None:
    """After 3 of 3, Beta(4, 1): both wrong has 1 * 2 / (5 * 6), at most one right 1 - 4 * 5 / (5 * 6)."""
    first = Prior(right=3)
    assert [of_proportion(first, right, 2).lower_tail for right in (0, 1, 2)] == [
        Fraction(1, 15),
        Fraction(1, 3),
        1,
    ]
    assert of_proportion(first, 0, 2).expected == pytest.approx(1.6)
    assert of_proportion(first, 0, 3).consistent is False


@settings(max_examples=60, deadline=None)
@given(right=st.integers(0, 40), wrong=st.integers(0, 40), asked=st.integers(0, 20))
def test_whoever_gave_the_first_result_themselves_is_doubted_no_more_often_than_stated(
    right: int, wrong: int, asked: int
) -> None:
    first = Prior(right=right, wrong=wrong)
    found = [of_proportion(first, score, asked) for score in range(asked + 1)]
    tails = [one.lower_tail for one in found]
    assert tails == sorted(tails)
    assert tails[-1] == 1
    chances = [tail - before for before, tail in pairwise((Fraction(0), *tails))]
    doubted = (chance for one, chance in zip(found, chances, strict=True) if not one.consistent)
    assert sum(doubted) <= LEVEL


@pytest.mark.parametrize("score", [-1, 6])
def test_scores_that_nobody_can_have_are_refused(score: int) -> None:
    with pytest.raises(ValueError, match="none that the items give"):
        of_ability(FIRST, ITEMS, score)
    with pytest.raises(ValueError, match="between 0 and asked"):
        of_proportion(Prior(), score, 5)
