"""Every kind of item by what all promise; the items are those of docs/assessments.md."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.assessments import kinds
from issuer.assessments.assemble import option_order
from issuer.assessments.bank import read_bank
from issuer.assessments.kinds import AnswerRefused, Given, number, written
from schemas.items import (
    Accepted,
    Credit,
    Ends,
    Inline,
    Item,
    Match,
    Multiple,
    Nearly,
    Numeric,
    Order,
    Single,
    Task,
    Text,
)

ROOT = Path(__file__).parents[3]
PROSE = (ROOT / "docs/assessments.md").read_text()
DOCUMENT = next(
    found for found in re.findall(r"```json\n(.*?)```", PROSE, re.DOTALL) if '"id": "kinds"' in found
)
BANK = read_bank(DOCUMENT.encode())
SEED = bytes(range(32))
IDS = [item.kind for item in BANK.items]
every_kind = pytest.mark.parametrize("item", BANK.items, ids=IDS)

RIGHT: dict[str, dict[str, Sequence[str]]] = {
    "rows": {"option": ["b"]},
    "outliers": {"option": ["range", "mean"]},
    "restore": {"place.tell": ["1"], "place.back": ["2"], "place.find": ["3"], "place.test": ["4"]},
    "charts": {"match.time": ["line"], "match.two": ["scatter"], "match.parts": ["bar"]},
    "join": {"gap.join": ["left"], "gap.where": ["on"]},
    "capital": {"text": [" order\tby. "]},
    "vat": {"number": ["100,00 €"]},
    "reply": {"work": ["We look into it."]},
}


def test_the_documents_bank_has_each_kind_once() -> None:
    assert sorted(IDS) == sorted(kind.item.__name__.lower() for kind in kinds.KINDS)
    assert len(kinds.KINDS) == len(set(IDS)) == 8


@every_kind
def test_the_key_gives_the_most(item: Item) -> None:
    given_ = kinds.read(item, RIGHT[item.id], SEED)
    assert kinds.valid(item, given_.selected)
    if isinstance(item, Task):
        assert (kinds.score(item, given_.selected, SEED), kinds.most(item)) == (0, 2)
        assert given_.text == "We look into it."
    else:
        assert kinds.score(item, given_.selected, SEED) == kinds.most(item) >= 1
        assert given_.text is None


def names_of(item: Item) -> list[str]:
    """Every id that stands in an item, and some that are near misses."""
    found = re.findall(r'"(?:id|key)":"([^"]*)"', msgspec.json.encode(item).decode())
    return [
        *found,
        *(f"{one}>{other}" for one in found for other in found[:2]),
        "1",
        "2",
        "3",
        "4",
        "0",
        "-0",
    ]


def read(item: Item, sent: dict[str, list[str]]) -> Given | AnswerRefused:
    try:
        return kinds.read(item, sent, SEED)
    except AnswerRefused as refused:
        return refused


texts = st.text(st.characters(exclude_categories=()), max_size=30)


@st.composite
def forms(draw: st.DrawFn, item: Item) -> dict[str, list[str]]:
    value = st.sampled_from(names_of(item)) | texts | st.from_regex(r"[-+]?[0-9 .,e]{1,12}", fullmatch=True)
    named = draw(st.fixed_dictionaries({name: st.lists(value, max_size=3) for name in RIGHT[item.id]}))
    return named | draw(st.dictionaries(texts, st.lists(texts, max_size=2), max_size=2))


@every_kind
@given(data=st.data())
def test_any_form_is_refused_or_a_valid_answer(item: Item, data: st.DataObject) -> None:
    sent = data.draw(forms(item))
    answer = read(item, sent)
    if isinstance(answer, AnswerRefused):
        assert answer.code.startswith("answer.")
        assert answer.detail.endswith(".")
        return
    assert kinds.valid(item, answer.selected)
    assert all(type(one) is str and one.isascii() for one in answer.selected)
    assert 0 <= kinds.score(item, answer.selected, SEED) <= kinds.most(item)


@every_kind
@given(data=st.data())
def test_what_is_valid_is_what_a_form_can_give(item: Item, data: st.DataObject) -> None:
    selected = tuple(data.draw(st.lists(st.sampled_from(names_of(item)) | texts, max_size=5)))
    if not kinds.valid(item, selected) or not selected:
        return
    if isinstance(item, Single | Multiple):
        sent: dict[str, list[str]] = {"option": list(selected)}
    elif isinstance(item, Order):
        sent = {f"place.{name}": [str(at)] for at, name in enumerate(selected, 1)}
    elif isinstance(item, Match | Inline):
        prefix = "match" if isinstance(item, Match) else "gap"
        sent = {f"{prefix}.{pair.split('>')[0]}": [pair.split(">")[1]] for pair in selected}
    else:
        sent = {"number": list(selected)}
    assert kinds.read(item, sent, SEED).selected == selected


@every_kind
def test_nothing_is_refused_and_skipping_is_worth_nothing(item: Item) -> None:
    with pytest.raises(AnswerRefused) as refused:
        kinds.read(item, {}, SEED)
    assert refused.value.code == "answer.missing"
    assert kinds.valid(item, ())
    assert kinds.score(item, (), SEED) == 0


@every_kind
@given(seed=st.binary(min_size=32, max_size=32))
def test_what_is_shown_is_all_there_is_and_no_key(item: Item, seed: bytes) -> None:
    order = option_order(item, seed)
    shown = kinds.show(item, order)
    body = msgspec.json.encode(shown).decode()
    assert "rationale" not in body
    assert '"key"' not in body
    document = next(one for one in json.loads(DOCUMENT)["items"] if one["id"] == item.id)
    for rationale in re.findall(r'"rationale": "([^"]*)"', json.dumps(document, ensure_ascii=False)):
        assert rationale not in body
    assert sorted(order) == sorted(option_order(item, SEED))
    if isinstance(item, Text | Numeric | Task):
        assert order == ()
    if isinstance(item, Inline):
        assert [gap.id for gap in shown.gaps] == ["join", "where", None]
        assert (
            "".join(gap.before + (f"{{{{{gap.id}}}}}" if gap.id else "") for gap in shown.gaps) == item.text
        )


def test_the_order_shown_does_not_follow_the_key() -> None:
    """Over many sessions each option comes first about equally often, the key's too."""
    for name, first in (("rows", ["a", "b", "c"]), ("restore", ["tell", "back", "find", "test"])):
        item = BANK.item(name)
        assert item is not None
        seen = [option_order(item, bytes([n, m]) * 16)[0] for n in range(20) for m in range(20)]
        assert all(seen.count(one) > 400 / len(first) * 0.75 for one in first)


