from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import accumulate
from math import comb, factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from issuer.assessments import kinds, scoring
from issuer.assessments.bank import read_bank, shipped
from issuer.assessments.scoring import evidence
from issuer.assessments.session import Session
from issuer.measurement import proportion, rule
from issuer.measurement.rule import reference_level, stop
from schemas.assessment import Answer, Area, AreaBand, Decision, Form, LevelCut, Placed, Scored, Started
from schemas.items import Multiple, Option, Single

WORKING, PROFICIENT = LevelCut("working", 0.6), LevelCut("proficient", 0.8)
LEVELS = (WORKING, PROFICIENT)
STARTED = Started(
    engine=scoring.ENGINE_VERSION,
    bank_digest="0" * 64,
    seed="00" * 32,
    levels=LEVELS,
    threshold=0.95,
    items_per_step=20,
    items_at_most=80,
)


def probability_at_or_above(cut: float, right: int, asked: int) -> float:
    return float(proportion.probability_at_or_above(cut, right, asked))


def decide(
    steps: Sequence[Sequence[Scored]], levels: Sequence[LevelCut], threshold: float, at_most: int = 80
) -> Decision:
    """The rule over the evidence of steps, in a session of so many items at most."""
    right = accumulate(sum(one.right for one in step) for step in steps)
    asked = accumulate(map(len, steps))
    looks = proportion.standings(zip(right, asked, strict=True), [level.cut for level in levels])
    return rule.decide(looks, levels, threshold, at_most)


def bands(found: Sequence[Scored], areas: Iterable[str], cut: float) -> tuple[AreaBand, ...]:
    own = tuple(Area(name, name, name, ()) for name in areas)
    bank = replace(read_bank(shipped()), areas=own, items=())
    return scoring.bands(bank, STARTED, found, cut)


def scored(right: int, asked: int, area: str = "a") -> tuple[Scored, ...]:
    return tuple(Scored(f"{area}{n}", area, n < right) for n in range(asked))


def integral(cut: Fraction, right: int, asked: int) -> Fraction:
    """The area under the Beta(right + 1, asked - right + 1) density from the cut to 1, term by term."""
    density = Fraction(factorial(asked + 1), factorial(right) * factorial(asked - right))
    terms = (
        Fraction((-1) ** j * comb(asked - right, j), right + j + 1) * (1 - cut ** (right + j + 1))
        for j in range(asked - right + 1)
    )
    return density * sum(terms)


@pytest.mark.parametrize("cut", [Fraction(1, 2), Fraction(3, 5), Fraction(4, 5), Fraction(19, 20)])
def test_the_binomial_sum_is_the_area_under_the_posterior(cut: Fraction) -> None:
    for asked in range(0, 41, 5):
        for right in range(asked + 1):
            assert probability_at_or_above(float(cut), right, asked) == float(integral(cut, right, asked))


def test_nothing_known_gives_the_prior() -> None:
    assert probability_at_or_above(0.8, 0, 0) == 0.2


def test_a_perfect_first_step_is_enough_for_a_cut_of_eight_tenths() -> None:
    assert probability_at_or_above(0.8, 20, 20) == float(1 - Fraction(4, 5) ** 21)
    assert 0.990 < probability_at_or_above(0.8, 20, 20) < 0.991
    decision = decide([scored(20, 20)], [PROFICIENT], 0.95)
    assert (decision.outcome, decision.level) == ("award", "proficient")


def test_a_score_at_the_cut_is_no_award() -> None:
    assert probability_at_or_above(0.8, 16, 20) < 0.5
    assert decide([scored(16, 20)], [PROFICIENT], 0.95).outcome == "continue"


@given(st.integers(0, 80), st.data(), st.integers(1, 99))
def test_probability_rises_with_right_answers_and_falls_with_the_cut(
    asked: int, data: st.DataObject, percent: int
) -> None:
    right = data.draw(st.integers(0, asked))
    here = probability_at_or_above(percent / 100, right, asked)
    assert 0 <= here <= 1
    assert here <= probability_at_or_above(percent / 100, right + 1, asked + 1)
    assert here >= probability_at_or_above(percent / 100, right, asked + 1)
    if percent < 99:
        assert here >= probability_at_or_above((percent + 1) / 100, right, asked)


@given(st.lists(st.booleans(), min_size=1, max_size=80), st.randoms(use_true_random=False))
def test_the_order_of_evidence_within_a_step_does_not_matter(rights: list[bool], random: object) -> None:
    found = [Scored(f"i{n}", "abcde"[n % 5], right) for n, right in enumerate(rights)]
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis hands a random.Random
    assert decide([found], LEVELS, 0.95) == decide([shuffled], LEVELS, 0.95)
    assert bands(found, "abcde", 0.6) == bands(shuffled, "abcde", 0.6)


