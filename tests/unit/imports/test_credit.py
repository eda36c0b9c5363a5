"""Partial credit: weights of the parts, supposed and held against the response processing on every answer."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuer.assessments import kinds
from issuer.imports.refusals import ImportRefused
from schemas.items import Inline, Multiple, Single
from tests.unit.imports.writer import (
    MAP_RESPONSE,
    SCORE,
    SEASONS,
    THREE,
    base,
    choice,
    field,
    hit,
    item,
    processing,
    put,
    refusal,
    response,
    right_texts,
    take,
    variable,
    when,
)

FEW = {"x": "Alpha", "y": "Beta", "z": "Gamma", "w": "Delta"}
SUBSETS = [held for size in range(1, 5) for held in itertools.combinations(FEW, size)]
SEED = b"\0" * 32
WORTH = st.integers(-2, 3)


@given(
    st.dictionaries(st.sampled_from(list(FEW)), WORTH),
    st.integers(-2, 1),
    st.none() | st.tuples(st.integers(-1, 0), st.integers(2, 4)),
    st.sampled_from([(), *SUBSETS]),
)
@settings(max_examples=40)
def test_a_mapped_choice_scores_every_answer_as_its_mapping_or_is_refused(
    worth: dict[str, int], other: int, held: tuple[int, int] | None, declared: tuple[str, ...]
) -> None:
    bounds = f'default-value="{other}"' + (
        f' lower-bound="{held[0]}" upper-bound="{held[1]}"' if held else ""
    )
    one = response(declared, "multiple", mapping=worth, bounds=bounds)
    # What the standard says of a mapping, worked out here and not by the importer.
    low, high = held or (-99, 99)
    mapped = {held: min(max(sum(worth.get(name, other) for name in held), low), high) for held in SUBSETS}
    most = max(mapped.values())
    best = [held for held in SUBSETS if mapped[held] == most]
    try:
        ours = take(item(choice(FEW, 0), one, SCORE, MAP_RESPONSE))
    except ImportRefused:
        key = declared if declared in best else best[0]
        several = len(best) > 1 and declared not in best
        assert min(mapped.values()) < 0 or most <= 0 or several or len(best) == 15 or len(key) == len(FEW)
        return
    assert isinstance(ours, Multiple)
    assert right_texts(ours) == {FEW[name] for name in (declared if len(best) > 1 else best[0])}
    ids = {option.text: option.id for option in ours.options}
    assert [
        kinds.score(ours, tuple(sorted(ids[FEW[one]] for one in held)), SEED) * most for held in SUBSETS
    ] == [mapped[held] * kinds.most(ours) for held in SUBSETS]


def test_one_choice_may_be_worth_half() -> None:
    ours = take(item(choice(THREE), response(("y",), mapping={"y": 1, "z": 0.5}), SCORE, MAP_RESPONSE))
    assert isinstance(ours, Single)
    assert ours.credit is not None
    assert (sorted(ours.credit.parts.values()), ours.credit.most) == ([1, 2], 2)


def test_inline_choices_that_weigh_differently_have_credit() -> None:
    body = f"<p>Snow in {field('R1', SEASONS)}, sun in {field('R2', SEASONS)}.</p>"
    declared = [response(("w",), identifier="R1"), response(("s",), identifier="R2")]
    rules = [
        when(hit(name), put("SCORE", f"<qti-sum>{variable('SCORE')}{base(worth)}</qti-sum>"))
        for name, worth in (("R1", 1), ("R2", 2))
    ]
    ours = take(item(body, *declared, SCORE, processing(*rules)))
    assert isinstance(ours, Inline)
    assert ours.credit is not None
    assert (sorted(ours.credit.parts.values()), ours.credit.most) == ([1, 2], 3)


FIRST_AND_THIRD = f"<qti-multiple>{base('x', 'identifier')}{base('z', 'identifier')}</qti-multiple>"


@pytest.mark.parametrize(
    "rule",
    [
        f"<qti-match>{variable()}{FIRST_AND_THIRD}</qti-match>",
        f"<qti-gt><qti-container-size>{variable()}</qti-container-size>{base(2, 'integer')}</qti-gt>",
    ],
)
def test_half_for_what_is_no_sum_of_parts_is_refused(rule: str) -> None:
    rules = processing(when(hit("RESPONSE"), put("SCORE", base(1)), when(rule, put("SCORE", base(0.5)))))
    assert refusal(item(choice(FEW, 0), response(("x", "y"), "multiple"), SCORE, rules)) == "item.partial"


def test_more_points_than_an_item_gives_are_refused() -> None:
    declared = response(("y",), mapping={"y": 1, "z": 0.01})
    assert refusal(item(choice(THREE), declared, SCORE, MAP_RESPONSE)) == "item.partial"
