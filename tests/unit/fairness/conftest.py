"""An organisation whose items are watched."""

import pytest

from issuer.db.pool import Pool
from issuer.settings import Settings
from keys.stores.file import FileStore
from tests.unit.fairness.sittings import Sittings, found


@pytest.fixture
async def north(pool: Pool, keystore: FileStore, settings: Settings) -> Sittings:
    """The organisation north, with a calibrated bank of twelve items."""
    return await found(pool, keystore, settings, "north")
