"""`assay fairness`, as an operator uses it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from issuer.fairness.cli import fairness
from issuer.settings import StartRefused
from keys.stores.file import Costs, FileStore
from tests.unit.fairness.sittings import ITEMS, Sittings

CHEAP = Costs(memory_kib=8, iterations=1, lanes=1)
Says = Callable[..., str]


@pytest.fixture
def says(north: Sittings, database_url: str, tmp_path: Path) -> Says:  # noqa: ARG001 - north is to be there
    """Runs a command and returns what it says, or the code that it refuses with."""
    folder = tmp_path / "service"
    folder.mkdir()
    FileStore.open(folder / "keys", "passphrase", CHEAP)
    environment = {
        "ASSAY_DATABASE_URL": database_url,
        "ASSAY_DATA_DIR": str(folder),
        "ASSAY_PASSPHRASE": "passphrase",
    }

    def run(*arguments: str) -> str:
        result = CliRunner(env=environment).invoke(fairness, arguments)
        if isinstance(result.exception, StartRefused):
            return result.exception.code
        assert result.exit_code == 0, (result.output, result.exception)
        return result.stdout.strip()

    return run


def test_an_item_is_suspended_listed_and_lifted(says: Says) -> None:
    by = ("--by", "test manager")
    assert says("suspended") == "No item is suspended."
    said = says("suspend", "twelve", ITEMS[3], "--reason", "key", *by)
    suspension = said.rpartition(" ")[2].strip("`.")
    assert says("suspend", "twelve", ITEMS[3], *by) == "item.suspended"
    assert says("suspend", "twelve", "item-99", *by) == "item.unknown"
    assert says("suspend", "thirteen", ITEMS[3], *by) == "item.unknown"
    (head, row) = says("suspended").splitlines()
    assert head.split() == ["ID", "BANK", "ITEM", "REASON", "SINCE", "BY"]
    assert row.split()[:4] == [suspension, "twelve", ITEMS[3], "key"]
    assert row.endswith("a person")
    assert says("lift", suspension, *by) == f"{ITEMS[3]} of twelve may be asked again."
    assert says("lift", suspension, *by) == "suspension.unknown"


def test_the_person_to_tell_is_named(says: Says) -> None:
    assert "is told from now on" in says("contact", "--name", "Ren", "--email", "ren@example.org")
    assert says("contact", "--name", "Ren", "--email", "nobody") == "person.email"


def test_signals_are_off_until_they_are_switched_on_for_a_purpose(says: Says) -> None:
    by = ("--by", "test manager")
    assert [line.split()[1:] for line in says("recorded").splitlines()[1:]] == [["off"], ["off"]]
    assert says("forget", "fit", *by) == "telemetry.off"
    assert says("record", "fit", "--purpose", " ", *by) == "telemetry.purpose"
    assert "from now on" in says("record", "fit", "--purpose", "To see what the model misses.", *by)
    assert says("recorded").endswith("To see what the model misses.")
    assert "deleted" in says("forget", "fit", *by)


def test_an_attribute_is_asked_for_imported_and_deleted(says: Says, tmp_path: Path) -> None:
    by = ("--by", "works council")
    ask = ("groups", "ask", "age-group", "--option", "under 40", "--option", "40 and over")
    assert says("groups", "list") == "Nothing is asked for."
    assert says(*ask, "--purpose", " ", *by) == "groups.question"
    assert (
        says(*ask, "--purpose", "To see whether age matters.", *by) == "age-group is asked for from now on."
    )
    assert "under 40, 40 and over" in says("groups", "list")
    says("contact", "--name", "Ren", "--email", "ren@example.org")
    file = tmp_path / "answers.csv"
    kept = "Kept 1 of 1 answer; of the others, people's own acts stand."
    for text, said in (
        (
            "email,option\nren@example.org,under 40\n",
            kept,
        ),
        ("email,option\nren@example.org,old\n", "groups.option"),
        ("email,option\nghost@example.org,under 40\n", "person.unknown"),
        ("mail,option\n", "groups.file"),
        ("email,option\nren@example.org\n", "groups.file"),
        ("email,option\na@example.org,x\na@example.org,x\n", "groups.file"),
        ('email,option\n"a', "groups.file"),
    ):
        file.write_text(text)
        assert says("groups", "import", "age-group", str(file), *by) == said
    assert says("groups", "import", "age-group", str(tmp_path / "none.csv"), *by) == "groups.file"
    assert "deleted" in says("groups", "delete", "age-group", *by)
    assert says("groups", "delete", "age-group", *by) == "groups.unknown"


def test_rules_of_retention_are_set_listed_and_dropped(says: Says) -> None:
    by = ("--by", "data protection officer")
    assert says("retention", "list").count("until the erasure") == 6
    assert says("retention", "set", "answers", "--days", "7", *by) == "retention.days"
    assert says("retention", "set", "answers", "--days", "365", *by) == "answers: kept for 365 days."
    assert says("retention", "set", "telemetry", "--days", "1", *by) == "telemetry: kept for 1 day."
    assert "365 days" in says("retention", "list")
    assert says("retention", "drop", "answers", *by) == "answers: kept until the erasure."
    assert says("retention", "drop", "answers", *by) == "retention.none"


def test_the_report_is_printed_and_written(says: Says, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    asked = ("report", "--assessment", "twelve")
    assert json.loads(says(*asked))["title"] == "Twelve questions"
    assert says(*asked, "--html", str(file), "--by", "works council") == f"Wrote {file}."
    assert "Fairness report: Twelve questions" in file.read_text()
    assert json.loads(says(*asked, "--json", "--html", str(file)))["bank"] == "twelve"
    assert says(*asked, "--html", str(tmp_path / "none" / "x.html")) == "report.unwritable"
    assert says("report", "--assessment", "thirteen") == "assessment.unknown"
