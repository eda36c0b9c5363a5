"""SQL for works (the words of performance tasks), their sessions, and the ratings in the logs."""

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from issuer.db.pool import Connection, Db
from schemas.assessment import Rating


class Work(Struct, frozen=True):
    """What a person wrote for a task: ciphertext under the person's key, kept apart from the log."""

    organization_id: str
    session_id: UUID
    item_id: str
    person_id: UUID
    words_sealed: bytes
    created_at: datetime


class RatedSession(Struct, frozen=True):
    """A session as its raters' transaction needs it: whose it is, in which version, and its slug."""

    session_id: UUID
    person_id: UUID
    assessment_id: UUID
    slug: str
    began: datetime


async def insert_work(db: Connection, work: Work) -> None:
    """Keep the words of one answer (the log allows one to an item), and of its moment only the day."""
    await db.execute(
        "INSERT INTO session_work (organization_id, session_id, item_id, person_id, words_sealed, created_at)"
        " VALUES ($1, $2, $3, $4, $5, date_trunc('day', $6::timestamptz, 'UTC'))",
        work.organization_id,
        work.session_id,
        work.item_id,
        work.person_id,
        work.words_sealed,
        work.created_at,
    )


# Of sessions that are not finished, works that no decision followed yet. Whether one waits for a rating, and
# whose, its log says.
_OPEN = (
    "SELECT w.organization_id, w.session_id, w.item_id, w.person_id, w.words_sealed, w.created_at"
    " FROM session_work w JOIN session s ON s.organization_id = w.organization_id AND s.id = w.session_id"
    " JOIN session_event a ON a.organization_id = w.organization_id AND a.session_id = w.session_id"
    " AND a.kind = 'answered' AND a.item_id = w.item_id"
    " WHERE w.organization_id = $1 AND s.finished_at IS NULL"
    " AND NOT EXISTS (SELECT FROM session_event d WHERE d.organization_id = w.organization_id"
    "  AND d.session_id = w.session_id AND d.kind = 'decided' AND d.sequence > a.sequence)"
)


async def open_works(
    db: Db, organization_id: str, mark: bytes, *, after: Work | None, limit: int
) -> tuple[Work, ...]:
    """Return the next works of undecided steps behind `after`, in the order in which they were written.

    None that the person with this mark wrote or has rated, in whatever role.
    """
    rows = await db.fetch(
        f"{_OPEN} AND $6 <> ALL(w.raters) AND NOT EXISTS (SELECT FROM person p"
        "  WHERE p.organization_id = w.organization_id AND p.id = w.person_id AND p.email_hmac = $6)"
        " AND ($2::timestamptz IS NULL OR (w.created_at, w.session_id, w.item_id) > ($2, $3, $4))"
        " ORDER BY w.created_at, w.session_id, w.item_id LIMIT $5",
        organization_id,
        after and after.created_at,
        after and after.session_id,
        after and after.item_id,
        limit,
        mark,
    )
    return tuple(Work(**row) for row in rows)


async def works(db: Db, organization_id: str, session_id: UUID) -> tuple[tuple[str, bytes], ...]:
    """Return what was written in a session, as far as it is kept: each item's id with the sealed words."""
    rows = await db.fetch(
        "SELECT item_id, words_sealed FROM session_work WHERE organization_id = $1 AND session_id = $2"
        " ORDER BY item_id",
        organization_id,
        session_id,
    )
    return tuple((row["item_id"], row["words_sealed"]) for row in rows)


async def session_of_work(db: Db, organization_id: str, session_id: UUID) -> RatedSession | None:
    """Return the session that has works and its person, or None: unknown, erased, or of another house."""
    row = await db.fetchrow(
        "SELECT s.id AS session_id, p.person_id, s.assessment_id, a.slug, s.created_at AS began"
        " FROM session s"
        " JOIN session_person p ON p.organization_id = s.organization_id AND p.session_id = s.id"
        " JOIN assessment a ON a.organization_id = s.organization_id AND a.id = s.assessment_id"
        " WHERE s.organization_id = $1 AND s.id = $2",
        organization_id,
        session_id,
    )
    return None if row is None else RatedSession(**row)


async def lock_session(db: Connection, organization_id: str, session_id: UUID) -> None:
    """Hold the session until the transaction ends: two raters at once append one after the other."""
    await db.execute(
        "SELECT FROM session WHERE organization_id = $1 AND id = $2 FOR UPDATE", organization_id, session_id
    )


