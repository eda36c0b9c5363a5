"""Give a rating. The last one that was missing decides the step, in the same transaction."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

from msgspec import Struct

from issuer import audit
from issuer.assessments import store as assessments
from issuer.assessments.earlier.store import hold
from issuer.assessments.kinds.task import lint_rating
from issuer.assessments.proceed import proceed
from issuer.assessments.rating import store
from issuer.assessments.rating.store import RatedSession
from issuer.assessments.rating.works import is_waiting, require_person
from issuer.assessments.sitting import open_assessment, open_bank, read_log
from issuer.assessments.turn import Turn
from issuer.db.pool import Connection, Pool, transaction
from issuer.mail import Letter
from issuer.organizations.tokens import Principal
from issuer.people.letters import post
from issuer.people.sealing import person_key
from keys.stores.file import FileStore
from schemas.assessment import Decision, Rating
from schemas.items import Task
from schemas.problems import ProblemError

# How long the taker may go on, counted from the raters' decision: the wait was not theirs.
GO_ON_WITHIN = timedelta(days=14)

NEWS = {
    "not_yet": "It is decided now: you see how it went, area by area, and what to work on.",
    "continue": "It is not decided yet: you see where you stand, and you can go on.",
}


class Given(Struct, frozen=True):
    """What a rater says of a work: points by criterion of the task's rubric."""

    session_id: UUID
    item: str
    points: Mapping[str, int]


class Rated(Struct, frozen=True):
    """What became of a rating; `repeated`: the same one was there. `decision`: if the step ended with it."""

    organization_id: str
    session_id: UUID
    did: Literal["recorded", "repeated"]
    decision: Decision | None = None

    @property
    def awarded(self) -> bool:
        """Whether a credential is due."""
        return self.decision is not None and self.decision.outcome == "award"


async def rate(
    pool: Pool, keystore: FileStore, rater: Principal, given: Given, clock: Callable[[], datetime]
) -> Rated:
    """Record a rating; the same one again changes nothing.

    Two raters are two persons: a person counts once, whatever roles and tokens they had, and a program never.
    Raises problem `rating.person`, `principal.unnamed`, `rating.own`, `rating.unknown`, `rating.given`
    (another one by the same person stands), `rating.closed` (all is settled) or `rating.points`.
    """
    organization_id = rater.organization_id
    async with transaction(pool) as db:
        mark = await require_person(db, rater)
        session = await _held(db, organization_id, given.session_id)
        await hold(db, organization_id)  # before the audit line of the rating
        turn = await _turn(db, organization_id, session, clock())
        task = turn.bank.item(given.item)
        if not isinstance(task, Task) or all(one.item != task.id for one in turn.log.answers):
            raise ProblemError("rating.unknown")
        if session.person_id in await store.own_persons(db, organization_id, rater.id):
            raise ProblemError("rating.own")
        name = str(rater.id)
        earlier = next((one for one in turn.log.ratings if (one.item, one.rater) == (task.id, name)), None)
        if earlier is not None:
            if earlier.points != given.points:
                raise ProblemError("rating.given")
            return Rated(organization_id, session.session_id, "repeated")
        if await store.has_rated(db, organization_id, session.session_id, task.id, mark):
            raise ProblemError("rating.given")
        if not is_waiting(turn.bank, turn.log, task.id):
            raise ProblemError("rating.closed")
        rating = Rating(task.id, name, dict(given.points))
        for finding in lint_rating(task, rating):
            raise ProblemError("rating.points", finding)
        await turn.append("rated", rating)
        await store.note_rater(db, organization_id, session.session_id, task.id, mark)
        await audit.append(
            db, organization_id, "work.rated", str(session.session_id), principal_id=rater.id, at=turn.now
        )
        assessment = await open_assessment(db, organization_id, session.assessment_id)
        decision = await proceed(turn, assessment.conditions)
        # With an award comes the credential's own letter.
        if decision is not None and decision.outcome != "award":
            await _tell(turn, keystore, session, decision)
        return Rated(organization_id, session.session_id, "recorded", decision)


async def _held(db: Connection, organization_id: str, session_id: UUID) -> RatedSession:
    """Return the session and hold it, and before it its person, as erasing does: nobody waits in a circle."""
    session = await store.session_of_work(db, organization_id, session_id)
    if session is None:
        raise ProblemError("rating.unknown")
    await assessments.lock_person(db, organization_id, session.person_id)
    await store.lock_session(db, organization_id, session_id)
    return session


async def _turn(db: Connection, organization_id: str, session: RatedSession, now: datetime) -> Turn:
    events = await assessments.events(db, organization_id, session.session_id)
    if not events:  # erased while we waited
        raise ProblemError("rating.unknown")
    log = read_log(events)
    bank = await open_bank(db, organization_id, log.started.bank_digest)
    return Turn(db, organization_id, session.session_id, session.began, bank, log, len(events), now)


async def _tell(turn: Turn, keystore: FileStore, session: RatedSession, decision: Decision) -> None:
    """Ask for the letter; where the session goes on, the link that leads there works for a while longer."""
    until = None
    if decision.outcome == "continue":
        until = await store.extend_invitations(
            turn.db, turn.organization_id, session.person_id, session.slug, until=turn.now + GO_ON_WITHIN
        )
    key = await person_key(turn.db, keystore, turn.organization_id, session.person_id)
    letter = Letter("", turn.bank.title, until, NEWS[decision.outcome])
    await post(turn.db, key, "mail.rated", uuid4(), letter, turn.now)
