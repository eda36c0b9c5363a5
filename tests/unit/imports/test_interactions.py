"""Each of the eight interactions, as the kind of item that asks the same."""

import pytest

from issuer.imports.question import NO_REASON
from issuer.imports.refusals import ImportRefused
from schemas.items import Inline, Match, Multiple, Numeric, Order, Single, Text
from tests.unit.imports.writer import (
    ASSOCIABLE,
    ENTRY,
    MAP_RESPONSE,
    MATCH_CORRECT,
    SCORE,
    SEASONS,
    THREE,
    base,
    choice,
    choices,
    field,
    hit,
    item,
    match,
    pairs,
    processing,
    put,
    refusal,
    response,
    right_texts,
    take,
    taken,
    variable,
    when,
)

RIVERS = {"e": "Elbe", "r": "Rhine", "d": "Danube"}
TOWNS = {"k": "Cologne", "h": "Hamburg", "w": "Vienna", "p": "Paris"}
MATCHED = ("r k", "e h", "d w")


def test_a_choice_of_one() -> None:
    ours = take(item(choice(THREE), response(("y",)), SCORE, MATCH_CORRECT))
    assert isinstance(ours, Single)
    assert right_texts(ours) == {"Beta"}
    assert ours.stem == "Which one?"
    assert {option.rationale for option in ours.options} == {NO_REASON}


def test_a_choice_of_several() -> None:
    ours = take(item(choice(THREE, 0), response(("x", "z"), "multiple"), SCORE, MATCH_CORRECT))
    assert isinstance(ours, Multiple)
    assert right_texts(ours) == {"Alpha", "Gamma"}


def test_true_or_false_is_a_choice_of_one() -> None:
    ours = take(item(choice({"x": "True", "y": "False"}), response(("y",)), SCORE, MATCH_CORRECT))
    assert isinstance(ours, Single)
    assert right_texts(ours) == {"False"}


def test_a_multiple_response_of_which_one_may_be_chosen_is_a_choice_of_one() -> None:
    ours = take(item(choice(THREE, 1), response(("z",), "multiple"), SCORE, MATCH_CORRECT))
    assert isinstance(ours, Single)
    assert right_texts(ours) == {"Gamma"}


def test_ids_and_order_of_options_do_not_tell_which_is_right() -> None:
    telling = {"correct": "Beta", "wrong-1": "Alpha", "wrong-2": "Gamma"}
    ours = take(item(choice(telling), response(("correct",)), SCORE, MATCH_CORRECT))
    assert isinstance(ours, Single)
    assert [option.id for option in ours.options] == ["a", "b", "c"]
    keys = set()
    for n in range(20):
        again = take(item(choice(telling), response(("correct",)), SCORE, MATCH_CORRECT, identifier=f"q{n}"))
        assert isinstance(again, Single)
        keys.add(again.key)
    assert keys == {("a",), ("b",), ("c",)}


def test_many_options_have_ids_of_two_letters() -> None:
    names = {f"o{n}": f"Text {n}" for n in range(30)}
    ours = take(item(choice(names), response(("o29",)), SCORE, MATCH_CORRECT))
    assert isinstance(ours, Single)
    assert [option.id for option in ours.options][-5:] == ["z", "aa", "ab", "ac", "ad"]
    assert right_texts(ours) == {"Text 29"}


def test_a_large_choice_of_several_that_is_only_compared_needs_no_enumeration() -> None:
    names = {f"o{n}": f"Text {n}" for n in range(40)}
    ours = take(item(choice(names, 0), response(("o3", "o7"), "multiple"), SCORE, MATCH_CORRECT))
    assert isinstance(ours, Multiple)
    assert right_texts(ours) == {"Text 3", "Text 7"}


def test_an_order() -> None:
    body = f'<qti-order-interaction response-identifier="RESPONSE">{choices(THREE)}</qti-order-interaction>'
    ours = take(item(f"<p>Sort.</p>{body}", response(("z", "x", "y"), "ordered"), SCORE, MATCH_CORRECT))
    assert isinstance(ours, Order)
    texts = {option.id: option.text for option in ours.options}
    assert [texts[name] for name in ours.key] == ["Gamma", "Alpha", "Beta"]


def test_an_order_of_some_is_refused() -> None:
    body = (
        '<qti-order-interaction response-identifier="RESPONSE" max-choices="2">'
        f"{choices(THREE)}</qti-order-interaction>"
    )
    assert refusal(item(body, response(("z", "x"), "ordered"), SCORE, MATCH_CORRECT)) == "item.interaction"


RIGHT = {("Rhine", "Cologne"), ("Elbe", "Hamburg"), ("Danube", "Vienna")}


