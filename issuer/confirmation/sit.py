"""Take the sitting: one question after another, its end, and what the end says. Each is one transaction."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

from msgspec import Struct

from issuer import audit
from issuer.assessments import kinds
from issuer.assessments import store as assessments
from issuer.assessments.course import due
from issuer.assessments.earlier.store import held
from issuer.assessments.finish import decide_step
from issuer.assessments.proceed import ask
from issuer.assessments.session import Session
from issuer.assessments.sitting import Sitting, locate, open_achievement, open_assessment, open_bank, read_log
from issuer.assessments.store import Invitation, StoredSession
from issuer.assessments.take import read_given
from issuer.assessments.turn import Turn
from issuer.confirmation import store
from issuer.confirmation.basis.now import judged
from issuer.confirmation.plan import asked_as
from issuer.confirmation.store import Confirmation
from issuer.db.pool import Connection, Db, Pool, transaction
from issuer.mail import Letter
from issuer.people.letters import post
from issuer.people.sealing import person_key
from keys.stores.file import FileStore
from schemas.assessment import Answer, Conditions
from schemas.problems import ProblemError

A_PERSON_LOOKS = (
    "The supervised sitting did not settle it by itself, so a person looks at it.\n"
    "Until then nothing changes: your credential stands as it is. You get a\n"
    "message when it is decided."
)


class Sat(Struct, frozen=True):
    """What stands behind a sitting's address: the confirmation, and its session as the pages draw it."""

    confirmation: Confirmation
    sitting: Sitting

    @property
    def turn_log(self) -> tuple[StoredSession, Session]:
        """The session and its log; raises problem `confirmation.unknown` once retention deleted it."""
        if self.sitting.session is None or self.sitting.log is None:
            raise ProblemError("confirmation.unknown")
        return self.sitting.session, self.sitting.log


class Step(Struct, frozen=True):
    """What an action did, as in `take.Step`; `confirmed` if it ended a sitting that confirms."""

    organization_id: str
    confirmation_id: UUID
    did: Literal["recorded", "repeated", "kept", "late"]
    confirmed: bool = False


async def open_sat(db: Db, secret: str) -> Sat:
    """Return what stands behind a sitting's address; raises problem `confirmation.unknown`."""
    try:
        organization_id, page_hash = locate(secret)
    except ProblemError as problem:
        raise ProblemError("confirmation.unknown") from problem
    found = await store.by_page(db, organization_id, page_hash)
    if found is None:
        raise ProblemError("confirmation.unknown")
    return await _sat(db, found)


async def answer(
    pool: Pool,
    keystore: FileStore,
    secret: str,
    item: str,
    fields: kinds.Fields,
    clock: Callable[[], datetime],
) -> Step:
    """Record one answer; with the last one the decision, the judgement and what follows, in one transaction.

    The same answer again, or another to the same question, changes nothing: the first stands. Raises problem
    `answer.…`, `confirmation.unknown`.
    """
    async with transaction(pool) as db:
        await _hold(db, (await open_sat(db, secret)).confirmation)
        sat = await open_sat(db, secret)  # as it stands now; a newer code may have given it another address
        _, log = sat.turn_log
        given = Answer(item, read_given(sat.sitting, log, item, fields).selected)
        earlier = next((one for one in log.answers if one.item == item), None)
        if earlier is not None:
            return _step(sat, "repeated" if earlier == given else "kept")
        if sat.sitting.finished or item not in log.unanswered:
            return _step(sat, "repeated")
        turn = _turn(db, sat, clock())
        late = log.is_late(turn.second)
        if late:
            await turn.note("timed_out")
        else:
            await turn.append("answered", given, item)
        confirmed = await _proceed(turn, keystore, sat)
        return _step(sat, "late" if late else "recorded", confirmed=confirmed)


