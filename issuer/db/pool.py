"""One pool a process. Losing the database is an answer (503), not an accident."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from schemas.problems import ProblemError

Pool: TypeAlias = asyncpg.Pool
Db: TypeAlias = asyncpg.Connection | PoolConnectionProxy | asyncpg.Pool
Connection: TypeAlias = asyncpg.Connection | PoolConnectionProxy

UNAVAILABLE = "database.unavailable"
CONNECT_SECONDS = 5
COMMAND_SECONDS = 30

# What is said when the server is gone, going, full or not yet up.
DOWN: tuple[type[BaseException], ...] = (
    ConnectionError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
)


async def connect(dsn: str, *, size: int = 10) -> Pool:
    """A pool that connects on first use, so that a process starts while the database is down.

    Sessions are not reset on release (it costs several queries): nothing may leave session state behind.
    """
    return await asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        connect=_connect,
        reset=_no_reset,
        timeout=CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
    )


async def _connect(*arguments: Any, **options: Any) -> asyncpg.Connection:
    """Connect; whatever goes wrong here means that there is no database to work with."""
    try:
        return await asyncpg.connect(*arguments, **options)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        raise ProblemError(UNAVAILABLE) from error


async def _no_reset(_connection: asyncpg.Connection) -> None:
    """Nothing to reset: session state is banned."""


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """One connection in one transaction: committed at the end, rolled back by an exception.

    Raises:
        ProblemError: database.unavailable, also where the COMMIT itself was lost: the caller repeats.
    """
    with unavailable():
        async with pool.acquire(timeout=CONNECT_SECONDS) as connection, connection.transaction():
            yield connection


@contextmanager
def unavailable() -> Iterator[None]:
    """Turn the loss of the database inside this block into ProblemError database.unavailable."""
    try:
        yield
    except Exception as error:
        if is_down(error):
            raise ProblemError(UNAVAILABLE) from error
        raise


@contextmanager
def apart(log: logging.Logger, event: str, **extra: str) -> Iterator[None]:
    """Let one of many fail by itself: what goes wrong in this block is logged, and the others go on.

    Raises only `database.unavailable`, which is no fault of the one. The log has a problem's code, and of
    anything else its kind and place.
    """
    try:
        with unavailable():
            yield
    except ProblemError as problem:
        if problem.code == UNAVAILABLE:
            raise
        log.warning(event, extra={"code": problem.code, **extra})
    except Exception:  # whatever is wrong with this one: the others are not to wait for its mend
        log.exception(event, extra=extra)


def is_down(error: BaseException) -> bool:
    """Whether `error` means that the database cannot be used now, rather than that we asked it wrongly."""
    if isinstance(error, DOWN):
        return True
    # The driver's word for a connection or pool that was closed under us; its other errors are our mistakes.
    return isinstance(error, asyncpg.InterfaceError) and "clos" in str(error)
