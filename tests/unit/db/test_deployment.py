from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

import msgspec
import pytest

from issuer.assessments.demonstration import ensure_demonstration
from issuer.db.deployment import fix_base_url
from issuer.db.pool import Pool
from issuer.publications.store import since
from issuer.rebase import rebase
from issuer.settings import Settings, SettingsRefused
from keys.stores.file import FileStore

Clock = Callable[[], datetime]
OLD, NEW = "http://localhost:8000", "https://skills.example.org"


@pytest.fixture
async def published(pool: Pool, keystore: FileStore, settings: Settings, clock: Clock) -> Settings:
    """The settings of a deployment with an organisation; they name another base URL now."""
    await fix_base_url(pool, OLD, at=clock())
    await ensure_demonstration(pool, keystore, settings, clock)
    return msgspec.structs.replace(settings, base_url=NEW)


async def test_the_same_base_url_is_fine_again_and_again(pool: Pool, clock: Clock) -> None:
    for _ in range(2):
        await fix_base_url(pool, OLD, at=clock())


async def test_it_may_change_while_nothing_is_published(pool: Pool, clock: Clock) -> None:
    for url in (OLD, NEW, NEW):
        await fix_base_url(pool, url, at=clock())
    assert await pool.fetchval("SELECT base_url FROM deployment") == NEW


async def test_a_command_refuses_another_than_the_published_one(
    pool: Pool, published: Settings, clock: Clock
) -> None:
    with pytest.raises(SettingsRefused, match=f"{OLD}, or start the service with the new one") as refused:
        await fix_base_url(pool, published.base_url, at=clock())
    assert refused.value.code == "base_url.changed"


async def test_before_the_first_credential_everything_is_published_anew(
    pool: Pool, published: Settings, clock: Clock
) -> None:
    before = {each.path for each in await since(pool, 0)}
    await fix_base_url(pool, NEW, at=clock(), moved=lambda db: rebase(db, published, clock()))
    documents = await since(pool, 0)
    assert {each.path for each in documents} == before
    assert not [each.path for each in documents if b"localhost" in each.body]
    assert any(b"did:web:skills.example.org:o:demo" in each.body for each in documents)


async def test_from_the_first_credential_on_it_is_fixed(
    pool: Pool, published: Settings, clock: Clock
) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "SET LOCAL session_replication_role = replica"
        )  # no foreign keys: just a row
        await connection.execute(
            "INSERT INTO credential_form (organization_id, award_id, profile, generation, kid,"
            " status_list_id, status_index, state, draft_sealed, created_at)"
            " VALUES ('demo', $1, 'ob3-jwt', 1, 'x', $1, 0, 'signing', '', $2)",
            uuid4(),
            clock(),
        )
    with pytest.raises(SettingsRefused, match="for ever") as refused:
        await fix_base_url(pool, NEW, at=clock(), moved=lambda db: rebase(db, published, clock()))
    assert refused.value.code == "base_url.changed"
    assert await pool.fetchval("SELECT base_url FROM deployment") == OLD
