"""The job that watches items: what new decisions add to the charts, and what an alarm takes out.

A decision's mark and the charts are written in one transaction: killed at any moment, it has counted every
answer once or not yet. One session at a time, so that takers wait for nobody.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from issuer.assessments import store as assessments
from issuer.assessments import telemetry
from issuer.assessments.exposure import caps_of
from issuer.assessments.session import Session
from issuer.assessments.sitting import open_bank, read_log
from issuer.assessments.store import StoredEvent
from issuer.db.pool import Connection, Pool, apart, transaction, unavailable
from issuer.fairness import store
from issuer.fairness.charts import alarm, extended, person_fit, responses
from issuer.fairness.store import Kept
from issuer.fairness.suspend import suspend, suspension
from issuer.organizations.store import organization_ids
from keys.stores.file import FileStore
from schemas.assessment import Bank

BATCH = 200
FIRST = UUID(int=0)

_log = logging.getLogger(__name__)


async def watch(pool: Pool, keystore: FileStore, clock: Callable[[], datetime], *, batch: int = BATCH) -> int:
    """Read what was decided since the last time; returns how many sessions that were.

    Raises only `database.unavailable`. A session that cannot be read waits, and holds up no other one. Of an
    organisation some `batch` sessions are read at a time; the next run reads on.
    """
    with unavailable():
        return sum([await _of_one(pool, keystore, one, clock, batch) for one in await organization_ids(pool)])


async def _of_one(
    pool: Pool, keystore: FileStore, organization_id: str, clock: Callable[[], datetime], batch: int
) -> int:
    read, after = 0, FIRST
    while listed := await store.waiting(pool, organization_id, after=after, limit=batch):
        after = listed[-1]
        for session_id in listed:
            with apart(_log, "session not charted", session=str(session_id)):
                read += await _read(pool, keystore, organization_id, session_id, clock)
        if read >= batch:
            break
    return read


async def _read(
    pool: Pool,
    keystore: FileStore,
    organization_id: str,
    session_id: UUID,
    clock: Callable[[], datetime],
) -> bool:
    async with transaction(pool) as db:
        waiting = await store.take(db, organization_id, session_id)
        if waiting is None:
            return False
        events = (await assessments.events(db, organization_id, session_id))[: waiting.upto]
        session = read_log(events)
        bank = await open_bank(db, organization_id, session.started.bank_digest)
        sessions = await store.count_session(db, organization_id, bank.id, more=int(waiting.read == 0))
        held = {kept.item_id: kept for kept in await store.charts(db, organization_id, bank.id)}
        stopped = await store.suspended_items(db, organization_id, bank.id)
        shown, answered = (names - stopped for names in _new(session, events, waiting.read))
        found = responses(bank, session, answered)
        changed = extended({name: one.chart for name, one in held.items()}, shown, found, sessions)
        at = clock()
        kept = [Kept(name, held[name].since if name in held else at, one) for name, one in changed.items()]
        await store.keep_charts(db, organization_id, bank.id, kept)
        await _keep_fit(db, organization_id, session_id, waiting, person_fit(bank, session))
        caps = await _caps(db, organization_id, waiting, bank)
        for name, one in changed.items():
            reason = alarm(one, sessions, caps.get(name))
            if reason is not None:
                place = organization_id, bank.id, name
                await suspend(db, keystore, suspension(place, reason, at=at), bank.title)
    return True


async def _keep_fit(
    db: Connection, organization_id: str, session_id: UUID, waiting: store.Waiting, fit: float | None
) -> None:
    """Keep a session's fit if the organisation had switched that signal on before the session began."""
    for one in await telemetry.switched(db, organization_id):
        if fit is not None and one.signal == "fit" and one.since <= waiting.created_at:
            await store.keep_fit(db, organization_id, session_id, fit)


def _new(
    session: Session, events: tuple[StoredEvent, ...], read: int
) -> tuple[frozenset[str], frozenset[str]]:
    """The items that were shown, to be scored, and those that were answered after the first `read` events."""
    forms = sum(event.kind == "form" for event in events[:read])
    shown = {placed.item for form in session.forms[forms:] for placed in form.items if not placed.pilot}
    answered = {event.item_id for event in events[read:] if event.item_id is not None}
    return frozenset(shown), frozenset(answered)


async def _caps(
    db: Connection, organization_id: str, waiting: store.Waiting, bank: Bank
) -> Mapping[str, float]:
    """The exposure caps that held in a session: the items' own, or its assessment's."""
    assessment = await assessments.assessment_by_id(db, organization_id, waiting.assessment_id)
    return {} if assessment is None else caps_of(bank, assessment.conditions)
