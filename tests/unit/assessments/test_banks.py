"""Every bank that is to measure people: size, balance, and nothing beside the content that gives a key."""

import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

import issuer.assessments
from issuer.assessments import kinds
from issuer.assessments.bank import read_bank, shipped
from issuer.assessments.lint import lint
from schemas.assessment import Bank
from schemas.items import Inline, Item, Multiple, Numeric, Option, Order, Single, Task, Text

SHIPPED = Path(issuer.assessments.__file__).parent.glob("banks/*.json")
# Offers and figures are no banks, and SYNTHETIC's questions are made to be simulated, not to measure anybody.
NAMES = sorted(path.stem for path in SHIPPED if "." not in path.stem and path.stem != "synthetic")
BANKS = {name: read_bank(shipped(name)) for name in NAMES}
every_bank = pytest.mark.parametrize("bank", BANKS.values(), ids=NAMES)


def singles(bank: Bank) -> list[Single]:
    return [item for item in bank.items if isinstance(item, Single)]


def options(item: Item) -> tuple[Option, ...]:
    """All that can be chosen in an item, whatever its kind."""
    if isinstance(item, Inline):
        return tuple(option for gap in item.gaps for option in gap.options)
    return () if isinstance(item, Text | Numeric | Task) else item.options


def rationales(item: Item) -> list[str]:
    if isinstance(item, Text):
        return [accepted.rationale for accepted in item.accepted]
    if isinstance(item, Numeric):
        return [item.rationale]
    return [option.rationale for option in options(item)]


def words(item: Item) -> set[str]:
    return set(re.findall(r"\w+", " ".join(kinds.places(item).values()).lower()))


@every_bank
def test_a_bank_is_large_balanced_and_honest(bank: Bank) -> None:
    assert list(lint(bank)) == []
    assert bank.calibration == "uncalibrated"
    assert bank.standard_setting == "author's choice, no panel"
    assert not any(item.parameters for item in bank.items)
    assert len(bank.items) >= 200
    areas = Counter(item.area for item in bank.items)
    assert len(bank.areas) == len(areas) == 5
    assert min(areas.values()) >= 40
    assert all(area.links and area.description for area in bank.areas)


@every_bank
def test_a_bank_asks_in_every_kind(bank: Bank) -> None:
    asked = Counter(type(item) for item in bank.items)
    assert set(asked) == {kind.item for kind in kinds.KINDS}
    assert asked[Single] <= 0.65 * len(bank.items)
    tasks = [item for item in bank.items if isinstance(item, Task)]
    assert len(tasks) == 2
    assert sum("AI tools" in (item.aids or "") for item in tasks) == 1


@every_bank
def test_every_rationale_teaches(bank: Bank) -> None:
    for item in bank.items:
        assert all(len(text) > 12 for text in rationales(item)), item.id
        assert not any("of the above" in option.text.lower() for option in options(item)), item.id
        assert item.stem.endswith("Choose all that apply.") == isinstance(item, Multiple), item.id


@every_bank
def test_the_position_does_not_give_the_key_away(bank: Bank) -> None:
    asked = singles(bank)
    first = Counter(item.key[0] for item in asked)
    assert all(0.2 <= first[name] / len(asked) <= 0.3 for name in "abcd")
    assert all(4 <= len(item.options) <= 5 for item in bank.items if isinstance(item, Single | Multiple))
    gaps = [gap for item in bank.items if isinstance(item, Inline) for gap in item.gaps]
    places = Counter([option.id for option in gap.options].index(gap.key) for gap in gaps)
    assert max(places.values()) <= 0.6 * len(gaps)
    for item in bank.items:
        if isinstance(item, Order):
            assert item.key != tuple(option.id for option in item.options), item.id


@every_bank
def test_the_length_does_not_give_the_key_away(bank: Bank) -> None:
    """By chance a key among four options is the longest, or the shortest, in 25 of 100 items."""
    asked = singles(bank)
    longest = shortest = 0
    for item in asked:
        lengths = {option.id: len(option.text) for option in item.options}
        key = lengths.pop(item.key[0])
        longest += key > max(lengths.values())
        shortest += key < min(lengths.values())
    assert longest <= 0.4 * len(asked)
    assert shortest <= 0.4 * len(asked)


@every_bank
def test_the_number_of_right_options_is_not_always_the_same(bank: Bank) -> None:
    asked = [item for item in bank.items if isinstance(item, Multiple)]
    assert all(2 <= len(item.key) < len(item.options) for item in asked)
    assert max(Counter(len(item.key) for item in asked).values()) <= 0.7 * len(asked)


@every_bank
def test_no_two_items_are_nearly_alike(bank: Bank) -> None:
    read = [(item.id, words(item)) for item in bank.items]
    alike = [(a, b) for (a, x), (b, y) in combinations(read, 2) if len(x & y) > 0.8 * len(x | y)]
    assert alike == []
    again = [stem for stem, n in Counter(item.stem for item in bank.items).items() if n > 1]
    assert all(item.exhibit for item in bank.items if item.stem in again)


@every_bank
def test_enemies_leave_enough_to_ask(bank: Bank) -> None:
    hostile: dict[str, set[str]] = {item.id: set(item.enemies) for item in bank.items}
    for item in bank.items:
        for enemy in item.enemies:
            hostile[enemy].add(item.id)
    assert max(map(len, hostile.values())) <= 8
