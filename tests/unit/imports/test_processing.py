"""The response processing: each operator's value, rules, templates, and what is refused."""

import time
from fractions import Fraction

import pytest

from issuer.imports.declarations import outcomes, responses
from issuer.imports.markup import parse
from issuer.imports.processing import OPERATORS, read_processing
from issuer.imports.refusals import ImportRefused
from issuer.imports.run import Budget
from issuer.imports.values import Value, atom
from tests.unit.imports.writer import (
    MAP_RESPONSE,
    MATCH_CORRECT,
    SCORE,
    TEMPLATES,
    THREE,
    base,
    choice,
    correct,
    default,
    hit,
    item,
    outcome,
    processing,
    put,
    refusal,
    response,
    variable,
    when,
)

NULL = "<qti-null/>"
TRUE, FALSE = base("true", "boolean"), base("false", "boolean")
ABC = response(("b", "a", "b"), "ordered", identifier="ORDERED")
BAG = response(("b", "a", "b"), "multiple", identifier="BAG")
MAPPED = response(
    ("x",), mapping={"x": 2, "y": -1}, identifier="MAPPED", bounds='lower-bound="0" upper-bound="1.5"'
)


def value(expression: str) -> object:
    """What an expression comes to; None is NULL, numbers are text."""
    rules = processing(put("OUT", expression), put("SCORE", base(1)))
    document = item(choice(THREE), ABC, BAG, MAPPED, response(), SCORE, outcome("OUT", "identifier"), rules)
    run = read_processing(parse(document)).run({"MAPPED": Value("identifier", "single", ("x",))})
    found = run.outcomes["OUT"]
    if found is None:
        return None
    atoms = [str(one) if isinstance(one, Fraction) else one for one in found.atoms]
    return atoms[0] if found.cardinality == "single" else atoms


def op(name: str, *inner: str, more: str = "") -> str:
    return f"<qti-{name} {more}>{''.join(inner)}</qti-{name}>"


def n(number: float | str) -> str:
    return base(number)


def word(text: str) -> str:
    return base(text, "identifier")


