"""Items move forward, stay what they were once answered, and the commands that say and do it."""

import json
from pathlib import Path
from typing import Any

import pytest
import rich_click as click
from click.testing import CliRunner

from issuer.assessing import assessment
from issuer.assessments.bank import digest, parse_bank, read_bank, shipped
from issuer.assessments.versions import STATES, lint_version, move
from issuer.settings import StartRefused
from schemas.assessment import Bank

OLD = read_bank(shipped())
FIRST = OLD.items[0].id


def next_version(states: dict[str, Any] | None = None, **changes: Any) -> Bank:
    """The next version, whose first item has these members changed too."""
    document = json.loads(shipped())
    document["version"] = "2"
    document["items"][0] |= changes
    return move(parse_bank(json.dumps(document).encode()), states or {}, "2")


def test_items_move_forward_only() -> None:
    for before in STATES:
        for after in STATES:
            found = list(lint_version(move(OLD, {FIRST: before}, "1"), move(OLD, {FIRST: after}, "2")))
            allowed = STATES.index(before) <= STATES.index(after)
            assert found == (
                [] if allowed else [f"Item {FIRST} was {before} and cannot become {after} again."]
            )


def test_what_was_answered_stays_and_what_is_known_of_it_may_change() -> None:
    options = json.loads(shipped())["items"][0]["options"]
    explained = [option | {"rationale": "Explained better."} for option in options]
    assert list(lint_version(OLD, next_version(options=explained, skills=["urn:x:y"], exposureCap=0.2))) == []
    for change in ({"stem": "Another?"}, {"area": OLD.areas[1].id}, {"key": ["a"]}, {"exhibit": "More."}):
        found = list(lint_version(OLD, next_version(**change)))
        assert len(found) == 1
        assert f"Item {FIRST} was live, and under its id something else" in found[0]
    draft = move(OLD, {FIRST: "draft"}, "1")
    assert list(lint_version(draft, next_version(stem="Another?"))) == []


def test_an_item_stays_in_the_bank_once_it_was_asked() -> None:
    document = json.loads(shipped()) | {"version": "2"}
    del document["items"][0]
    without = parse_bank(json.dumps(document).encode())
    assert list(lint_version(OLD, without)) == [f"Item {FIRST} was live and is missing. Retire it instead."]
    assert list(lint_version(move(OLD, {FIRST: "draft"}, "1"), without)) == []


def test_a_version_is_of_the_same_bank_under_another_name() -> None:
    document = json.loads(shipped()) | {"id": "other", "language": "de"}
    found = list(lint_version(OLD, parse_bank(json.dumps(document).encode())))
    assert found == [
        "The new version has the id 'other', and the one before it 'sql-for-analysts'.",
        f"Both versions are called {OLD.version!r}.",
        "The new version is in de, and the one before it in en.",
    ]


def test_translations_of_what_was_asked_stay() -> None:
    def translated(stem: str, version: str) -> Bank:
        words = {"title": "T", "description": "D", "areas": {}, "items": {FIRST: {"stem": stem}}}
        document = json.loads(shipped()) | {"version": version, "translations": {"de": words}}
        return parse_bank(json.dumps(document).encode())

    assert list(lint_version(translated("Eins?", "1"), translated("Eins?", "2"))) == []
    assert list(lint_version(translated("Eins?", "1"), translated("Zwei?", "2"))) == [
        f"Item {FIRST} was live, and its translation 'de' is another now."
    ]


@pytest.fixture
def bank_file(tmp_path: Path) -> Path:
    file = tmp_path / "bank.json"
    file.write_bytes(shipped())
    return file


def run(*arguments: object) -> tuple[str, StartRefused | None]:
    """What a command printed, and how it refused."""
    command: click.Group = assessment
    done = CliRunner().invoke(command, [str(one) for one in arguments])
    assert done.exception is None or isinstance(done.exception, StartRefused), done.output
    return done.output, done.exception if isinstance(done.exception, StartRefused) else None


def test_check_counts_a_clean_bank(bank_file: Path) -> None:
    said, refused = run("check", bank_file)
    assert refused is None
    assert f"{len(OLD.items)} live" in said
    assert digest(shipped()) in said


def test_check_prints_every_finding(bank_file: Path) -> None:
    document = json.loads(shipped())
    document["items"][0] |= {"stem": "", "enemies": ["nobody"]}
    bank_file.write_text(json.dumps(document))
    said, refused = run("check", bank_file)
    assert refused is not None
    assert refused.code == "bank.lint"
    assert said.splitlines() == [
        f"Item {FIRST} has no question.",
        f"Item {FIRST} has the enemy 'nobody', which the bank does not have.",
    ]


def test_moving_writes_the_next_version_and_check_compares_them(bank_file: Path, tmp_path: Path) -> None:
    after = tmp_path / "after.json"
    arguments = ("move", bank_file, FIRST, "--to", "retired", "--version", "2", "--write", after)
    said, refused = run(*arguments)
    assert refused is None
    assert digest(after.read_bytes()) in said
    moved = read_bank(after.read_bytes())
    assert moved == move(OLD, {FIRST: "retired"}, "2")
    assert run("check", after, "--since", bank_file)[1] is None
    said, refused = run("check", bank_file, "--since", after)
    assert "cannot become live again" in said
    assert refused is not None
    again = run(*arguments)[1]
    assert again is not None
    assert again.code == "bank.exists"


@pytest.mark.parametrize(
    ("items", "options", "code"),
    [
        (["nobody"], {}, "bank.item_unknown"),
        ([FIRST], {"--to": "pilot"}, "bank.move"),
        ([FIRST], {"--version": OLD.version}, "bank.move"),
        ([FIRST], {"--write": "/no/such/folder/bank.json"}, "bank.unwritable"),
        ([item.id for item in OLD.items if item.area == OLD.areas[0].id], {}, "bank.move"),
    ],
)
def test_what_cannot_be_moved(
    bank_file: Path, tmp_path: Path, items: list[str], options: dict[str, str], code: str
) -> None:
    given = {"--to": "retired", "--version": "2", "--write": str(tmp_path / "after.json")} | options
    _, refused = run("move", bank_file, *items, *(part for pair in given.items() for part in pair))
    assert refused is not None
    assert refused.code == code
    assert not (tmp_path / "after.json").exists()


@pytest.mark.parametrize(
    ("content", "code"), [(None, "bank.unreadable"), (b"{", "bank.json"), (b"{}", "bank.shape")]
)
def test_a_file_that_is_no_bank(tmp_path: Path, content: bytes | None, code: str) -> None:
    file = tmp_path / "bank.json"
    if content is not None:
        file.write_bytes(content)
    refused = run("check", file)[1]
    assert refused is not None
    assert refused.code == code
