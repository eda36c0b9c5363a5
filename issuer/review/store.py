"""SQL for sessions that are looked at again, for who looks, and for what follows elsewhere."""

from collections.abc import Collection, Sequence
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


async def is_known(db: Db, organization_id: str, principal_id: UUID) -> bool:
    """Whether a principal is a program, or a person of whom it was said who they are."""
    known: bool | None = await db.fetchval(
        "SELECT kind = 'machine' OR email_hmac IS NOT NULL FROM principal"
        " WHERE organization_id = $1 AND id = $2",
        organization_id,
        principal_id,
    )
    return known is True


async def listed_people(db: Db, organization_id: str, annulment_id: UUID) -> frozenset[UUID]:
    """Return whose results are on the list of a proposal.

    Of a sitting that confirms, the confirmation knows whose it is.
    """
    rows = await db.fetch(
        "SELECT coalesce(link.person_id, sitting.person_id) AS person_id FROM annulment_consequence AS line"
        " LEFT JOIN session_person AS link"
        " ON link.organization_id = line.organization_id AND link.session_id = line.session_id"
        " LEFT JOIN confirmation AS sitting"
        " ON sitting.organization_id = line.organization_id AND sitting.session_id = line.session_id"
        " WHERE line.organization_id = $1 AND line.annulment_id = $2",
        organization_id,
        annulment_id,
    )
    return frozenset(row["person_id"] for row in rows if row["person_id"] is not None)


async def is_listed(db: Db, organization_id: str, annulment_id: UUID, people: Collection[UUID]) -> bool:
    """Whether a result of one of these people is on the list of a proposal."""
    return not (await listed_people(db, organization_id, annulment_id)).isdisjoint(people)


async def corrected(db: Db, organization_id: str, session_id: UUID) -> tuple[UUID, str] | None:
    """Return the award that stands and that a session's result was last corrected to, and its level."""
    row = await db.fetchrow(
        "SELECT award.id, award.level FROM award JOIN annulment_consequence AS line"
        " ON line.organization_id = award.organization_id AND line.id = award.source_id"
        " JOIN annulment ON annulment.organization_id = line.organization_id"
        " AND annulment.id = line.annulment_id"
        " WHERE award.organization_id = $1 AND award.source_kind = 'review' AND line.session_id = $2"
        " AND award.standing <> 'revoked' ORDER BY annulment.closed_at DESC LIMIT 1",
        organization_id,
        session_id,
    )
    return None if row is None else (row["id"], row["level"])


async def suspended_for_nothing(
    db: Db, organization_id: str, bank_id: str, items: Sequence[str]
) -> tuple[tuple[UUID, str], ...]:
    """Return suspensions (id and item) that proposals made, of which none is open or was executed."""
    rows = await db.fetch(
        "SELECT DISTINCT held.id, held.item_id FROM item_suspension AS held JOIN annulment"
        " ON annulment.organization_id = held.organization_id AND annulment.bank_id = held.bank_id"
        " AND held.item_id = ANY(annulment.items) AND annulment.proposed_by = held.suspended_by"
        " AND annulment.proposed_at = held.since"
        " WHERE held.organization_id = $1 AND held.bank_id = $2 AND held.item_id = ANY($3)"
        " AND held.lifted_at IS NULL AND NOT EXISTS (SELECT FROM annulment AS other"
        "  WHERE other.organization_id = held.organization_id AND other.bank_id = held.bank_id"
        "  AND held.item_id = ANY(other.items) AND other.state IN ('open', 'executed'))"
        " ORDER BY held.item_id",
        organization_id,
        bank_id,
        list(items),
    )
    return tuple((row["id"], row["item_id"]) for row in rows)
