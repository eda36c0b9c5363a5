"""Raise the assurance of a confirmed award: a new document under the same id, never a change of a signed one.

Two steps, each safe to repeat and to die in: one transaction writes that it is raised and supersedes the
forms of before; then their successors are signed. A job finishes what a death leaves.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID, uuid4

from issuer.assessments import store as assessments
from issuer.assessments.finish import Issue, settle
from issuer.assessments.sitting import open_assessment, open_bank
from issuer.confirmation import store
from issuer.confirmation.sit import time_out
from issuer.confirmation.store import Confirmable
from issuer.db.pool import Connection, transaction, unavailable
from issuer.mail import Letter
from issuer.people.letters import post
from issuer.people.sealing import person_key
from issuer.status import change
from issuer.status.desk import StatusDesk
from issuer.status.publish import publish_list
from schemas.problems import ProblemError

RAISED = (
    "Your result is confirmed under supervision, and your credential says so\n"
    "now. It was issued again: links to it show the new one. Copies that you\n"
    "or others kept from before are replaced, and checks of them say so:\n"
    "get a new copy from your link."
)
UNAVAILABLE = "database.unavailable"

_log = logging.getLogger(__name__)


async def lift(
    desk: StatusDesk,
    issue: Issue,
    organization_id: str,
    confirmation_id: UUID,
    principal_id: UUID | None = None,
) -> bool:
    """Raise the award's assurance and release its successor forms; False where that is not due, or not now.

    Without a confirmed sitting, or a person's decision to raise, nothing happens; for an award that is on
    hold, nothing until it is reinstated.
    """
    async with transaction(desk.pool) as db:
        award = await _due(db, organization_id, confirmation_id)
        if award is None:
            return False
        at = desk.clock()
        touched = await change.replace(
            desk, db, organization_id, award.award_id, principal_id=principal_id, at=at
        )
        await store.mark_raised(db, organization_id, confirmation_id, at=at)
        await _tell(desk, db, organization_id, award, at)
    for list_id in touched:
        await publish_list(desk, organization_id, list_id)
    await settle(issue, organization_id, award.session_id)
    return True


async def settle_all(desk: StatusDesk, issue: Issue) -> None:
    """End sittings whose time is over, and raise whatever is confirmed and not raised yet: a job.

    One that fails holds up no other one; raises only `database.unavailable`.
    """
    with unavailable():
        for organization_id, one in await store.overdue(desk.pool, desk.clock()):
            with _noted(one):
                await time_out(desk.pool, desk.keystore, organization_id, one, desk.clock)
        for organization_id, one in await store.to_raise(desk.pool):
            with _noted(one):
                await lift(desk, issue, organization_id, one)


async def _due(db: Connection, organization_id: str, confirmation_id: UUID) -> Confirmable | None:
    """The award, with its person and the confirmation held, if it is to be raised just now."""
    found = await store.by_id(db, organization_id, confirmation_id)
    if found is None:
        return None
    await assessments.lock_person(db, organization_id, found.person_id)
    found = await store.by_id(db, organization_id, confirmation_id, lock=True)
    if found is None or found.verdict is None or found.raised_at is not None:
        return None
    if found.verdict != "confirmed":
        case = await store.case(db, organization_id, confirmation_id)
        if case is None or case.decision != "raise":
            return None
    award = await store.confirmable(db, organization_id, found.award_id)
    return award if award is not None and award.standing == "good" else None


async def _tell(
    desk: StatusDesk, db: Connection, organization_id: str, award: Confirmable, at: datetime
) -> None:
    assessment = await open_assessment(db, organization_id, award.assessment_id)
    title = (await open_bank(db, organization_id, assessment.bank_digest)).title
    key = await person_key(db, desk.keystore, organization_id, award.person_id)
    await post(db, key, "mail.confirmation", uuid4(), Letter("", title, None, RAISED), at)


@contextmanager
def _noted(confirmation_id: UUID) -> Iterator[None]:
    try:
        yield
    except ProblemError as problem:
        if problem.code == UNAVAILABLE:
            raise
        extra = {"code": problem.code, "confirmation": str(confirmation_id)}
        _log.warning("confirmation not settled", extra=extra)
