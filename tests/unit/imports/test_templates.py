"""Templates: one question of those that they make, the same whenever it is read, scored as it would be."""

import pytest

from issuer.imports import templates
from issuer.imports.templates import LOST
from schemas.items import Numeric, Single
from tests.unit.imports.writer import (
    ENTRY,
    MATCH_CORRECT,
    SCORE,
    THREE,
    base,
    choice,
    hit,
    item,
    processing,
    put,
    refusal,
    response,
    taken,
    variable,
    when,
)

MATHS = '<math xmlns="http://www.w3.org/1998/Math/MathML"><mi>A</mi><mo>+</mo><mi>k</mi></math>'


def declared(identifier: str, kind: str = "integer", more: str = "", cardinality: str = "single") -> str:
    return (
        f'<qti-template-declaration identifier="{identifier}" cardinality="{cardinality}" base-type="{kind}"'
        f' math-variable="true">{more}</qti-template-declaration>'
    )


def values(*rules: str) -> str:
    return f"<qti-template-processing>{''.join(rules)}</qti-template-processing>"


def put_value(identifier: str, expression: str) -> str:
    return f'<qti-set-template-value identifier="{identifier}">{expression}</qti-set-template-value>'


def right(expression: str) -> str:
    return f'<qti-set-correct-response identifier="RESPONSE">{expression}</qti-set-correct-response>'


def printed(identifier: str) -> str:
    return f'<qti-printed-variable identifier="{identifier}"/>'


def dice(least: int, most: int, step: int = 1) -> str:
    return f'<qti-random-integer min="{least}" max="{most}" step="{step}"/>'


def template_if(condition: str, then: str, otherwise: str) -> str:
    return (
        f"<qti-template-condition><qti-template-if>{condition}{then}</qti-template-if>"
        f"<qti-template-else>{otherwise}</qti-template-else></qti-template-condition>"
    )


TWICE = f"<qti-product>{base(2, 'integer')}{variable('A')}</qti-product>"


def doubling(identifier: str = "q1", *rules: str) -> bytes:
    """What is twice A?"""
    made = values(put_value("A", dice(10, 30, 10)), *rules, right(TWICE))
    body = f"<p>What is twice {printed('A')}?</p>{ENTRY}"
    return item(
        body, declared("A"), made, response((), base="integer"), SCORE, MATCH_CORRECT, identifier=identifier
    )


def test_a_template_makes_one_question_always_the_same() -> None:
    seen = set()
    for n in range(8):
        ours, lost = taken(doubling(f"q{n}"))
        assert isinstance(ours, Numeric)
        asked = int(ours.stem.split("twice ")[1].split("?")[0])
        assert (int(ours.value), ours.tolerance) == (2 * asked, "0")
        assert taken(doubling(f"q{n}")) == (ours, lost)
        assert LOST in lost
        seen.add(asked)
    assert seen == {10, 20, 30}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('<qti-math-operator name="exp">%s</qti-math-operator>', "7.38905609893065"),
        ('<qti-math-operator name="ln"><qti-subtract>%s%s</qti-subtract></qti-math-operator>', None),
        (f'<qti-math-operator name="exp"><qti-sum>%s{base("1e9")}</qti-sum></qti-math-operator>', None),
        ('<qti-divide><qti-math-constant name="pi"/>%s</qti-divide>', "1.570796326794895"),
    ],
)  # fmt: skip
def test_a_value_may_be_irrational(expression: str, value: str | None) -> None:
    two = base(2, "integer")
    made = values(put_value("A", expression.replace("%s", two)), right(variable("A")))
    document = item(f"<p>What?</p>{ENTRY}", declared("A", "float"), made, response((), base="float"), SCORE,
                    MATCH_CORRECT)  # fmt: skip
    if value is None:
        assert refusal(document) == "item.constant"  # NULL: outside what the function is defined for
        return
    ours, _ = taken(document)
    assert isinstance(ours, Numeric)
    assert ours.value == value


