"""The person enters the code: the sitting begins, or goes on where it was, under an address of its own.

Whoever else has the person's link does not have that address: the code is worth nothing outside the room.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

from msgspec.structs import replace

from issuer import audit
from issuer.assessments import store as assessments
from issuer.assessments.earlier.store import hold
from issuer.assessments.exposure import count_session
from issuer.assessments.invite import SECRET_BYTES
from issuer.assessments.session import GRACE_SECONDS, Session
from issuer.assessments.sitting import Sitting, locate, open_assessment, open_bank, open_sitting
from issuer.assessments.take import SEED_BYTES
from issuer.assessments.turn import Turn
from issuer.confirmation import store
from issuer.confirmation.basis.ground import ground
from issuer.confirmation.code import ATTEMPTS_AT_MOST, code_mac, matches
from issuer.confirmation.plan import first_event
from issuer.confirmation.sit import go_on
from issuer.confirmation.store import Confirmation
from issuer.db.pool import Connection, Pool, transaction
from keys.stores.file import FileStore
from schemas.problems import ProblemError

CODE_AT_MOST = 40  # signs that are looked at


async def enter(pool: Pool, keystore: FileStore, token: str, code: str, clock: Callable[[], datetime]) -> str:
    """Use a supervisor's code behind the person's own link; returns the secret of the sitting's address.

    Raises problem `confirmation.code` for every code that opens nothing, whatever the reason, and counts it;
    `invitation.unknown`, and those of `ground` where the bank has changed since the code was given.
    """
    async with transaction(pool) as db:
        sitting = await open_sitting(db, token)
        organization_id, person_id = sitting.invitation.organization_id, sitting.invitation.person_id
        await assessments.lock_person(db, organization_id, person_id)
        await hold(db, organization_id)  # before the audit line of the code
        now = clock()
        found = await _found(db, keystore, sitting, code[:CODE_AT_MOST], now)
        if found is not None:
            secret = f"{organization_id}.{secrets.token_urlsafe(SECRET_BYTES)}"
            await store.use_code(db, organization_id, found.id, page_hash=locate(secret)[1], at=now)
            await _audited(db, found, "confirmation.entered", now)
            if found.session_id is None:
                await _begin(db, sitting, found, now)
            return secret
    raise ProblemError("confirmation.code")  # after the commit: the attempt is counted


async def _found(
    db: Connection, keystore: FileStore, sitting: Sitting, code: str, now: datetime
) -> Confirmation | None:
    """The confirmation that the code opens; every one that it does not counts an attempt."""
    organization_id, person_id = sitting.invitation.organization_id, sitting.invitation.person_id
    found = None
    for one in await store.waiting_for_code(db, organization_id, person_id, sitting.assessment.slug):
        same = matches(one.code_mac, code_mac(keystore, organization_id, one.id, code))
        if same and one.attempts < ATTEMPTS_AT_MOST and now < one.expires_at:
            found = one
        else:
            await store.count_attempt(db, organization_id, one.id)
            await _audited(db, one, "confirmation.refused", now)
    return found


async def _begin(db: Connection, sitting: Sitting, found: Confirmation, now: datetime) -> None:
    """Record what a replay needs, and ask the first question, in the transaction that uses the code up."""
    organization_id = found.organization_id
    award = await store.confirmable(db, organization_id, found.award_id)
    if award is None:
        raise ProblemError("confirmation.unknown")
    start = await ground(db, organization_id, award)
    assessment = await open_assessment(db, organization_id, award.assessment_id)
    began = first_event(
        start.confirmed,
        assessment.conditions,
        secrets.token_hex(SEED_BYTES),
        excluded=start.excluded,
        time_multiplier=sitting.invitation.time_multiplier,
    )
    log = Session(began)
    closes_at = now + timedelta(seconds=(log.seconds_allowed or 0) + GRACE_SECONDS)
    session_id = uuid4()
    times = replace(found, began_at=now, closes_at=closes_at, time_multiplier=began.time_multiplier)
    await store.insert_session(db, times, session_id, assessment.id, began.epoch)
    bank = await open_bank(db, organization_id, began.bank_digest)
    turn = Turn(db, organization_id, session_id, now, bank, log, events=0, now=now)
    await turn.append("started", began)
    if await go_on(turn, assessment.conditions):  # every unseen question is suspended or at its cap just now
        raise ProblemError("confirmation.too_few")
    await count_session(db, organization_id, began.bank_digest)


async def _audited(db: Connection, one: Confirmation, action: str, at: datetime) -> None:
    await audit.append(db, one.organization_id, action, str(one.id), at=at)
