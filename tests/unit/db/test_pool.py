import asyncio

import asyncpg
import pytest

from issuer.db.pool import Pool, connect, is_down, transaction, unavailable
from schemas.problems import ProblemError

NOWHERE = "postgresql://assay@/assay?host=%2Fnowhere"


async def test_a_transaction_commits_or_rolls_back(pool: Pool) -> None:
    await pool.execute("CREATE TABLE kept (id integer)")
    async with transaction(pool) as db:
        await db.execute("INSERT INTO kept VALUES (1)")

    async def fail() -> None:
        async with transaction(pool) as db:
            await db.execute("INSERT INTO kept VALUES (2)")
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert [row["id"] for row in await pool.fetch("SELECT id FROM kept")] == [1]


@pytest.mark.parametrize("dsn", [NOWHERE, "postgresql://assay@127.0.0.1:1/assay"])
async def test_a_database_that_is_not_there_is_unavailable(dsn: str) -> None:
    pool = await connect(dsn)
    for ask in (pool.fetchval("SELECT 1"), pool.execute("SELECT 1")):
        with pytest.raises(ProblemError) as problem:
            await ask
        assert problem.value.code == "database.unavailable"
    with pytest.raises(ProblemError):
        async with transaction(pool):
            pass
    pool.terminate()


async def test_an_unknown_database_is_unavailable(database_url: str) -> None:
    pool = await connect(database_url.replace("@/", "@/not_"))
    with pytest.raises(ProblemError) as problem:
        await pool.fetchval("SELECT 1")
    assert problem.value.code == "database.unavailable"
    pool.terminate()


async def test_a_connection_that_is_cut_is_unavailable_and_replaced(pool: Pool, database_url: str) -> None:
    other = await connect(database_url, size=1)

    async def cut() -> None:
        async with transaction(pool) as db:
            pid = await db.fetchval("SELECT pg_backend_pid()")
            await other.fetchval("SELECT pg_terminate_backend($1)", pid)
            await db.fetchval("SELECT pg_sleep(5)")

    with pytest.raises(ProblemError) as problem:
        await cut()
    assert problem.value.code == "database.unavailable"
    assert await pool.fetchval("SELECT 1") == 1
    await other.close()


async def test_a_statement_that_hangs_does_not_hang_us(pool: Pool) -> None:
    with pytest.raises(ProblemError) as problem, unavailable():
        await pool.fetchval("SELECT pg_sleep(60)", timeout=0.05)
    assert problem.value.code == "database.unavailable"


async def test_our_own_mistakes_are_not_hidden(pool: Pool) -> None:
    async def mistake() -> None:
        async with transaction(pool) as db:
            await db.fetchval("SELECT nonsense")

    with pytest.raises(asyncpg.UndefinedColumnError):
        await mistake()


async def test_nothing_is_reset_between_uses(database_url: str) -> None:
    """The reset costs several queries; that it is off shows in session state, which is banned elsewhere."""
    pool = await connect(database_url, size=1)
    await pool.execute("SET application_name = 'kept'")
    assert await pool.fetchval("SHOW application_name") == "kept"
    await pool.close()


@pytest.mark.parametrize(
    ("error", "down"),
    [
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (asyncpg.CannotConnectNowError("starting up"), True),
        (asyncpg.ConnectionDoesNotExistError("gone"), True),
        (asyncpg.InternalClientError("got result for unknown protocol state"), True),
        (asyncpg.DiskFullError("full"), True),
        (asyncpg.InterfaceError("connection is closed"), True),
        (asyncpg.InterfaceError("another operation is in progress"), False),
        (asyncpg.UniqueViolationError("twice"), False),
        (PermissionError(), False),
        (asyncio.CancelledError(), False),
        (ValueError(), False),
    ],
)
def test_what_counts_as_down(error: BaseException, down: bool) -> None:  # noqa: FBT001 - a table's column
    assert is_down(error) is down
