"""SQL for confirmations, their sessions, and the cases that people decide."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from issuer.assessments.store import StoredSession
from issuer.db.pool import Connection, Db

Identity = Literal["document", "known"]
Verdict = Literal["confirmed", "inconsistent", "unsure", "unfinished"]
Choice = Literal["raise", "leave", "again"]


class Confirmable(Struct, frozen=True):
    """An award of a session, as a confirmation needs it."""

    award_id: UUID
    person_id: UUID
    level: str
    standing: str
    session_id: UUID
    assessment_id: UUID
    slug: str
    epoch: int
    answers_deleted_at: datetime | None


class Confirmation(Struct, frozen=True):
    """One confirmation: who opened it, its code, its sitting, and what that showed.

    `supervised_by` is the mark of the person who opened it, until it is settled, or they are erased.
    """

    organization_id: str
    id: UUID
    award_id: UUID
    person_id: UUID
    supervisor: UUID
    identity: Identity
    code_mac: bytes
    attempts: int
    opened_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    session_id: UUID | None = None
    time_multiplier: float = 1.0
    began_at: datetime | None = None
    closes_at: datetime | None = None
    verdict: Verdict | None = None
    judged_at: datetime | None = None
    raised_at: datetime | None = None
    supervised_by: bytes | None = None


class Case(Struct, frozen=True):
    """What a person is to decide, or has decided; `why` is ciphertext under the person's key."""

    confirmation: Confirmation
    assessment_id: UUID
    level: str
    decision: Choice | None
    why_sealed: bytes | None
    decided_at: datetime | None


async def confirmable(db: Db, organization_id: str, award_id: UUID) -> Confirmable | None:
    """Return an award that rests on a session whose person is known; None for any other."""
    row = await db.fetchrow(
        "SELECT w.id AS award_id, w.person_id, w.level, w.standing, s.id AS session_id, s.assessment_id,"
        " a.slug, s.epoch, s.answers_deleted_at FROM award w"
        " JOIN session s ON s.organization_id = w.organization_id AND s.id = w.source_id"
        " JOIN session_person p ON p.organization_id = s.organization_id AND p.session_id = s.id"
        " JOIN assessment a ON a.organization_id = s.organization_id AND a.id = s.assessment_id"
        " WHERE w.organization_id = $1 AND w.id = $2 AND w.source_kind = 'session'",
        organization_id,
        award_id,
    )
    return None if row is None else Confirmable(**row)


async def award_exists(db: Db, organization_id: str, award_id: UUID) -> bool:
    """Whether there is such an award, whatever it rests on."""
    found: bool = await db.fetchval(
        "SELECT EXISTS (SELECT FROM award WHERE organization_id = $1 AND id = $2)", organization_id, award_id
    )
    return found


_CONFIRMATION = (
    "SELECT c.organization_id, c.id, c.award_id, c.person_id, c.supervisor, c.identity, c.code_mac,"
    " c.attempts, c.opened_at, c.expires_at, c.used_at, c.session_id, c.time_multiplier, c.began_at,"
    " c.closes_at, c.verdict, c.judged_at, c.raised_at, c.supervised_by FROM confirmation c"
)


async def open_of_award(db: Connection, organization_id: str, award_id: UUID) -> Confirmation | None:
    """Return the award's confirmation that is not judged, and hold it."""
    row = await db.fetchrow(
        f"{_CONFIRMATION} WHERE c.organization_id = $1 AND c.award_id = $2 AND c.verdict IS NULL FOR UPDATE",
        organization_id,
        award_id,
    )
    return None if row is None else Confirmation(**row)


async def is_closed(db: Db, organization_id: str, award_id: UUID) -> bool:
    """Whether a sitting was judged after which nobody allowed another one."""
    found: bool = await db.fetchval(
        "SELECT EXISTS (SELECT FROM confirmation c LEFT JOIN confirmation_case k"
        " ON k.organization_id = c.organization_id AND k.id = c.id"
        " WHERE c.organization_id = $1 AND c.award_id = $2 AND c.verdict IS NOT NULL"
        " AND k.decision IS DISTINCT FROM 'again')",
        organization_id,
        award_id,
    )
    return found


