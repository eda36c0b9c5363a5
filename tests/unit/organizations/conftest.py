from collections.abc import Callable
from datetime import datetime

import pytest

from issuer.db.pool import Pool, transaction
from issuer.organizations.create import create_organization
from issuer.organizations.store import Organization
from issuer.settings import Settings
from keys.stores.file import FileStore


@pytest.fixture
async def north(pool: Pool, keystore: FileStore, settings: Settings, clock: Callable[[], datetime]) -> Pool:
    """A database with the organisations north and south, each with its first key."""
    for organization_id in ("north", "south"):
        named = Organization(organization_id, organization_id.title(), None, demo=False, created_at=clock())
        async with transaction(pool) as db:
            await create_organization(db, keystore, settings, named)
    return pool