STEPS = st.lists(st.lists(st.booleans(), min_size=1, max_size=20), min_size=1, max_size=4)
THRESHOLDS = st.sampled_from([0.8, 0.9, 0.95, 0.99])
THREE = (LevelCut("some", 0.3), *LEVELS)


def steps_of(rights: list[list[bool]]) -> list[list[Scored]]:
    return [
        [Scored(f"i{n}-{m}", "a", right) for m, right in enumerate(step)] for n, step in enumerate(rights)
    ]


@given(STEPS, THRESHOLDS)
def test_a_decision_is_consistent(rights: list[list[bool]], threshold: float) -> None:
    decision = decide(steps_of(rights), THREE, threshold, 80)
    states = [level.state for level in decision.levels]
    order = ("reached", "undecided", "not_reached")
    assert states == sorted(states, key=order.index)
    assert (decision.level is not None) == (decision.outcome == "award")
    assert (decision.reached is not None) == (states[0] == "reached")
    asked, right = sum(map(len, rights)), sum(map(sum, rights))
    assert (decision.outcome == "continue") == ("undecided" in states and asked < 80)
    assert (decision.right, decision.asked, decision.score) == (right, asked, right / asked)
    assert stop(decision).outcome != "continue"
    assert stop(decision).level == decision.reached


@given(STEPS, THRESHOLDS)
def test_each_level_is_decided_by_its_first_crossing_and_stays(
    rights: list[list[bool]], threshold: float
) -> None:
    steps = steps_of(rights)
    expected = ["undecided"] * len(THREE)
    for n in range(1, len(steps) + 1):
        asked, right = sum(map(len, rights[:n])), sum(map(sum, rights[:n]))
        for index, level in enumerate(THREE):
            probability = probability_at_or_above(level.cut, right, asked)
            if expected[index] == "undecided" and not threshold > probability > 1 - threshold:
                expected[index] = "reached" if probability > 0.5 else "not_reached"
        stated = decide(steps[:n], THREE, threshold, 80).levels
        assert [level.state for level in stated] == expected


def test_a_level_reached_is_not_lost_by_going_on() -> None:
    pooled = decide([(*scored(17, 20), *scored(5, 20))], LEVELS, 0.95)
    assert pooled.reached is None  # the same answers in one step reach nothing
    decision = decide([scored(17, 20), scored(5, 20)], LEVELS, 0.95)
    assert [level.state for level in decision.levels] == ["reached", "not_reached"]
    assert decision.levels[0].probability == probability_at_or_above(0.6, 22, 40) < 0.5
    assert (decision.outcome, decision.level) == ("award", "working")


def test_a_level_out_of_reach_is_not_reached_later() -> None:
    first = decide([scored(12, 20)], LEVELS, 0.95)
    assert [level.state for level in first.levels] == ["undecided", "not_reached"]
    steps = [scored(12, 20), scored(20, 20), scored(20, 20), scored(20, 20)]
    assert probability_at_or_above(0.8, 72, 80) > 0.95
    assert decide(steps, LEVELS, 0.95).level == "working"


def test_before_the_first_step_nothing_is_decided() -> None:
    # A flat prior alone gives P(p >= .04) = .96; without evidence that is no award.
    decision = decide([], [LevelCut("low", 0.04)], 0.95)
    assert (decision.outcome, decision.levels[0].state) == ("continue", "undecided")
    assert (decision.score, decision.asked) == (0.0, 0)


def test_the_highest_level_reached_is_awarded_when_everything_is_decided() -> None:
    assert decide([scored(80, 80)], LEVELS, 0.95).level == "proficient"
    decision = decide([scored(55, 79)], LEVELS, 0.95)
    assert (decision.outcome, decision.level) == ("award", "working")
    assert not decision.stopped


def test_a_level_reached_while_a_higher_one_is_open_may_be_taken() -> None:
    decision = decide([scored(17, 20)], LEVELS, 0.95)
    assert (decision.outcome, decision.level, decision.reached) == ("continue", None, "working")
    stopped = stop(decision)
    assert (stopped.outcome, stopped.level, stopped.stopped) == ("award", "working", True)
    assert stop(stopped) == stopped