async def insert(db: Connection, one: Confirmation) -> None:
    """Insert a confirmation with its code."""
    await db.execute(
        "INSERT INTO confirmation (organization_id, id, award_id, person_id, supervisor, identity, code_mac,"
        " opened_at, expires_at, supervised_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,"
        " (SELECT email_hmac FROM principal WHERE organization_id = $1 AND id = $5))",
        one.organization_id,
        one.id,
        one.award_id,
        one.person_id,
        one.supervisor,
        one.identity,
        one.code_mac,
        one.opened_at,
        one.expires_at,
    )


async def renew_code(db: Connection, one: Confirmation) -> None:
    """Replace the code of a confirmation; what it opened before stays."""
    await db.execute(
        "UPDATE confirmation SET supervisor = $3, identity = $4, code_mac = $5, attempts = 0, opened_at = $6,"
        " expires_at = $7, used_at = NULL, supervised_by ="
        " (SELECT email_hmac FROM principal WHERE organization_id = $1 AND id = $3)"
        " WHERE organization_id = $1 AND id = $2",
        one.organization_id,
        one.id,
        one.supervisor,
        one.identity,
        one.code_mac,
        one.opened_at,
        one.expires_at,
    )


async def waiting_for_code(
    db: Connection, organization_id: str, person_id: UUID, slug: str
) -> tuple[Confirmation, ...]:
    """Return the person's confirmations of an assessment that a code can open, and hold them."""
    rows = await db.fetch(
        f"{_CONFIRMATION} WHERE c.organization_id = $1 AND c.person_id = $2 AND c.verdict IS NULL"
        " AND c.used_at IS NULL AND EXISTS (SELECT FROM award w"
        "  JOIN session s ON s.organization_id = w.organization_id AND s.id = w.source_id"
        "  JOIN assessment a ON a.organization_id = s.organization_id AND a.id = s.assessment_id"
        "  WHERE w.organization_id = $1 AND w.id = c.award_id AND w.source_kind = 'session' AND a.slug = $3)"
        " ORDER BY c.id FOR UPDATE",
        organization_id,
        person_id,
        slug,
    )
    return tuple(Confirmation(**row) for row in rows)


async def count_attempt(db: Connection, organization_id: str, confirmation_id: UUID) -> None:
    """Count a wrong code."""
    await db.execute(
        "UPDATE confirmation SET attempts = attempts + 1"
        " WHERE organization_id = $1 AND id = $2 AND attempts < 5",
        organization_id,
        confirmation_id,
    )


async def use_code(
    db: Connection, organization_id: str, confirmation_id: UUID, *, page_hash: bytes, at: datetime
) -> None:
    """Use the code up: from now on the sitting is found under this address, and under no earlier one."""
    await db.execute(
        "UPDATE confirmation SET used_at = $4, page_hash = $3 WHERE organization_id = $1 AND id = $2",
        *(organization_id, confirmation_id, page_hash, at),
    )


async def insert_session(
    db: Connection, one: Confirmation, session_id: UUID, assessment_id: UUID, epoch: int
) -> None:
    """Insert the sitting's session, and write it into the confirmation; `one` has its times."""
    organization_id, at = one.organization_id, one.began_at
    await db.execute(
        "INSERT INTO session (organization_id, id, assessment_id, epoch, created_at, confirming)"
        " VALUES ($1, $2, $3, $4, $5, true)",
        *(organization_id, session_id, assessment_id, epoch, at),
    )
    await db.execute(
        "UPDATE confirmation SET session_id = $3, began_at = $4, closes_at = $5, time_multiplier = $6"
        " WHERE organization_id = $1 AND id = $2",
        *(organization_id, one.id, session_id, at, one.closes_at, one.time_multiplier),
    )


