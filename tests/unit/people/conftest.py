from datetime import UTC, datetime

import pytest

from issuer.db.pool import Pool


@pytest.fixture
async def north(pool: Pool) -> Pool:
    """A database with the organisations north and south."""
    for organization_id in ("north", "south"):
        await pool.execute(
            "INSERT INTO organization (id, name, created_at) VALUES ($1, $1, $2)",
            organization_id,
            datetime(2026, 11, 23, tzinfo=UTC),
        )
    return pool
