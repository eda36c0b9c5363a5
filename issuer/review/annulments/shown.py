"""A proposal as those who decide on it see it: its list, what approving leads to, who approved."""

from uuid import UUID

from msgspec import Struct

from issuer.db.pool import Db
from issuer.review.annulments import store
from issuer.review.annulments.store import Annulment, Approval, Consequence
from schemas.problems import ProblemError


class Shown(Struct, frozen=True):
    """A proposal with its list; `successor` is the one that took its place, if its list had changed."""

    proposal: Annulment
    listed: tuple[Consequence, ...]
    approvals: tuple[Approval, ...]
    successor: UUID | None


async def look_at(db: Db, organization_id: str, annulment_id: UUID) -> Shown:
    """Return a proposal with all that belongs to it; raises problem `annulment.unknown`."""
    proposal = await store.annulment(db, organization_id, annulment_id)
    if proposal is None:
        raise ProblemError("annulment.unknown")
    return await _shown(db, proposal)


async def look_at_all(db: Db, organization_id: str) -> tuple[Shown, ...]:
    """Return every proposal of the organisation, the newest first."""
    return tuple([await _shown(db, one) for one in await store.annulments(db, organization_id)])


def follows(one: Consequence) -> str:
    """What approving a line leads to: `award`, `withdraw` (if everybody says so) or `keep`."""
    if one.raises:
        return "award"
    return "withdraw" if one.refuted else "keep"


async def _shown(db: Db, proposal: Annulment) -> Shown:
    place = proposal.organization_id, proposal.id
    return Shown(
        proposal,
        tuple(line.consequence for line in await store.listed(db, *place)),
        await store.approvals(db, *place),
        await store.replaced_by(db, *place),
    )