@every_kind
def test_a_translation_is_shown_in_its_words(item: Item) -> None:
    places = kinds.places(item)
    shown = kinds.show(
        item, option_order(item, SEED), {place: f"«{place}»" for place in places if place != "text"}
    )
    body = msgspec.json.encode(shown).decode()
    met = [f"rubric.{one.id}.{one.needed}" for one in item.rubric] if isinstance(item, Task) else []
    for place in places:
        if place != "text" and (place.count(".") < 2 or place in met or not place.startswith("rubric")):
            assert f"«{place}»" in body


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("rows", {"option": ["z"]}, "answer.option"),
    ("rows", {"option": ["a", "b"]}, "answer.one_only"),
    ("outliers", {"option": ["mean", "z"]}, "answer.option"),
    ("restore", RIGHT["restore"] | {"place.tell": ["2"]}, "answer.place_taken"),
    ("restore", RIGHT["restore"] | {"place.tell": ["5"]}, "answer.option"),
    ("restore", RIGHT["restore"] | {"place.tell": ["1", "1"]}, "answer.missing"),
    ("charts", RIGHT["charts"] | {"match.two": ["time"]}, "answer.option"),
    ("charts", RIGHT["charts"] | {"match.two": [""]}, "answer.missing"),
    ("join", RIGHT["join"] | {"gap.join": ["on"]}, "answer.option"),
    ("join", RIGHT["join"] | {"gap.join": []}, "answer.missing"),
    ("capital", {"text": ["x" * 201]}, "answer.too_long"),
    ("capital", {"text": ["…"]}, "answer.missing"),
    ("capital", {"text": ["a\0b"]}, "answer.characters"),
    ("capital", {"text": ["\ud800"]}, "answer.characters"),
    ("vat", {"number": ["many"]}, "answer.number"),
    ("vat", {"number": ["€"]}, "answer.missing"),
    ("reply", {"work": ["word " * 201]}, "answer.too_long"),
    ("reply", {"work": ["x" * 2401]}, "answer.too_long"),
    ("reply", {"work": ["\x1b[2J"]}, "answer.characters"),
]


@pytest.mark.parametrize(("name", "sent", "code"), REFUSED)
def test_what_cannot_be_an_answer_is_refused(name: str, sent: dict[str, Any], code: str) -> None:
    item = BANK.item(name)
    assert item is not None
    with pytest.raises(AnswerRefused) as refused:
        kinds.read(item, sent, SEED)
    assert refused.value.code == code


