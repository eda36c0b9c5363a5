"""What most tests stand on, all of it real: a PostgreSQL of our own, a key store, settings, a clock."""

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from bench.certificate import certificate as made_for_localhost
from issuer.db.embedded.supervisor import start
from issuer.db.migrate import migrate
from issuer.db.pool import Pool, connect
from issuer.settings import Settings
from keys.stores.file import FileStore

TEMPLATE = "assay_template"
MEMORY, ROOM = Path("/dev/shm"), 4 << 30  # noqa: S108 - where Linux keeps files in memory; folders of ours there


def keep_files_in_memory() -> None:
    """Let temporary folders, ours and those of the services that tests start, be where no disk is waited for.

    Tests make some hundred databases, each of 350 files. What kill -9 must not lose is as safe there: a
    process that dies takes nothing away that the kernel has. TMPDIR, if set, is left alone.
    """
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    found = os.statvfs(MEMORY)
    if found.f_bavail * found.f_frsize >= ROOM and not found.f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # asked for already, of the old environment


keep_files_in_memory()


class Clock:
    """A clock that stands still until it is told to advance; aware UTC, whole seconds."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A folder that other accounts may pass through: as root, PostgreSQL runs as one of them."""
    folder = Path(tempfile.mkdtemp(prefix="assay-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def server(open_folder: Path) -> Iterator[str]:
    """The address of a server with an empty, migrated database named by TEMPLATE."""
    embedded = start(open_folder)
    try:
        # A database for each test is much to write; what must outlive a crash has servers of its own.
        asyncio.run(execute(embedded.dsn, "ALTER SYSTEM SET fsync = off"))
        asyncio.run(execute(embedded.dsn, "SELECT pg_reload_conf()"))
        asyncio.run(_make_template(embedded.dsn))
        yield embedded.dsn
    finally:
        embedded.close()


def named(dsn: str, database: str) -> str:
    """The same server's address with another database."""
    return dsn.replace("@/assay?", f"@/{database}?")


async def _make_template(dsn: str) -> None:
    await execute(dsn, f"CREATE DATABASE {TEMPLATE}")
    pool = await connect(named(dsn, TEMPLATE), size=1)
    await migrate(pool, clock=lambda: datetime.now(UTC))
    await pool.close()


async def execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
def template(request: pytest.FixtureRequest) -> str:
    """What the test's database is a copy of: empty, or with the demonstration if a fixture asks for it."""
    asked = "demonstration" in request.fixturenames
    name: str = request.getfixturevalue("demonstration") if asked else TEMPLATE
    return name


@pytest.fixture
async def database_url(server: str, template: str) -> AsyncIterator[str]:
    """A fresh, migrated database of this test alone."""
    name = f"test_{secrets.token_hex(6)}"
    await execute(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield named(server, name)
    await execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await connect(database_url, size=5)
    yield pool
    pool.terminate()


@pytest.fixture(scope="session")
def keystore() -> Iterator[FileStore]:
    """One store for the session: deriving its master key is meant to be slow."""
    folder = Path(tempfile.mkdtemp(prefix="assay-keys-"))
    yield FileStore.open(folder / "keys", "correct horse battery staple")
    shutil.rmtree(folder)


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    folder = tmp_path / "var"
    folder.mkdir()
    return Settings(data_dir=folder, database_url=database_url, passphrase="correct horse battery staple")


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A self-signed certificate for localhost and its key, as PEM files."""
    return made_for_localhost(tmp_path)


@pytest.fixture
def as_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
