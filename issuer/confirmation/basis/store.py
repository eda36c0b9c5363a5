"""SQL for what a confirmation rests on: the person's sessions, and a verdict that does not stand any more."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from issuer.confirmation.store import Verdict
from issuer.db.pool import Connection, Db


async def sessions(db: Db, organization_id: str, person_id: UUID) -> tuple[tuple[UUID, str], ...]:
    """Return all of a person's sessions, sittings too, with the digest of the bank that each asked from."""
    rows = await db.fetch(
        "SELECT s.id, a.bank_digest FROM session s"
        " JOIN assessment a ON a.organization_id = s.organization_id AND a.id = s.assessment_id"
        " WHERE s.organization_id = $1 AND (EXISTS (SELECT FROM session_person p"
        "  WHERE p.organization_id = $1 AND p.session_id = s.id AND p.person_id = $2)"
        " OR EXISTS (SELECT FROM confirmation c"
        "  WHERE c.organization_id = $1 AND c.session_id = s.id AND c.person_id = $2)) ORDER BY s.id",
        organization_id,
        person_id,
    )
    return tuple((row["id"], row["bank_digest"]) for row in rows)


async def raised(
    db: Db, organization_id: str, sessions: Sequence[UUID], sittings: Sequence[UUID]
) -> tuple[UUID, ...]:
    """Return the confirmations that raised an award and rest on one of these sessions.

    `sessions` are ones that an award rests on, `sittings` ones that confirmed it.
    """
    rows = await db.fetch(
        "SELECT c.id FROM confirmation c"
        " JOIN award w ON w.organization_id = c.organization_id AND w.id = c.award_id"
        " WHERE c.organization_id = $1 AND c.raised_at IS NOT NULL AND w.standing <> 'revoked'"
        " AND (w.source_kind = 'session' AND w.source_id = ANY($2) OR c.session_id = ANY($3)) ORDER BY c.id",
        organization_id,
        list(sessions),
        list(sittings),
    )
    return tuple(row["id"] for row in rows)


async def reconsider(
    db: Connection, organization_id: str, confirmation_id: UUID, verdict: Verdict, *, at: datetime
) -> None:
    """Make a case of what is to be raised, and does not hold any more, before anything was raised on it.

    A sitting that confirmed gets one; a decision to raise is taken back, and its case waits again.
    """
    await db.execute(
        "WITH judged AS (UPDATE confirmation SET verdict = $3, judged_at = $4 WHERE organization_id = $1"
        "  AND id = $2 AND verdict <> 'confirmed' AND raised_at IS NULL RETURNING organization_id, id)"
        " UPDATE confirmation_case k SET decision = NULL, why_sealed = NULL, decided_by = NULL,"
        " decided_at = NULL FROM judged WHERE k.organization_id = judged.organization_id"
        " AND k.id = judged.id AND k.decision = 'raise'",
        organization_id,
        confirmation_id,
        verdict,
        at,
    )
    await db.execute(
        "WITH judged AS (UPDATE confirmation SET verdict = $3, judged_at = $4 WHERE organization_id = $1"
        "  AND id = $2 AND verdict = 'confirmed' AND raised_at IS NULL RETURNING organization_id, id)"
        " INSERT INTO confirmation_case (organization_id, id) SELECT organization_id, id FROM judged",
        organization_id,
        confirmation_id,
        verdict,
        at,
    )
