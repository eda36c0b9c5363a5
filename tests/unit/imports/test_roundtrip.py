"""Items of ours, written as QTI 3 and imported again, keep their key; whatever else comes is no crash."""

import itertools
import tempfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuer.assessments import kinds
from issuer.assessments.bank import parse_bank, read_bank, shipped
from issuer.imports.markup import QTI
from issuer.imports.refusals import CODES, ImportRefused
from schemas.items import (
    Accepted,
    Gap,
    Inline,
    Item,
    Match,
    Multiple,
    Numeric,
    Option,
    Order,
    Single,
    Target,
    Task,
    Text,
)
from tests.unit.imports.writer import (
    MATCH_CORRECT,
    SCORE,
    THREE,
    as_qti,
    base,
    choice,
    item,
    manifest,
    package,
    processing,
    put,
    response,
    take,
    through,
    variable,
    when,
)

BANK = read_bank(shipped())
SEED = b"\0" * 32
QTI_KINDS = (Single, Multiple, Order, Match, Inline, Text, Numeric)


def key(ours: Item) -> object:
    """What is right, by texts: ids differ."""
    match ours:
        case Single() | Multiple():
            return {option.text for option in ours.options if option.id in ours.key}
        case Order():
            texts = {option.id: option.text for option in ours.options}
            return [texts[name] for name in ours.key], ours.partial
        case Match():
            lines = {option.id: option.text for option in ours.options}
            targets = {target.id: target.text for target in ours.targets}
            return {(lines[one], targets[other]) for one, other in ours.key.items()}, kinds.most(ours)
        case Inline():
            filled = [next(one.text for one in gap.options if one.id == gap.key) for gap in ours.gaps]
            return filled, kinds.most(ours)
        case Text():
            # QTI compares with or without regard to case, and knows no other normalisation.
            return {one.text for one in ours.accepted}, set(ours.normalisation) & {"case"}
        case Numeric():
            return float(ours.value), float(ours.tolerance)
        case _:
            raise NotImplementedError(ours.kind)


def shared(ours: Item) -> tuple[str, str | None]:
    return " ".join(ours.stem.split()), ours.exhibit


@pytest.mark.parametrize(
    "ours", [one for one in BANK.items[3::8] if not isinstance(one, Task)], ids=lambda ours: ours.id
)
def test_an_item_of_the_shipped_bank_comes_back(ours: Item) -> None:
    again = take(as_qti(ours))
    assert again.kind == ours.kind
    assert key(again) == key(ours)
    assert shared(again) == shared(ours)


WORDS = st.lists(
    st.text(st.sampled_from("abcdefghijklmnop <&>\"'éß—"), min_size=1, max_size=12).filter(
        lambda text: text == " ".join(text.split()) and text.strip()
    ),
    min_size=3,
    max_size=5,
    unique=True,
)
LETTERS = "abcdefgh"


def options(texts: list[str]) -> tuple[Option, ...]:
    return tuple(Option(letter, text, "Why.") for letter, text in zip(LETTERS, texts, strict=False))