NOT_VALID: list[tuple[str, tuple[str, ...]]] = [
    ("rows", ("a", "b")),
    ("rows", ("z",)),
    ("outliers", ("range", "mean")),
    ("outliers", ("mean", "mean")),
    ("restore", ("tell", "back", "find")),
    ("restore", ("tell", "back", "find", "find")),
    ("charts", ("time>line", "two>scatter")),
    ("charts", ("two>scatter", "time>line", "parts>bar")),
    ("charts", ("time>line", "two", "parts>bar")),
    ("charts", ("time>line", "two>scatter>bar", "parts>bar")),
    ("join", ("join>left",)),
    ("join", ("where>on", "join>left")),
    ("capital", ("order by",)),
    ("capital", ("a" * 64, "a" * 64)),
    ("capital", ("A" * 64,)),
    ("reply", ("a" * 63,)),
    ("vat", ("1.0",)),
    ("vat", ("-0",)),
    ("vat", ("1", "2")),
    ("vat", ("1" * 74,)),
    ("vat", ("1e3",)),
]


@pytest.mark.parametrize(("name", "selected"), NOT_VALID)
def test_what_no_form_can_give_is_not_valid(name: str, selected: tuple[str, ...]) -> None:
    item = BANK.item(name)
    assert item is not None
    assert not kinds.valid(item, selected)


def test_partial_scores_count_pairs_and_gaps() -> None:
    charts, join = BANK.item("charts"), BANK.item("join")
    assert isinstance(charts, Match)
    assert isinstance(join, Inline)
    one_wrong = ("time>line", "two>bar", "parts>bar")
    assert (kinds.score(charts, one_wrong, SEED), kinds.most(charts)) == (2, 3)
    whole = msgspec.structs.replace(charts, partial=False)
    assert (kinds.score(whole, one_wrong, SEED), kinds.most(whole)) == (0, 1)
    graded = msgspec.structs.replace(join, partial=True)
    assert (kinds.score(graded, ("join>inner", "where>on"), SEED), kinds.most(graded)) == (1, 2)
    assert kinds.score(join, ("join>inner", "where>on"), SEED) == 0


def test_credit_adds_up_the_parts_between_nothing_and_the_most() -> None:
    charts, join, rows = (BANK.item(name) for name in ("charts", "join", "rows"))
    assert charts is not None and join is not None and rows is not None  # noqa: PT018 - one fact: they are there
    weights = Credit({"time>line": 2, "two>bar": 1}, most=3, other=-1)
    graded = msgspec.structs.replace(charts, partial=False, credit=weights)
    assert kinds.most(graded) == 3
    for selected, points in (
        (("time>line", "two>bar", "parts>bar"), 2),
        (("time>line", "two>scatter", "parts>bar"), 0),
        (("time>bar", "two>line", "parts>bar"), 0),
    ):
        assert kinds.score(graded, selected, SEED) == points
    filled = msgspec.structs.replace(join, credit=Credit({"where>on": 2}, most=2, other=1))
    assert (kinds.score(filled, ("join>inner", "where>on"), SEED), kinds.most(filled)) == (2, 2)
    chosen = msgspec.structs.replace(rows, credit=Credit({"a": 1, "b": 2}, most=2))
    assert [kinds.score(chosen, (one,), SEED) for one in ("a", "b", "c")] == [1, 2, 0]
    assert (kinds.most(chosen), kinds.most(rows)) == (2, 1)


def test_the_chance_of_a_guess() -> None:
    chances = {"rows": 1 / 3, "outliers": 1 / 7, "restore": 1 / 24, "charts": 1 / 64, "join": 1 / 4}
    for item in BANK.items:
        assert kinds.chance(item) == pytest.approx(chances.get(item.id, 0.0)), item.id


def test_a_partial_order_counts_the_lines_in_their_place() -> None:
    restore = BANK.item("restore")
    assert restore is not None
    ours = msgspec.structs.replace(restore, partial=True)
    for selected, points in (
        (("tell", "back", "find", "test"), 4),
        (("tell", "find", "back", "test"), 2),
        (("test", "tell", "back", "find"), 0),
    ):
        assert kinds.score(ours, selected, SEED) == points
    assert (kinds.most(ours), kinds.most(restore)) == (4, 1)


def test_a_text_may_be_right_in_part() -> None:
    capital = BANK.item("capital")
    assert capital is not None
    accepted = (Accepted("ORDER BY", "Yes.", 2), Accepted("SORT BY", "Nearly."))
    ours = msgspec.structs.replace(capital, accepted=accepted)
    for text, points in (("order by", 2), ("sort by", 1), ("group by", 0)):
        given = kinds.read(ours, {"text": [text]}, SEED)
        assert kinds.score(ours, given.selected, SEED) == points
    assert kinds.most(ours) == 2


