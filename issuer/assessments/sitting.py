"""Open a taker's link: whose it is, what it is about, and how far the session has come."""

import hashlib
import re
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from issuer.assessments import store
from issuer.assessments.bank import read_bank
from issuer.assessments.course import due, reached
from issuer.assessments.session import Session, read
from issuer.assessments.store import Assessment, Invitation, StoredEvent, StoredSession
from issuer.db.kept import Kept
from issuer.db.pool import Db
from issuer.organizations.store import Organization, load_organization
from issuer.skills.store import Achievement, load_achievement
from schemas.assessment import Bank, Decision, Event, Placed
from schemas.problems import ProblemError

_TOKEN = re.compile(r"([a-z][a-z0-9-]{1,30})\.([A-Za-z0-9_-]{43})")

# None of these is ever changed, and each is wanted at every step that anybody takes.
_organizations: Kept[Organization] = Kept(256)
_assessments: Kept[Assessment] = Kept(256)
_achievements: Kept[Achievement] = Kept(256)
_banks: Kept[Bank] = Kept(16)


class Sitting(Struct, frozen=True):
    """Everything that a step of taking an assessment needs; without `session` nothing was started yet.

    `assessment` is the session's own version, before the start the invitation's.
    """

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
        if self.log is None or not self.log.unanswered or self.log.paused:
            return None
        wanted = self.log.unanswered[0]
        return next(placed for form in self.log.forms for placed in form.items if placed.item == wanted)

    def is_late(self, now: datetime) -> bool:
        """Whether the time for the questions that are open is over, and nobody has said so yet."""
        if self.session is None or self.log is None or not self.log.unanswered or self.log.paused:
            return False
        return self.log.is_late(int((now - self.session.created_at).total_seconds()))

    @property
    def waits_for_raters(self) -> bool:
        """Whether everything of the step is answered, and people read what was written."""
        return self.log is not None and due(self.bank, self.log) == "rating"

    @property
    def decision(self) -> Decision | None:
        """What the last finished step decided; None while one is under way."""
        if self.log is None or self.log.decided is None or self.log.open_forms:
            return None
        return self.log.decided.decision

    @property
    def reached(self) -> str | None:
        """The highest level that is reached and kept, also while a step is under way."""
        return None if self.log is None else reached(self.log)

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
    found = await store.invited(db, organization_id, token_hash, lock=lock)
    if found is None:
        raise ProblemError("invitation.unknown")
    invitation, session = found
    version = (invitation if session is None else session).assessment_id
    assessment = await open_assessment(db, organization_id, version)
    events = () if session is None else await store.events(db, organization_id, session.id)
    log = read_log(events) if events else None
    digest = log.started.bank_digest if log else assessment.bank_digest
    bank = await open_bank(db, organization_id, digest)
    achievement = await open_achievement(db, assessment)
    return Sitting(invitation, assessment, achievement, bank, session, log, len(events))


async def open_organization(db: Db, organization_id: str) -> Organization:
    """Return the organisation that invited; raises problem `organization.unknown`."""
    return await _organizations.get(organization_id, lambda: load_organization(db, organization_id))


async def open_assessment(db: Db, organization_id: str, assessment_id: UUID) -> Assessment:
    """Return one version of an assessment; raises problem `assessment.unknown`."""

    async def load() -> Assessment:
        found = await store.assessment_by_id(db, organization_id, assessment_id)
        if found is None:
            raise ProblemError("assessment.unknown")
        return found

    return await _assessments.get((organization_id, assessment_id), load)


async def open_achievement(db: Db, assessment: Assessment) -> Achievement:
    """Return the revision of the achievement that an assessment measures."""
    key = assessment.organization_id, assessment.achievement_id, assessment.achievement_revision
    return await _achievements.get(key, lambda: load_achievement(db, *key))


async def open_bank(db: Db, organization_id: str, digest: str) -> Bank:
    """Return a bank by its digest; raises problem `assessment.unknown`."""

    async def load() -> Bank:
        document = await store.bank_document(db, organization_id, digest)
        if document is None:
            detail = "The questions of this assessment are not here any more."
            raise ProblemError("assessment.unknown", detail)
        return read_bank(document)

    return await _banks.get((organization_id, digest), load)


def read_log(events: tuple[StoredEvent, ...]) -> Session:
    """Return the state that the events amount to, without recomputing them (`replay` does that)."""
    return read(Event(event.kind, event.body) for event in events)


def refuse_expired(sitting: Sitting, now: datetime) -> None:
    """Raise problem `invitation.expired` once a link is too old to go on.

    One that is finished stays readable, and one that waits for raters too: the wait is not the taker's.
    """
    if now >= sitting.invitation.expires_at and not sitting.finished and not sitting.waits_for_raters:
        raise ProblemError("invitation.expired")


def started(sitting: Sitting) -> tuple[StoredSession, Session]:
    """Return the session and its log; raises problem `session.not_started`."""
    if sitting.session is None or sitting.log is None:
        raise ProblemError("session.not_started")
    return sitting.session, sitting.log
