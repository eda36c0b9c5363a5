"""Open a taker's link: whose it is, what it is about, and how far the session has come."""

import functools
import hashlib
import re
from datetime import datetime

from msgspec import Struct

from issuer.assessments import store
from issuer.assessments.bank import read_bank
from issuer.assessments.session import Session, read
from issuer.assessments.store import Assessment, Invitation, StoredEvent, StoredSession
from issuer.db.pool import Db
from issuer.skills.store import Achievement, load_achievement
from schemas.assessment import Bank, Decision, Event, Placed
from schemas.problems import ProblemError

_TOKEN = re.compile(r"([a-z][a-z0-9-]{1,30})\.([A-Za-z0-9_-]{43})")

read_bank_once = functools.lru_cache(maxsize=8)(read_bank)
"""The same bytes are the same bank, and reading one costs a thousand times more than any other step here."""


class Sitting(Struct, frozen=True):
    """Everything that a step of taking an assessment needs; without `session` nothing was started yet."""

    invitation: Invitation
    assessment: Assessment
    achievement: Achievement
    bank: Bank
    session: StoredSession | None
    log: Session | None
    events: int

    @property
    def current(self) -> Placed | None:
        """The question that is next, or None between steps, before the start and at the end."""
        if self.log is None or not self.log.unanswered:
            return None
        wanted = self.log.unanswered[0]
        return next(placed for form in self.log.forms for placed in form.items if placed.item == wanted)

    @property
    def decision(self) -> Decision | None:
        """What the last finished step decided; None while one is under way."""
        if self.log is None or self.log.decided is None or self.log.unanswered:
            return None
        return self.log.decided.decision

    @property
    def reached(self) -> str | None:
        """The highest level that is reached and kept, also while a step is under way."""
        if self.log is None or self.log.decided is None:
            return None
        return self.log.decided.decision.reached

    @property
    def finished(self) -> bool:
        """Whether the outcome stands."""
        return self.session is not None and self.session.finished_at is not None


def locate(token: str) -> tuple[str, bytes]:
    """Return the organisation that a secret token names and the SHA-256 it is stored under.

    Raises problem `invitation.unknown` for anything that cannot be a token.
    """
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise ProblemError("invitation.unknown")
    return match[1], hashlib.sha256(token.encode()).digest()


async def open_sitting(db: Db, token: str, *, lock: bool = False) -> Sitting:
    """Return what stands behind a link; with `lock` (inside a transaction) nobody else appends meanwhile.

    Raises problem `invitation.unknown`, also once the person's data was erased: the invitation went with it.
    """
    organization_id, token_hash = locate(token)
    invitation = await store.invitation_by_hash(db, organization_id, token_hash)
    if invitation is None:
        raise ProblemError("invitation.unknown")
    assessment = await store.assessment_by_id(db, organization_id, invitation.assessment_id)
    if assessment is None:
        raise ProblemError("assessment.unknown")
    session = await store.session_of(db, invitation, lock=lock)
    events = () if session is None else await store.events(db, organization_id, session.id)
    log = read_log(events) if events else None
    digest = log.started.bank_digest if log else assessment.bank_digest
    bank = await open_bank(db, organization_id, digest)
    achievement = await load_achievement(
        db, organization_id, assessment.achievement_id, assessment.achievement_revision
    )
    return Sitting(invitation, assessment, achievement, bank, session, log, len(events))


async def open_bank(db: Db, organization_id: str, digest: str) -> Bank:
    """Return a bank by its digest; raises problem `assessment.unknown`."""
    document = await store.bank_document(db, organization_id, digest)
    if document is None:
        raise ProblemError("assessment.unknown", "The questions of this assessment are not here any more.")
    return read_bank_once(document)


def read_log(events: tuple[StoredEvent, ...]) -> Session:
    """Return the state that the events amount to, without recomputing them (`replay` does that)."""
    return read(Event(event.kind, event.body) for event in events)


def refuse_expired(sitting: Sitting, now: datetime) -> None:
    """Raise problem `invitation.expired` once a link is too old to go on; a finished one stays readable."""
    if not sitting.finished and now >= sitting.invitation.expires_at:
        raise ProblemError("invitation.expired")


def started(sitting: Sitting) -> tuple[StoredSession, Session]:
    """Return the session and its log; raises problem `session.not_started`."""
    if sitting.session is None or sitting.log is None:
        raise ProblemError("session.not_started")
    return sitting.session, sitting.log
