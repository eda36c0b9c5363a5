"""Who looks again: a person, of whom it is said who they are, so that nobody judges a case of their own."""

from uuid import UUID

from issuer.assessments.rating.store import mark_of, own_persons
from issuer.db.pool import Db
from issuer.organizations.tokens import Principal
from schemas.problems import ProblemError


async def own_people(db: Db, principal: Principal) -> frozenset[UUID]:
    """Return whom the principal is among the people who are measured here; nobody, for most.

    Raises problem `approval.person` for a program, and `principal.unnamed` for a role of which nobody has
    said which person it is: two roles could be one person then, or the one whose result it is.
    """
    if principal.kind != "person":
        raise ProblemError("approval.person")
    if await mark_of(db, principal.organization_id, principal.id) is None:
        raise ProblemError("principal.unnamed")
    return await own_persons(db, principal.organization_id, principal.id)