async def time_out(
    pool: Pool,
    keystore: FileStore,
    organization_id: str,
    confirmation_id: UUID,
    clock: Callable[[], datetime],
) -> Step:
    """End a sitting whose time is over: what was not answered in time counts as not answered."""
    async with transaction(pool) as db:
        found = await store.by_id(db, organization_id, confirmation_id)
        if found is None:
            raise ProblemError("confirmation.unknown")
        sat = await _sat(db, await _hold(db, found))
        _, log = sat.turn_log
        turn = _turn(db, sat, clock())
        if sat.sitting.finished or log.timed_out or not log.is_late(turn.second):
            return _step(sat, "repeated")
        await turn.note("timed_out")
        return _step(sat, "late", confirmed=await _proceed(turn, keystore, sat))


async def go_on(turn: Turn, conditions: Conditions) -> bool:
    """Ask what is next, or decide; returns whether it is decided. There is one step, and none after it."""
    asking = asked_as(conditions, turn.log.started.scale)
    while (what := due(turn.bank, turn.log)) in {"form", "decision"}:
        if what == "decision":
            await decide_step(turn, stopped=True)
            return True
        await ask(turn, asking)
    return False


async def _proceed(turn: Turn, keystore: FileStore, sat: Sat) -> bool:
    """Go on, and at the end judge; returns whether the sitting confirms."""
    if not await go_on(turn, sat.sitting.assessment.conditions):
        return False
    organization_id, one = turn.organization_id, sat.confirmation
    gone = await held(turn.db, organization_id)
    verdict = (await judged(turn.db, one, turn.bank, turn.log, gone)).verdict
    await store.judge(turn.db, organization_id, one.id, verdict, at=turn.now)
    if verdict != "confirmed":  # with a raised credential comes a letter of its own
        who = organization_id, one.person_id
        await tell(turn.db, keystore, who, turn.bank.title, A_PERSON_LOOKS, at=turn.now)
    await audit.append(turn.db, organization_id, "confirmation.judged", str(one.id), at=turn.now)
    return verdict == "confirmed"


async def tell(
    db: Connection, keystore: FileStore, who: tuple[str, UUID], title: str, news: str, *, at: datetime
) -> None:
    """Write a person (organisation and id) a letter about their confirmation, in the caller's transaction."""
    key = await person_key(db, keystore, *who)
    await post(db, key, "mail.confirmation", uuid4(), Letter("", title, None, news), at)


async def _sat(db: Db, found: Confirmation) -> Sat:
    """The sitting as the taking pages know one; the code was its invitation."""
    organization_id = found.organization_id
    award = await store.confirmable(db, organization_id, found.award_id)
    if award is None or found.session_id is None or found.began_at is None or found.closes_at is None:
        raise ProblemError("confirmation.unknown")
    assessment = await open_assessment(db, organization_id, award.assessment_id)
    session = await store.session(db, organization_id, found.session_id)
    events = await assessments.events(db, organization_id, found.session_id)
    log = read_log(events) if events else None
    digest = log.started.bank_digest if log else assessment.bank_digest
    invitation = Invitation(
        organization_id,
        found.id,
        assessment.id,
        found.person_id,
        found.began_at,
        found.closes_at,
        found.time_multiplier,
    )
    return Sat(
        found,
        Sitting(
            invitation,
            assessment,
            await open_achievement(db, assessment),
            await open_bank(db, organization_id, digest),
            session,
            log,
            len(events),
        ),
    )


async def _hold(db: Connection, one: Confirmation) -> Confirmation:
    """Hold the person, then the confirmation, and read it again: two answers at once take turns."""
    await assessments.lock_person(db, one.organization_id, one.person_id)
    found = await store.by_id(db, one.organization_id, one.id, lock=True)
    if found is None:
        raise ProblemError("confirmation.unknown")
    return found


def _turn(db: Connection, sat: Sat, now: datetime) -> Turn:
    session, log = sat.turn_log
    bank, count = sat.sitting.bank, sat.sitting.events
    return Turn(db, session.organization_id, session.id, session.created_at, bank, log, count, now)


def _step(sat: Sat, did: Literal["recorded", "repeated", "kept", "late"], *, confirmed: bool = False) -> Step:
    return Step(sat.confirmation.organization_id, sat.confirmation.id, did, confirmed)
