"""Forward-only migrations: numbered SQL files, each applied once, in a transaction, under a lock."""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import asyncpg
import msgspec

from issuer.db.pool import Connection, Pool, unavailable
from issuer.settings import StartRefused

FOLDER = Path(__file__).parent / "migrations"
LOCK = 0x41737361  # "Assa": any number that nobody else in this database uses

HISTORY = """
CREATE TABLE IF NOT EXISTS schema_migration (
    number      integer PRIMARY KEY,
    name        text NOT NULL,
    sha256      text NOT NULL,
    applied_at  timestamptz NOT NULL
)
"""


class Migration(msgspec.Struct, frozen=True):
    """One file: `NNNN_name.sql`."""

    number: int
    name: str
    sql: str
    sha256: str


def read(folder: Path = FOLDER) -> list[Migration]:
    """The migrations of a folder in order, numbered from 1 without gaps.

    Raises:
        StartRefused: migration.numbering
    """
    found = []
    for number, file in enumerate(sorted(folder.glob("*.sql")), start=1):
        match = re.fullmatch(r"([0-9]{4})_([a-z0-9_]+)\.sql", file.name)
        if match is None or int(match[1]) != number:
            raise StartRefused("migration.numbering", f"The migration {file.name} is out of order.")
        body = file.read_bytes()
        found.append(Migration(number, match[2], body.decode(), hashlib.sha256(body).hexdigest()))
    return found


async def migrate(pool: Pool, *, clock: Callable[[], datetime], folder: Path = FOLDER) -> list[str]:
    """Apply what is missing and return its names. Safe to run from several processes at once.

    Raises:
        StartRefused: migration.changed, migration.unknown, migration.numbering
        ProblemError: database.unavailable
    """
    migrations = read(folder)
    applied = []
    with unavailable():
        async with pool.acquire() as connection:
            for migration in migrations:
                async with connection.transaction():
                    if await _apply(connection, migration, migrations, clock()):
                        applied.append(migration.name)
    return applied


async def up_to_date(pool: Pool, folder: Path = FOLDER) -> bool:
    """Whether every migration that this program knows is applied.

    Raises:
        StartRefused: migration.changed, migration.unknown
        ProblemError: database.unavailable
    """
    known = read(folder)
    with unavailable():
        if await pool.fetchval("SELECT to_regclass('schema_migration')") is None:
            return False
        history = await pool.fetch("SELECT number, name, sha256 FROM schema_migration ORDER BY number")
    _compare(history, known)
    return len(history) == len(known)


async def _apply(connection: Connection, migration: Migration, known: list[Migration], now: datetime) -> bool:
    # The lock lives as long as the transaction, so that a migrator that dies leaves nothing locked.
    await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
    await connection.execute(HISTORY)
    _compare(
        await connection.fetch("SELECT number, name, sha256 FROM schema_migration ORDER BY number"), known
    )
    if await connection.fetchval("SELECT true FROM schema_migration WHERE number = $1", migration.number):
        return False
    await connection.execute(migration.sql)
    await connection.execute(
        "INSERT INTO schema_migration (number, name, sha256, applied_at) VALUES ($1, $2, $3, $4)",
        migration.number,
        migration.name,
        migration.sha256,
        now,
    )
    return True


def _compare(history: list[asyncpg.Record], known: list[Migration]) -> None:
    by_number = {migration.number: migration for migration in known}
    for row in history:
        migration = by_number.get(row["number"])
        if migration is None:
            raise StartRefused(
                "migration.unknown",
                f"The database has migration {row['number']:04} ({row['name']}), which this version does "
                "not know. Run the version that made it, or a newer one.",
            )
        if migration.sha256 != row["sha256"]:
            raise StartRefused(
                "migration.changed",
                f"Migration {row['number']:04} ({row['name']}) was edited after it was applied to this "
                "database. Restore the file and write a new migration.",
            )