async def session(db: Db, organization_id: str, session_id: UUID) -> StoredSession | None:
    """Return a sitting's session."""
    row = await db.fetchrow(
        "SELECT organization_id, id, assessment_id, epoch, created_at, finished_at, outcome, level"
        " FROM session WHERE organization_id = $1 AND id = $2 AND confirming",
        organization_id,
        session_id,
    )
    return None if row is None else StoredSession(**row)


async def by_page(db: Db, organization_id: str, page_hash: bytes) -> Confirmation | None:
    """Return the confirmation whose sitting has this address."""
    row = await db.fetchrow(
        f"{_CONFIRMATION} WHERE c.organization_id = $1 AND c.page_hash = $2", organization_id, page_hash
    )
    return None if row is None else Confirmation(**row)


async def by_id(
    db: Db, organization_id: str, confirmation_id: UUID, *, lock: bool = False
) -> Confirmation | None:
    """Return a confirmation; with `lock` it is held until the transaction ends."""
    row = await db.fetchrow(
        f"{_CONFIRMATION} WHERE c.organization_id = $1 AND c.id = $2{' FOR UPDATE' if lock else ''}",
        organization_id,
        confirmation_id,
    )
    return None if row is None else Confirmation(**row)


async def latest(db: Db, organization_id: str, award_id: UUID) -> Confirmation | None:
    """Return the award's newest confirmation."""
    row = await db.fetchrow(
        f"{_CONFIRMATION} WHERE c.organization_id = $1 AND c.award_id = $2"
        " ORDER BY c.opened_at DESC, c.id LIMIT 1",
        organization_id,
        award_id,
    )
    return None if row is None else Confirmation(**row)


async def award_of(db: Db, organization_id: str, person_id: UUID, slug: str) -> UUID | None:
    """Return the award that the person's newest awarded session of an assessment led to."""
    found: UUID | None = await db.fetchval(
        "SELECT w.id FROM award w"
        " JOIN session s ON s.organization_id = w.organization_id AND s.id = w.source_id"
        " JOIN assessment a ON a.organization_id = s.organization_id AND a.id = s.assessment_id"
        " WHERE w.organization_id = $1 AND w.person_id = $2 AND w.source_kind = 'session' AND a.slug = $3"
        " ORDER BY s.epoch DESC LIMIT 1",
        organization_id,
        person_id,
        slug,
    )
    return found


async def judge(
    db: Connection, organization_id: str, confirmation_id: UUID, verdict: Verdict, *, at: datetime
) -> None:
    """Write what a sitting showed, once; whatever does not confirm becomes a case."""
    await db.execute(
        "WITH judged AS (UPDATE confirmation SET verdict = $3, judged_at = $4"
        "  WHERE organization_id = $1 AND id = $2 AND verdict IS NULL RETURNING organization_id, id)"
        " INSERT INTO confirmation_case (organization_id, id)"
        " SELECT organization_id, id FROM judged WHERE $3 <> 'confirmed'",
        organization_id,
        confirmation_id,
        verdict,
        at,
    )


async def mark_raised(db: Connection, organization_id: str, confirmation_id: UUID, *, at: datetime) -> None:
    """Write that the award's assurance is raised: nobody decides about it any more."""
    await db.execute(
        "UPDATE confirmation SET raised_at = $3, supervised_by = NULL"
        " WHERE organization_id = $1 AND id = $2 AND raised_at IS NULL",
        organization_id,
        confirmation_id,
        at,
    )


async def forget_settled(db: Db, now: datetime) -> None:
    """Forget who opened what nobody has to decide any more.

    That is what nobody began while its code was good, and what was to raise a credential that was withdrawn.
    """
    await db.execute(
        "UPDATE confirmation c SET supervised_by = NULL WHERE c.supervised_by IS NOT NULL"
        " AND (c.session_id IS NULL AND c.expires_at < $1"
        "  OR c.verdict IS NOT NULL AND NOT EXISTS (SELECT FROM confirmation_case k"
        "   WHERE k.organization_id = c.organization_id AND k.id = c.id AND k.decision IS NULL)"
        "  AND EXISTS (SELECT FROM award w WHERE w.organization_id = c.organization_id"
        "   AND w.id = c.award_id AND w.standing = 'revoked'))",
        now,
    )


