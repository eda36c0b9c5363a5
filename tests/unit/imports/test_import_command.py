"""`assay assessment import`: the report, and a file that is written whole or not at all."""

import json
from pathlib import Path

import pytest

from issuer.assessments.bank import parse_bank
from issuer.cli import UNAVAILABLE, cli, status
from tests.unit.imports.writer import MATCH_CORRECT, SCORE, THREE, choice, item, response

GOOD = item(choice(THREE), response(("y",)), SCORE, MATCH_CORRECT, identifier="good")
BAD = item("<qti-slider-interaction/>", SCORE, MATCH_CORRECT, identifier="bad")


def run(*arguments: str) -> int:
    whole = ["assessment", "import", *arguments, "--bank-id", "b", "--title", "B"]
    return status(lambda: cli.main(whole, prog_name="assay", standalone_mode=False))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    held = tmp_path / "held"
    held.mkdir()
    (held / "good.xml").write_bytes(GOOD)
    return held


def test_a_bank_is_written(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "bank.json"
    assert run(str(folder), "--write", str(target), "--live") == 0
    assert parse_bank(target.read_bytes()).items[0].state == "live"
    assert [path.name for path in tmp_path.iterdir()] == ["held", "bank.json"] or len(
        list(tmp_path.iterdir())
    ) == 2
    assert "Can be taken: 1 of 1 item." in capsys.readouterr().out


def test_without_all_items_nothing_is_written_unless_asked(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad\n.xml").write_bytes(BAD)
    target = tmp_path / "bank.json"
    assert run(str(folder), "--write", str(target)) == UNAVAILABLE
    said = capsys.readouterr()
    assert "'bad\\n.xml': The item has 'qti-slider-interaction'" in said.out
    assert "Cannot be taken: 1 of 2 items; nothing was written." in said.err
    assert "[import.refused]" in said.err
    assert not target.exists()
    assert run(str(folder), "--write", str(target), "--partial") == 0
    assert len(parse_bank(target.read_bytes()).items) == 1


def test_the_report_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bad.xml").write_bytes(BAD)
    assert run(str(folder), "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["of"] == 2
    assert report["taken"][0] == {
        "file": "good.xml",
        "identifier": "good",
        "id": "good",
        "kind": "single",
        "lost": [],
    }
    assert report["refused"][0]["code"] == "item.interaction"


def test_nothing_is_written_over_unless_asked(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "bank.json"
    target.write_text("mine")
    assert run(str(folder), "--write", str(target)) == UNAVAILABLE
    assert "[import.exists]" in capsys.readouterr().err
    assert target.read_text() == "mine"
    assert run(str(folder), "--write", str(target), "--replace") == 0
    assert target.read_text() != "mine"


def test_what_cannot_be_written_or_taken_is_one_sentence(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(folder), "--write", str(tmp_path / "no" / "bank.json")) == UNAVAILABLE
    assert "[import.write]" in capsys.readouterr().err
    assert run(str(tmp_path / "nothing")) == UNAVAILABLE
    assert "[package.unreadable]" in capsys.readouterr().err
    (folder / "good.xml").write_bytes(BAD)
    assert run(str(folder), "--write", str(tmp_path / "bank.json"), "--partial") == UNAVAILABLE
    said = capsys.readouterr()
    assert "None of the items can be taken" in said.err
    assert not (tmp_path / "bank.json").exists()


def test_what_is_not_kept_is_shown(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "good.xml").write_bytes(GOOD.replace(b'shuffle="true"', b""))
    assert run(str(folder)) == 0
    assert "Not kept: the order in which choices are shown." in capsys.readouterr().out
