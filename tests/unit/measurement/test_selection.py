"""The adaptive choice: area, information, chance, bars; and a log of bars that gives the choice again."""

import hashlib
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuer.measurement.models import information
from issuer.measurement.selection import Candidate, Rank, at_cap, choose
from schemas.items import Parameters

AREAS = ("a", "b", "c")
WEIGHTS = {"a": 1, "b": 1, "c": 2}


def ranks(seed: int) -> Rank:
    return lambda *parts: hashlib.sha256(repr((seed, *parts)).encode()).digest()


def bank(seed: int = 1, n: int = 30) -> list[Candidate]:
    chance = random.Random(seed)  # noqa: S311 - a drawn bank
    return [
        Candidate(f"i{i}", AREAS[i % 3], Parameters("2pl", 0.5 + chance.random(), chance.gauss(0, 1)))
        for i in range(n)
    ]


def best(candidates: list[Candidate], area: str, theta: float) -> list[str]:
    own = [one for one in candidates if one.area == area]
    return [one.id for one in sorted(own, key=lambda one: -information(one.parameters, theta))]


def test_the_least_covered_area_for_its_weight_comes_first() -> None:
    area_of = {one.id: one.area for one in bank()}
    for covered, area in (
        ({"a": 1, "b": 0, "c": 1}, "b"),
        ({"a": 1, "b": 1, "c": 1}, "c"),
        ({"a": 2, "b": 2, "c": 3}, "c"),
        ({"a": 1, "b": 2, "c": 4}, "a"),
    ):
        found = choose(bank(), covered, WEIGHTS, 0.0, ranks(1))
        assert found
        assert area_of[found.item] == area


def test_equal_areas_take_turns_by_chance() -> None:
    area_of = {one.id: one.area for one in bank()}
    drawn = Counter(
        area_of[found.item] for seed in range(300) if (found := choose(bank(), {}, WEIGHTS, 0.0, ranks(seed)))
    )
    assert min(drawn[area] for area in AREAS) > 70


@pytest.mark.parametrize("theta", [-1.0, 0.0, 1.5])
def test_one_of_the_five_most_informative_by_chance(theta: float) -> None:
    drawn = {
        found.item
        for seed in range(100)
        if (found := choose(bank(), {"b": 1, "c": 2}, WEIGHTS, theta, ranks(seed)))
    }
    assert drawn == set(best(bank(), "a", theta)[:5])


def test_barred_items_make_room_for_the_next_best_and_are_named() -> None:
    order = best(bank(), "a", 0.3)
    barred = {order[0], order[3], order[9]}
    drawn = set()
    for seed in range(100):
        found = choose(bank(), {"b": 1, "c": 2}, WEIGHTS, 0.3, ranks(seed), barred)
        assert found
        assert found.barred == tuple(sorted(order[n] for n in (0, 3)))
        drawn.add(found.item)
    assert drawn == {order[n] for n in (1, 2, 4, 5, 6)}


def test_an_area_without_anything_admissible_is_passed_over() -> None:
    own = set(best(bank(), "a", 0.0))
    found = choose(bank(), {"b": 1, "c": 2}, WEIGHTS, 0.0, ranks(1), own)
    assert found
    assert found.item not in own
    assert found.barred == tuple(sorted(own))
    assert choose(bank(), {}, WEIGHTS, 0.0, ranks(1), {one.id for one in bank()}) is None
    assert choose([], {}, WEIGHTS, 0.0, ranks(1)) is None


@given(st.integers(0, 10_000), st.sets(st.integers(0, 29)), st.floats(-2, 2), st.randoms())
@settings(max_examples=200, deadline=None)
def test_the_bars_recorded_give_the_choice_again(
    seed: int, barred: set[int], theta: float, order: random.Random
) -> None:
    candidates = bank(seed)
    found = choose(candidates, {"a": 2}, WEIGHTS, theta, ranks(seed), {f"i{n}" for n in barred})
    order.shuffle(candidates)
    if found is None:
        assert len(barred) == 30
        return
    assert found.item not in found.barred
    assert choose(candidates, {"a": 2}, WEIGHTS, theta, ranks(seed), set(found.barred)) == found


def test_the_cap_counts_a_hundred_sessions_at_least() -> None:
    assert not at_cap(24, 1)
    assert at_cap(25, 100)
    assert not at_cap(249, 1000)
    assert at_cap(250, 1000)
    assert at_cap(0, 10**6, cap=0.0)
    for sessions in range(1, 2000):
        given = next(n for n in range(sessions + 1000) if at_cap(n, sessions))
        assert given <= 0.25 * max(sessions, 100)
