"""The chart of a leak: what it finds, what it leaves alone; small versions of bench/fairness.py."""

import random
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.fairness import Taker, answers, first_alarm, found_after, honest
from issuer.fairness.leak import (
    GROUPS,
    KNOWN,
    LEARNED_FROM,
    SHARE,
    WITHIN,
    Chart,
    Learned,
    score_group,
    step,
)

PEOPLE = [Taker(p, p, group) for p, group in ((0.15, 0), (0.25, 1), (0.35, 2), (0.5, 3), (0.65, 4))]


def test_a_leak_at_the_cut_is_found_within_150_responses() -> None:
    assert found_after(0.5, 11, runs=60, people=1000) <= 150


def test_honest_takers_rarely_alarm() -> None:
    rng = random.Random(5)  # noqa: S311 - a simulation that repeats
    streams = [islice(answers(PEOPLE, rng, leaked=False), WITHIN) for _ in range(120)]
    false = sum(first_alarm(stream, Chart(), None) < WITHIN for stream in streams)
    assert false <= 12, "5 % of 120 are 6"


def test_an_item_without_calibration_learns_and_finds_a_leak() -> None:
    rng = random.Random(6)  # noqa: S311 - a simulation that repeats
    found = []
    for _ in range(20):
        chart, learned = honest(PEOPLE, rng, 500, calibrated=False)
        found.append(first_alarm(answers(PEOPLE, rng, leaked=True), chart, learned))
    assert sorted(found)[10] < 300


@given(expected=st.floats(0, 1), right=st.booleans())
def test_one_response(expected: float, *, right: bool) -> None:
    after = step(Chart(), expected, right=right)
    assert after.responses == 1
    assert (after.sum > 0) is right
    assert after.highest == after.sum
    assert after.information > 0
    assert not after.alarm


@given(st.floats(0.05, 0.9))
def test_the_sum_sinks_on_merit_and_rises_on_a_leak(p: float) -> None:
    up = step(Chart(sum=5.0), p, right=True).sum - 5.0
    down = step(Chart(sum=5.0), p, right=False).sum - 5.0
    leaked = (1 - SHARE) * p + SHARE * KNOWN
    assert p * up + (1 - p) * down < 0 < leaked * up + (1 - leaked) * down


def test_nothing_seen_is_no_alarm() -> None:
    assert not Chart().alarm
    assert Chart().limit == 1.0


def test_no_expectation_before_there_is_a_history() -> None:
    learned = Learned()
    for number in range(LEARNED_FROM):
        assert learned.expected(2) is None
        learned = learned.after(2, right=number % 2 == 0, settled=True)
    expected = learned.expected(2)
    assert expected is not None
    assert 0.5 < expected < 0.6
    assert (learned.expected(0) or 0) == pytest.approx(expected, abs=0.01), "no people: as everybody"


def test_what_may_be_a_leak_waits() -> None:
    learned = Learned()
    for _ in range(LEARNED_FROM):
        learned = learned.after(1, right=False, settled=True)
    before = learned.expected(1)
    for _ in range(50):
        learned = learned.after(1, right=True, settled=False)
    assert learned.expected(1) == before
    settled = learned.after(1, right=True, settled=True)
    assert sum(settled.people) == LEARNED_FROM + 51
    assert sum(settled.people_waiting) == 0
    assert (settled.expected(1) or 0) > (before or 0)


@given(st.integers(0, 40), st.integers(0, 40))
def test_score_groups_rise_with_the_score(right: int, wrong: int) -> None:
    group = score_group(right, right + wrong)
    assert 0 <= group < GROUPS
    assert group <= score_group(right + 1 + wrong, right + 1 + wrong)
