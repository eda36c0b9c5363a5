"""SQL for requests for review: whose they are, how far they are, what they led to."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from issuer.db.pool import Connection, Db


class Request(Struct, frozen=True):
    """A request for review; words and answer are ciphertext under the person's key, None once deleted."""

    organization_id: str
    id: UUID
    session_id: UUID
    person_id: UUID
    words_sealed: bytes | None
    asked_at: datetime
    begun_at: datetime | None = None
    answered_at: datetime | None = None
    answer_sealed: bytes | None = None
    annulment_id: UUID | None = None


class Waiting(Struct, frozen=True):
    """A request that nobody has answered: of which session, of which assessment by its short name."""

    id: UUID
    session_id: UUID
    assessment: str
    asked_at: datetime
    begun_at: datetime | None


class Change(Struct, frozen=True):
    """What an annulment's list says of one session: codes of levels, None for none."""

    level_before: str | None
    level_after: str | None
    raises: bool
    refuted: bool


async def insert(db: Connection, request: Request) -> None:
    """Insert a request, and of its moment only the day; the database takes one open one of a session."""
    await db.execute(
        "INSERT INTO review_request (organization_id, id, session_id, person_id, words_sealed, asked_at)"
        " VALUES ($1, $2, $3, $4, $5, date_trunc('day', $6::timestamptz, 'UTC'))",
        request.organization_id,
        request.id,
        request.session_id,
        request.person_id,
        request.words_sealed,
        request.asked_at,
    )


_REQUEST = (
    "SELECT r.organization_id, r.id, r.session_id, r.person_id, r.words_sealed, r.asked_at, r.begun_at,"
    " r.answered_at, r.answer_sealed, r.annulment_id FROM review_request r"
)


async def request(db: Db, organization_id: str, request_id: UUID, *, lock: bool = False) -> Request | None:
    """Return a request of the organisation; with `lock` it is held until the transaction ends."""
    row = await db.fetchrow(
        f"{_REQUEST} WHERE r.organization_id = $1 AND r.id = $2{' FOR UPDATE' if lock else ''}",
        organization_id,
        request_id,
    )
    return None if row is None else Request(**row)


async def requests_of(db: Db, organization_id: str, person_id: UUID, slug: str) -> tuple[Request, ...]:
    """Return a person's requests about an assessment, in any version and epoch, the open and latest first."""
    rows = await db.fetch(
        f"{_REQUEST} JOIN session s ON s.organization_id = r.organization_id AND s.id = r.session_id"
        " JOIN assessment a ON a.organization_id = s.organization_id AND a.id = s.assessment_id"
        " WHERE r.organization_id = $1 AND r.person_id = $2 AND a.slug = $3"
        " ORDER BY r.answered_at DESC NULLS FIRST, r.asked_at DESC, r.id",
        organization_id,
        person_id,
        slug,
    )
    return tuple(Request(**row) for row in rows)


async def waiting(
    db: Db, organization_id: str, *, besides: Collection[UUID], limit: int
) -> tuple[Waiting, ...]:
    """Return requests that nobody has answered, the oldest first, besides those of some people."""
    rows = await db.fetch(
        "SELECT r.id, r.session_id, a.slug AS assessment, r.asked_at, r.begun_at FROM review_request r"
        " JOIN session s ON s.organization_id = r.organization_id AND s.id = r.session_id"
        " JOIN assessment a ON a.organization_id = s.organization_id AND a.id = s.assessment_id"
        " WHERE r.organization_id = $1 AND r.answered_at IS NULL AND r.person_id <> ALL($2::uuid[])"
        " ORDER BY r.asked_at, r.id LIMIT $3",
        organization_id,
        list(besides),
        limit,
    )
    return tuple(Waiting(**row) for row in rows)


async def begin(db: Connection, organization_id: str, request_id: UUID, by: UUID, at: datetime) -> None:
    """Note that somebody looks at it, unless somebody did already."""
    await db.execute(
        "UPDATE review_request SET begun_by = $3, begun_at = $4"
        " WHERE organization_id = $1 AND id = $2 AND begun_at IS NULL",
        organization_id,
        request_id,
        by,
        at,
    )


async def answer(db: Connection, request: Request, by: UUID) -> None:
    """Write the answer of a request that was given one, once."""
    await db.execute(
        "UPDATE review_request SET answered_by = $3, answered_at = $4, answer_sealed = $5, annulment_id = $6"
        " WHERE organization_id = $1 AND id = $2 AND answered_at IS NULL",
        request.organization_id,
        request.id,
        by,
        request.answered_at,
        request.answer_sealed,
        request.annulment_id,
    )


async def change(db: Db, organization_id: str, annulment_id: UUID, session_id: UUID) -> Change | None:
    """Return what the list of a proposal says of a session; None where its level stays."""
    row = await db.fetchrow(
        "SELECT level_before, level_after, raises, refuted FROM annulment_consequence"
        " WHERE organization_id = $1 AND annulment_id = $2 AND session_id = $3",
        organization_id,
        annulment_id,
        session_id,
    )
    return None if row is None else Change(**row)