@pytest.mark.parametrize("name", ["math-operator", "math-constant"])
def test_an_unknown_function_or_constant_is_refused(name: str) -> None:
    inner = f'<qti-{name} name="tau">{base(1)}</qti-{name}>'
    made = values(put_value("A", inner), right(TWICE))
    document = item(ENTRY, declared("A", "float"), made, response((), base="float"), SCORE, MATCH_CORRECT)
    assert refusal(document) == "item.operator"


def test_a_constraint_asks_for_other_values() -> None:
    least = f"<qti-gt>{variable('A')}{base(20, 'integer')}</qti-gt>"
    ours, _ = taken(doubling("q1", f"<qti-template-constraint>{least}</qti-template-constraint>"))
    assert isinstance(ours, Numeric)
    assert ours.value == "60"
    never = f"<qti-gt>{variable('A')}{base(30, 'integer')}</qti-gt>"
    document = doubling("q1", f"<qti-template-constraint>{never}</qti-template-constraint>")
    assert refusal(document) == "item.template"


def test_what_is_shown_for_some_values_only() -> None:
    one_of = "".join(base(name, "identifier") for name in ("sun",))
    chosen = put_value("W", f"<qti-random><qti-multiple>{one_of}</qti-multiple></qti-random>")
    shown = "".join(
        f'<qti-template-inline template-identifier="W" identifier="{name}" show-hide="{how}">{text}'
        "</qti-template-inline>"
        for name, how, text in (
            ("sun", "show", "Sun! "),
            ("rain", "show", "Rain! "),
            ("rain", "hide", "Dry. "),
        )
    )
    body = f"<p>{shown}Which?</p>" + choice(THREE).replace(
        "</qti-choice-interaction>",
        '<qti-simple-choice identifier="k" template-identifier="W" show-hide="hide">K</qti-simple-choice>'
        "</qti-choice-interaction>",
    )
    document = item(body, declared("W", "identifier"), values(chosen), response(("y",)), SCORE, MATCH_CORRECT)
    ours, _ = taken(document)
    assert isinstance(ours, Single)
    assert ours.stem.startswith("Sun! Dry. Which?")
    assert "K" in {one.text for one in ours.options}


def test_values_stand_in_formulas_conditions_and_the_response_processing() -> None:
    names = "".join(base(name, "identifier") for name in ("x", "y", "z"))
    rules = values(
        put_value("A", base(2, "integer")),
        put_value("L", f"<qti-ordered>{names}</qti-ordered>"),
        put_value("N", f'<qti-index n="A">{variable("L")}</qti-index>'),
        template_if(
            f"<qti-match>{variable('N')}{base('y', 'identifier')}</qti-match>",
            right(variable("N")),
            right(base("x", "identifier")),
        ),
        "<qti-exit-template/>",
        put_value("A", base(7, "integer")),
    )
    within = f"<qti-member>{variable()}{variable('L')}</qti-member>"
    worth = put("SCORE", f"<qti-sum>{variable('A')}{variable('F')}</qti-sum>")
    scoring = processing(when(f"<qti-and>{within}{hit('RESPONSE')}</qti-and>", worth))
    document = item(
        f"<p>{MATHS}</p>{choice(THREE)}",
        declared("A"),
        declared("L", "identifier", cardinality="ordered"),
        declared("N", "identifier"),
        declared("F", "float", "<qti-default-value><qti-value>0.5</qti-value></qti-default-value>"),
        rules,
        response(("z",)),
        SCORE,
        scoring,
    )
    ours, _ = taken(document)
    assert isinstance(ours, Single)
    assert ours.stem.startswith("2 + k")
    assert [one.text for one in ours.options if one.id in ours.key] == ["Beta"]


def test_an_attribute_may_name_a_variable() -> None:
    near = f'<qti-equal tolerance-mode="absolute" tolerance="T">{variable()}{base(10)}</qti-equal>'
    rules = processing(when(near, put("SCORE", base(1))))
    made = values(put_value("T", base("0.5")))
    ours, _ = taken(item(ENTRY, declared("T", "float"), made, response((), base="float"), SCORE, rules))
    assert isinstance(ours, Numeric)
    assert (ours.value, ours.tolerance) == ("10", "0.5")


