"""Which answers are tried, what is the key, and when there is none."""

from schemas.items import Match, Order
from tests.unit.imports.writer import (
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
    take,
    variable,
    when,
)


def test_answers_that_are_all_alike_or_best_when_none_is_given_are_refused() -> None:
    def judged(*rules: str) -> str:
        return refusal(item(choice(THREE), response(("y",)), SCORE, processing(*rules)))

    none = f"<qti-is-null>{variable()}</qti-is-null>"
    assert judged(put("SCORE", base(1))) == "item.constant"
    assert judged(when(none, put("SCORE", base(1)))) == "item.empty_right"
    assert judged(when(f"<qti-not>{none}</qti-not>", put("SCORE", base(1)))) == "item.constant"
    minus = when(hit("RESPONSE"), put("SCORE", base(1)), put("SCORE", base(-1)))
    assert judged(when(f"<qti-not>{none}</qti-not>", minus)) == "item.partial"
    assert refusal(item(choice({}), response(("y",)), SCORE, MATCH_CORRECT)) == "item.declaration"


def test_a_long_order_and_a_wide_match_that_are_only_compared_need_no_enumeration() -> None:
    names = {f"o{n}": f"Text {n}" for n in range(12)}
    lines = f'<qti-order-interaction response-identifier="RESPONSE">{choices(names)}</qti-order-interaction>'
    key = tuple(reversed(names))
    order = take(item(f"<p>Sort.</p>{lines}", response(key, "ordered"), SCORE, MATCH_CORRECT))
    assert isinstance(order, Order)
    texts = {option.id: option.text for option in order.options}
    assert [texts[name] for name in order.key] == [names[name] for name in key]
    targets = {f"t{n}": f"Target {n}" for n in range(12)}
    right = tuple(f"o{n} t{11 - n}" for n in range(12))
    wide = take(
        item(match(names, targets), response(right, "multiple", "directedPair"), SCORE, MATCH_CORRECT)
    )
    assert isinstance(wide, Match)
    assert pairs(wide) == {(f"Text {n}", f"Target {11 - n}") for n in range(12)}
    several = ("o0 t0", "o0 t1")
    declared = response(several, "multiple", "directedPair")
    assert refusal(item(match(names, targets), declared, SCORE, MATCH_CORRECT)) == "item.derivation"


def test_what_is_looked_into_and_too_large_to_try_is_refused() -> None:
    names = {f"o{n}": f"Text {n}" for n in range(20)}
    inside = f"<qti-member>{base('o1', 'identifier')}{variable()}</qti-member>"
    document = item(
        choice(names, 0), response((), "multiple"), SCORE, processing(when(inside, put("SCORE", base(1))))
    )
    assert refusal(document) == "item.too_many_answers"
    few = {f"o{n}": f"Text {n}" for n in range(4)}
    more = "<p>" + " ".join(field(f"R{n}", few) for n in range(15)) + "</p>"
    declared = [response((f"o{n % 4}",), identifier=f"R{n}") for n in range(15)]
    every = when(f"<qti-and>{''.join(hit(f'R{n}') for n in range(15))}</qti-and>", put("SCORE", base(1)))
    assert refusal(item(more, *declared, SCORE, processing(every))) == "item.too_many_answers"


def test_partial_credit_that_was_not_tried_whole_is_refused() -> None:
    names = {f"o{n}": f"Text {n}" for n in range(6)}
    targets = {f"t{n}": f"Target {n}" for n in range(6)}
    right = tuple(f"o{n} t{n}" for n in range(6))
    nearly = "".join(base(f"o{n} t{n or 1}", "directedPair") for n in range(6))
    half = f"<qti-match>{variable()}<qti-multiple>{nearly}</qti-multiple></qti-match>"
    rules = processing(when(half, put("SCORE", base("0.5"))), when(hit("RESPONSE"), put("SCORE", base(1))))
    document = item(match(names, targets), response(right, "multiple", "directedPair"), SCORE, rules)
    assert refusal(document) == "item.too_many_answers"


def test_the_best_of_those_that_are_not_told_apart_is_no_key() -> None:
    names = {f"o{n}": f"Text {n}" for n in range(20)}
    none = f"<qti-is-null>{variable()}</qti-is-null>"
    rules = processing(
        when(f"<qti-not><qti-or>{none}{hit('RESPONSE')}</qti-or></qti-not>", put("SCORE", base(1)))
    )
    document = item(choice(names, 0), response(("o1", "o2"), "multiple"), SCORE, rules)
    assert refusal(document) == "item.ambiguous"


def test_double_braces_in_a_text_with_gaps_are_refused() -> None:
    body = f"<p>{{{{g1}}}} {field('RESPONSE', SEASONS)}.</p>"
    assert refusal(item(body, response(("w",)), SCORE, MATCH_CORRECT)) == "item.text"


def test_partial_credit_for_an_order_is_refused() -> None:
    first = f'<qti-index n="1">{variable()}</qti-index>'
    half = when(f"<qti-match>{first}{base('x', 'identifier')}</qti-match>", put("SCORE", base(0.5)))
    lines = f'<qti-order-interaction response-identifier="RESPONSE">{choices(THREE)}</qti-order-interaction>'
    rules = processing(when(hit("RESPONSE"), put("SCORE", base(1)), half))
    declared = response(("x", "y", "z"), "ordered")
    assert refusal(item(f"<p>Sort.</p>{lines}", declared, SCORE, rules)) == "item.partial"


def test_what_is_looked_into_is_tried_whole_beside_what_is_only_compared() -> None:
    names = {f"o{n}": f"Text {n}" for n in range(30)}
    body = "<p>" + " ".join(field(f"R{n}", names) for n in range(3)) + "</p>"
    declared = [response((f"o{n}",), identifier=f"R{n}") for n in range(3)]
    held = f"<qti-multiple>{base('o0', 'identifier')}</qti-multiple>"
    looked = f"<qti-member>{variable('R0')}{held}</qti-member>"
    every = when(f"<qti-and>{looked}{hit('R1')}{hit('R2')}</qti-and>", put("SCORE", base(1)))
    assert take(item(body, *declared, SCORE, processing(every))).kind == "inline"
