"""A database for a command: the configured one, the running service's own, or our own for a moment."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from datetime import datetime

from issuer.db.deployment import fix_base_url
from issuer.db.embedded.supervisor import running
from issuer.db.migrate import migrate
from issuer.db.pool import Pool, connect
from issuer.settings import Settings, data_folder


@asynccontextmanager
async def attached(settings: Settings, clock: Callable[[], datetime]) -> AsyncIterator[Pool]:
    """A pool on a migrated database, for the block; works beside a running service and without one.

    Raises:
        StartRefused: database.*, migration.*, base_url.changed
        ProblemError: database.unavailable
    """
    place = nullcontext(settings.database_url) if settings.database_url else running(data_folder(settings))
    with place as dsn:
        pool = await connect(dsn, size=4)
        try:
            await migrate(pool, clock=clock)
            await fix_base_url(pool, settings.base_url, at=clock())
            yield pool
        finally:
            pool.terminate()