def test_at_the_end_of_the_length_what_is_reached_is_awarded() -> None:
    assert decide([scored(17, 20)], LEVELS, 0.95, 20).level == "working"
    assert decide([scored(13, 20)], LEVELS, 0.95, 20).outcome == "not_yet"


def test_the_lowest_level_out_of_reach_ends_it() -> None:
    assert decide([scored(5, 20)], LEVELS, 0.95).outcome == "not_yet"
    assert stop(decide([scored(12, 20)], LEVELS, 0.95)).outcome == "not_yet"


def test_the_threshold_itself_is_enough() -> None:
    # One item, right: P(p >= .2) = 1 - .2 ** 2 = .96 exactly, whatever a double would make of it.
    assert decide([scored(1, 1)], [LevelCut("low", 0.2)], 0.96).outcome == "award"
    assert decide([scored(0, 1)], [LevelCut("high", 0.8)], 0.96).outcome == "not_yet"


def test_score_and_error_are_those_of_the_posterior() -> None:
    decision = decide([scored(15, 20)], [WORKING], 0.95)
    assert decision.score == 0.75
    assert decision.standard_error == pytest.approx((16 * 6 / (22**2 * 23)) ** 0.5)


@pytest.mark.parametrize(
    ("levels", "threshold"),
    [((), 0.95), ((PROFICIENT, WORKING), 0.95), ((WORKING, WORKING), 0.95), (LEVELS, 0.5), (LEVELS, 1.0)],
)
def test_a_rule_that_is_none_is_refused(levels: tuple[LevelCut, ...], threshold: float) -> None:
    with pytest.raises(ValueError, match=r"."):
        decide([scored(1, 2)], levels, threshold)


@pytest.mark.parametrize(("cut", "right", "asked"), [(0.0, 0, 1), (1.0, 0, 1), (0.5, 2, 1), (0.5, -1, 1)])
def test_figures_that_are_none_are_refused(cut: float, right: int, asked: int) -> None:
    with pytest.raises(ValueError, match=r"."):
        probability_at_or_above(cut, right, asked)


def test_bands_say_too_few_below_four_items() -> None:
    assert bands(scored(3, 3), ["a", "b"], 0.6)[0].band == "too_few"
    empty = bands((), ["b"], 0.6)[0]
    assert (empty.band, empty.low, empty.high) == ("too_few", 10, 90)


@pytest.mark.parametrize(
    ("right", "band"),
    [(4, "stronger"), (3, "as_expected"), (2, "as_expected"), (1, "work_on_this"), (0, "work_on_this")],
)
def test_bands_of_a_first_step(right: int, band: str) -> None:
    assert bands(scored(right, 4), ["a"], 0.6)[0].band == band


@given(st.integers(0, 20), st.data())
def test_a_bands_interval_holds_eighty_percent(asked: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, asked))
    band = bands(scored(right, asked), ["a"], 0.5)[0]
    assert 0 <= band.low < band.high <= 100

    def above(percent: int) -> Fraction:
        return Fraction(1) - integral(Fraction(percent, 100), right, asked)

    assert above(band.low) <= Fraction(1, 10) < above(min(band.low + 1, 100))
    assert above(band.high) >= Fraction(9, 10)
    assert above(band.high - 1) < Fraction(9, 10)


@pytest.mark.parametrize(
    ("right", "asked", "cut"), [(5, 20, 0.6), (12, 20, 0.6), (17, 20, 0.8), (80, 80, 0.8)]
)
def test_bands_compare_with_the_level_ahead(right: int, asked: int, cut: float) -> None:
    assert reference_level(decide([scored(right, asked)], LEVELS, 0.95)).cut == cut


def test_all_or_nothing() -> None:
    options = tuple(Option(name, name, "why") for name in "abc")
    item = Multiple(id="i", area="area", stem="stem", options=options, key=("a", "c"))
    assert kinds.most(item) == 1
    assert kinds.score(item, ("c", "a"), b"") == 1
    for selected in (("a",), ("a", "b", "c"), ()):
        assert kinds.score(item, selected, b"") == 0


def test_an_item_asked_and_not_answered_counts_as_not_right() -> None:
    bank = read_bank(shipped())
    first, second = bank.items[:2]
    assert isinstance(first, Single)
    form = Form(1, tuple(Placed(item.id, ()) for item in (first, second)))
    found = evidence(bank, Session(STARTED, [form], [Answer(first.id, first.key)]))
    assert found == ((Scored(first.id, first.area, 1), Scored(second.id, second.area, 0)),)
    with pytest.raises(KeyError):
        evidence(bank, Session(STARTED, [Form(1, (Placed("unknown", ()),))]))
