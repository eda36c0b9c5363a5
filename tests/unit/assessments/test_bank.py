import copy
import json
from typing import Any

import pytest

from issuer.assessments.bank import BankRefused, read_bank, shipped

DOCUMENT: dict[str, Any] = json.loads(shipped())
BANK = read_bank(shipped())


def test_an_unknown_item_is_none() -> None:
    assert BANK.item("no-such-item") is None


@pytest.mark.parametrize("name", ["difficulty", "a", "b", "discrimination"])
def test_item_parameters_are_refused_by_name(name: str) -> None:
    document = copy.deepcopy(DOCUMENT)
    document["items"][3][name] = 0.5
    with pytest.raises(BankRefused, match=f"`{name}`") as refused:
        read_bank(json.dumps(document).encode())
    assert refused.value.code == "bank.shape"


@pytest.mark.parametrize(
    ("code", "document"),
    [
        ("bank.json", b"{"),
        ("bank.json", b'{"id": 1, "id": 2}'),
        ("bank.shape", b"[]"),
        ("bank.shape", b"{}"),
        ("bank.shape", shipped().replace(b'"uncalibrated"', b'"rasch"')),
    ],
)
def test_bytes_that_are_no_bank(code: str, document: bytes) -> None:
    with pytest.raises(BankRefused) as refused:
        read_bank(document)
    assert refused.value.code == code


def empty(document: dict[str, Any]) -> None:
    document["items"] = []


def repeat(document: dict[str, Any]) -> None:
    document["items"][1]["id"] = document["items"][0]["id"]


CHANGES: dict[str, tuple[str, Any]] = {
    "items.0.id": ("may hold", "Not An Id"),
    "items.0.area": ("does not have", "elsewhere"),
    "areas.0.links.0.url": ("not https", "http://example.org"),
    "items.0.stem": ("no question", " "),
    "items.0.options.0.id": ("malformed or used twice", "b"),
    "items.0.options.1.id": ("malformed or used twice", "B!"),
    "items.0.options.0.text": ("has no text", " "),
    "items.0.options.0.rationale": ("has no rationale", ""),
    "items.0.key": ("exactly one key", ["a", "b"]),
    "items.1.key": ("empty, repeated or not among", []),
    "items.2.key": ("empty, repeated or not among", ["z"]),
    "items.3.key": ("empty, repeated or not among", ["a", "a"]),
    "items.15.key": ("no option to leave out", ["a", "b", "c", "d", "e"]),
}


@pytest.mark.parametrize("where", CHANGES)
def test_lint_names_what_is_wrong(where: str) -> None:
    document = copy.deepcopy(DOCUMENT)
    says, value = CHANGES[where]
    *path, last = [int(part) if part.isdigit() else part for part in where.split(".")]
    place: Any = document
    for part in path:
        place = place[part]
    place[last] = value
    with pytest.raises(BankRefused, match=says) as refused:
        read_bank(json.dumps(document).encode())
    assert refused.value.code == "bank.lint"


def test_lint_of_a_whole_bank() -> None:
    for change, says in ((empty, "at least one area"), (repeat, "more than once")):
        document = copy.deepcopy(DOCUMENT)
        change(document)
        with pytest.raises(BankRefused, match=says):
            read_bank(json.dumps(document).encode())
    document = copy.deepcopy(DOCUMENT)
    options = document["items"][0]["options"]
    options[0]["text"] = options[1]["text"]
    with pytest.raises(BankRefused, match="same text"):
        read_bank(json.dumps(document).encode())
    document["items"][0]["options"] = options[3:]
    with pytest.raises(BankRefused, match="at least 2 options"):
        read_bank(json.dumps(document).encode())
    document = copy.deepcopy(DOCUMENT)
    document["areas"].append({"id": "more", "name": "More", "description": "More.", "links": []})
    with pytest.raises(BankRefused, match="no items"):
        read_bank(json.dumps(document).encode())
