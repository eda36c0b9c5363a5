"""Approve or reject a proposal: two persons other than who proposed it, each with their own token."""

from datetime import datetime
from uuid import UUID

from issuer import audit
from issuer.assessments.rating.store import own_persons
from issuer.db.pool import Connection, Db, Pool, transaction
from issuer.fairness.suspend import lift
from issuer.organizations.tokens import Principal
from issuer.review import store as reviewers
from issuer.review.annulments import store
from issuer.review.annulments.renew import refuse_stale, require_open
from issuer.review.annulments.store import Annulment, Approval
from issuer.review.reviewer import own_people
from schemas.problems import ProblemError

NEEDED = 2


async def approve(
    pool: Pool, principal: Principal, annulment_id: UUID, seen: bytes, *, withdraw: bool, at: datetime
) -> int:
    """Approve exactly the list with this digest; returns how many approvals stand now.

    With `withdraw`, credentials that the remaining answers refute are to be withdrawn too: done only if
    everybody who approves says so. Repeating an approval changes nothing. A list that would be another today
    is approved by nobody: a proposal of the new one takes its place. Raises problem `annulment.unknown`,
    `annulment.closed`, `annulment.digest`, `annulment.stale`, `annulment.interested` for a list with a result
    of whoever proposed it, and `approval.person`, `approval.own`, `principal.unnamed`, `approval.interested`
    or `approval.given` for somebody who cannot approve it.
    """
    organization_id = principal.organization_id
    proposal = await _proposed(pool, organization_id, annulment_id)
    await _allow(pool, principal, proposal)
    if seen != proposal.digest:
        raise ProblemError("annulment.digest")
    await refuse_stale(pool, proposal, at=at)
    async with transaction(pool) as db:
        await _hold(db, proposal)
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


async def reject(
    pool: Pool, principal: Principal, annulment_id: UUID, *, keep_suspended: bool = False, at: datetime
) -> tuple[str, ...]:
    """Reject a proposal for good: nothing follows from it; returns the items that are asked again.

    Those are the ones that proposals had suspended, unless `keep_suspended`, or another one that is open or
    was executed names them, or a program takes its own proposal back: only a person puts an item back.
    Whoever proposed it may take it back in the same way. Raises problem `annulment.unknown`,
    `annulment.closed`, `approval.person`, `principal.unnamed`, `approval.interested`.
    """
    organization_id = principal.organization_id
    proposal = await _proposed(pool, organization_id, annulment_id)
    if principal.id != proposal.proposed_by:
        await _disinterested(pool, principal, proposal)
    async with transaction(pool) as db:
        await _hold(db, proposal)
        await store.close(db, organization_id, annulment_id, "rejected", withdrawn=None, at=at)
        await _note(db, proposal, "annulment.rejected", principal, at)
        if keep_suspended or principal.kind != "person":
            return ()
        return await _ask_again(db, proposal, principal, at)


async def _ask_again(
    db: Connection, proposal: Annulment, principal: Principal, at: datetime
) -> tuple[str, ...]:
    """Lift what proposals had suspended and nothing keeps so any more; of this proposal's items."""
    organization_id, items = proposal.organization_id, proposal.items
    held = await reviewers.suspended_for_nothing(db, organization_id, proposal.bank_id, items)
    for suspension, _ in held:
        await lift(db, organization_id, suspension, by=principal.id, at=at)
    return tuple(item for _, item in held)


async def _proposed(db: Db, organization_id: str, annulment_id: UUID) -> Annulment:
    proposal = await store.annulment(db, organization_id, annulment_id)
    if proposal is None:
        raise ProblemError("annulment.unknown")
    return proposal


async def _allow(pool: Pool, principal: Principal, proposal: Annulment) -> None:
    if principal.kind != "person":
        raise ProblemError("approval.person")
    if principal.id == proposal.proposed_by or principal.token_id == proposal.proposed_with:
        raise ProblemError("approval.own")
    await _disinterested(pool, principal, proposal)
    if not await reviewers.is_known(pool, proposal.organization_id, proposal.proposed_by):
        raise ProblemError("principal.unnamed", "Who proposed it is not known any more. Propose it again.")
    proposer = await own_persons(pool, proposal.organization_id, proposal.proposed_by)
    if await reviewers.is_listed(pool, proposal.organization_id, proposal.id, proposer):
        raise ProblemError("annulment.interested", "Who proposed it is on its list by now: reject it.")


async def _disinterested(db: Db, principal: Principal, proposal: Annulment) -> None:
    """Who decides is a known person, and no result of theirs is on the list."""
    own = await own_people(db, principal)
    if await reviewers.is_listed(db, proposal.organization_id, proposal.id, own):
        raise ProblemError("approval.interested")


async def _hold(db: Connection, proposal: Annulment) -> None:
    """Hold a proposal until the transaction ends; it can still be decided on."""
    await store.lock(db, proposal.organization_id, proposal.id)
    await require_open(db, proposal)


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
