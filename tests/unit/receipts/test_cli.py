"""`assay provider` and `assay receipts`, against a real database and key store."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from issuer.db.pool import transaction
from issuer.organizations.command import Opened, work
from issuer.organizations.create import create_organization
from issuer.organizations.store import Organization
from issuer.receipts import cli
from issuer.skills.create import create_achievement, create_skill
from issuer.skills.store import Achievement, Level, Skill
from keys.stores.file import FileStore
from tests.unit.organizations.test_cli import CHEAP, Console
from tests.unit.receipts.provider import ISSUER, TEST, Key
from tests.unit.receipts.ways import file, line

AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
SKILL = Skill("north", UUID(int=1), "SQL", "Asking a database.", ())
LEVELS = (Level("working", "Working", "On their own.", 0.6),)
ACHIEVEMENT = Achievement("north", UUID(int=2), 1, SKILL.id, "SQL", "Can ask.", "Right.", 0.95, 24, LEVELS)


@pytest.fixture
def console(database_url: str, tmp_path: Path) -> Console:
    environment = {
        "ASSAY_DATABASE_URL": database_url,
        "ASSAY_DATA_DIR": str(tmp_path / "var"),
        "ASSAY_BASE_URL": "http://localhost:8000",
        "ASSAY_PASSPHRASE": "correct horse battery staple",
    }
    (tmp_path / "var").mkdir()
    FileStore.open(tmp_path / "var" / "keys", environment["ASSAY_PASSPHRASE"], CHEAP)

    async def found(opened: Opened) -> None:
        async with transaction(opened.pool) as db:
            north = Organization("north", "North", None, demo=False, created_at=AT)
            await create_organization(db, opened.keystore, opened.settings, north)
            await create_skill(db, SKILL, principal_id=None, at=AT)
            await create_achievement(db, ACHIEVEMENT, opened.settings.base_url, principal_id=None, at=AT)

    work(found, environment)
    return Console(environment)


def described(tmp_path: Path, **changed: Any) -> str:
    mapped = {"uri": TEST, "title": "SQL test", "achievement": str(ACHIEVEMENT.id), "revision": 1}
    known = {"issuer": ISSUER, "name": "Example Tests", "jwks": Key().jwks}
    whole = {**known, "assessments": [{**mapped, "levels": {"pass": "working", "fail": None}}], **changed}
    (tmp_path / "provider.json").write_text(json.dumps(whole))
    return str(tmp_path / "provider.json")


def test_a_provider_is_registered_listed_and_revoked(console: Console, tmp_path: Path) -> None:
    assert console.says(cli.provider, "list") == "There are no providers yet."
    assert str(ACHIEVEMENT.id) in console.says(cli.provider, "achievements")
    said = console.says(cli.provider, "add", described(tmp_path))
    assert said.startswith("Registered Example Tests as ")
    assert f"{TEST} is " in said
    row = console.says(cli.provider, "list").splitlines()[1]
    assert row.endswith("registered")
    assert console.refuses(cli.provider, "add", described(tmp_path)) == "provider.exists"
    assert console.says(cli.provider, "revoke", row.split()[0]) == "Revoked Example Tests."
    assert "revoked 20" in console.says(cli.provider, "list")
    assert console.refuses(cli.provider, "revoke", str(UUID(int=9))) == "provider.unknown"


def test_a_file_that_describes_no_provider(console: Console, tmp_path: Path) -> None:
    for text in (b"{", b"[]", b'{"issuer": 7}', b'{"issuer": "a", "issuer": "b"}', b"\xff"):
        (tmp_path / "provider.json").write_bytes(text)
        assert console.refuses(cli.provider, "add", str(tmp_path / "provider.json")) == "provider.invalid", (
            text
        )
    assert console.refuses(cli.provider, "add", str(tmp_path / "other.json")) == "file.unreadable"


def test_a_file_of_results_is_imported_whole_or_not_at_all(console: Console, tmp_path: Path) -> None:
    console.says(cli.provider, "add", described(tmp_path))
    results = tmp_path / "results.csv"
    asked = ("import", str(results), "--provider", ISSUER)
    results.write_bytes(file(line(), line(level="fail", score=20, email="bob@example.org")))
    assert console.says(cli.receipts, *asked) == (
        "Stored 2 results. Those that reached a level get a credential: 1."
    )
    assert console.refuses(cli.receipts, *asked) == "receipt.replayed"
    results.write_bytes(file(line(), line(level="superb")))
    wrong = console.run(cli.receipts, *asked)
    assert "Line 3: The level that it states is not one that was mapped." in str(wrong.exception)

    async def counted(pool: Any) -> tuple[int, str]:
        return await pool.fetchval("SELECT count(*) FROM receipt"), await pool.fetchval(
            "SELECT string_agg(DISTINCT secured, ' ') FROM receipt"
        )

    assert console.look(counted) == (2, "operator")
    assert console.refuses(cli.receipts, *asked[:2], "--provider", "urn:other") == "receipt.provider"
    results.write_bytes(b"x" * (cli.FILE_AT_MOST + 1))
    assert console.refuses(cli.receipts, *asked) == "file.too_large"


def test_where_nothing_can_be_led_to(database_url: str, console: Console) -> None:
    async def closed(pool: Any) -> None:
        await pool.execute("UPDATE achievement SET outside = false")

    console.look(closed)
    assert "no achievement yet" in console.says(cli.provider, "achievements")
    assert database_url
