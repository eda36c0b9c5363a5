"""Adverse impact: scipy as oracle, and what the ratio alone would have cried."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact, norm

from bench.fairness import fair_alarms
from issuer.fairness.impact import (
    FEWEST,
    SENTENCES,
    Group,
    coarse,
    compare,
    fisher,
    impacts,
    power,
    shown,
)

GROUPS = st.integers(0, 120).flatmap(lambda people: st.builds(Group, st.just(people), st.integers(0, people)))


@given(GROUPS, GROUPS)
def test_fisher_agrees_with_scipy(one: Group, other: Group) -> None:
    table = np.array(
        [
            [one.awarded, one.people - one.awarded],
            [other.awarded, other.people - other.awarded],
        ]
    )
    if one.people and other.people:
        assert fisher(one, other) == pytest.approx(float(fisher_exact(table)[1]), abs=1e-9)


@given(st.floats(0.02, 0.99), st.integers(20, 500), st.integers(20, 500))
def test_power_agrees_with_the_normal_distribution(rate: float, reference: int, other: int) -> None:
    lower = 0.8 * rate
    pooled = (reference * rate + other * lower) / (reference + other)
    equal = (pooled * (1 - pooled) * (1 / reference + 1 / other)) ** 0.5
    apart = (rate * (1 - rate) / reference + lower * (1 - lower) / other) ** 0.5
    expected = float(norm.cdf((rate - lower - norm.ppf(0.975) * equal) / apart))
    assert power(rate, reference, other) == pytest.approx(expected, abs=1e-9)


def test_nobody_awarded_has_no_power() -> None:
    assert power(0.0, 100, 100) == 0.0


def test_the_ratio_alone_alarms_in_half_of_fair_samples_and_ours_does_not() -> None:
    alone, ours = fair_alarms(100, 30, 0.3)
    assert alone == pytest.approx(0.48, abs=0.005)
    assert ours < 0.05


@pytest.mark.parametrize(
    ("one", "other", "finding"),
    [
        (Group(19, 10), Group(100, 10), "too_few"),
        (Group(100, 30), Group(30, 6), "cannot_say"),
        (Group(100, 50), Group(100, 48), "cannot_say"),
        (Group(400, 200), Group(400, 100), "impact"),
        (Group(2000, 1000), Group(2000, 900), "difference"),
        (Group(2000, 1000), Group(2000, 990), "none_seen"),
        (Group(500, 0), Group(500, 0), "cannot_say"),
    ],
)
def test_the_finding_in_words(one: Group, other: Group, finding: str) -> None:
    (found,) = impacts({"one": one, "other": other})
    assert found.finding == finding
    assert found.sentence == SENTENCES[found.finding]
    assert (found.ratio is None) is (finding == "too_few")


def test_more_pairs_ask_for_more_evidence() -> None:
    one, other = Group(100, 60), Group(100, 44)
    alone = compare("one", one, "other", other)
    among = compare("one", one, "other", other, pairs=6)
    assert alone.finding == "impact"
    assert among.finding == "cannot_say"
    assert among.p == pytest.approx(6 * (alone.p or 0))


@given(st.dictionaries(st.sampled_from("abcdef"), GROUPS, min_size=2, max_size=6))
def test_every_pair_is_compared_once_with_the_higher_rate_first(groups: dict[str, Group]) -> None:
    found = impacts(groups)
    assert len(found) == len(groups) * (len(groups) - 1) // 2
    assert all(groups[one.reference].rate >= groups[one.other].rate for one in found)
    assert all(one.ratio is None or 0 <= one.ratio <= 1 for one in found)


@given(st.dictionaries(st.sampled_from("abcdef"), GROUPS, max_size=6))
def test_what_is_hidden_cannot_be_computed_from_what_is_shown(groups: dict[str, Group]) -> None:
    kept, hidden = shown(groups)
    assert all(group.people >= FEWEST for group in kept.values())
    assert hidden + sum(group.people for group in kept.values()) == sum(g.people for g in groups.values())
    assert hidden == 0 or hidden >= FEWEST or not kept


@given(st.integers(0, 400), st.integers(0, 400))
def test_shares_are_coarse_and_never_all_or_none(count: int, more: int) -> None:
    percent = coarse(count, count + more)
    assert percent is None or (percent % 5 == 0 and 10 <= percent <= 90)
    assert coarse(0, more) is None
    assert coarse(count, count) is None


def test_coarse_shares_rise() -> None:
    found = [coarse(count, 100) or 0 for count in range(10, 90)]
    assert all(low <= high for low, high in pairwise(found))
