"""Delete what the rules say is not kept any longer: batch by batch, counted in the audit log.

Each batch is a transaction: killed at any moment, the next run goes on. What stays of a session is that it
was there and what was decided, and of its person which questions they met;
credentials and what they rest on as facts are not touched.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from issuer import audit
from issuer.assessments.earlier.store import keep_met
from issuer.assessments.sitting import open_bank
from issuer.db.pool import Connection, Pool, transaction, unavailable
from issuer.fairness.retention import store
from issuer.organizations.retention import Kind, Rule, rules
from issuer.organizations.store import organization_ids

BATCH = 200

STATEMENTS: dict[Kind, tuple[str, ...]] = {
    "works": (store.WORKS,),
    "telemetry": (store.FITS, store.MOMENTS),
    "invitations": (store.INVITATIONS,),
    "receipts": (store.RECEIPTS,),
    "requests": (store.REQUESTS,),
}


async def delete_expired(pool: Pool, clock: Callable[[], datetime], *, batch: int = BATCH) -> int:
    """Apply every organisation's rules; returns how many things went. Raises only `database.unavailable`."""
    gone = 0
    with unavailable():
        for organization_id in await organization_ids(pool):
            for rule in await rules(pool, organization_id):
                while count := await _batch(pool, organization_id, rule, clock(), batch):
                    gone += count
    return gone


async def _batch(pool: Pool, organization_id: str, rule: Rule, now: datetime, limit: int) -> int:
    before = now - timedelta(days=rule.days)
    async with transaction(pool) as db:
        if rule.kind == "answers":
            count = await _answers(db, organization_id, before, now, limit)
        else:
            statements = STATEMENTS[rule.kind]
            count = sum([await store.delete(db, one, organization_id, before, limit) for one in statements])
        if count:
            await audit.append(db, organization_id, "retention.deleted", f"{rule.kind} {count}", at=now)
    return count


async def _answers(db: Connection, organization_id: str, before: datetime, now: datetime, limit: int) -> int:
    finished, unfinished = await store.sessions_with_answers(
        db, organization_id, before, now=now, limit=limit
    )
    for person_id, bank_digest, items in await store.asked(db, organization_id, (*finished, *unfinished)):
        bank = await open_bank(db, organization_id, bank_digest)
        await keep_met(db, organization_id, person_id, bank.id, items)
    await store.delete_answers(db, organization_id, finished, at=now)
    await store.delete_unfinished(db, organization_id, unfinished, at=now)
    return len(finished) + len(unfinished)
