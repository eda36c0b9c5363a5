"""SQL for sessions that are looked at again."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from issuer.db.pool import Db


class SessionRow(Struct, frozen=True):
    """A session as its row says it ended, to be held against its log; `outcome` is None while it goes on."""

    id: UUID
    assessment: str
    outcome: str | None
    level: str | None
    answers_deleted_at: datetime | None = None


_SESSION = (
    "SELECT session.id, assessment.slug AS assessment, session.outcome, session.level,"
    " session.answers_deleted_at FROM session"
    " JOIN assessment ON assessment.organization_id = session.organization_id"
    " AND assessment.id = session.assessment_id WHERE session.organization_id = $1"
)


async def session(db: Db, organization_id: str, session_id: UUID) -> SessionRow | None:
    """Return a session of the organisation, also one that was cut from its person."""
    row = await db.fetchrow(f"{_SESSION} AND session.id = $2", organization_id, session_id)
    return None if row is None else SessionRow(**row)


async def sessions(
    db: Db, organization_id: str, assessment: str | None, *, after: UUID, limit: int
) -> tuple[SessionRow, ...]:
    """Return sessions by id, of one assessment (by its short name) or of all, from after the id `after`."""
    rows = await db.fetch(
        f"{_SESSION} AND ($2::text IS NULL OR assessment.slug = $2) AND session.id > $3"
        " ORDER BY session.id LIMIT $4",
        organization_id,
        assessment,
        after,
        limit,
    )
    return tuple(SessionRow(**row) for row in rows)
