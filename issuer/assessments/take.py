"""Take an assessment: start, answer, go on, stop. Each is one transaction and can be repeated safely."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct

from issuer.assessments import kinds, store
from issuer.assessments.begin import first_event
from issuer.assessments.course import due
from issuer.assessments.finish import decide_step
from issuer.assessments.forms import form_for
from issuer.assessments.session import Session
from issuer.assessments.sitting import Sitting, open_sitting, refuse_expired, started
from issuer.assessments.store import StoredEvent, StoredSession
from issuer.db.pool import Connection, Pool, transaction
from schemas.assessment import Answer, Bank, Decision, EventKind, Started
from schemas.problems import ProblemError

SEED_BYTES = 32
Clock = Callable[[], datetime]


class Step(Struct, frozen=True):
    """What an action did; `repeated`: nothing changed; `kept`: an earlier, different answer stands.

    `decision`: if a step has ended.
    """

    organization_id: str
    session_id: UUID
    did: Literal["recorded", "repeated", "kept"]
    decision: Decision | None = None

    @property
    def awarded(self) -> bool:
        """Whether a credential is due."""
        return self.decision is not None and self.decision.outcome == "award"


async def start(pool: Pool, token: str, clock: Clock) -> Step:
    """Begin: draw a seed, record what a replay needs, and ask the first questions."""
    async with transaction(pool) as db:
        sitting = await open_sitting(db, token, lock=True)
        if sitting.session is not None:
            return Step(sitting.invitation.organization_id, sitting.session.id, "repeated")
        now = clock()
        refuse_expired(sitting, now)
        invitation = sitting.invitation
        session = StoredSession(
            invitation.organization_id, uuid4(), invitation.assessment_id, 1, now, None, None, None
        )
        if not await store.insert_session(db, session, invitation.person_id):
            return Step(invitation.organization_id, session.id, "repeated")  # another tab was first
        log = Session(_started(sitting))
        await _append(db, session, 1, "started", log.started, now)
        await _proceed(db, session, sitting.bank, log, 2, now)
        return Step(invitation.organization_id, session.id, "recorded")


async def answer(pool: Pool, token: str, item: str, fields: kinds.Fields, clock: Clock) -> Step:
    """Record one answer; with the last one of a step, its decision in the same transaction.

    `fields` are a form's, as the item's kind has them (`kinds.read`).
    The same answer again is no error, and neither is another answer to the same question: the first stands.
    After the end, as when another tab stopped, nothing is recorded.
    Raises problem `answer.…`, `session.not_started`, `invitation.expired`, `invitation.unknown`.
    """
    async with transaction(pool) as db:
        sitting = await open_sitting(db, token, lock=True)
        session, log = started(sitting)
        organization_id, session_id = session.organization_id, session.id
        given = _given(sitting, log, item, fields)
        earlier = next((one for one in log.answers if one.item == item), None)
        if earlier is not None:
            same: Literal["repeated", "kept"] = "repeated" if earlier == given else "kept"
            return Step(organization_id, session_id, same, sitting.decision)
        if sitting.finished:
            return Step(organization_id, session_id, "repeated", sitting.decision)
        now = clock()
        refuse_expired(sitting, now)
        sequence = sitting.events + 1
        await _append(db, session, sequence, "answered", given, now, item_id=item)
        log.answers.append(given)
        decision = await _proceed(db, session, sitting.bank, log, sequence + 1, now)
        return Step(organization_id, session_id, "recorded", decision)


async def go_on(pool: Pool, token: str, clock: Clock) -> Step:
    """Ask the next questions of an undecided session; while some are open, or at the end, nothing changes."""
    async with transaction(pool) as db:
        sitting = await open_sitting(db, token, lock=True)
        session, log = started(sitting)
        organization_id, session_id = session.organization_id, session.id
        if due(sitting.bank, log) != "wish":
            return Step(organization_id, session_id, "repeated", sitting.decision)
        now = clock()
        refuse_expired(sitting, now)
        form = form_for(sitting.bank, log)
        await _append(db, session, sitting.events + 1, "form", form, now)
        log.forms.append(form)
        decision = await _proceed(db, session, sitting.bank, log, sitting.events + 2, now)
        return Step(organization_id, session_id, "recorded", decision)


async def stop_here(pool: Pool, token: str, clock: Clock) -> Step:
    """End an undecided session and take the level reached; of a step that has open questions nothing counts.

    Raises problem `session.unfinished` where no level is reached yet: going on is free, and stopping there
    would only close the door.
    """
    async with transaction(pool) as db:
        sitting = await open_sitting(db, token, lock=True)
        session, log = started(sitting)
        organization_id, session_id = session.organization_id, session.id
        if sitting.finished:
            return Step(organization_id, session_id, "repeated", sitting.decision)
        now = clock()
        refuse_expired(sitting, now)
        if sitting.reached is None:
            raise ProblemError("session.unfinished")
        decision = await decide_step(
            db,
            (organization_id, session_id),
            sitting.bank,
            log,
            sitting.events + 1,
            at=now,
            stopped=True,
        )
        return Step(organization_id, session_id, "recorded", decision)


async def _proceed(
    db: Connection, session: StoredSession, bank: Bank, log: Session, sequence: int, now: datetime
) -> Decision | None:
    """Do what is due without the taker: ask the next questions, decide. Returns the decision of a step's end.

    `sequence` is that of the next event. In the transaction of what made it due: a crash leaves nothing half
    done, and whoever comes back meets the very question.
    """
    while (what := due(bank, log)) in {"form", "decision"}:
        if what == "decision":
            place = session.organization_id, session.id
            return await decide_step(db, place, bank, log, sequence, at=now)
        form = form_for(bank, log)
        await _append(db, session, sequence, "form", form, now)
        log.forms.append(form)
        sequence += 1
    return None


def _started(sitting: Sitting) -> Started:
    return first_event(
        sitting.bank,
        sitting.assessment.bank_digest,
        sitting.achievement,
        sitting.assessment.conditions,
        secrets.token_hex(SEED_BYTES),
    )


def _given(sitting: Sitting, log: Session, name: str, fields: kinds.Fields) -> Answer:
    item = sitting.bank.item(name) if name in log.seen else None
    if item is None:
        raise ProblemError("answer.not_asked", "This question was not asked in this session.")
    try:
        return Answer(name, kinds.read(item, fields, bytes.fromhex(log.started.seed)).selected)
    except kinds.AnswerRefused as refused:
        raise ProblemError(refused.code, refused.detail) from refused


async def _append(
    db: Connection,
    session: StoredSession,
    sequence: int,
    kind: EventKind,
    body: Struct,
    at: datetime,
    *,
    item_id: str | None = None,
) -> None:
    event = StoredEvent(sequence, kind, item_id, msgspec.json.encode(body), at)
    await store.append_event(db, session.organization_id, session.id, event)