CASES: list[tuple[str, object]] = [
    (n(2), "2"),
    (variable("ORDERED"), None),
    (correct("ORDERED"), ["b", "a", "b"]),
    (correct("BAG"), ["a", "b", "b"]),
    ('<qti-default identifier="SCORE"/>', "0"),
    ('<qti-default identifier="nobody"/>', None),
    ('<qti-map-response identifier="MAPPED"/>', "3/2"),
    (op("is-null", NULL), True),
    (op("is-null", n(1)), False),
    (op("not", TRUE), False),
    (op("not", NULL), None),
    (op("and", TRUE, TRUE), True),
    (op("and", NULL, FALSE), False),
    (op("and", NULL, TRUE), None),
    (op("or", NULL, TRUE), True),
    (op("or", FALSE, FALSE), False),
    (op("or", FALSE, NULL), None),
    (op("any-n", TRUE, FALSE, TRUE, more='min="2" max="2"'), True),
    (op("any-n", TRUE, FALSE, more='min="2" max="2"'), False),
    (op("any-n", TRUE, TRUE, TRUE, more='min="1" max="2"'), False),
    (op("any-n", TRUE, NULL, more='min="1" max="1"'), None),
    (op("match", word("a"), word("a")), True),
    (op("match", n(1), base(1, "integer")), True),
    (op("match", n(1), NULL), None),
    (op("match", op("multiple", word("b"), word("a")), op("multiple", word("a"), word("b"))), True),
    (op("match", op("ordered", word("b"), word("a")), op("ordered", word("a"), word("b"))), False),
    (op("match", base("a b", "pair"), base("b a", "pair")), True),
    (op("match", base("a b", "directedPair"), base("b a", "directedPair")), False),
    (op("string-match", base("Ab", "string"), base("aB", "string"), more='case-sensitive="false"'), True),
    (op("string-match", base("Ab", "string"), base("aB", "string"), more='case-sensitive="true"'), False),
    (op("string-match", base("Ab", "string"), NULL, more='case-sensitive="true"'), None),
    (op("member", word("a"), correct("BAG")), True),
    (op("member", word("z"), correct("BAG")), False),
    (op("member", word("z"), NULL), None),
    (op("contains", correct("BAG"), op("multiple", word("b"), word("b"))), True),
    (op("contains", correct("BAG"), op("multiple", word("a"), word("a"))), False),
    (op("contains", correct("ORDERED"), op("ordered", word("a"), word("b"))), True),
    (op("contains", correct("ORDERED"), op("ordered", word("b"), word("b"))), False),
    (op("contains", correct("ORDERED"), NULL), None),
    (op("multiple", NULL), None),
    (op("multiple", word("b"), NULL, op("multiple", word("a"))), ["a", "b"]),
    (op("container-size", correct("BAG")), "3"),
    (op("container-size", NULL), "0"),
    (op("index", correct("ORDERED"), more='n="2"'), "a"),
    (op("index", correct("ORDERED"), more='n="4"'), None),
    (op("index", NULL, more='n="1"'), None),
    (op("delete", word("b"), correct("BAG")), ["a"]),
    (op("delete", NULL, correct("BAG")), None),
    (op("sum", n(0.1), n(0.2)), "3/10"),
    (op("sum", n(1), NULL), None),
    (op("product", n("1.5"), n(-4)), "-6"),
    (op("min", n(2), n(1)), "1"),
    (op("max", n(2), n(1)), "2"),
    (op("subtract", n(2), n(5)), "-3"),
    (op("subtract", n(2), NULL), None),
    (op("divide", n(1), n(8)), "1/8"),
    (op("divide", n(1), n(0)), None),
    (op("integer-divide", n(-7), n(2)), "-4"),
    (op("integer-divide", n(-7), n(0)), None),
    (op("integer-modulus", n(-7), n(2)), "1"),
    (op("integer-modulus", n(-7), n(0)), None),
    (op("round", n("6.5")), "7"),
    (op("round", n("-6.5")), "-6"),
    (op("round", NULL), None),
    (op("truncate", n("-6.9")), "-6"),
    (op("integer-to-float", base(3, "integer")), "3"),
    (op("gt", n(2), n(1)), True),
    (op("gte", n(2), n(2)), True),
    (op("lt", n(2), n(2)), False),
    (op("lte", n(2), n(2)), True),
    (op("lt", n(2), NULL), None),
    (op("equal", n(1), n(1), more='tolerance-mode="exact"'), True),
    (op("equal", n(1), n(1), more='tolerance-mode="exact" include-upper-bound="false"'), True),
    (op("equal", n(1), NULL), None),
    (op("equal", n(10), n(12), more='tolerance-mode="absolute" tolerance="1 2"'), True),
    (op("equal", n(10), n(8), more='tolerance-mode="absolute" tolerance="1 2"'), False),
    (
        op("equal", n(10), n(12), more='tolerance-mode="absolute" tolerance="2" include-upper-bound="false"'),
        False,
    ),
    (
        op("equal", n(10), n(8), more='tolerance-mode="absolute" tolerance="2" include-lower-bound="false"'),
        False,
    ),
    (op("equal", n(100), n(95), more='tolerance-mode="relative" tolerance="5"'), True),
    (op("equal", n(-100), n(-94), more='tolerance-mode="relative" tolerance="5"'), False),
    (op("round-to", n("1234.5"), more='rounding-mode="significantFigures" figures="2"'), "1200"),
    (op("round-to", n("0.04567"), more='rounding-mode="significantFigures" figures="2"'), "23/500"),
    (op("round-to", n(0), more='rounding-mode="significantFigures" figures="2"'), "0"),
    (op("round-to", n("1.005"), more='rounding-mode="decimalPlaces" figures="2"'), "101/100"),
    (op("round-to", NULL, more='rounding-mode="decimalPlaces" figures="0"'), None),
    (op("equal-rounded", n("3.14"), n("3.1416"), more='rounding-mode="decimalPlaces" figures="2"'), True),
    (op("equal-rounded", n("3.1"), n("3.2"), more='rounding-mode="significantFigures" figures="2"'), False),
    (op("equal-rounded", n("3.1"), NULL, more='rounding-mode="significantFigures" figures="2"'), None),
]


@pytest.mark.parametrize(("expression", "expected"), CASES)
def test_an_operator_has_the_value_that_the_standard_gives_it(expression: str, expected: object) -> None:
    assert value(expression) == expected


def test_every_operator_is_tried_above() -> None:
    tried = " ".join(expression for expression, _ in CASES)
    assert [name for name in OPERATORS if f"<{name}" not in tried] == []
    assert len(OPERATORS) >= 28


