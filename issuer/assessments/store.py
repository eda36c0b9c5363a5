"""SQL for assessments, invitations, sessions and their append-only events."""

from datetime import datetime
from uuid import UUID

import msgspec
from asyncpg import Record
from msgspec import Struct

from issuer.db.pool import Db
from schemas.assessment import Assurance, Conditions, EventKind


class Assessment(Struct, frozen=True):
    """One version of an assessment: which achievement it measures, with which bank, under which conditions.

    A row is never changed: another bank or other conditions are another version under the same slug.
    """

    organization_id: str
    id: UUID
    slug: str
    version: int
    achievement_id: UUID
    achievement_revision: int
    bank_digest: str
    record_digest: str
    conditions: Conditions


class Invitation(Struct, frozen=True):
    """A person's secret way into one assessment; only the hash of the token is stored."""

    organization_id: str
    id: UUID
    assessment_id: UUID
    person_id: UUID
    created_at: datetime
    expires_at: datetime
    time_multiplier: float = 1.0


class StoredSession(Struct, frozen=True):
    """One person's attempt within an epoch. The row itself knows nobody."""

    organization_id: str
    id: UUID
    assessment_id: UUID
    epoch: int
    created_at: datetime
    finished_at: datetime | None
    outcome: str | None
    level: str | None


class StoredEvent(Struct, frozen=True):
    """One line of a session's append-only log; ``body`` is JSON exactly as written."""

    sequence: int
    kind: EventKind
    item_id: str | None
    body: bytes
    at: datetime


async def insert_bank(db: Db, organization_id: str, digest: str, document: bytes, *, at: datetime) -> None:
    """Keep the exact bytes of a bank version; the same version again changes nothing."""
    await db.execute(
        "INSERT INTO bank (organization_id, digest, document, created_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT DO NOTHING",
        organization_id,
        digest,
        document,
        at,
    )


async def bank_document(db: Db, organization_id: str, digest: str) -> bytes | None:
    """Return a bank's bytes by the digest of those bytes."""
    row = await db.fetchrow(
        "SELECT document FROM bank WHERE organization_id = $1 AND digest = $2", organization_id, digest
    )
    return None if row is None else bytes(row["document"])


async def insert_assessment(db: Db, assessment: Assessment, *, at: datetime) -> None:
    """Insert a version of an assessment; slug and version are unique in its organisation."""
    conditions = assessment.conditions
    await db.execute(
        "INSERT INTO assessment (organization_id, id, slug, version, achievement_id, achievement_revision,"
        " bank_digest, record_digest, items_per_step, items_at_most, assurance, permitted_aids, plan,"
        " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        assessment.organization_id,
        assessment.id,
        assessment.slug,
        assessment.version,
        assessment.achievement_id,
        assessment.achievement_revision,
        assessment.bank_digest,
        assessment.record_digest,
        conditions.items_per_step,
        conditions.items_at_most,
        conditions.assurance,
        conditions.permitted_aids,
        msgspec.json.encode(conditions).decode(),
        at,
    )


_ASSESSMENT = (
    "SELECT organization_id, id, slug, version, achievement_id, achievement_revision, bank_digest,"
    " record_digest, items_per_step, items_at_most, assurance, permitted_aids, plan FROM assessment"
)


def _assessment(row: Record | None) -> Assessment | None:
    """The row as a noun; one from before there were plans has its conditions in columns."""
    if row is None:
        return None
    conditions = (
        msgspec.json.decode(row["plan"], type=Conditions)
        if row["plan"] is not None
        else Conditions(
            permitted_aids=row["permitted_aids"],
            assurance=msgspec.convert(row["assurance"], Assurance),
            items_per_step=row["items_per_step"],
            items_at_most=row["items_at_most"],
            epochs=1,
        )
    )
    return Assessment(
        row["organization_id"],
        row["id"],
        row["slug"],
        row["version"],
        row["achievement_id"],
        row["achievement_revision"],
        row["bank_digest"],
        row["record_digest"],
        conditions,
    )


async def lock_organization(db: Db, organization_id: str) -> None:
    """Hold the organisation's row until the transaction ends: two that publish at once take turns."""
    await db.execute("SELECT FROM organization WHERE id = $1 FOR NO KEY UPDATE", organization_id)


async def next_version(db: Db, organization_id: str, slug: str) -> int:
    """The number that the next version under this slug gets, from 1."""
    found: int = await db.fetchval(
        "SELECT coalesce(max(version), 0) + 1 FROM assessment WHERE organization_id = $1 AND slug = $2",
        organization_id,
        slug,
    )
    return found


async def assessment_by_id(db: Db, organization_id: str, assessment_id: UUID) -> Assessment | None:
    """Return one version of an assessment of the organisation."""
    return _assessment(
        await db.fetchrow(
            f"{_ASSESSMENT} WHERE organization_id = $1 AND id = $2", organization_id, assessment_id
        )
    )


