"""Raise the assurance of a confirmed award: a new document under the same id, never a change of a signed one.

Two steps, each safe to repeat and to die in: one transaction writes that it is raised and supersedes the
forms of before; then their successors are signed. A job finishes what a death leaves.
"""

import logging
from uuid import UUID

from issuer import audit
from issuer.assessments import store as assessments
from issuer.assessments.earlier.store import held
from issuer.assessments.finish import Issue, settle
from issuer.assessments.sitting import open_assessment, open_bank
from issuer.confirmation import store
from issuer.confirmation.basis import store as basis
from issuer.confirmation.basis.now import verdict_now
from issuer.confirmation.sit import A_PERSON_LOOKS, tell, time_out
from issuer.confirmation.store import Confirmable, Confirmation
from issuer.db.pool import Connection, apart, transaction, unavailable
from issuer.status import change
from issuer.status.desk import StatusDesk
from issuer.status.publish import publish_list

RAISED = (
    "Your result is confirmed under supervision, and your credential says so\n"
    "now. It was issued again: links to it show the new one. Copies that you\n"
    "or others kept from before are replaced, and checks of them say so:\n"
    "get a new copy from your link."
)
NOT_SETTLED = "confirmation not settled"

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
        award = await _due(desk, db, organization_id, confirmation_id)
        if award is None:
            return False
        at = desk.clock()
        touched = await change.replace(
            desk, db, organization_id, award.award_id, principal_id=principal_id, at=at
        )
        await store.mark_raised(db, organization_id, confirmation_id, at=at)
        who, title = (organization_id, award.person_id), await _title(db, organization_id, award)
        await tell(db, desk.keystore, who, title, RAISED, at=at)
    for list_id in touched:
        await publish_list(desk, organization_id, list_id)
    await settle(issue, organization_id, award.session_id)
    return True


async def settle_all(desk: StatusDesk, issue: Issue) -> None:
    """End sittings whose time is over, and raise whatever is confirmed and not raised yet: a job.

    Who opened one that nobody has to decide any more is forgotten.

    One that fails holds up no other one; raises only `database.unavailable`.
    """
    with unavailable():
        await store.forget_settled(desk.pool, desk.clock())
        for organization_id, one in await store.overdue(desk.pool, desk.clock()):
            with apart(_log, NOT_SETTLED, confirmation=str(one)):
                await time_out(desk.pool, desk.keystore, organization_id, one, desk.clock)
        for organization_id, one in await store.to_raise(desk.pool):
            with apart(_log, NOT_SETTLED, confirmation=str(one)):
                await lift(desk, issue, organization_id, one)


async def _due(
    desk: StatusDesk, db: Connection, organization_id: str, confirmation_id: UUID
) -> Confirmable | None:
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
    if not await _still_holds(desk, db, found):
        return None
    award = await store.confirmable(db, organization_id, found.award_id)
    return award if award is not None and award.standing == "good" else None


async def _still_holds(desk: StatusDesk, db: Connection, found: Confirmation) -> bool:
    """Whether it may be raised without items that were annulled since; if not, a person looks at it.

    A sitting has to confirm. Of a person's decision to raise, enough answers have to be left, as when they
    decided: an annulment may have come in between, as while the credential was on hold.
    """
    organization_id, at = found.organization_id, desk.clock()
    verdict = await verdict_now(db, found, await held(db, organization_id))
    if verdict == "confirmed" or (found.verdict != "confirmed" and verdict != "unfinished"):
        return True
    await basis.reconsider(db, organization_id, found.id, verdict, at=at)
    award = await store.confirmable(db, organization_id, found.award_id)
    if award is not None:
        who, title = (organization_id, award.person_id), await _title(db, organization_id, award)
        await tell(db, desk.keystore, who, title, A_PERSON_LOOKS, at=at)
    await audit.append(db, organization_id, "confirmation.reconsidered", str(found.id), at=at)
    return False


async def _title(db: Connection, organization_id: str, award: Confirmable) -> str:
    assessment = await open_assessment(db, organization_id, award.assessment_id)
    return (await open_bank(db, organization_id, assessment.bank_digest)).title
