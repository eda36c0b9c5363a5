"""What a process of the service holds open: pool, key store, publications; one desk for web and jobs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

from issuer.db.pool import connect
from issuer.issuance.desk import Desk
from issuer.publications.cache import Publications
from issuer.settings import Settings, StartRefused, data_folder, passphrase
from issuer.sharing.desk import open_desk
from keys.stores.file import FileStore, StoreRefused
from schemas.problems import ProblemError


def utc_now() -> datetime:
    """The clock of the service; everything below is handed one."""
    return datetime.now(UTC)


def open_keystore(settings: Settings) -> FileStore:
    """The key store in the data folder, made on first use.

    Raises:
        StartRefused: keys.wrong_passphrase, keys.open_mode, keys.corrupt, passphrase.*
    """
    try:
        return FileStore.open(data_folder(settings) / "keys", passphrase(settings))
    except StoreRefused as refused:
        raise StartRefused(refused.code, refused.detail) from refused


@contextlib.asynccontextmanager
async def opened(settings: Settings, clock: Callable[[], datetime] = utc_now) -> AsyncIterator[Desk]:
    """The collaborators of one process for the block; the database may be down, now and later.

    Raises:
        StartRefused: of the key store and the data folder
    """
    if settings.database_url is None:
        raise StartRefused("settings.invalid", "This process needs ASSAY_DATABASE_URL.")
    keystore = open_keystore(settings)
    pool = await connect(settings.database_url)
    publications = Publications(pool, settings.data_dir / "published")
    publications.load()
    with contextlib.suppress(ProblemError):
        await publications.refresh()
    following = asyncio.create_task(publications.follow())
    try:
        yield open_desk(pool, keystore, settings, publications, clock)
    finally:
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following
        publications.close()
        pool.terminate()
