"""What a sitting shows now: without items that were annulled since, of its own and of the first result."""

import asyncio

from msgspec import MsgspecError

from issuer.assessments import store as assessments
from issuer.assessments.earlier.history import Annulled
from issuer.assessments.scoring import NOTHING
from issuer.assessments.session import Session
from issuer.assessments.sitting import open_bank, read_log
from issuer.confirmation import store
from issuer.confirmation.basis.ground import result
from issuer.confirmation.judge import Judgement, judge
from issuer.confirmation.store import Confirmation, Verdict
from issuer.db.pool import UNAVAILABLE, Db
from schemas.assessment import Bank
from schemas.problems import ProblemError

UNKNOWN = (ArithmeticError, LookupError, ValueError, MsgspecError, ProblemError)
"""What a log raises that holds no answers any more, or values that no session has."""


def _unknown(error: Exception) -> None:
    """Raise again what says nothing of a log: that the database is lost."""
    if isinstance(error, ProblemError) and error.code == UNAVAILABLE:
        raise error


async def judged_now(db: Db, one: Confirmation, annulled: Annulled) -> Judgement | None:
    """Judge a finished sitting as its answers stand; None where they are not kept any more, or unreadable."""
    if one.session_id is None:
        return None
    events = await assessments.events(db, one.organization_id, one.session_id)
    try:
        log = read_log(events)
        bank = await open_bank(db, one.organization_id, log.started.bank_digest)
        return await judged(db, one, bank, log, annulled)
    except UNKNOWN as error:
        _unknown(error)
        return None


async def verdict_now(db: Db, one: Confirmation, annulled: Annulled) -> Verdict:
    """The verdict as the answers stand now.

    Where they are not kept, it stands while nothing of the bank was annulled; otherwise nobody can tell what
    is left, which is too little: `unfinished`, and so is a log that cannot be read.
    """
    judgement = await judged_now(db, one, annulled)
    if judgement is not None:
        return judgement.verdict
    if one.verdict is None or one.session_id is None:
        return "unfinished"
    events = await assessments.events(db, one.organization_id, one.session_id)
    try:
        log = read_log(events)
        bank = await open_bank(db, one.organization_id, log.started.bank_digest)
        touched = {(await open_bank(db, one.organization_id, version)).id for version in annulled}
    except UNKNOWN as error:
        _unknown(error)
        return "unfinished"
    return "unfinished" if log.forms or bank.id in touched else one.verdict


async def judged(db: Db, one: Confirmation, bank: Bank, log: Session, annulled: Annulled) -> Judgement:
    """Judge a sitting's log; raises ValueError for one without decision, or without its answers."""
    award, prior = await store.confirmable(db, one.organization_id, one.award_id), log.started.prior
    if award is not None:
        prior = (await result(db, one.organization_id, award, annulled)).prior
    unfit = annulled.get(log.started.bank_digest, NOTHING)
    return await asyncio.to_thread(judge, bank, log, unfit, prior)