@pytest.mark.parametrize(
    "expression",
    [
        variable("nobody"),
        correct("nobody"),
        '<qti-map-response identifier="RESPONSE"/>',
        op("not", n(1)),
        op("and", word("a")),
        op("match", word("a"), n(1)),
        op("match", word("a"), correct("BAG")),
        op("match", word("a")),
        op("is-null", n(1), n(2)),
        op("string-match", n(1), n(1)),
        op("member", word("a"), word("a")),
        op("contains", word("a"), correct("BAG")),
        op("multiple", word("a"), n(1)),
        op("index", correct("ORDERED"), more='n="last"'),
        op("sum", word("a")),
        op("sum"),
        op("gt", word("a"), n(1)),
        op("equal", n(1), n(1), more='tolerance-mode="wide" tolerance="1"'),
        op("equal", n(1), n(1), more='tolerance-mode="absolute"'),
        op("equal", n(1), n(1), more='tolerance-mode="absolute" tolerance="-1"'),
        op("round-to", n(1), more='rounding-mode="up" figures="1"'),
        op("round-to", n(1), more='rounding-mode="decimalPlaces" figures="00009999999"'),
        op("round-to", n(1), more='rounding-mode="significantFigures" figures="0"'),
        op("product", *[n("9" * 40 + "e99")] * 40),
        op("not", "<qti-exit-response/>"),
        base("x", "point"),
    ],
)
def test_what_an_operator_cannot_take_is_refused(expression: str) -> None:
    with pytest.raises(ImportRefused) as caught:
        value(expression)
    assert caught.value.code == "item.processing"


@pytest.mark.parametrize(
    "expression",
    [
        op("pattern-match", base("a", "string"), more='pattern="a+"'),
        op("substring", base("a", "string"), base("ab", "string")),
        op(
            "string-match",
            base("a", "string"),
            base("ab", "string"),
            more='case-sensitive="true" substring="true"',
        ),
        op("random", correct("BAG")),
        op("custom-operator", n(1)),
        op("map-response-point"),
        "<p/>",
    ],
)
def test_an_operator_that_is_not_evaluated_is_refused_by_name(expression: str) -> None:
    with pytest.raises(ImportRefused) as caught:
        value(expression)
    assert caught.value.code == "item.operator"


def score(*parts: str, given: str | None = "x") -> object:
    """The score of an item in which this was chosen."""
    found = read_processing(parse(item(choice(THREE), *parts)))
    answer = None if given is None else Value("identifier", "single", (given,))
    return str(found.score(found.run({"RESPONSE": answer})))


def test_the_branches_of_a_condition() -> None:
    def is_(name: str) -> str:
        return f"<qti-match>{variable()}{word(name)}</qti-match>"

    other = f"<qti-response-else-if>{is_('y')}{put('SCORE', n(2))}</qti-response-else-if>"
    rule = when(is_("x"), put("SCORE", n(1)), put("SCORE", n(3))).replace(
        "<qti-response-else>", f"{other}<qti-response-else>"
    )
    for given, worth in (("x", "1"), ("y", "2"), ("z", "3"), (None, "3")):
        assert score(response(), SCORE, processing(rule), given=given) == worth


def test_exit_ends_the_processing_and_fragments_are_run() -> None:
    inner = f"<qti-response-processing-fragment>{put('SCORE', n(1))}</qti-response-processing-fragment>"
    assert score(response(), SCORE, processing(inner, "<qti-exit-response/>", put("SCORE", n(9)))) == "1"


def looked_up(table: str, source: str) -> str:
    rule = f'<qti-lookup-outcome-value identifier="SCORE">{source}</qti-lookup-outcome-value>'
    return str(score(response(), outcome(inner=table), processing(rule)))


