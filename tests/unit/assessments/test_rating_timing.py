"""Rating writes its audit line, then decides; an execution holds deciders off, then writes its audit line."""

import asyncio
from typing import Any

from issuer import audit
from issuer.assessments.earlier.store import hold_off
from issuer.db.pool import Pool, transaction
from keys.stores.file import FileStore
from tests.unit.assessments.test_rating import (
    SOUND,
    Give,
    Rater,
    document,
    give,
    hand_in,
    invited,
    rater,
    session_id,
)

__all__ = ["document", "give", "invited", "rater"]


async def test_the_last_rating_and_an_execution_at_once_wait_in_no_circle(
    pool: Pool, keystore: FileStore, clock: Any, key: Any, invited: Any, rater: Rater, give: Give
) -> None:
    session = session_id(await hand_in(pool, keystore, await invited(), clock, key))
    one, two = await rater("one"), await rater("two")
    await give(one, session, SOUND)
    async with transaction(pool) as db:  # as `_commit` of an execution does, in its order
        await hold_off(db, "acme")
        rating = asyncio.ensure_future(give(two, session, SOUND))
        async with asyncio.timeout(20):
            while not await pool.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                pass
        await audit.append(db, "acme", "annulment.executed", "x", at=clock())
    assert (await rating).decision is not None
