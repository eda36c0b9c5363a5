"""First crossing, on either scale, and stopping early; the figures of a scale are its own tests' business."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.measurement.rule import Standing, decide, exact, reference_level, settle, stop
from schemas.assessment import LevelCut

LEVELS = (LevelCut("working", 0.0), LevelCut("proficient", 0.8))


def look(asked: int, *percent: int) -> Standing:
    said = tuple(Fraction(p, 100) for p in percent)
    return Standing(said.__getitem__, asked // 2, asked, lambda: (0.25, 0.5))


def test_a_level_is_decided_where_it_is_first_crossed_and_stays() -> None:
    decision = decide([look(0, 50, 20), look(1, 95, 60), look(2, 70, 5), look(3, 60, 97)], LEVELS, 0.95, 60)
    assert [level.state for level in decision.levels] == ["reached", "not_reached"]
    assert [level.probability for level in decision.levels] == [0.6, 0.97]
    assert (decision.outcome, decision.level, decision.asked, decision.right) == ("award", "working", 3, 1)
    assert (decision.score, decision.standard_error) == (0.25, 0.5)


def test_a_level_that_is_kept_stays_with_all_below_it_and_raises_none_above() -> None:
    looks = [look(0, 50, 20), look(20, 3, 2)]
    for kept, states in (
        (None, ["not_reached", "not_reached"]),
        ("working", ["reached", "not_reached"]),
        ("proficient", ["reached", "reached"]),
    ):
        decision = decide(looks, LEVELS, 0.95, 60, kept=kept)
        assert [level.state for level in decision.levels] == states
        assert [level.probability for level in decision.levels] == [0.03, 0.02]
        assert (decision.reached, decision.level) == (kept, kept)
    with pytest.raises(ValueError, match="not in"):
        decide(looks, LEVELS, 0.95, 60, kept="unheard-of")


def test_nothing_is_decided_before_the_least_number_of_items_or_before_the_first() -> None:
    looks = [look(0, 99, 99), look(1, 99, 99), look(14, 99, 50)]
    assert decide(looks, LEVELS, 0.95, 60, 15).reached is None
    assert decide(looks[:1], LEVELS, 0.95, 60).outcome == "continue"
    assert decide([*looks, look(15, 94, 50)], LEVELS, 0.95, 60, 15).reached is None
    assert decide([*looks, look(15, 95, 50)], LEVELS, 0.95, 60, 15).reached == "working"


def test_the_length_ends_what_is_open() -> None:
    assert decide([look(0, 50, 50), look(60, 94, 6)], LEVELS, 0.95, 60).outcome == "not_yet"
    assert decide([look(0, 50, 50), look(60, 94, 6)], LEVELS, 0.95, 80).outcome == "continue"
    assert decide([look(0, 50, 50), look(60, 96, 6)], LEVELS, 0.95, 60).level == "working"


def test_stopping_takes_what_is_reached() -> None:
    open_decision = decide([look(0, 50, 50), look(20, 96, 6)], LEVELS, 0.95, 60)
    assert (open_decision.outcome, open_decision.level, open_decision.reached) == (
        "continue",
        None,
        "working",
    )
    stopped = stop(open_decision)
    assert (stopped.outcome, stopped.level, stopped.stopped) == ("award", "working", True)
    assert stop(stopped) is stopped
    assert stop(decide([look(0, 50, 50)], LEVELS, 0.95, 60)).outcome == "not_yet"


def test_bands_refer_to_the_next_level_ahead() -> None:
    assert reference_level(decide([look(0, 50, 50)], LEVELS, 0.95, 60)).cut == 0.0
    assert reference_level(decide([look(0, 50, 50), look(9, 96, 6)], LEVELS, 0.95, 60)).cut == 0.8
    assert reference_level(decide([look(0, 50, 50), look(9, 99, 98)], LEVELS, 0.95, 60)).cut == 0.8


def test_what_is_no_rule_is_refused() -> None:
    for threshold in (0.5, 0.3, 0.0, 1.0):
        with pytest.raises(ValueError, match="threshold"):
            decide([look(0, 50, 50)], LEVELS, threshold, 60)
    for levels in ((), LEVELS[::-1]):
        with pytest.raises(ValueError, match="levels must ascend"):
            decide([look(0, 50, 50)], levels, 0.95, 60)
    with pytest.raises(ValueError, match="before the first answer"):
        decide([], LEVELS, 0.95, 60)


def test_nobody_asks_how_probable_a_decided_level_is() -> None:
    def probability(place: int) -> Fraction:
        assert place == 1
        return Fraction(1, 2)

    assert settle(("reached", "undecided"), probability, 0.95) == ("reached", "undecided")


def test_a_threshold_is_the_decimal_that_it_prints_as() -> None:
    assert exact(0.95) == Fraction(19, 20)
    assert settle(("undecided", "undecided"), (Fraction(19, 20), Fraction(1, 20)).__getitem__, 0.95) == (
        "reached",
        "not_reached",
    )


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=1, max_size=8))
def test_reached_levels_are_the_lowest_ones(found: list[tuple[int, int]]) -> None:
    looks = [look(n, max(pair), min(pair)) for n, pair in enumerate(found)]
    states = [level.state for level in decide(looks, LEVELS, 0.8, 60).levels]
    assert states != ["not_reached", "reached"]
    assert states != ["undecided", "reached"]
    assert states != ["not_reached", "undecided"]