async def assessment_by_slug(db: Db, organization_id: str, slug: str) -> Assessment | None:
    """Return the latest version of an assessment by the name that people use for it."""
    return _assessment(
        await db.fetchrow(
            f"{_ASSESSMENT} WHERE organization_id = $1 AND slug = $2 ORDER BY version DESC LIMIT 1",
            organization_id,
            slug,
        )
    )


async def insert_invitation(db: Db, invitation: Invitation, *, token_hash: bytes, created_by: UUID) -> None:
    """Insert an invitation with the SHA-256 of its token."""
    await db.execute(
        "INSERT INTO invitation (organization_id, id, token_hash, assessment_id, person_id, created_by,"
        " created_at, expires_at, time_multiplier) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        invitation.organization_id,
        invitation.id,
        token_hash,
        invitation.assessment_id,
        invitation.person_id,
        created_by,
        invitation.created_at,
        invitation.expires_at,
        invitation.time_multiplier,
    )


_SESSIONS_OF = (
    "SELECT s.organization_id, s.id, s.assessment_id, s.epoch, s.created_at, s.finished_at, s.outcome,"
    " s.level FROM session s"
    " JOIN session_person p ON p.organization_id = s.organization_id AND p.session_id = s.id"
    " JOIN assessment a ON a.organization_id = s.organization_id AND a.id = s.assessment_id"
    " WHERE p.organization_id = $1 AND p.person_id = $2 AND a.slug = $3 ORDER BY s.epoch DESC"
)


# What a link opens is wanted at every step that anybody takes: one query for both.
_INVITED = (
    "WITH invited AS (SELECT i.id AS invitation, i.assessment_id AS invited_to, i.person_id,"
    " i.created_at AS invited_at, i.expires_at, i.time_multiplier, a.slug FROM invitation i"
    " JOIN assessment a ON a.organization_id = i.organization_id AND a.id = i.assessment_id"
    " WHERE i.organization_id = $1 AND i.token_hash = $2),"
    " latest AS (SELECT s.organization_id, s.id, s.assessment_id, s.epoch, s.created_at, s.finished_at,"
    " s.outcome, s.level FROM session s JOIN session_person p"
    " ON p.organization_id = s.organization_id AND p.session_id = s.id"
    " JOIN assessment a ON a.organization_id = s.organization_id AND a.id = s.assessment_id"
    " JOIN invited i ON i.person_id = p.person_id AND i.slug = a.slug"
    " WHERE s.organization_id = $1 ORDER BY s.epoch DESC LIMIT 1"
)
_LATEST = ") SELECT * FROM invited LEFT JOIN latest ON true"


async def invited(
    db: Db, organization_id: str, token_hash: bytes, *, lock: bool = False
) -> tuple[Invitation, StoredSession | None] | None:
    """Return the invitation whose token has this SHA-256, and the person's session of its assessment.

    The session is the latest epoch's, in whichever version. With ``lock`` its row is held until the
    transaction ends: events are appended one after another.
    """
    row = await db.fetchrow(
        _INVITED + (" FOR UPDATE OF s" if lock else "") + _LATEST, organization_id, token_hash
    )
    if row is None:
        return None
    invitation = Invitation(
        organization_id,
        row["invitation"],
        row["invited_to"],
        row["person_id"],
        row["invited_at"],
        row["expires_at"],
        row["time_multiplier"],
    )
    if row["id"] is None:
        return invitation, None
    return invitation, StoredSession(**{name: row[name] for name in StoredSession.__struct_fields__})


async def sessions_of(db: Db, organization_id: str, person_id: UUID, slug: str) -> tuple[StoredSession, ...]:
    """Return all of the person's sessions of an assessment, in whichever version, the latest epoch first."""
    rows = await db.fetch(_SESSIONS_OF, organization_id, person_id, slug)
    return tuple(StoredSession(**row) for row in rows)


async def lock_person(db: Db, organization_id: str, person_id: UUID) -> None:
    """Hold the person's row until the transaction ends: nobody begins two sessions at once."""
    await db.execute(
        "SELECT FROM person WHERE organization_id = $1 AND id = $2 FOR NO KEY UPDATE",
        organization_id,
        person_id,
    )


async def has_finished(db: Db, organization_id: str, person_id: UUID, slug: str) -> bool:
    """Whether the person's session of this assessment, in its latest epoch, has its outcome."""
    found: bool | None = await db.fetchval(
        "SELECT s.finished_at IS NOT NULL FROM session s"
        " JOIN session_person p ON p.organization_id = s.organization_id AND p.session_id = s.id"
        " JOIN assessment a ON a.organization_id = s.organization_id AND a.id = s.assessment_id"
        " WHERE s.organization_id = $1 AND p.person_id = $2 AND a.slug = $3 ORDER BY s.epoch DESC LIMIT 1",
        organization_id,
        person_id,
        slug,
    )
    return found is True