@st.composite
def items(draw: st.DrawFn) -> Item:  # noqa: PLR0911 - one for each kind
    """Any item of a kind that QTI has."""
    texts = draw(WORDS)
    ids = LETTERS[: len(texts)]
    common: dict[str, Any] = {"id": "q", "area": "a", "stem": "What is it?"}
    kind = draw(st.sampled_from(["single", "multiple", "order", "match", "inline", "text", "numeric"]))
    if kind == "single":
        return Single(**common, options=options(texts), key=(draw(st.sampled_from(ids)),))
    if kind == "multiple":
        some = draw(st.lists(st.sampled_from(ids), min_size=1, max_size=len(ids) - 1, unique=True))
        return Multiple(**common, options=options(texts), key=tuple(sorted(some)))
    if kind == "order":
        sorted_ = tuple(draw(st.permutations(ids)))
        return Order(**common, options=options(texts), key=sorted_, partial=draw(st.booleans()))
    if kind == "match":
        targets = tuple(Target(f"t{n}", text) for n, text in enumerate(draw(WORDS)))
        right = {one: draw(st.sampled_from([target.id for target in targets])) for one in ids}
        partial = draw(st.booleans())
        return Match(**common, options=options(texts), targets=targets, key=right, partial=partial)
    if kind == "inline":
        gaps = tuple(
            Gap(f"g{n}", options(texts), draw(st.sampled_from(ids)))
            for n in range(1, draw(st.integers(2, 4)))
        )
        text = " and ".join(f"{{{{{gap.id}}}}}" for gap in gaps)
        partial = len(gaps) > 1 and draw(st.booleans())
        return Inline(**common, text=text, gaps=gaps, partial=partial)
    if kind == "text":
        folds = draw(st.booleans())
        accepted = tuple(Accepted(text, "Why.") for text in texts)
        return Text(**common, accepted=accepted, normalisation=("case",) if folds else ())
    value = draw(st.decimals(-1000, 1000, places=3, allow_nan=False, allow_infinity=False))
    tolerance = draw(st.decimals(0, 10, places=2, allow_nan=False, allow_infinity=False))
    return Numeric(**common, value=f"{value:f}", tolerance=f"{abs(tolerance):f}", rationale="Why.")


@given(items())
@settings(max_examples=30)
def test_any_item_of_a_kind_that_qti_has_comes_back(ours: Item) -> None:
    if list(kinds.lint(ours)):
        return
    document = as_qti(ours)
    if isinstance(ours, Text) and len({one.text.upper() for one in ours.accepted}) < len(ours.accepted):
        return  # ß and ss are one in capitals, and two when folded
    again = take(document)
    assert again.kind == ours.kind
    assert key(again) == key(ours)
    assert again == take(document)


def test_of_a_short_text_only_the_rule_for_case_comes_back() -> None:
    accepted = (Accepted("Order by", "Why."),)
    ours = Text(id="q", area="a", stem="What is it?", accepted=accepted, normalisation=("case", "space"))
    again = take(as_qti(ours))
    assert isinstance(again, Text)
    assert again.normalisation == ("case",)
    for text, points in (("ORDER BY", (1, 1)), ("order  by ", (1, 0)), ("order-by", (0, 0))):
        given_ = [kinds.read(one, {"text": [text]}, SEED).selected for one in (ours, again)]
        assert (kinds.score(ours, given_[0], SEED), kinds.score(again, given_[1], SEED)) == points


FEW = {"x": "Alpha", "y": "Beta", "z": "Gamma", "w": "Delta"}
SUBSETS = [tuple(held) for size in range(5) for held in itertools.combinations(FEW, size)]


def several(held: tuple[str, ...]) -> str:
    return f"<qti-multiple>{''.join(base(one, 'identifier') for one in held)}</qti-multiple>"


Truth = dict[tuple[str, ...], bool | None]
"""What a condition is for each answer, NULL as None: worked out here, and not by the importer."""


def holds(name: str, values: list[bool | None]) -> bool | None:
    """Kleene's logic: what is NULL can be either."""
    can = itertools.product(*([True, False] if one is None else [one] for one in values))
    said = {all(one) if name == "and" else any(one) if name == "or" else not one[0] for one in can}
    return said.pop() if len(said) == 1 else None


@st.composite
def conditions(draw: st.DrawFn, depth: int = 3) -> tuple[str, Truth]:
    """Any condition on a multiple response, as QTI has it, and its truth."""
    if depth == 0 or draw(st.booleans()):
        if draw(st.booleans()):
            one = draw(st.sampled_from(list(FEW)))
            leaf = f"<qti-member>{base(one, 'identifier')}{variable()}</qti-member>"
            return leaf, {held: one in held if held else None for held in SUBSETS}
        whole = draw(st.sampled_from(SUBSETS[1:]))
        leaf = f"<qti-match>{variable()}{several(whole)}</qti-match>"
        return leaf, {held: held == whole if held else None for held in SUBSETS}
    name = draw(st.sampled_from(["and", "or", "not"]))
    inner = [draw(conditions(depth - 1)) for _ in range(1 if name == "not" else draw(st.integers(1, 3)))]
    written = f"<qti-{name}>{''.join(text for text, _ in inner)}</qti-{name}>"
    return written, {held: holds(name, [truth[held] for _, truth in inner]) for held in SUBSETS}