async def own_persons(db: Db, organization_id: str, principal_id: UUID) -> frozenset[UUID]:
    """Return whom the principal is among the people who are measured here, as far as that was said."""
    rows = await db.fetch(
        "SELECT person.id FROM person JOIN principal ON principal.organization_id = person.organization_id"
        " AND principal.email_hmac = person.email_hmac"
        " WHERE person.organization_id = $1 AND principal.id = $2",
        organization_id,
        principal_id,
    )
    return frozenset(row["id"] for row in rows)


async def mark_of(db: Db, organization_id: str, principal_id: UUID) -> bytes | None:
    """Return which person a principal is (32 bytes, a keyed hash), or None where nobody has said it.

    Two principals at two times are the same person if they have the same mark.
    """
    mark: bytes | None = await db.fetchval(
        "SELECT email_hmac FROM principal WHERE organization_id = $1 AND id = $2",
        organization_id,
        principal_id,
    )
    return mark


async def has_rated(db: Db, organization_id: str, session_id: UUID, item_id: str, mark: bytes) -> bool:
    """Whether the person with this mark rated a work, in whatever role."""
    found: bool | None = await db.fetchval(
        "SELECT $4 = ANY(raters) FROM session_work"
        " WHERE organization_id = $1 AND session_id = $2 AND item_id = $3",
        organization_id,
        session_id,
        item_id,
        mark,
    )
    return found is True


async def note_rater(
    db: Connection, organization_id: str, session_id: UUID, item_id: str, mark: bytes
) -> None:
    """Note who has rated a work, in the transaction that records the rating."""
    await db.execute(
        "UPDATE session_work SET raters = array_append(raters, $4)"
        " WHERE organization_id = $1 AND session_id = $2 AND item_id = $3",
        organization_id,
        session_id,
        item_id,
        mark,
    )


async def is_rater(db: Db, organization_id: str, session_id: UUID, principal_id: UUID) -> bool:
    """Whether the person that a principal is rated a work of a session, in this role or in an earlier one.

    In an earlier one as long as the work is kept, in this one also as long as the log is.
    """
    found: bool = await db.fetchval(
        "SELECT EXISTS (SELECT FROM session_work w JOIN principal p ON p.organization_id = w.organization_id"
        "  AND p.email_hmac = ANY(w.raters)"
        "  WHERE w.organization_id = $1 AND w.session_id = $2 AND p.id = $3)"
        " OR EXISTS (SELECT FROM session_event WHERE organization_id = $1 AND session_id = $2"
        "  AND kind = 'rated' AND position($4 IN body) > 0)",
        organization_id,
        session_id,
        principal_id,
        f'"rater":"{principal_id}"'.encode(),
    )
    return found


async def extend_invitations(
    db: Connection, organization_id: str, person_id: UUID, slug: str, *, until: datetime
) -> datetime:
    """Let the person's invitations to the assessment work at least until then; returns the latest end."""
    rows = await db.fetch(
        "UPDATE invitation SET expires_at = greatest(expires_at, $4) FROM assessment a"
        " WHERE invitation.organization_id = $1 AND invitation.person_id = $2"
        " AND a.organization_id = $1 AND a.slug = $3 AND a.id = invitation.assessment_id"
        " RETURNING invitation.expires_at",
        organization_id,
        person_id,
        slug,
        until,
    )
    return max((row["expires_at"] for row in rows), default=until)


async def ratings(db: Db, organization_id: str, bank_digest: str) -> tuple[tuple[UUID, Rating], ...]:
    """Return every rating of every session with a bank, by session, in the order in which they were given."""
    rows = await db.fetch(
        "SELECT e.session_id, e.body FROM session_event e"
        " JOIN session s ON s.organization_id = e.organization_id AND s.id = e.session_id"
        " JOIN assessment a ON a.organization_id = s.organization_id AND a.id = s.assessment_id"
        " WHERE e.organization_id = $1 AND e.kind = 'rated' AND a.bank_digest = $2"
        " ORDER BY e.session_id, e.sequence",
        organization_id,
        bank_digest,
    )
    return tuple((row["session_id"], msgspec.json.decode(row["body"], type=Rating)) for row in rows)


async def bank_digests(db: Db, organization_id: str, slug: str) -> tuple[str, ...]:
    """Return the banks of an assessment's versions, the latest first, each once."""
    rows = await db.fetch(
        "SELECT bank_digest FROM assessment WHERE organization_id = $1 AND slug = $2"
        " GROUP BY bank_digest ORDER BY max(version) DESC",
        organization_id,
        slug,
    )
    return tuple(row["bank_digest"] for row in rows)
