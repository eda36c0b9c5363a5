"""Sessions that nobody can go on with: a level that was reached is taken, as if the taker had stopped there.

Somebody who went on for a higher level and let the invitation expire keeps what was called theirs to keep.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from issuer.assessments import store
from issuer.assessments.finish import Issue, decide_step, settle
from issuer.assessments.sitting import open_bank, read_log
from issuer.assessments.turn import Turn
from issuer.db.pool import Pool, apart, transaction, unavailable

_log = logging.getLogger(__name__)


async def settle_lapsed(pool: Pool, issue: Issue, clock: Callable[[], datetime]) -> int:
    """End every lapsed session with a level reached and ask for its credential; returns how many were ended.

    Safe to repeat and to be killed: a session that was ended and has no credential yet is the reconciling
    job's. Raises only `database.unavailable`.
    """
    ended = 0
    with unavailable():
        waiting = await store.lapsed(pool, clock())
    for organization_id, session_id in waiting:
        with apart(_log, "lapsed session not ended", session=str(session_id)):
            if await _end(pool, organization_id, session_id, clock):
                ended += 1
                await settle(issue, organization_id, session_id)
    return ended


async def _end(pool: Pool, organization_id: str, session_id: UUID, clock: Callable[[], datetime]) -> bool:
    """Stop one session in a transaction of its own; False if somebody finished it or may go on after all."""
    async with transaction(pool) as db:
        now = clock()
        began = await store.lock_lapsed(db, organization_id, session_id, now)
        if began is None:
            return False
        events = await store.events(db, organization_id, session_id)
        log = read_log(events)
        bank = await open_bank(db, organization_id, log.started.bank_digest)
        turn = Turn(db, organization_id, session_id, began, bank, log, len(events), now)
        await decide_step(turn, stopped=True)
    return True