def test_tables_look_up() -> None:
    table = (
        '<qti-match-table default-value="9"><qti-match-table-entry source-value="1" target-value="5"/>'
        "</qti-match-table>"
    )
    assert [looked_up(table, one) for one in (n(1), n(2), NULL)] == ["5", "9", "9"]
    with pytest.raises(ImportRefused):
        looked_up(table.replace('default-value="9"', ""), NULL)
    steps = (
        '<qti-interpolation-table default-value="0">'
        '<qti-interpolation-table-entry source-value="10" target-value="2"/>'
        '<qti-interpolation-table-entry source-value="5" include-boundary="false" target-value="1"/>'
        "</qti-interpolation-table>"
    )
    assert [looked_up(steps, n(one)) for one in (10, 9, 5, 1)] == ["2", "1", "0", "0"]
    words = outcome("GRADE", "identifier", table.replace('"5"', '"good"'))
    rule = f'<qti-lookup-outcome-value identifier="GRADE">{n(1)}</qti-lookup-outcome-value>'
    document = item(choice(THREE), response(), SCORE, words, processing(rule, put("SCORE", n(1))))
    assert read_processing(parse(document)).run({}).outcomes["GRADE"] == Value(
        "identifier", "single", ("good",)
    )


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        (processing(put("NOBODY", n(1)), put("SCORE", n(1))), "item.processing"),
        (processing(put("SCORE", NULL)), "item.processing"),
        (processing(put("SCORE", n(1)), n(1)), "item.processing"),
        (processing(put("SCORE", n(1)), when("", "")), "item.processing"),
        (
            processing(put("SCORE", n(1)), f"<qti-response-condition>{n(1)}</qti-response-condition>"),
            "item.processing",
        ),
        (
            processing(f'<qti-lookup-outcome-value identifier="SCORE">{n(1)}</qti-lookup-outcome-value>'),
            "item.processing",
        ),
        ("<qti-response-processing/>", "item.unscored"),
        (processing(put("OTHER", n(1))), "item.unscored"),
        ("", "item.unscored"),
        (f'<qti-response-processing template="{TEMPLATES}map_response_point.xml"/>', "item.operator"),
        ('<qti-response-processing template="https://example.org/match_correct.xml"/>', "item.operator"),
        ('<qti-response-processing template="https://[/match_correct.xml"/>', "item.operator"),
    ],
)
def test_processing_without_sense_is_refused(rules: str, code: str) -> None:
    with pytest.raises(ImportRefused) as caught:
        score(response(), SCORE, outcome("OTHER"), rules)
    assert caught.value.code == code


def test_without_a_numeric_score_nothing_is_scored() -> None:
    for declared in ("", outcome(base="identifier"), outcome(cardinality="multiple")):
        with pytest.raises(ImportRefused) as caught:
            score(response(), declared, MATCH_CORRECT)
        assert caught.value.code == "item.unscored"


def test_the_standard_templates() -> None:
    mapped = response(("x",), mapping={"x": 2, "y": 0.5})
    feedback = outcome("FEEDBACK", "identifier") + outcome("FEEDBACKBASIC", "identifier")
    most = outcome("MAXSCORE", inner=default("2"))
    for name, expected in (
        ("match_correct", ["1", "0", "0"]),
        ("CC2_match", ["1", "0", "0"]),
        ("map_response.xml", ["2", "1/2", "0"]),
        ("CC2_map_response.xml", ["2", "1/2", "0"]),
        ("CC2_match_basic", ["2", "0", "0"]),
    ):
        template = f'<qti-response-processing template="{TEMPLATES}{name}"/>'
        parts = (mapped, SCORE, feedback, most, template)
        assert [score(*parts, given=given) for given in ("x", "y", None)] == expected


def test_case_in_a_mapping_counts_unless_an_entry_says_otherwise() -> None:
    declared = response((), base="string", mapping={"Ab": 1, "cd": 2}).replace(
        'map-key="cd"', 'map-key="cd" case-sensitive="false"'
    )
    mapping = responses(parse(item(choice(THREE), declared)))["RESPONSE"].mapping
    assert mapping is not None
    worth = [mapping.of(Value("string", "single", (text,))) for text in ("Ab", "AB", "CD")]
    assert worth == [1, 0, 2]


def test_each_distinct_value_counts_once_in_a_mapping() -> None:
    mapping = responses(parse(item(choice(THREE), response((), "ordered", mapping={"x": 1}))))[
        "RESPONSE"
    ].mapping
    assert mapping is not None
    assert mapping.of(Value("identifier", "ordered", ("x", "x", "y"))) == 1


@pytest.mark.parametrize(
    "declared",
    [
        response(identifier="A") * 2,
        response(identifier=""),
        response(cardinality="record"),
        response(base="file"),
        response(("x", "y")),
        response((), mapping={"x": "much"}),
        response((), base="pair", mapping={"x": 1}),
        response(("1.5",), base="integer"),
        response(("perhaps",), base="boolean"),
        response((), mapping={}, bounds='lower-bound="low"'),
        response().replace("</qti-response", f"{default('x')}</qti-response"),
    ],
)
def test_a_response_that_is_not_as_the_standard_has_it_is_refused(declared: str) -> None:
    with pytest.raises(ImportRefused) as caught:
        responses(parse(item(choice(THREE), declared)))
    assert caught.value.code == "item.declaration"