@given(conditions())
@settings(max_examples=40)
def test_a_taken_item_scores_every_answer_as_its_processing_says(condition: tuple[str, Truth]) -> None:
    rules = processing(when(condition[0], put("SCORE", base(3))))
    document = item(choice(FEW, 0), response((), "multiple"), SCORE, rules)
    worth = {held: 3 if condition[1][held] else 0 for held in SUBSETS}
    try:
        ours = take(document)
    except ImportRefused:
        assert sum(value == 3 for value in worth.values()) != 1 or worth[SUBSETS[-1]] == 3 or worth[()] == 3
        return
    assert isinstance(ours, Multiple)
    ids = {option.text: option.id for option in ours.options}
    for held, value in worth.items():
        selected = tuple(sorted(ids[FEW[one]] for one in held))
        assert kinds.score(ours, selected, SEED) * 3 == value


PLAIN = item(choice(THREE), response(("y",)), SCORE, MATCH_CORRECT)
PACKED = package({"imsmanifest.xml": manifest("a.xml"), "a.xml": PLAIN})


def survives(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "p"
        path.write_bytes(content)
        try:
            imported = through(path)
        except ImportRefused:
            return  # its code is one of CODES, or it could not have been made
        assert all(bad.code in CODES for bad in imported.refused)
        if imported.document is not None:
            parse_bank(imported.document)


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_and_never_crash(content: bytes) -> None:
    survives(content)
    survives(b"PK\x03\x04" + content)


@given(st.data())
@settings(max_examples=120)
def test_any_damage_to_a_package_is_refused_or_harmless(data: st.DataObject) -> None:
    content = bytearray(PACKED)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    survives(bytes(content))


NAMES = [
    "qti-item-body", "qti-choice-interaction", "qti-simple-choice", "qti-match", "qti-variable", "qti-value",
    "qti-base-value", "qti-mapping", "qti-map-entry", "qti-set-outcome-value", "qti-text-entry-interaction",
    "qti-gap", "qti-sum", "qti-simple-match-set", "qti-gap-match-interaction", "qti-response-condition",
    "qti-index", "qti-equal", "table", "tr", "td", "pre", "ol", "li", "sup", "math", "img", "p",
]  # fmt: skip
ATTRIBUTES = (
    *("identifier", "response-identifier", "cardinality", "base-type"),
    *("max-choices", "map-key", "mapped-value", "n", "template", "href"),
)
VALUES = ("RESPONSE", "SCORE", "a", "b", "single", "multiple", "ordered", "string", "float", "-1", "1", "")
OF_EACH_KIND = [as_qti(next(one for one in BANK.items if isinstance(one, kind))) for kind in QTI_KINDS]


def spoil(root: ET.Element, data: st.DataObject) -> None:
    """Take an element away, set it twice, call it otherwise, give it another attribute, or move it."""
    every = list(root.iter())
    parent = data.draw(st.sampled_from([one for one in every if len(one)]))
    child = data.draw(st.sampled_from(list(parent)))
    match data.draw(st.sampled_from(["drop", "double", "rename", "attribute", "text", "move"])):
        case "drop":
            parent.remove(child)
        case "double":
            parent.append(child)
        case "rename":
            child.tag = f"{{{QTI}}}{data.draw(st.sampled_from(NAMES))}"
        case "attribute":
            child.set(data.draw(st.sampled_from(ATTRIBUTES)), data.draw(st.sampled_from(VALUES)))
        case "text":
            child.text = data.draw(st.sampled_from(VALUES))
        case "move":
            parent.remove(child)
            data.draw(st.sampled_from([one for one in root.iter() if one not in child.iter()])).append(child)


@given(st.data())
@settings(max_examples=80)
def test_any_damage_to_an_items_elements_is_refused_or_harmless(data: st.DataObject) -> None:
    root = ET.fromstring(data.draw(st.sampled_from(OF_EACH_KIND)))  # noqa: S314 - our own
    for _ in range(data.draw(st.integers(1, 4))):
        spoil(root, data)
    survives(ET.tostring(root))
