"""The shipped bank "Working with AI at work": blueprint, arithmetic, and that its form gives no key away.

Figures are read from what a taker sees, so item and check cannot drift apart.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations
from statistics import mean

import pytest

from issuer.assessments.bank import read_bank, shipped
from issuer.assessments.kinds import show
from issuer.assessments.lint import lint
from schemas.items import Inline, Item, Match, Multiple, Numeric, Option, Order, Single, Task, Text
from verifier.web.render import exhibit

BANK = read_bank(shipped("working-with-ai"))
SINGLES = [item for item in BANK.items if isinstance(item, Single)]
MULTIPLES = [item for item in BANK.items if isinstance(item, Multiple)]
Figures = list[Fraction]

# From the figures of the stem and those of the exhibit, each in the order in which they stand there.
COMPUTED: dict[str, Callable[[Figures, Figures], Fraction]] = {
    "cho-39": lambda s, e: s[0] * (e[0] + e[2] - e[1] - e[3]),
    "cho-40": lambda s, e: Fraction((s[0] - s[1]) // (e[0] * e[2] / e[1])),
    "cho-41": lambda _, e: e[0] * e[1] / 100 + e[2] * e[3] / 100,
    "ins-39": lambda s, e: (e[2] - e[0]) / s[0] * 100,
    "ins-40": lambda s, e: s[0] * ((e[0] + e[1]) * e[3] + e[2] * e[4]) / 1_000_000,
    "jud-40": lambda _, e: 100 * e[0] / (e[0] + e[1]),
    "jud-41": lambda _, e: 100 * e[0] / (e[0] + e[2]),
    "jud-42": lambda s, _: s[0] * s[2] / s[1],
    "jud-43": lambda s, _: s[0] / (s[2] / 100),
    "pro-41": lambda _, e: (e[0] - e[1]) * e[3] / 100,
    "pro-42": lambda s, e: s[0] * e[1] / e[0],
    "org-41": lambda s, e: s[0] * e[0] / 60 * e[1] - e[2] - e[3] * e[1],
    "org-42": lambda s, e: s[0] * (1 - e[0] / 100) * (1 - e[1] / 100) * (1 - e[2] / 100),
    "org-43": lambda _, e: e[0] / (e[2] - e[1]),
}

# What the keyed option says, and the computation that makes it so.
WORKED: dict[str, tuple[str, bool]] = {
    "cho-20": ("no gain", 10 + 55 > 60),
    "jud-02": ("Most of those who answered", 118 > 212 / 2 and 118 < 900 / 2),
    "jud-10": ("one of 15 %", 0.85**15 > 0.05),
    "jud-15": ("most probably good", 0.01 * 0.95 < 0.99 * 0.05),
    "jud-16": ("99.5 %", Fraction(199, 200) == Fraction(995, 1000)),
    "jud-23": ("chance", 3 < 1.96 * (91 * 9 / 100 + 88 * 12 / 100) ** 0.5),
    "org-04": ("60 %", 0.595 < 0.95**10 < 0.605),
    "org-12": ("20 %", Fraction(30, 100) * Fraction(2, 3) == Fraction(20, 100)),
    "org-18": ("19 euros, against 27", 9 + 30 * 20 / 60 == 19 and 2 + 30 * 50 / 60 == 27),
}


def figures(text: str | None) -> Figures:
    """The numbers in a text, thousands separated by commas."""
    return [Fraction(n.replace(",", "")) for n in re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", text or "")]


def rationales(item: Item) -> Iterator[str]:
    """Every reason that the item gives."""
    if isinstance(item, Single | Multiple | Order | Match):
        yield from (option.rationale for option in item.options)
    elif isinstance(item, Inline):
        yield from (option.rationale for gap in item.gaps for option in gap.options)
    elif isinstance(item, Text):
        yield from (accepted.rationale for accepted in item.accepted)
    elif isinstance(item, Numeric):
        yield item.rationale
    else:
        yield from (level.description for criterion in item.rubric for level in criterion.levels)


def keyed(item: Single) -> Option:
    return next(option for option in item.options if option.id == item.key[0])


def test_it_is_clean_and_says_where_it_stands() -> None:
    assert list(lint(BANK)) == []
    assert (BANK.id, BANK.version) == ("working-with-ai", "1.0.0")
    assert BANK.calibration == "uncalibrated"
    assert BANK.standard_setting == "author's choice, no panel"
    assert all(item.state == "live" and item.parameters is None for item in BANK.items)


def test_every_area_has_forty_items_and_more_of_many_kinds() -> None:
    assert len(BANK.items) >= 205
    assert len(BANK.areas) == 5
    for area in BANK.areas:
        kinds = Counter(item.kind for item in BANK.items if item.area == area.id)
        assert kinds.total() >= 40
        assert {"single", "multiple", "order", "match", "inline", "text", "numeric"} <= set(kinds)
        assert 0.5 <= kinds["single"] / kinds.total() <= 0.6


def test_there_are_two_tasks_and_one_permits_ai() -> None:
    tasks = [item for item in BANK.items if isinstance(item, Task)]
    assert len(tasks) == 2
    assert ["AI tools are permitted" in (task.aids or "") for task in tasks] == [True, False]
    assert all(3 <= len(task.rubric) <= 4 for task in tasks)


def test_the_rubric_that_takers_see_holds_no_answer() -> None:
    for task in (item for item in BANK.items if isinstance(item, Task)):
        assert not figures(" ".join(text for _, text in show(task, ()).rubric))


def test_every_area_has_somewhere_to_learn() -> None:
    for area in BANK.areas:
        assert len(area.links) >= 2
        assert all(link.url.startswith("https://") and link.name for link in area.links)


@pytest.mark.parametrize("item", [i for i in BANK.items if isinstance(i, Numeric)], ids=lambda i: i.id)
def test_numbers_follow_from_what_is_shown(item: Numeric) -> None:
    computed = COMPUTED[item.id](figures(item.stem), figures(item.exhibit))
    assert computed == Fraction(item.value)


def test_every_computation_has_its_item() -> None:
    assert set(COMPUTED) == {item.id for item in BANK.items if isinstance(item, Numeric)}


@pytest.mark.parametrize("name", WORKED)
def test_choices_that_rest_on_a_computation(name: str) -> None:
    says, holds = WORKED[name]
    item = BANK.item(name)
    assert isinstance(item, Single)
    assert says in keyed(item).text
    assert holds


def test_statements_about_a_table() -> None:
    complaints, defects, fraud = (BANK.item(name) for name in ("jud-29", "jud-33", "jud-35"))
    assert isinstance(complaints, Multiple)
    hits, false_alarms, missed, rest = figures(complaints.exhibit)
    right = {option.text for option in complaints.options if option.id in complaints.key}
    assert hits / (hits + missed) == Fraction(9, 10)
    assert false_alarms + missed == 35
    assert hits + false_alarms + missed + rest == 1000
    assert right == {
        "Nine in ten complaints were found.",
        "In all, 35 of 1,000 letters were judged wrongly.",
    }
    assert isinstance(defects, Match)
    flagged, wrongly, passed, good = map(int, figures(defects.exhibit))
    assert [target.text for target in defects.targets] == [
        f"{flagged} of {flagged + passed}",
        f"{flagged} of {flagged + wrongly}",
        f"{wrongly} of {wrongly + good}",
        f"{flagged + good} of {flagged + wrongly + passed + good}",
    ]
    assert isinstance(fraud, Inline)
    marked, hits, frauds = figures(fraud.exhibit)
    shares = [next(o.text for o in gap.options if o.id == gap.key) for gap in fraud.gaps]
    assert shares == [f"{100 * hits / frauds} %", f"{100 * hits / marked} %"]


def test_a_text_to_type_can_be_found_in_the_exhibit() -> None:
    for item in BANK.items:
        if isinstance(item, Text):
            assert re.search(rf"\b{re.escape(item.accepted[0].text)}\b", item.exhibit or ""), item.id


def test_keys_are_spread_over_the_positions() -> None:
    for area in BANK.areas:
        places = Counter(item.key[0] for item in SINGLES if item.area == area.id)
        assert set(places) == set("abcd")
        assert max(places.values()) - min(places.values()) <= 1
    gaps = Counter(gap.key for item in BANK.items if isinstance(item, Inline) for gap in item.gaps)
    assert max(gaps.values()) <= gaps.total() / 2


def test_no_length_gives_the_key_away() -> None:
    longest = sum(max(len(o.text) for o in item.options) == len(keyed(item).text) for item in SINGLES)
    shortest = sum(min(len(o.text) for o in item.options) == len(keyed(item).text) for item in SINGLES)
    assert 0.15 <= longest / len(SINGLES) <= 0.35
    assert 0.15 <= shortest / len(SINGLES) <= 0.35
    right = [len(o.text) for item in MULTIPLES for o in item.options if o.id in item.key]
    wrong = [len(o.text) for item in MULTIPLES for o in item.options if o.id not in item.key]
    assert mean(right) == pytest.approx(mean(wrong), rel=0.1)


def test_how_many_are_right_cannot_be_guessed() -> None:
    numbers = Counter((len(item.key), len(item.options)) for item in MULTIPLES)
    assert len(numbers) >= 4
    assert max(numbers.values()) <= len(MULTIPLES) / 2


def test_every_item_is_written_in_full() -> None:
    for item in BANK.items:
        assert len(item.stem) > 30, item.id
        assert item.stem.endswith("Choose all that apply.") == (item.kind == "multiple"), item.id
        assert all(len(reason) > 10 for reason in rationales(item)), item.id
        if isinstance(item, Single | Multiple):
            assert 4 <= len(item.options) <= 5, item.id
            assert not any("of the above" in option.text.lower() for option in item.options)


def test_no_exhibit_is_too_wide_for_a_phone() -> None:
    for item in BANK.items:
        assert all(len(line) <= 64 for line in (item.exhibit or "").splitlines()), item.id
    others = read_bank(shipped("sql-for-analysts")).items
    given = {one.id: one.exhibit for one in (*BANK.items, *others) if one.exhibit is not None}
    flows = {name for name, text in given.items() if exhibit(text).count("\n") <= text.count("\n")}
    assert flows == {"jud-39", "jud-44", "pro-39"}  # prose; tables, code and lists stay line by line


def test_no_two_items_ask_the_same() -> None:
    words = {item.id: set(re.findall(r"[a-z0-9]{3,}", item.stem.lower())) for item in BANK.items}
    for one, other in combinations(words, 2):
        shared = len(words[one] & words[other]) / len(words[one] | words[other])
        assert shared < 0.6, (one, other)
    stated = [option.text for item in BANK.items for option in getattr(item, "options", ())]
    twice = {text for text, n in Counter(stated).items() if n > 1}
    assert not twice


def test_enemies_are_mutual() -> None:
    for item in BANK.items:
        for name in item.enemies:
            enemy = BANK.item(name)
            assert enemy is not None, (item.id, name)
            assert item.id in enemy.enemies, (item.id, name)
