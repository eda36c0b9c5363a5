"""Partial credit: weights of the parts, supposed and held against the response processing on every answer."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuer.assessments import kinds
from issuer.imports.markup import parse
from issuer.imports.processing import read_processing
from issuer.imports.refusals import ImportRefused
from issuer.imports.values import container
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
    st.sampled_from(["", ' lower-bound="0" upper-bound="4"']),
)
@settings(max_examples=40)
def test_a_mapped_choice_scores_every_answer_as_its_mapping_or_is_refused(
    worth: dict[str, int], other: int, held: str
) -> None:
    bounds = f'default-value="{other}"{held}'
    document = item(
        choice(FEW, 0), response((), "multiple", mapping=worth, bounds=bounds), SCORE, MAP_RESPONSE
    )
    found = read_processing(parse(document))
    mapped = {
        held: found.score(found.run({"RESPONSE": container("identifier", "multiple", held)}))
        for held in SUBSETS
    }
    most = max(mapped.values())
    try:
        ours = take(document)
    except ImportRefused:
        not_ours = (min(mapped.values()) < 0, most <= 0, list(mapped.values()).count(most) > 1)
        assert any(not_ours) or mapped[SUBSETS[-1]] == most  # or all are right
        return
    assert isinstance(ours, Multiple)
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