def test_a_match() -> None:
    declared = response(MATCHED, "multiple", "directedPair")
    ours = take(item(match(RIVERS, TOWNS), declared, SCORE, MATCH_CORRECT))
    assert isinstance(ours, Match)
    assert pairs(ours) == RIGHT
    assert not ours.partial


def test_a_match_with_a_point_for_each_pair_is_partial() -> None:
    declared = response(MATCHED, "multiple", "directedPair", dict.fromkeys(MATCHED, 2))
    ours = take(item(match(RIVERS, TOWNS), declared, SCORE, MAP_RESPONSE))
    assert isinstance(ours, Match)
    assert ours.partial


def test_a_match_with_points_that_differ_has_credit_for_each_pair() -> None:
    worth = {"r k": 0.5, "e h": 0.5, "d w": 1}
    declared = response(MATCHED, "multiple", "directedPair", worth)
    ours = take(item(match(RIVERS, TOWNS), declared, SCORE, MAP_RESPONSE))
    assert isinstance(ours, Match)
    assert ours.credit is not None
    assert (sorted(ours.credit.parts.values()), ours.credit.most, ours.credit.other) == ([1, 1, 2], 4, 0)


def test_a_match_whose_first_set_has_what_stays_over_is_turned() -> None:
    turned = tuple(" ".join(reversed(pair.split())) for pair in MATCHED)
    declared = response(turned, "multiple", "directedPair")
    ours = take(item(match(TOWNS, RIVERS), declared, SCORE, MATCH_CORRECT))
    assert isinstance(ours, Match)
    assert pairs(ours) == RIGHT


def test_a_match_in_which_nothing_has_one_partner_is_refused() -> None:
    declared = response(("r k", "r h"), "multiple", "directedPair")
    assert refusal(item(match(RIVERS, TOWNS), declared, SCORE, MATCH_CORRECT)) in {
        "item.constant",
        "item.derivation",
    }


def test_a_match_of_one_set_is_refused() -> None:
    body = match(RIVERS, TOWNS).replace("</qti-simple-match-set><qti-simple-match-set>", "")
    declared = response(MATCHED, "multiple", "directedPair")
    assert refusal(item(body, declared, SCORE, MATCH_CORRECT)) == "item.interaction"


def associate(names: dict[str, str]) -> str:
    return (
        '<qti-associate-interaction response-identifier="RESPONSE" max-associations="0">'
        f"<qti-prompt>Pair them.</qti-prompt>{choices(names, ASSOCIABLE)}</qti-associate-interaction>"
    )


def test_an_associate_is_a_match_whichever_way_its_pairs_are_written() -> None:
    for written in (MATCHED, ("k r", "e h", "w d")):
        declared = response(written, "multiple", "pair")
        ours, lost = taken(item(associate(RIVERS | TOWNS), declared, SCORE, MATCH_CORRECT))
        assert isinstance(ours, Match)
        assert pairs(ours) == RIGHT
        assert "that the two sides of a pair stood in one list" in lost


@pytest.mark.parametrize("declared", [(), ("r k", "r h"), ("r nobody",)])
def test_an_associate_without_disjoint_pairs_is_refused(declared: tuple[str, ...]) -> None:
    document = item(
        associate(RIVERS | TOWNS),
        response(declared, "multiple", "pair", {"r k": 1}),
        SCORE,
        MAP_RESPONSE,
    )
    assert refusal(document) == "item.derivation"


def hot(most: int = 1) -> str:
    return (
        "<p>Which word is wrong?</p>"
        f'<qti-hottext-interaction response-identifier="RESPONSE" max-choices="{most}">'
        '<p>The <qti-hottext identifier="x">dog</qti-hottext> <qti-hottext identifier="y">bark</qti-hottext> '
        'at <qti-hottext identifier="z">night</qti-hottext>.</p></qti-hottext-interaction>'
    )


def test_a_hot_text_is_a_choice_with_its_passage_shown() -> None:
    ours = take(item(hot(), response(("y",)), SCORE, MATCH_CORRECT))
    assert isinstance(ours, Single)
    assert right_texts(ours) == {"bark"}
    assert ours.exhibit == "The [dog] [bark] at [night]."
    several = take(item(hot(0), response(("x", "y"), "multiple"), SCORE, MATCH_CORRECT))
    assert isinstance(several, Multiple)
    assert right_texts(several) == {"dog", "bark"}


WORDS = {"w": "winter", "s": "summer", "a": "autumn"}


def gaps(inner: str = "") -> str:
    return (
        '<qti-gap-match-interaction response-identifier="RESPONSE"><qti-prompt>Fill in.</qti-prompt>'
        f'{choices(WORDS, "qti-gap-text")}{inner}<p>Snow falls in <qti-gap identifier="G1"/>, '
        'leaves in <qti-gap identifier="G2"/>.</p></qti-gap-match-interaction>'
    )


