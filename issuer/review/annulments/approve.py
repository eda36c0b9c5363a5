"""Approve or reject a proposal: two persons other than who proposed it, each with their own token."""

from datetime import datetime
from uuid import UUID

from issuer import audit
from issuer.db.pool import Connection, Pool, transaction
from issuer.organizations.tokens import Principal
from issuer.review.annulments import store
from issuer.review.annulments.store import Annulment, Approval
from schemas.problems import ProblemError

NEEDED = 2


async def approve(
    pool: Pool, principal: Principal, annulment_id: UUID, seen: bytes, *, withdraw: bool, at: datetime
) -> int:
    """Approve exactly the list with this digest; returns how many approvals stand now.

    With `withdraw`, credentials above the new result are to be withdrawn too: done only if everybody who
    approves says so. Repeating an approval changes nothing. Raises problem `annulment.unknown`,
    `annulment.closed`, `annulment.digest`, and `approval.person`, `approval.own` or `approval.given` for
    somebody who cannot approve it.
    """
    organization_id = principal.organization_id
    async with transaction(pool) as db:
        proposal = await _open(db, organization_id, annulment_id)
        if principal.kind != "person":
            raise ProblemError("approval.person")
        if principal.id == proposal.proposed_by or principal.token_id == proposal.proposed_with:
            raise ProblemError("approval.own")
        if seen != proposal.digest:
            raise ProblemError("annulment.digest")
        given = await store.approvals(db, organization_id, annulment_id)
        mine = next((one for one in given if one.principal_id == principal.id), None)
        if mine is None:
            mine = Approval(principal.id, principal.token_id, withdraw, at, stands=True)
            await store.insert_approval(db, organization_id, annulment_id, mine)
            action = "annulment.approved_withdrawing" if withdraw else "annulment.approved"
            await _note(db, proposal, action, principal, at)
        elif (mine.token_id, mine.withdraw) != (principal.token_id, withdraw):
            raise ProblemError("approval.given")
        return sum(one.stands for one in await store.approvals(db, organization_id, annulment_id))


async def reject(pool: Pool, principal: Principal, annulment_id: UUID, *, at: datetime) -> None:
    """Reject a proposal for good: nothing follows from it. Its items stay suspended until a person lifts it.

    Whoever proposed it may take it back in the same way. Raises problem `annulment.unknown`,
    `annulment.closed`, `approval.person`.
    """
    organization_id = principal.organization_id
    async with transaction(pool) as db:
        proposal = await _open(db, organization_id, annulment_id)
        if principal.kind != "person" and principal.id != proposal.proposed_by:
            raise ProblemError("approval.person")
        await store.close(db, organization_id, annulment_id, "rejected", withdrawn=None, at=at)
        await _note(db, proposal, "annulment.rejected", principal, at)


async def _open(db: Connection, organization_id: str, annulment_id: UUID) -> Annulment:
    """Return a proposal and hold it until the transaction ends; it can still be decided on."""
    await store.lock(db, organization_id, annulment_id)
    proposal = await store.annulment(db, organization_id, annulment_id)
    if proposal is None:
        raise ProblemError("annulment.unknown")
    if proposal.state != "open":
        raise ProblemError("annulment.closed", f"It is {proposal.state}.")
    return proposal


async def _note(db: Connection, proposal: Annulment, action: str, principal: Principal, at: datetime) -> None:
    await audit.append(
        db,
        proposal.organization_id,
        action,
        str(proposal.id),
        principal_id=principal.id,
        digest=proposal.digest,
        at=at,
    )