async def overdue(db: Db, now: datetime) -> tuple[tuple[str, UUID], ...]:
    """Return the confirmations whose sitting's time is over, and which nobody has ended."""
    rows = await db.fetch(
        "SELECT organization_id, id FROM confirmation WHERE verdict IS NULL AND closes_at < $1"
        " ORDER BY closes_at, organization_id, id",
        now,
    )
    return tuple((row["organization_id"], row["id"]) for row in rows)


async def to_raise(db: Db) -> tuple[tuple[str, UUID], ...]:
    """Return the confirmations whose award in good standing is still to be raised."""
    rows = await db.fetch(
        "SELECT c.organization_id, c.id FROM confirmation c"
        " JOIN award w ON w.organization_id = c.organization_id AND w.id = c.award_id"
        " LEFT JOIN confirmation_case k ON k.organization_id = c.organization_id AND k.id = c.id"
        " WHERE (c.verdict = 'confirmed' OR k.decision = 'raise') AND c.raised_at IS NULL"
        " AND w.standing = 'good' ORDER BY c.judged_at, c.organization_id, c.id"
    )
    return tuple((row["organization_id"], row["id"]) for row in rows)


_CASE = (
    "SELECT k.id, s.assessment_id, w.level, k.decision, k.why_sealed, k.decided_at FROM confirmation_case k"
    " JOIN confirmation c ON c.organization_id = k.organization_id AND c.id = k.id"
    " JOIN session s ON s.organization_id = c.organization_id AND s.id = c.session_id"
    " JOIN award w ON w.organization_id = c.organization_id AND w.id = c.award_id"
    " WHERE k.organization_id = $1"
)


async def case(db: Db, organization_id: str, case_id: UUID) -> Case | None:
    """Return one case."""
    row = await db.fetchrow(f"{_CASE} AND k.id = $2", organization_id, case_id)
    return None if row is None else await _case(db, organization_id, dict(row))


async def open_cases(db: Db, organization_id: str, decider: UUID, *, limit: int) -> tuple[Case, ...]:
    """Return cases that wait for this principal's decision, the oldest first.

    None that is about the person who decides, and none of a sitting that they opened, in whatever role.
    """
    rows = await db.fetch(
        f"{_CASE} AND k.decision IS NULL AND c.supervisor <> $2 AND NOT EXISTS (SELECT FROM principal"
        "  LEFT JOIN person ON person.organization_id = $1 AND person.id = c.person_id"
        "  WHERE principal.organization_id = $1 AND principal.id = $2"
        "  AND principal.email_hmac IN (c.supervised_by, person.email_hmac))"
        " ORDER BY c.judged_at, c.id LIMIT $3",
        organization_id,
        decider,
        limit,
    )
    return tuple([one for row in rows if (one := await _case(db, organization_id, dict(row)))])


async def _case(db: Db, organization_id: str, row: dict[str, Any]) -> Case | None:
    """The case with its confirmation; None if that was erased between the two statements."""
    found = await by_id(db, organization_id, row.pop("id"))
    return None if found is None else Case(confirmation=found, **row)


async def decide_case(
    db: Connection,
    organization_id: str,
    case_id: UUID,
    decision: Choice,
    *,
    why_sealed: bytes,
    decided_by: UUID,
    at: datetime,
) -> None:
    """Write what a person decided, once; the confirmation's row is held by the caller."""
    await db.execute(
        "WITH settled AS (UPDATE confirmation SET supervised_by = NULL"
        "  WHERE organization_id = $1 AND id = $2 AND $3 <> 'raise')"  # settled once it is raised
        " UPDATE confirmation_case SET decision = $3, why_sealed = $4, decided_by = $5, decided_at = $6"
        " WHERE organization_id = $1 AND id = $2 AND decision IS NULL",
        *(organization_id, case_id, decision, why_sealed, decided_by, at),
    )