def test_outcomes_begin_at_their_default_or_at_zero() -> None:
    declared = [
        outcome("A", "float"),
        outcome("B", "identifier"),
        outcome("C", "integer", default("7")),
        outcome("D", "boolean", default("1")),
        outcome("E", "point"),
    ]
    found = outcomes(parse(item(choice(THREE), *declared)))
    values = {name: found[name].default for name in "ABCDE"}
    assert values == {
        "A": Value("float", "single", (Fraction(0),)),
        "B": None,
        "C": Value("integer", "single", (Fraction(7),)),
        "D": Value("boolean", "single", (True,)),
        "E": None,
    }
    assert "completionStatus" in found


def test_an_atom_of_another_type_is_refused() -> None:
    with pytest.raises(ImportRefused):
        atom("duration", "1")


def test_work_is_bounded_for_an_item_and_for_a_package() -> None:
    whole = Budget(3)
    for _ in range(3):
        Budget(10, whole).spend()
    with pytest.raises(ImportRefused) as caught:
        Budget(10, whole).spend()
    assert caught.value.code == "item.too_many_answers"
    rules = processing(put("SCORE", op("sum", *[n(1)] * 900)))
    names = {f"o{number}": str(number) for number in range(14)}
    document = item(choice(names, 0), response((), "multiple"), SCORE, rules)
    found = read_processing(parse(document), Budget(2_000))
    found.run({})
    found.run({})
    with pytest.raises(ImportRefused):
        found.run({})


def test_a_mapping_is_not_looked_up_by_a_template_without_one() -> None:
    with pytest.raises(ImportRefused) as caught:
        score(response(), SCORE, MAP_RESPONSE)
    assert caught.value.code == "item.processing"


def test_a_container_that_is_doubled_again_and_again_is_refused() -> None:
    doubled = put("MANY", f"<qti-multiple>{variable('MANY') * 2}</qti-multiple>")
    rules = processing(put("MANY", variable()), *[doubled] * 12, when(hit("RESPONSE"), put("SCORE", base(1))))
    many = outcome("MANY", "identifier", cardinality="multiple")
    assert refusal(item(choice(THREE), response(("y",)), SCORE, many, rules)) == "item.processing"


def test_rounding_a_tiny_number_takes_no_longer_than_another() -> None:
    squared = put("X", op("product", variable("X"), variable("X")))
    rounded = put("X", op("round-to", variable("X"), more='rounding-mode="significantFigures" figures="3"'))
    rules = processing(put("X", n("1e-99")), squared * 3, rounded * 1_000, put("SCORE", base(1)))
    document = item(choice(THREE), response(), SCORE, outcome("X"), rules)
    begun = time.process_time()
    run = read_processing(parse(document)).run({})
    assert run.outcomes["X"] == Value("float", "single", (Fraction(1, 10**792),))
    assert time.process_time() - begun < 1


def test_looking_through_a_long_table_counts_as_more_steps() -> None:
    names = {f"c{number}": f"Text {number}" for number in range(8)}
    rows = "".join(f'<qti-match-table-entry source-value="{n}" target-value="0"/>' for n in range(2_000))
    table = outcome("L", inner=f'<qti-match-table default-value="0">{rows}</qti-match-table>')
    lookup = f'<qti-lookup-outcome-value identifier="L">{base(-1)}</qti-lookup-outcome-value>'
    rules = processing(lookup * 50, when(hit("RESPONSE"), put("SCORE", base(1)), put("SCORE", base(0))))
    assert refusal(item(choice(names, 0), response(("c1",), "multiple"), SCORE, table, rules)) == (
        "item.too_many_answers"
    )


def test_many_variables_count_as_steps_of_each_answer() -> None:
    names = {f"c{number}": f"Text {number}" for number in range(12)}
    more = "".join(outcome(f"O{number}") for number in range(6_000))
    first = op("is-null", op("index", variable(), more='n="1"'))
    rules = processing(
        when(hit("RESPONSE"), put("SCORE", base(1)), put("SCORE", base(0))),
        when(first, put("SCORE", base(0))),
    )
    assert refusal(item(choice(names, 0), response(("c1",), "multiple"), SCORE, more, rules)) == (
        "item.too_many_answers"
    )
