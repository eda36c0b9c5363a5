"""Text entry: which texts and numbers are right, told from any response processing that compares."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuer.assessments import kinds
from issuer.imports.refusals import ImportRefused
from issuer.imports.values import decimal
from schemas.items import Nearly, Numeric, Text
from tests.unit.imports.writer import (
    MAP_RESPONSE,
    SCORE,
    base,
    correct,
    item,
    outcome,
    processing,
    put,
    response,
    take,
    variable,
    when,
)

ENTRY = '<p>Write it: <qti-text-entry-interaction response-identifier="RESPONSE"/></p>'
ONE = put("SCORE", base(1))


def written(declared: str, *rules: str, more: str = "") -> Text | Numeric:
    ours = take(item(ENTRY, declared, SCORE, more, *rules))
    assert isinstance(ours, Text | Numeric)
    return ours


def number(condition: str, kind: str = "float") -> Numeric:
    ours = written(response((), base=kind), processing(when(condition, ONE)))
    assert isinstance(ours, Numeric)
    return ours


def text(condition: str) -> Text:
    ours = written(response((), base="string"), processing(when(condition, ONE)))
    assert isinstance(ours, Text)
    return ours


def equal(value: float | str, more: str, *, turned: bool = False) -> str:
    inner = f"{base(value)}{variable()}" if turned else f"{variable()}{base(value)}"
    return f"<qti-equal {more}>{inner}</qti-equal>"


def string_match(value: str, sensitive: str) -> str:
    inner = f"{variable()}{base(value, 'string')}"
    return f'<qti-string-match case-sensitive="{sensitive}">{inner}</qti-string-match>'


OUTSIDE = f"<qti-or><qti-lt>{variable()}{base(3)}</qti-lt><qti-gt>{variable()}{base(5)}</qti-gt></qti-or>"
PLACES = 'rounding-mode="decimalPlaces" figures="1"'
ABSOLUTE = 'tolerance-mode="absolute" tolerance="0.5"'


@pytest.mark.parametrize(
    ("condition", "value", "tolerance"),
    [
        (equal(12, 'tolerance-mode="exact"'), "12", "0"),
        (equal("12.25", ABSOLUTE), "12.25", "0.5"),
        (equal("12.25", ABSOLUTE, turned=True), "12.25", "0.5"),
        (equal(10, 'tolerance-mode="absolute" tolerance="1 3"', turned=True), "11", "2"),
        (equal(10, 'tolerance-mode="absolute" tolerance="1 3"'), "9", "2"),
        (equal(-100, 'tolerance-mode="relative" tolerance="10"', turned=True), "-100", "10"),
        (equal("0.001", 'tolerance-mode="exact"'), "0.001", "0"),
        (
            f"<qti-and><qti-gte>{variable()}{base(3)}</qti-gte><qti-lte>{variable()}{base(5)}</qti-lte></qti-and>",
            "4",
            "1",
        ),
        (f"<qti-not>{OUTSIDE}</qti-not>", "4", "1"),
        (f"<qti-match>{variable()}{base('2.5')}</qti-match>", "2.5", "0"),
        (f"<qti-member>{variable()}<qti-multiple>{base('2.5')}</qti-multiple></qti-member>", "2.5", "0"),
    ],
)
def test_an_interval_of_numbers_is_a_value_with_a_tolerance(
    condition: str, value: str, tolerance: str
) -> None:
    ours = number(condition)
    assert (ours.value, ours.tolerance) == (value, tolerance)


@pytest.mark.parametrize(
    ("condition", "value", "tolerance", "ends"),
    [
        (f"<qti-equal-rounded {PLACES}>{variable()}{base(2)}</qti-equal-rounded>", "2", "0.05", "lower"),
        (
            f"<qti-equal-rounded {PLACES}>{base('-0.5')}{variable()}</qti-equal-rounded>",
            "-0.5",
            "0.05",
            "lower",
        ),
        (equal(1, f'{ABSOLUTE} include-upper-bound="false"', turned=True), "1", "0.5", "lower"),
        (equal(1, f'{ABSOLUTE} include-lower-bound="false"', turned=True), "1", "0.5", "upper"),
        (
            f"<qti-and><qti-gt>{variable()}{base(-2)}</qti-gt><qti-lt>{variable()}{base(3)}</qti-lt></qti-and>",
            "0.5",
            "2.5",
            "neither",
        ),
    ],
)
def test_an_end_that_is_not_right_itself_is_said(
    condition: str, value: str, tolerance: str, ends: str
) -> None:
    ours = number(condition)
    assert (ours.value, ours.tolerance, ours.ends) == (value, tolerance, ends)


def test_whole_numbers_may_be_bounded_openly() -> None:
    between = (
        f"<qti-and><qti-gt>{variable()}{base('2.5')}</qti-gt><qti-lt>{variable()}{base(6)}</qti-lt></qti-and>"
    )
    ours = number(between, "integer")
    assert (ours.value, ours.tolerance) == ("4", "1")
    mapped = written(response((), base="integer", mapping={"7": 1}), MAP_RESPONSE)
    assert isinstance(mapped, Numeric)
    assert (mapped.value, mapped.tolerance) == ("7", "0")


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        (equal("4.136", 'tolerance-mode="relative" tolerance="5"'), "item.bounds"),
        (f"<qti-gt>{variable()}{base(3)}</qti-gt>", "item.bounds"),
        (f"<qti-or>{equal(1, '')}{equal(3, '')}</qti-or>", "item.bounds"),
        (f"<qti-not>{equal(3, '')}</qti-not>", "item.ambiguous"),
        (f"<qti-is-null>{variable()}</qti-is-null>", "item.empty_right"),
        (base("true", "boolean"), "item.constant"),
        (f"<qti-gt><qti-sum>{variable()}{base(1)}</qti-sum>{base(3)}</qti-gt>", "item.derivation"),
        (f"<qti-or>{''.join(equal(n, '') for n in range(300))}</qti-or>", "item.too_many_answers"),
    ],
)
def test_other_numbers_are_refused(condition: str, code: str) -> None:
    with pytest.raises(ImportRefused) as caught:
        number(condition)
    assert caught.value.code == code


def test_a_number_may_be_right_in_part() -> None:
    half = when(equal(4, ABSOLUTE), put("SCORE", base("0.5")))
    ours = written(response((), base="float"), processing(half, when(equal(4, ""), ONE)))
    assert isinstance(ours, Numeric)
    assert (ours.value, ours.tolerance, ours.points) == ("4", "0", 2)
    assert ours.nearly == (Nearly("4", "0.5", 1),)


@pytest.mark.parametrize("worth", ["-1", "0.01"])
def test_numbers_worth_less_than_none_or_too_many_points_are_refused(worth: str) -> None:
    other = when(equal(4, ABSOLUTE), put("SCORE", base(worth)))
    with pytest.raises(ImportRefused) as caught:
        written(response((), base="float"), processing(other, when(equal(4, ""), ONE)))
    assert caught.value.code == "item.partial"


@given(
    st.lists(
        st.tuples(st.integers(-3, 3), st.integers(0, 4), st.integers(1, 3), st.booleans(), st.booleans()),
        min_size=1,
        max_size=3,
    )
)
@settings(max_examples=25)
def test_a_number_scores_as_its_processing_says_or_is_refused(
    ranges: list[tuple[int, int, int, bool, bool]],
) -> None:
    rules, worth = "", dict.fromkeys((Fraction(n, 4) for n in range(-32, 33)), 0)
    for at, near, points, lower, upper in ranges:
        ends = f'include-lower-bound="{int(lower)}" include-upper-bound="{int(upper)}"'
        absolute = f'tolerance-mode="absolute" tolerance="{near}"'
        rules = when(equal(at, f"{absolute} {ends}", turned=True), put("SCORE", base(points)), rules)
        for n in worth:  # what the rule says, worked out here and not by the importer
            above, below = (
                n > at - near or (lower and n == at - near),
                n < at + near or (upper and n == at + near),
            )
            worth[n] = points if above and below else worth[n]
    levels = [[n for n in worth if worth[n] >= level] for level in {*worth.values()} - {0}]
    several = any(len(held) - 1 != (held[-1] - held[0]) * 4 for held in levels)
    try:
        ours = written(response((), base="float"), processing(rules))
    except ImportRefused:
        assert several or not levels
        return
    for n, points in worth.items():
        given_ = kinds.read(ours, {"number": [str(decimal(n))]}, b"").selected
        assert kinds.score(ours, given_, b"") * max(worth.values()) == points * kinds.most(ours)


def test_texts_keep_their_case_or_not_as_they_are_compared() -> None:
    assert text(string_match("Bern", "true")).normalisation == ()
    ours = text(f"<qti-or>{string_match('Bern', 'false')}{string_match('BERN', 'false')}</qti-or>")
    assert ours.normalisation == ("case",)
    assert [one.text for one in ours.accepted] == ["Bern"]
    several = text(f"<qti-or>{string_match('Bern', 'true')}{string_match('Berne', 'true')}</qti-or>")
    assert [one.text for one in several.accepted] == ["Bern", "Berne"]


def test_a_text_may_be_copied_into_an_outcome_that_nothing_reads() -> None:
    rules = processing(put("SAID", variable()), when(string_match("Bern", "true"), ONE))
    ours = written(response((), base="string"), rules, more=outcome("SAID", "string"))
    assert isinstance(ours, Text)


def test_a_mapped_text() -> None:
    ours = written(response(("Bern",), base="string", mapping={"Bern": 2, "Basel": 0, "  ": 0}), MAP_RESPONSE)
    assert isinstance(ours, Text)
    assert [one.text for one in ours.accepted] == ["Bern"]


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        (
            f"<qti-or>{string_match('Bern', 'true')}{string_match('Basel', 'false')}</qti-or>",
            "item.derivation",
        ),
        (f"<qti-not>{string_match('Bern', 'true')}</qti-not>", "item.ambiguous"),
        (f"<qti-is-null>{variable()}</qti-is-null>", "item.empty_right"),
        (base("false", "boolean"), "item.constant"),
        (f"<qti-match>{variable()}{base('   ', 'string')}</qti-match>", "item.unfit"),
        (f"<qti-match><qti-multiple>{variable()}</qti-multiple>{correct()}</qti-match>", "item.derivation"),
        (
            f"<qti-or>{''.join(string_match(f'T{n}', 'true') for n in range(300))}</qti-or>",
            "item.too_many_answers",
        ),
    ],
)
def test_other_texts_are_refused(condition: str, code: str) -> None:
    with pytest.raises(ImportRefused) as caught:
        text(condition)
    assert caught.value.code == code


def test_a_text_that_is_right_in_part_has_fewer_points() -> None:
    ours = written(response(("Bern",), base="string", mapping={"Bern": 1, "bern": 0.5}), MAP_RESPONSE)
    assert isinstance(ours, Text)
    assert [(one.text, one.points) for one in ours.accepted] == [("Bern", 2), ("bern", 1)]
    assert ours.normalisation == ()


@pytest.mark.parametrize("mapping", [{"Bern": 1, "Basel": -1}, {"Bern": 1, "Basel": 0.01}])
def test_points_below_none_or_too_many_for_a_text_are_refused(mapping: dict[str, float]) -> None:
    with pytest.raises(ImportRefused) as caught:
        written(response(("Bern",), base="string", mapping=mapping), MAP_RESPONSE)
    assert caught.value.code == "item.partial"


def test_points_for_any_text_are_refused() -> None:
    mapping = {"Bern": 2.0}
    declared = response(("Bern",), base="string", mapping=mapping, bounds='default-value="1"')
    with pytest.raises(ImportRefused) as caught:
        written(declared, MAP_RESPONSE)
    assert caught.value.code == "item.partial"


def test_texts_that_our_normalisation_makes_one_are_refused() -> None:
    rules = f"<qti-or>{string_match('ﬁn', 'true')}</qti-or>"
    more = when(string_match("fin", "true"), put("SCORE", base(0)))
    with pytest.raises(ImportRefused) as caught:
        written(response((), base="string"), processing(when(rules, ONE), more))
    assert caught.value.code == "item.derivation"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Fraction(1, 8), "0.125"),
        (Fraction(-5, 2), "-2.5"),
        (Fraction(120), "120"),
        (Fraction(1, 3), None),
        (Fraction(10) ** 50, None),
        (Fraction(1, 10**45), None),
    ],
)
def test_a_fraction_as_a_short_decimal(value: Fraction, expected: str | None) -> None:
    assert decimal(value) == expected
