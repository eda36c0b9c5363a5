"""What a sitting shows now: without items that were annulled since, of its own and of the first result."""

import asyncio

from issuer.assessments import store as assessments
from issuer.assessments.earlier.history import Annulled
from issuer.assessments.scoring import NOTHING
from issuer.assessments.session import Session
from issuer.assessments.sitting import open_bank, read_log
from issuer.confirmation import store
from issuer.confirmation.basis.ground import result
from issuer.confirmation.judge import Judgement, judge
from issuer.confirmation.store import Confirmation
from issuer.db.pool import Db
from schemas.assessment import Bank


async def judged_now(db: Db, one: Confirmation, annulled: Annulled) -> Judgement | None:
    """Judge a finished sitting as its answers stand; None where they are not kept any more."""
    if one.session_id is None:
        raise LookupError(f"no sitting behind confirmation {one.id}")
    log = read_log(await assessments.events(db, one.organization_id, one.session_id))
    bank = await open_bank(db, one.organization_id, log.started.bank_digest)
    try:
        return await judged(db, one, bank, log, annulled)
    except ValueError:
        return None


async def judged(db: Db, one: Confirmation, bank: Bank, log: Session, annulled: Annulled) -> Judgement:
    """Judge a sitting's log; raises ValueError for one without decision, or without its answers."""
    award, prior = await store.confirmable(db, one.organization_id, one.award_id), log.started.prior
    if award is not None:
        prior = (await result(db, one.organization_id, award, annulled)).prior
    unfit = annulled.get(log.started.bank_digest, NOTHING)
    return await asyncio.to_thread(judge, bank, log, unfit, prior)