def test_a_gap_match_is_an_inline_item() -> None:
    declared = response(("w G1", "a G2"), "multiple", "directedPair")
    ours, lost = taken(item(gaps(), declared, SCORE, MATCH_CORRECT))
    assert isinstance(ours, Inline)
    assert ours.stem == "Fill in."
    assert ours.text == "Snow falls in {{g1}}, leaves in {{g2}}."
    filled = [next(one.text for one in gap.options if one.id == gap.key) for gap in ours.gaps]
    assert filled == ["winter", "autumn"]
    assert "that a text fits into one gap only, or that a gap may stay empty" in lost
    assert not ours.partial


def test_a_gap_match_with_a_point_for_each_gap_is_partial() -> None:
    declared = response(("w G1", "a G2"), "multiple", "directedPair", {"w G1": 1, "a G2": 1})
    ours = take(item(gaps(), declared, SCORE, MAP_RESPONSE))
    assert isinstance(ours, Inline)
    assert ours.partial


def test_a_gap_match_with_a_penalty_has_credit_unless_it_goes_below_nothing() -> None:
    bounds = 'default-value="-1" lower-bound="0"'
    right, worth = ("w G1", "a G2"), {"w G1": 1, "a G2": 2}
    declared = response(right, "multiple", "directedPair", worth, bounds=bounds)
    ours = take(item(gaps(), declared, SCORE, MAP_RESPONSE))
    assert isinstance(ours, Inline)
    assert ours.credit is not None
    assert (sorted(ours.credit.parts.values()), ours.credit.most, ours.credit.other) == ([1, 2], 3, -1)
    declared = response(right, "multiple", "directedPair", worth, bounds='default-value="-1"')
    assert refusal(item(gaps(), declared, SCORE, MAP_RESPONSE)) == "item.partial"


def test_a_gap_match_with_a_picture_is_refused() -> None:
    declared = response(("w G1", "a G2"), "multiple", "directedPair")
    picture = '<qti-gap-img identifier="i"><img src="i.png" alt=""/></qti-gap-img>'
    assert refusal(item(gaps(picture), declared, SCORE, MATCH_CORRECT)) == "item.media"


def two_fields(*rules: str) -> bytes:
    body = f"<p>Think.</p><p>Snow in {field('R1', SEASONS)}, sun in {field('R2', SEASONS)}.</p><p>Always.</p>"
    declared = [response(("w",), identifier="R1"), response(("s",), identifier="R2")]
    return item(body, *declared, SCORE, processing(*rules))


def test_an_inline_choice() -> None:
    body = f"<p>Snow falls in {field('RESPONSE', SEASONS)}.</p>"
    ours = take(item(body, response(("w",)), SCORE, MATCH_CORRECT))
    assert isinstance(ours, Inline)
    assert ours.stem == "Fill each gap."
    assert ours.text == "Snow falls in {{g1}}."


def test_several_inline_choices_all_or_nothing() -> None:
    rule = when(f"<qti-and>{hit('R1')}{hit('R2')}</qti-and>", put("SCORE", base(1)))
    ours = take(two_fields(rule))
    assert isinstance(ours, Inline)
    assert (ours.stem, ours.text) == ("Think.", "Snow in {{g1}}, sun in {{g2}}.\n\nAlways.")
    assert not ours.partial


def test_several_inline_choices_with_a_point_each() -> None:
    more = put("SCORE", f"<qti-sum>{variable('SCORE')}{base(0.5)}</qti-sum>")
    ours = take(two_fields(when(hit("R1"), more), when(hit("R2"), more)))
    assert isinstance(ours, Inline)
    assert ours.partial


def test_eleven_inline_choices_are_told_apart_by_what_they_are_compared_with() -> None:
    names = {f"o{n}": f"Text {n}" for n in range(9)}
    body = "<p>" + " ".join(field(f"R{n}", names) for n in range(8)) + "</p>"
    declared = [response((f"o{n}",), identifier=f"R{n}") for n in range(8)]
    rule = when(f"<qti-and>{''.join(hit(f'R{n}') for n in range(8))}</qti-and>", put("SCORE", base(1)))
    ours = take(item(body, *declared, SCORE, processing(rule)))
    assert isinstance(ours, Inline)
    assert len(ours.gaps) == 8


def test_a_choice_beside_an_inline_choice_is_a_gap_after_its_prompt() -> None:
    body = f"<p>Snow in {field('R1', SEASONS)}.</p>{choice(THREE, identifier='R2')}"
    declared = [response(("w",), identifier="R1"), response(("z",), identifier="R2")]
    rule = when(f"<qti-and>{hit('R1')}{hit('R2')}</qti-and>", put("SCORE", base(1)))
    ours = take(item(body, *declared, SCORE, processing(rule)))
    assert isinstance(ours, Inline)
    assert ours.text == "Snow in {{g1}}.\n\nWhich one? {{g2}}"


