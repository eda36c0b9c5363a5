"""The desk of the issuance cycle with our share links: what the application and the jobs open."""

from collections.abc import Callable
from datetime import datetime

import asyncpg

from issuer.issuance.desk import Desk
from issuer.publications.cache import Publications
from issuer.settings import Settings
from issuer.sharing.store import create_share
from keys.stores.file import FileStore


def open_desk(
    pool: asyncpg.Pool,
    keystore: FileStore,
    settings: Settings,
    publications: Publications,
    clock: Callable[[], datetime],
) -> Desk:
    """Return a desk whose released credentials get their first link from `create_share`."""
    return Desk(pool, keystore, settings, publications, clock, create_share)
