"""Who issues needs these at hand; the one place that wires them is the application's."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from issuer.db.pool import Db
from issuer.publications.cache import Publications
from issuer.settings import Settings
from keys.stores.file import FileStore

# Makes a secret link to an award in the caller's transaction and returns its address.
Share = Callable[[Db, str, UUID, datetime], Awaitable[str]]


class Desk(msgspec.Struct, frozen=True):
    """The collaborators of the issuance cycle. `clock` gives aware UTC."""

    pool: asyncpg.Pool
    keystore: FileStore
    settings: Settings
    publications: Publications
    clock: Callable[[], datetime]
    share: Share