DOUBLED = f"<qti-multiple>{variable('A') * 2}</qti-multiple>"


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ((put_value("B", base(1, "integer")),), "item.template"),
        (("<qti-set-default-value/>",), "item.operator"),
        ((put_value("A", "<qti-random-float/>"),), "item.operator"),
        ((put_value("A", dice(5, 4)),), "item.template"),
        ((put_value("A", dice(1, 4, 0)),), "item.template"),
        ((put_value("A", '<qti-random-integer max="x"/>'),), "item.processing"),
        ((put_value("A", "<qti-random><qti-null/></qti-random>"),), "item.template"),
        ((put_value("A", f"<qti-divide>{base(1)}{base(3)}</qti-divide>"),), "item.template"),
        ((put_value("A", base("x" * 2_000, "string")),), "item.template"),
        ((put_value("A", f"<qti-multiple>{base(1)}{base(2)}</qti-multiple>"),), "item.template"),
        (("<qti-template-if/>",), "item.template"),
        ((template_if("", "", ""), put_value("A", "<qti-null/>")), "item.template"),
        (
            (
                put_value("A", base(1)),
                *[put_value("A", f"<qti-multiple>{variable('A') * 2}</qti-multiple>")] * 60,
            ),
            "item.processing",
        ),
    ],
)
def test_templates_that_are_refused(rules: tuple[str, ...], code: str) -> None:
    body = f"<p>{printed('A')}</p>{choice(THREE)}"
    document = item(body, declared("A"), values(*rules), response(("y",)), SCORE, MATCH_CORRECT)
    assert refusal(document) == code


@pytest.mark.parametrize(
    "body",
    [
        '<p><qti-printed-variable identifier="A" format="%i"/></p>',
        '<p><qti-printed-variable identifier="B"/></p>',
        '<p><qti-template-inline template-identifier="B" identifier="x">x</qti-template-inline></p>',
    ],
)
def test_what_is_printed_otherwise_or_of_nothing_is_refused(body: str) -> None:
    made = values(put_value("A", base(1, "integer")))
    document = item(body + choice(THREE), declared("A"), made, response(("y",)), SCORE, MATCH_CORRECT)
    assert refusal(document) == "item.template"


def test_values_that_would_be_written_out_without_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "MAX_STEPS", 1_000)
    held = "".join(base(n, "integer") for n in range(100))
    member = f"<qti-member>{base(1, 'integer')}{variable('L')}</qti-member>"
    rules = processing(when(f"<qti-or>{member * 20}</qti-or>", put("SCORE", base(1))))
    made = values(put_value("L", f"<qti-multiple>{held}</qti-multiple>"))
    document = item(
        choice(THREE), declared("L", cardinality="multiple"), made, response(("y",)), SCORE, rules
    )
    assert refusal(document) == "item.too_many_answers"


def test_pairs_and_truth_are_written_out() -> None:
    made = values(
        put_value("P", base("a b", "pair")),
        put_value("T", base("true", "boolean")),
        put_value("E", "<qti-null/>"),
        template_if(variable("T"), "", ""),
    )
    rules = when(
        f"<qti-and>{variable('T')}<qti-is-null>{variable('E')}</qti-is-null>"
        f"<qti-match>{variable('P')}{base('b a', 'pair')}</qti-match>{hit('RESPONSE')}</qti-and>",
        put("SCORE", base(1)),
    )
    document = item(
        f"<p>{printed('P')} {printed('T')}</p>{choice(THREE)}",
        *(declared(name, kind) for name, kind in (("P", "pair"), ("T", "boolean"), ("E", "integer"))),
        made,
        response(("y",)),
        SCORE,
        processing(rules),
    )
    ours, _ = taken(document)
    assert ours.stem.startswith("a b true")