NUMBERS = {
    "12": "12",
    " +12.50 ": "12.5",
    "0,125": "0.125",
    "-,5": "-0.5",
    "5.": "5",
    "\N{MINUS SIGN}3": "-3",
    "-0.0": "0",
    "007": "7",
    "1 234 567,5": "1234567.5",
    "12\N{NO-BREAK SPACE}500": "12500",
    "12\N{NARROW NO-BREAK SPACE}500": "12500",
    "1.234": "1.234",
    "12,3456": "12.3456",
    "1.5e3": "1500",
    "1.5E-3": "0.0015",
    "12e-1": "1.2",
    "0e30": "0",
    "\N{FULLWIDTH DIGIT ONE}\N{FULLWIDTH COMMA}\N{FULLWIDTH DIGIT TWO}": "1.2",
    "\N{ARABIC-INDIC DIGIT THREE}\N{ARABIC DECIMAL SEPARATOR}\N{ARABIC-INDIC DIGIT FIVE}": "3.5",
    "9" * 40: "9" * 40,
}


@pytest.mark.parametrize(("text", "plain"), NUMBERS.items())
def test_a_number_is_read_as_people_write_it(text: str, plain: str) -> None:
    assert number.read_number(text) == plain
    assert number.read_number(plain) == plain


@pytest.mark.parametrize(
    ("text", "says"),
    [
        *(
            (text, "thousands")
            for text in ("1,234", "1.234,5", "1,234.5", "1,234,567", "1'234", "1\u2019234.5")
        ),
        *(
            (text, "in digits")
            for text in ("", ".", "one", "1 2", "0,123,456", "NaN", "Infinity", "10²", "1_000")
        ),
        ("1e31", "exponent"),
        ("1e-999", "exponent"),
        ("9" * 41, "40 characters"),
    ],
)
def test_a_number_that_is_not_clear_is_sent_back(text: str, says: str) -> None:
    with pytest.raises(AnswerRefused, match=says) as refused:
        number.read_number(text)
    assert refused.value.code == "answer.number"


def test_a_tolerance_includes_its_ends_exactly() -> None:
    item = Numeric(id="n", area="a", stem="?", value="0.3", tolerance="0.1", rationale="Because.")
    for text, right in (("0.2", 1), ("0.4", 1), ("0.40000000000000000000000000001", 0), ("0.19", 0)):
        assert kinds.score(item, kinds.read(item, {"number": [text]}, SEED).selected, SEED) == right


def test_which_ends_of_a_range_are_right() -> None:
    expected: dict[Ends, str] = {"both": "111", "lower": "110", "upper": "011", "neither": "010"}
    for ends, right in expected.items():
        item = Numeric(id="n", area="a", stem="?", value="-1", tolerance="1", rationale="Because.", ends=ends)
        assert "".join(str(kinds.score(item, (text,), SEED)) for text in ("-2", "-1.5", "0")) == right


def test_a_number_in_several_ranges_has_the_most_points_of_them() -> None:
    near = (Nearly("5", "5", 2, "lower"), Nearly("5", "9", 1))
    item = Numeric(id="n", area="a", stem="?", value="5", rationale="Because.", points=3, nearly=near)
    assert kinds.most(item) == 3
    found = {text: kinds.score(item, (text,), SEED) for text in ("5", "0", "10", "14", "15")}
    assert found == {"5": 3, "0": 2, "10": 1, "14": 1, "15": 0}


@pytest.mark.parametrize(
    ("how", "one", "other", "same"),
    [
        (("case",), "STRASSE", "straße", True),
        ((), "Order", "order", False),
        (("accents",), "café", "cafe", True),
        (("case",), "café", "cafe", False),
        (("punctuation",), "e-mail!", "email", True),
        (("space",), " a \n b ", "a b", True),
        ((), "a  b", "a b", False),
        ((), "ﬁt", "fit", True),
        (("accents",), "한글", "한글", True),
    ],
)
def test_texts_are_compared_after_normalisation(how: Any, one: str, other: str, *, same: bool) -> None:
    item = Text(
        id="t",
        area="a",
        stem="?",
        accepted=(Accepted("never", "No."), Accepted(one, "Yes.")),
        normalisation=how,
    )
    assert kinds.score(item, kinds.read(item, {"text": [other]}, SEED).selected, SEED) == int(same)


@given(st.text(max_size=40), st.sampled_from(["case", "space", "punctuation", "accents"]))
def test_normalising_twice_changes_nothing(text: str, how: Any) -> None:
    once = written.normalise(text, (how,))
    assert written.normalise(once, (how,)) == once


def test_the_log_holds_no_words_and_differs_by_session() -> None:
    item = BANK.item("capital")
    assert item is not None
    first = kinds.read(item, {"text": ["order by"]}, SEED)
    other = kinds.read(item, {"text": ["order by"]}, bytes(32))
    assert first.selected != other.selected
    assert "order" not in first.selected[0]
    assert first.selected == kinds.read(item, {"text": ["ORDER  BY"]}, SEED).selected
    assert kinds.score(item, other.selected, SEED) == 0
