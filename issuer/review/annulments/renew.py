"""A list that is not what it was: the proposal is void, and one with the list of now takes its place."""

from datetime import datetime
from uuid import UUID, uuid4

from msgspec.structs import replace

from issuer import audit
from issuer.db.pool import Connection, Pool, transaction
from issuer.review.annulments import store
from issuer.review.annulments.consequences import Found, basis, consequences
from issuer.review.annulments.propose import digest
from issuer.review.annulments.store import Annulment
from schemas.problems import ProblemError


async def refuse_stale(pool: Pool, proposal: Annulment, *, at: datetime) -> None:
    """Compute the list of an open proposal again, and make a new proposal of it where it is another one.

    Raises problem `annulment.stale` then, with the new proposal's id; `annulment.closed` where somebody was
    quicker.
    """
    organization_id = proposal.organization_id
    found = await consequences(pool, organization_id, await basis(pool, organization_id, proposal.scope))
    async with transaction(pool) as db:
        await store.lock(db, organization_id, proposal.id)
        if await same(db, proposal, found):
            return
        await require_open(db, proposal)
        renewed = await renew(db, proposal, found, at=at)
    raise ProblemError("annulment.stale", f"The list is another one by now: it is proposed as {renewed}.")


async def same(db: Connection, proposal: Annulment, found: Found) -> bool:
    """Whether the list is still what was proposed; whoever was erased since is on neither."""
    listed = await store.listed(db, proposal.organization_id, proposal.id)
    return tuple(line.consequence for line in listed) == found.consequences


async def require_open(db: Connection, proposal: Annulment) -> None:
    """Raise problem `annulment.closed`, saying what became of it, unless it can still be decided on."""
    known = await store.annulment(db, proposal.organization_id, proposal.id)
    if known is not None and known.state == "open":
        return
    successor = await store.replaced_by(db, proposal.organization_id, proposal.id)
    instead = "" if successor is None else f" Its list had changed, and {successor} is proposed instead."
    raise ProblemError(
        "annulment.closed", f"It is {proposal.state if known is None else known.state}.{instead}"
    )


async def renew(db: Connection, proposal: Annulment, found: Found, *, at: datetime) -> UUID:
    """Close a proposal as void and propose the same with the list of now; returns the new one's id.

    The caller's transaction holds the proposal. Whoever proposed the old one proposes the new one, and
    nothing that was approved of the old one counts for it.
    """
    organization_id = proposal.organization_id
    await store.close(db, organization_id, proposal.id, "void", withdrawn=None, at=at)
    new = replace(
        proposal,
        id=uuid4(),
        met=found.met,
        unreadable=found.unreadable,
        held_back=found.held_back,
        proposed_at=at,
        replaces=proposal.id,
    )
    new = replace(new, digest=digest(new, found.consequences))
    await store.insert(db, new, found.consequences)
    for action, one in (("annulment.void", proposal), ("annulment.renewed", new)):
        await audit.append(db, organization_id, action, str(one.id), digest=one.digest, at=at)
    return new.id
