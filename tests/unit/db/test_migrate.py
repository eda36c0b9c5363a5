import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path

import pytest

from issuer.db.migrate import FOLDER, migrate, read
from issuer.db.pool import Pool, connect
from issuer.settings import StartRefused

Clock = Callable[[], datetime]
FIRST = min(file.name for file in FOLDER.glob("*.sql"))


@pytest.fixture
async def empty(pool: Pool, database_url: str) -> AsyncIterator[Pool]:
    """A pool on a database without any table."""
    await pool.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    fresh = await connect(database_url, size=4)
    yield fresh
    await fresh.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "migrations"
    shutil.copytree(FOLDER, copy)
    return copy


async def test_the_template_is_migrated_and_nothing_is_left_to_apply(pool: Pool, clock: Clock) -> None:
    assert await migrate(pool, clock=clock) == []
    rows = await pool.fetch("SELECT number, name, sha256 FROM schema_migration ORDER BY number")
    assert [(row["number"], row["name"], row["sha256"]) for row in rows] == [
        (migration.number, migration.name, migration.sha256) for migration in read()
    ]


async def test_a_new_migration_is_applied_once(pool: Pool, clock: Clock, folder: Path) -> None:
    number = len(read()) + 1
    (folder / f"{number:04}_more.sql").write_text(
        "CREATE TABLE more (id integer); INSERT INTO more VALUES (1);"
    )
    assert await migrate(pool, clock=clock, folder=folder) == ["more"]
    assert await migrate(pool, clock=clock, folder=folder) == []
    assert await pool.fetchval("SELECT count(*) FROM more") == 1


async def test_an_edited_migration_is_refused(pool: Pool, clock: Clock, folder: Path) -> None:
    file = folder / FIRST
    file.write_text(file.read_text() + "\n-- a harmless remark\n")
    with pytest.raises(StartRefused, match="was edited") as refused:
        await migrate(pool, clock=clock, folder=folder)
    assert refused.value.code == "migration.changed"


async def test_a_database_from_the_future_is_refused(pool: Pool, clock: Clock) -> None:
    await pool.execute("INSERT INTO schema_migration VALUES (999, 'tomorrow', 'x', now())")
    with pytest.raises(StartRefused) as refused:
        await migrate(pool, clock=clock)
    assert refused.value.code == "migration.unknown"


async def test_a_failing_migration_leaves_nothing_behind(pool: Pool, clock: Clock, folder: Path) -> None:
    number = len(read()) + 1
    file = folder / f"{number:04}_broken.sql"
    file.write_text("CREATE TABLE half (id integer); SELECT 1/0;")
    with pytest.raises(Exception, match="division by zero"):
        await migrate(pool, clock=clock, folder=folder)
    assert await pool.fetchval("SELECT to_regclass('half')") is None
    file.write_text("CREATE TABLE half (id integer);")
    assert await migrate(pool, clock=clock, folder=folder) == ["broken"]


async def test_two_migrators_at_once_are_safe(empty: Pool, clock: Clock) -> None:
    results = await asyncio.gather(*(migrate(empty, clock=clock) for _ in range(4)))
    applied = [name for result in results for name in result]
    assert sorted(applied) == sorted(migration.name for migration in read())


@pytest.mark.parametrize("name", ["1_short.sql", "0007_gap.sql", "0002-dash.sql"])
def test_a_misnumbered_file_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_text("SELECT 1;")
    with pytest.raises(StartRefused) as refused:
        read(folder)
    assert refused.value.code == "migration.numbering"
