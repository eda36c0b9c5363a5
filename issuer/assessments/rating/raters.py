"""Say which person a rater's role is: who rates nothing of their own, and has no second role."""

from datetime import datetime
from uuid import UUID

import asyncpg

from issuer import audit
from issuer.db.pool import Connection
from issuer.organizations.create import person_in
from issuer.people.email import normalise_email
from issuer.people.enroll import email_hmac
from keys.stores.file import FileStore
from schemas.problems import ProblemError


async def name_rater(
    db: Connection, keystore: FileStore, organization_id: str, role: str, email: str, *, at: datetime
) -> UUID:
    """Tie a person's role to their e-mail address, of which a keyed hash is kept; returns its principal.

    Whether the person is measured here already, or later, makes no difference. Repeating it changes nothing.
    Raises problem `person.email`, and `principal.email` where role or address belongs to somebody else.
    """
    lookup = email_hmac(keystore, organization_id, normalise_email(email))
    principal_id = await person_in(db, organization_id, role, at=at)
    try:
        known: bytes | None = await db.fetchval(
            "UPDATE principal SET email_hmac = coalesce(email_hmac, $3)"
            " WHERE organization_id = $1 AND id = $2 RETURNING email_hmac",
            organization_id,
            principal_id,
            lookup,
        )
    except asyncpg.UniqueViolationError as error:
        raise ProblemError("principal.email") from error
    if known != lookup:
        raise ProblemError("principal.email")
    await audit.append(
        db, organization_id, "principal.named", str(principal_id), principal_id=principal_id, at=at
    )
    return principal_id


async def forget_rater(db: Connection, organization_id: str, principal_id: UUID, *, at: datetime) -> None:
    """Forget which person a role is, for good: its tokens stop working; what it has rated stands.

    Whoever has the role next gets a principal of their own: one principal never stands for two persons.
    """
    await db.execute(
        "UPDATE principal SET email_hmac = NULL, forgotten_at = $3 WHERE organization_id = $1 AND id = $2",
        organization_id,
        principal_id,
        at,
    )
    await db.execute(
        "UPDATE api_token SET revoked_at = $3"
        " WHERE organization_id = $1 AND principal_id = $2 AND revoked_at IS NULL",
        organization_id,
        principal_id,
        at,
    )
    await audit.append(
        db, organization_id, "principal.forgotten", str(principal_id), principal_id=principal_id, at=at
    )