async def is_annulled(db: Db, organization_id: str, session_id: UUID) -> bool:
    """Whether a session's level was withdrawn because items that turned out unfit do not count any more."""
    annulled: bool = await db.fetchval(
        "SELECT EXISTS (SELECT FROM annulment_consequence c JOIN annulment n"
        " ON n.organization_id = c.organization_id AND n.id = c.annulment_id"
        " WHERE c.organization_id = $1 AND c.session_id = $2 AND n.withdrawn AND c.refuted AND NOT c.raises)",
        organization_id,
        session_id,
    )
    return annulled


# Unfinished with a level reached (which no later step takes back), and every invitation to it has expired.
_LAPSED = (
    "SELECT s.organization_id, s.id, s.created_at FROM session s"
    " JOIN session_person p ON p.organization_id = s.organization_id AND p.session_id = s.id"
    " WHERE s.finished_at IS NULL"
    " AND NOT EXISTS (SELECT FROM invitation i WHERE i.organization_id = s.organization_id"
    "  AND i.person_id = p.person_id AND i.expires_at > $1 AND i.assessment_id IN (SELECT other.id"
    "   FROM assessment own JOIN assessment other USING (organization_id, slug)"
    "   WHERE own.organization_id = s.organization_id AND own.id = s.assessment_id))"
    " AND EXISTS (SELECT FROM session_event e WHERE e.organization_id = s.organization_id"
    "  AND e.session_id = s.id AND e.kind = 'decided'"
    "  AND convert_from(e.body, 'UTF8')::jsonb #>> '{decision,reached}' IS NOT NULL)"
)


async def lapsed(db: Db, now: datetime) -> tuple[tuple[str, UUID], ...]:
    """Return the organisation and id of every session that nobody can go on with and that reached a level."""
    rows = await db.fetch(f"{_LAPSED} ORDER BY s.created_at, s.organization_id, s.id", now)
    return tuple((row["organization_id"], row["id"]) for row in rows)


async def lock_lapsed(db: Db, organization_id: str, session_id: UUID, now: datetime) -> datetime | None:
    """Hold a lapsed session's row until the transaction ends; returns when it began.

    None if it is not lapsed any more.
    """
    began: datetime | None = await db.fetchval(
        f"{_LAPSED} AND s.organization_id = $2 AND s.id = $3 FOR UPDATE OF s",
        now,
        organization_id,
        session_id,
        column=2,
    )
    return began


async def insert_session(db: Db, session: StoredSession, person_id: UUID) -> None:
    """Insert a session and its only link to a person; the person's row is locked by the caller."""
    await db.execute(
        "INSERT INTO session (organization_id, id, assessment_id, epoch, created_at)"
        " VALUES ($1, $2, $3, $4, $5)",
        session.organization_id,
        session.id,
        session.assessment_id,
        session.epoch,
        session.created_at,
    )
    await db.execute(
        "INSERT INTO session_person (organization_id, session_id, person_id, assessment_id, epoch)"
        " VALUES ($1, $2, $3, $4, $5)",
        session.organization_id,
        session.id,
        person_id,
        session.assessment_id,
        session.epoch,
    )


async def finish_session(
    db: Db, organization_id: str, session_id: UUID, *, outcome: str, level: str | None, at: datetime
) -> None:
    """Write the outcome, once: a finished session is never decided again."""
    await db.execute(
        "UPDATE session SET finished_at = $3, outcome = $4, level = $5"
        " WHERE organization_id = $1 AND id = $2 AND finished_at IS NULL",
        organization_id,
        session_id,
        at,
        outcome,
        level,
    )


async def append_event(db: Db, organization_id: str, session_id: UUID, event: StoredEvent) -> None:
    """Append one event; the session's row is locked by the caller.

    Its moment becomes a day unless response times are recorded since before the session began (`telemetry`).
    """
    await db.execute(
        "INSERT INTO session_event (organization_id, session_id, sequence, kind, item_id, body, at)"
        " VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN EXISTS ("
        " SELECT FROM telemetry t JOIN session s ON s.organization_id = t.organization_id"
        " WHERE t.organization_id = $1 AND t.signal = 'response-times' AND s.id = $2"
        " AND t.since <= s.created_at) THEN $7 ELSE date_trunc('day', $7::timestamptz, 'UTC') END)",
        organization_id,
        session_id,
        event.sequence,
        event.kind,
        event.item_id,
        event.body,
        event.at,
    )


async def events(db: Db, organization_id: str, session_id: UUID) -> tuple[StoredEvent, ...]:
    """Return all events of a session in order."""
    rows = await db.fetch(
        "SELECT sequence, kind, item_id, body, at FROM session_event"
        " WHERE organization_id = $1 AND session_id = $2 ORDER BY sequence",
        organization_id,
        session_id,
    )
    return tuple(StoredEvent(**row) for row in rows)
