"""Take an assessment: start, answer, go on, pause, stop. Each is one transaction, safe to repeat."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

from msgspec import Struct

from issuer.assessments import kinds, store
from issuer.assessments.again import again, origin
from issuer.assessments.begin import first_event
from issuer.assessments.course import due
from issuer.assessments.earlier.history import history
from issuer.assessments.earlier.store import held
from issuer.assessments.exposure import count_session
from issuer.assessments.finish import decide_step
from issuer.assessments.languages import chosen
from issuer.assessments.proceed import ask, proceed
from issuer.assessments.rating import works
from issuer.assessments.session import Session
from issuer.assessments.sitting import (
    Sitting,
    open_achievement,
    open_assessment,
    open_bank,
    open_sitting,
    refuse_expired,
    started,
)
from issuer.assessments.store import StoredSession
from issuer.assessments.turn import Turn
from issuer.db.pool import Connection, Pool, transaction
from keys.stores.file import FileStore
from schemas.assessment import Answer, Decision
from schemas.problems import ProblemError

SEED_BYTES = 32
Clock = Callable[[], datetime]
Did = Literal["recorded", "repeated", "kept", "late"]


class Step(Struct, frozen=True):
    """What an action did.

    `repeated`: nothing changed; `kept`: an earlier, different answer stands; `late`: the time for these
    questions was over, and the answer does not count. `decision`: if a step has ended.
    """

    organization_id: str
    session_id: UUID
    did: Did
    decision: Decision | None = None

    @property
    def awarded(self) -> bool:
        """Whether a credential is due."""
        return self.decision is not None and self.decision.outcome == "award"


async def start(pool: Pool, token: str, clock: Clock, language: str | None = None) -> Step:
    """Begin, or begin again in a later epoch: record what a replay needs, and ask the first questions.

    All of a sitting is in the `language` chosen here; without one, in that of the epoch before or the bank's.
    With a session under way, or before the next one may begin, nothing changes. Raises problem
    `invitation.expired`, `invitation.unknown`, `session.language`.
    """
    async with transaction(pool) as db:
        sitting = await open_sitting(db, token)
        organization_id, person_id = sitting.invitation.organization_id, sitting.invitation.person_id
        await store.lock_person(db, organization_id, person_id)
        sitting = await open_sitting(db, token)  # as it stands now: they may have been erased meanwhile
        earlier = await store.sessions_of(db, organization_id, person_id, sitting.assessment.slug)
        now = clock()
        if now >= sitting.invitation.expires_at:
            refuse_expired(sitting, now)
        elif not earlier or await _may_begin_again(db, sitting, earlier[0], now):
            turn = await _begin(db, sitting, earlier, language, now)
            return Step(organization_id, turn.session_id, "recorded")
        return Step(organization_id, earlier[0].id, "repeated")


async def answer(
    pool: Pool, keystore: FileStore, token: str, item: str, fields: kinds.Fields, clock: Clock
) -> Step:
    """Record one answer; with the last one of a step, its decision in the same transaction.

    `fields` are a form's, as the item's kind has them (`kinds.read`). The words of a task are sealed and kept
    in the same transaction; the log holds their HMAC.
    The same answer again is no error, and neither is another answer to the same question: the first stands.
    After the end, as when another tab stopped, nothing is recorded; after the time, that it is over is.
    Raises problem `answer.…`, `session.not_started`, `session.paused`, `invitation.expired`,
    `invitation.unknown`.
    """
    async with transaction(pool) as db:
        sitting = await open_sitting(db, token, lock=True)
        session, log = started(sitting)
        read = read_given(sitting, log, item, fields)
        given = Answer(item, read.selected)
        earlier = next((one for one in log.answers if one.item == item), None)
        if earlier is not None:
            return _unchanged(session, sitting, "repeated" if earlier == given else "kept")
        if sitting.finished or item not in log.unanswered:
            return _unchanged(session, sitting, "repeated")
        turn = _turn(db, sitting, clock())
        if log.paused:
            raise ProblemError("session.paused")
        did: Did = "recorded"
        if log.is_late(turn.second):
            did = "late"
            await turn.note("timed_out")
        else:
            await turn.append("answered", given, item)
            if read.text is not None:
                place = session.organization_id, session.id, item
                person_id = sitting.invitation.person_id
                await works.keep(db, keystore, place, person_id, read.text, at=turn.now)
        decision = await proceed(turn, sitting.assessment.conditions)
        return Step(session.organization_id, session.id, did, decision)


async def go_on(pool: Pool, token: str, clock: Clock) -> Step:
    """Ask the next questions of an undecided session; while some are open, or at the end, nothing changes."""
    async with transaction(pool) as db:
        sitting = await open_sitting(db, token, lock=True)
        session, log = started(sitting)
        if due(sitting.bank, log) != "wish":
            return _unchanged(session, sitting)
        turn = _turn(db, sitting, clock())
        await ask(turn, sitting.assessment.conditions)
        decision = await proceed(turn, sitting.assessment.conditions)
        return Step(session.organization_id, session.id, "recorded", decision)


async def pause(pool: Pool, token: str, clock: Clock) -> Step:
    """Stop the clock of a step with a time limit; while it stands, no question is shown.

    Raises problem `session.no_pause` where there is no clock, or none of the pauses is left.
    """
    async with transaction(pool) as db:
        sitting = await open_sitting(db, token, lock=True)
        session, log = started(sitting)
        if log.paused or sitting.finished:
            return _unchanged(session, sitting)
        turn = _turn(db, sitting, clock())
        if not log.unanswered or not log.may_pause or log.is_late(turn.second):
            raise ProblemError("session.no_pause")
        await turn.note("paused")
        return Step(session.organization_id, session.id, "recorded")


async def resume(pool: Pool, token: str, clock: Clock) -> Step:
    """Let the clock of a paused step go on."""
    async with transaction(pool) as db:
        sitting = await open_sitting(db, token, lock=True)
        session, log = started(sitting)
        if not log.paused:
            return _unchanged(session, sitting)
        await _turn(db, sitting, clock()).note("resumed")
        return Step(session.organization_id, session.id, "recorded")


async def time_out(pool: Pool, token: str, clock: Clock) -> Step:
    """End a step whose time is over: what was not answered in time counts as not answered."""
    async with transaction(pool) as db:
        sitting = await open_sitting(db, token, lock=True)
        session, log = started(sitting)
        turn = _turn(db, sitting, clock())
        if sitting.finished or log.timed_out or log.paused or not log.is_late(turn.second):
            return _unchanged(session, sitting)
        await turn.note("timed_out")
        decision = await proceed(turn, sitting.assessment.conditions)
        return Step(session.organization_id, session.id, "late", decision)


async def stop_here(pool: Pool, token: str, clock: Clock) -> Step:
    """End an undecided session and take the level reached; of a step that has open questions nothing counts.

    Raises problem `session.unfinished` where no level is reached yet: going on is free, and stopping there
    would only close the door.
    """
    async with transaction(pool) as db:
        sitting = await open_sitting(db, token, lock=True)
        session, _ = started(sitting)
        if sitting.finished:
            return _unchanged(session, sitting)
        turn = _turn(db, sitting, clock())
        if sitting.reached is None:
            raise ProblemError("session.unfinished")
        decision = await decide_step(turn, stopped=True)
        return Step(session.organization_id, session.id, "recorded", decision)


async def _may_begin_again(db: Connection, sitting: Sitting, last: StoredSession, now: datetime) -> bool:
    """Whether the next epoch may begin; a session that another tab began just now stands."""
    if sitting.session is None or sitting.session.id != last.id:
        return False
    withdrawn = await store.is_annulled(db, last.organization_id, last.id)
    following = again(last, sitting.achievement, sitting.assessment.conditions, annulled=withdrawn)
    return following is not None and now >= following.since


async def _begin(
    db: Connection,
    sitting: Sitting,
    earlier: tuple[StoredSession, ...],
    language: str | None,
    now: datetime,
) -> Turn:
    """A new session of the invitation's version; `earlier` are the person's, the latest first."""
    invitation = sitting.invitation
    organization_id = invitation.organization_id
    assessment = await open_assessment(db, organization_id, invitation.assessment_id)
    achievement = await open_achievement(db, assessment)
    bank = await open_bank(db, organization_id, assessment.bank_digest)
    epoch = earlier[0].epoch + 1 if earlier else 1
    place = organization_id, invitation.person_id, assessment.slug
    before = await history(db, *place, await held(db, organization_id))
    began = first_event(
        bank,
        assessment.bank_digest,
        achievement,
        assessment.conditions,
        secrets.token_hex(SEED_BYTES),
        time_multiplier=invitation.time_multiplier,
        origin=origin(
            bank,
            achievement,
            epoch,
            before.sessions,
            before.met.get(bank.id) or (),
            length=assessment.conditions.items_at_most,
            tasks=assessment.conditions.tasks,
        ),
        language=chosen(bank, language, before.language),
    )
    session = StoredSession(organization_id, uuid4(), assessment.id, epoch, now, None, None, None)
    await store.insert_session(db, session, invitation.person_id)
    turn = Turn(db, organization_id, session.id, now, bank, Session(began), events=0, now=now)
    await turn.append("started", began)
    await proceed(turn, assessment.conditions)
    await count_session(db, organization_id, began.bank_digest)
    return turn


def _turn(db: Connection, sitting: Sitting, now: datetime) -> Turn:
    """Raises problem `invitation.expired` for a link that is too old to go on with."""
    refuse_expired(sitting, now)
    session, log = started(sitting)
    return Turn(
        db, session.organization_id, session.id, session.created_at, sitting.bank, log, sitting.events, now
    )


def _unchanged(session: StoredSession, sitting: Sitting, did: Did = "repeated") -> Step:
    return Step(session.organization_id, session.id, did, sitting.decision)


def read_given(sitting: Sitting, log: Session, name: str, fields: kinds.Fields) -> kinds.Given:
    """Return what was given to an item that was asked; raises problem `answer.…`."""
    item = sitting.bank.item(name) if name in log.seen else None
    if item is None:
        raise ProblemError("answer.not_asked", "This question was not asked in this session.")
    try:
        return kinds.read(item, fields, bytes.fromhex(log.started.seed))
    except kinds.AnswerRefused as refused:
        raise ProblemError(refused.code, refused.detail) from refused
