"""The data inventory names every column that the migrations make, and nothing else."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
INVENTORY = ROOT / "docs" / "compliance" / "data-inventory.md"
EVERYWHERE = "organization_id"
TABLE = re.compile(r"CREATE TABLE ([a-z_]+) \((.*?)\n\);", re.DOTALL)
COLUMN = re.compile(r"^\s{4}([a-z_]+)\s", re.MULTILINE)
ADDED = re.compile(r"ALTER TABLE ([a-z_]+) ADD COLUMN ([a-z_]+)")


def columns() -> dict[str, set[str]]:
    """By table, its columns; a unit test holds this against a migrated database."""
    text = "".join(file.read_text() for file in sorted((ROOT / "issuer/db/migrations").glob("*.sql")))
    found = {table: set(COLUMN.findall(body)) for table, body in TABLE.findall(text)}
    for table, column in ADDED.findall(text):
        found[table].add(column)
    return found


def test_every_column_stands_in_the_inventory() -> None:
    text = INVENTORY.read_text()
    named = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", text))
    impersonal = text.partition("## Tables without anything about a person")[2].partition("\n## ")[0]
    empty = set(re.findall(r"`([a-z_]+)`", impersonal))
    made = columns()
    assert empty <= made.keys()
    wanted = {
        f"{table}.{column}"
        for table, held in made.items()
        if table not in empty
        for column in held - {EVERYWHERE}
    }
    assert sorted(wanted - named) == [], "say what it is for in docs/compliance/data-inventory.md"
    assert sorted(named - wanted) == [], "the inventory names what is not there"
