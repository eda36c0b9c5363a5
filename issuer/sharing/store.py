"""SQL for share links. Only the hash of a link's token is stored.

The token names the organisation before the secret.
"""

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

import msgspec

from issuer import audit
from issuer.db.pool import Db

SECRET_BYTES = 32  # 43 base64url characters
_TOKEN = re.compile(r"([a-z][a-z0-9-]{1,30})\.[A-Za-z0-9_-]{43}")


class SharedRow(msgspec.Struct, frozen=True):
    """What one SELECT finds behind a link that stands.

    The newest released form of the award in the first profile that it has of those asked for, still sealed;
    `profiles` are all that it was released in. `permitted_aids` is none for an outside provider's assessment:
    what that says of them stands in the credential.
    """

    organization_id: str
    organization_name: str
    award_id: UUID
    person_id: UUID
    wrapped_key: bytes
    standing: str
    standing_since: datetime | None
    profile: str
    generation: int
    secured_sealed: bytes
    profiles: tuple[str, ...]
    permitted_aids: str | None


async def create_share(
    db: Db, organization_id: str, award_id: UUID, at: datetime, *, expires_at: datetime | None = None
) -> str:
    """Make a link to an award in the caller's transaction; returns the token, which is kept nowhere."""
    token = f"{organization_id}.{secrets.token_urlsafe(SECRET_BYTES)}"
    share_id = uuid4()
    await db.execute(
        "INSERT INTO share (organization_id, id, token_hash, award_id, created_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        organization_id,
        share_id,
        token_hash(token),
        award_id,
        at,
        expires_at,
    )
    await audit.append(db, organization_id, "share.created", str(share_id), at=at)
    return token


async def revoke_share(db: Db, organization_id: str, award_id: UUID, at: datetime) -> int:
    """Take back every link to an award, in the caller's transaction; returns how many still stood."""
    rows = await db.fetch(
        "UPDATE share SET revoked_at = $3 WHERE organization_id = $1 AND award_id = $2 AND revoked_at IS NULL"
        " RETURNING id",
        organization_id,
        award_id,
        at,
    )
    for row in rows:
        await audit.append(db, organization_id, "share.revoked", str(row["id"]), at=at)
    return len(rows)


async def open_shares(db: Db, organization_id: str, award_id: UUID, now: datetime) -> int:
    """Return how many links to an award open it now."""
    found: int = await db.fetchval(
        "SELECT count(*) FROM share WHERE organization_id = $1 AND award_id = $2 AND revoked_at IS NULL"
        " AND (expires_at IS NULL OR expires_at > $3)",
        organization_id,
        award_id,
        now,
    )
    return found


async def shared(db: Db, token: str, now: datetime, profiles: Sequence[str]) -> SharedRow | None:
    """Return what a link shows, in the first of these profiles that the award was released in.

    None for a link that is mistyped, unknown, expired, taken back or of nobody any more, and where there is
    no such form. Always one look-up by hash, so that the time it takes does not tell these apart.
    """
    shape = _TOKEN.fullmatch(token)
    row = await db.fetchrow(
        "SELECT share.organization_id, organization.name AS organization_name, share.award_id,"
        " award.person_id, person.wrapped_key, award.standing, award.standing_since, form.profile,"
        " form.generation, form.secured_sealed, assessment.permitted_aids,"
        " ARRAY(SELECT DISTINCT profile FROM credential_form AS every"
        "  WHERE every.organization_id = award.organization_id AND every.award_id = award.id"
        "  AND every.state = 'released') AS profiles"
        " FROM share"
        " JOIN organization ON organization.id = share.organization_id"
        " JOIN award ON award.organization_id = share.organization_id AND award.id = share.award_id"
        " JOIN person ON person.organization_id = award.organization_id AND person.id = award.person_id"
        " LEFT JOIN annulment_consequence AS line ON line.organization_id = award.organization_id"
        "  AND line.id = award.source_id AND award.source_kind = 'review'"
        " LEFT JOIN session ON session.organization_id = award.organization_id"
        "  AND session.id = COALESCE(line.session_id, award.source_id) AND award.source_kind <> 'receipt'"
        " LEFT JOIN assessment ON assessment.organization_id = session.organization_id"
        "  AND assessment.id = session.assessment_id"
        " JOIN LATERAL (SELECT profile, generation, secured_sealed FROM credential_form AS newest"
        "  WHERE newest.organization_id = award.organization_id AND newest.award_id = award.id"
        "  AND newest.state = 'released' AND newest.profile = ANY($4)"
        "  ORDER BY array_position($4, newest.profile), generation DESC LIMIT 1) AS form ON true"
        " WHERE share.organization_id = $1 AND share.token_hash = $2 AND share.revoked_at IS NULL"
        " AND (share.expires_at IS NULL OR share.expires_at > $3) AND person.wrapped_key IS NOT NULL",
        shape.group(1) if shape else "",
        token_hash(token),
        now,
        list(profiles),
    )
    return None if row is None else SharedRow(**{**row, "profiles": tuple(row["profiles"])})


def token_hash(token: str) -> bytes:
    """Return what is stored of a token: SHA-256 of its text. It is random, so nothing slower is needed."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