def test_a_choice_of_several_beside_another_is_refused() -> None:
    body = f"<p>Snow in {field('R1', SEASONS)}.</p>{choice(THREE, 0, identifier='R2')}"
    declared = [response(("w",), identifier="R1"), response(("z", "x"), "multiple", identifier="R2")]
    rule = when(f"<qti-and>{hit('R1')}{hit('R2')}</qti-and>", put("SCORE", base(1)))
    assert refusal(item(body, *declared, SCORE, processing(rule))) == "item.interactions"


def test_a_text_entry() -> None:
    ours = take(item(ENTRY, response(("York",), base="string"), SCORE, MATCH_CORRECT))
    assert isinstance(ours, Text)
    assert ours.stem == "A word: ____"
    assert [one.text for one in ours.accepted] == ["York"]
    assert ours.normalisation == ()


def test_a_number_entry() -> None:
    ours, lost = taken(
        item(
            ENTRY.replace("/></p>", ' pattern-mask="[0-9]+"/></p>'),
            response(("12.5",), base="float"),
            SCORE,
            MATCH_CORRECT,
        )
    )
    assert isinstance(ours, Numeric)
    assert (ours.value, ours.tolerance) == ("12.5", "0")
    assert lost == ("the pattern that an answer must have",)


def test_two_text_entries_are_refused_by_name() -> None:
    body = ENTRY + ENTRY.replace("RESPONSE", "R2")
    declared = [response(("a",), base="string"), response(("b",), base="string", identifier="R2")]
    with pytest.raises(ImportRefused, match="qti-text-entry-interaction") as caught:
        take(item(body, *declared, SCORE, MATCH_CORRECT))
    assert caught.value.code == "item.interactions"


@pytest.mark.parametrize(
    "name",
    [
        "extended-text",
        "hotspot",
        "graphic-order",
        "slider",
        "upload",
        "drawing",
        "portable-custom",
    ],
)
def test_every_other_interaction_is_refused_by_name(name: str) -> None:
    body = f'<qti-{name}-interaction response-identifier="RESPONSE"/>'
    with pytest.raises(ImportRefused, match=f"qti-{name}-interaction") as caught:
        take(item(body, response(("a",)), SCORE, MATCH_CORRECT))
    assert caught.value.code == "item.interaction"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (item("<p>Nothing.</p>", SCORE, MATCH_CORRECT), "item.interaction"),
        (item(choice(THREE), SCORE, MATCH_CORRECT), "item.declaration"),
        (item(choice(THREE), response(("y",), base="string"), SCORE, MATCH_CORRECT), "item.declaration"),
        (item(choice(THREE | {"y": "Alpha"}), response(("y",)), SCORE, MATCH_CORRECT), "item.unfit"),
        (item(choice({"y": "B"}), response(("y",)), SCORE, MATCH_CORRECT), "item.unfit"),
        (item(choice(THREE) + choice(THREE), response(("y",)), SCORE, MATCH_CORRECT), "item.declaration"),
        (
            item(choice(THREE).replace('"z"', '"y"'), response(("y",)), SCORE, MATCH_CORRECT),
            "item.declaration",
        ),
        (
            item(choice(THREE).replace('"1"', '"-1"'), response(("y",)), SCORE, MATCH_CORRECT),
            "item.declaration",
        ),
        (
            item(
                choice(THREE).replace("<qti-simple", "<p>no</p><qti-simple", 1),
                response(("y",)),
                SCORE,
                MATCH_CORRECT,
            ),
            "item.interaction",
        ),
        (
            item(choice({f"o{n}": f"T {n}" for n in range(70)}), response(("o1",)), SCORE, MATCH_CORRECT),
            "item.too_many_answers",
        ),
        (
            item(
                choice(THREE).replace(
                    "Alpha",
                    '<span/></qti-simple-choice><qti-simple-choice identifier="k" template-identifier="T">K',
                ),
                response(("y",)),
                SCORE,
                MATCH_CORRECT,
            ),
            "item.template",
        ),
        (item(ENTRY, response(("2020-01-01",), base="date"), SCORE, MATCH_CORRECT), "item.declaration"),
        (item(ENTRY, response(("true",), base="boolean"), SCORE, MATCH_CORRECT), "item.declaration"),
        (
            item(gaps(), response(("w G1",), "single", "directedPair"), SCORE, MATCH_CORRECT),
            "item.declaration",
        ),
    ],
)
def test_what_does_not_make_a_question_is_refused(document: bytes, code: str) -> None:
    assert refusal(document) == code
