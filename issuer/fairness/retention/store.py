"""SQL that deletes, one batch at a time; each returns how many rows, sessions or people's things went."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from issuer.db.pool import Connection

SETTLING = timedelta(days=1)
"""A level that somebody left behind is made theirs soon after the invitation ends: until then all is kept."""


async def sessions_with_answers(
    db: Connection, organization_id: str, before: datetime, *, now: datetime, limit: int
) -> tuple[tuple[UUID, ...], tuple[UUID, ...]]:
    """Hold sessions that ended before a moment, and ones that began before it and can never end.

    Neither has a decision that the charts have not read. What a review rests on is kept until it is answered,
    and as long again as the rule says; what a list rests on that waits to be approved, until it was; a
    supervised sitting and the result that it confirms, until it is settled.
    """
    rows = await db.fetch(
        "SELECT s.id, s.finished_at IS NOT NULL AS finished FROM session s WHERE s.organization_id = $1"
        " AND s.answers_deleted_at IS NULL AND s.created_at < $2"
        " AND (s.finished_at < $2 OR s.finished_at IS NULL AND NOT EXISTS ("
        "  SELECT FROM session_person p JOIN invitation i ON i.organization_id = p.organization_id"
        "  AND i.person_id = p.person_id WHERE p.organization_id = $1 AND p.session_id = s.id"
        "  AND i.expires_at > $3))"
        " AND NOT EXISTS (SELECT FROM session_event e WHERE e.organization_id = $1 AND e.session_id = s.id"
        "  AND e.kind = 'decided' AND NOT e.charted)"
        " AND NOT EXISTS (SELECT FROM review_request r WHERE r.organization_id = $1 AND r.session_id = s.id"
        "  AND (r.answered_at IS NULL OR r.answered_at >= $2))"
        " AND NOT EXISTS (SELECT FROM annulment_consequence c JOIN annulment n"
        "  ON n.organization_id = c.organization_id AND n.id = c.annulment_id"
        "  WHERE c.organization_id = $1 AND c.session_id = s.id AND n.state = 'open')"
        " AND NOT EXISTS (SELECT FROM confirmation c"
        "  JOIN award w ON w.organization_id = c.organization_id AND w.id = c.award_id"
        "  LEFT JOIN confirmation_case k ON k.organization_id = c.organization_id AND k.id = c.id"
        "  WHERE c.organization_id = $1 AND c.raised_at IS NULL AND c.began_at IS NOT NULL"
        "  AND w.standing <> 'revoked' AND (k.id IS NULL OR k.decision IS NULL OR k.decision = 'raise')"
        "  AND (c.session_id = s.id OR w.source_kind = 'session' AND w.source_id = s.id))"
        " ORDER BY s.created_at LIMIT $4 FOR UPDATE OF s SKIP LOCKED",
        organization_id,
        before,
        now - SETTLING,
        limit,
    )
    finished = tuple(row["id"] for row in rows if row["finished"])
    return finished, tuple(row["id"] for row in rows if not row["finished"])


async def asked(
    db: Connection, organization_id: str, sessions: Sequence[UUID]
) -> tuple[tuple[UUID, str, tuple[str, ...]], ...]:
    """Return whom these sessions asked what: a person, the digest of a bank version, ids of its items."""
    rows = await db.fetch(
        "SELECT coalesce(p.person_id, c.person_id) AS person_id, a.bank_digest,"
        " array_agg(DISTINCT placed ->> 'item') AS items FROM session s"
        " JOIN assessment a ON a.organization_id = s.organization_id AND a.id = s.assessment_id"
        " LEFT JOIN session_person p ON p.organization_id = s.organization_id AND p.session_id = s.id"
        " LEFT JOIN confirmation c ON c.organization_id = s.organization_id AND c.session_id = s.id"
        " JOIN session_event e ON e.organization_id = s.organization_id AND e.session_id = s.id"
        " AND e.kind = 'form' CROSS JOIN jsonb_array_elements(convert_from(e.body, 'UTF8')::jsonb -> 'items')"
        " AS placed WHERE s.organization_id = $1 AND s.id = ANY($2)"
        " AND coalesce(p.person_id, c.person_id) IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2",
        organization_id,
        list(sessions),
    )
    return tuple((row["person_id"], row["bank_digest"], tuple(row["items"])) for row in rows)


async def delete_answers(
    db: Connection, organization_id: str, finished: tuple[UUID, ...], *, at: datetime
) -> None:
    """Leave of finished sessions how they began and what was decided last."""
    await db.execute(
        "DELETE FROM session_event e WHERE e.organization_id = $1 AND e.session_id = ANY($2)"
        " AND e.kind <> 'started' AND e.sequence <> (SELECT max(d.sequence) FROM session_event d"
        " WHERE d.organization_id = $1 AND d.session_id = e.session_id AND d.kind = 'decided')",
        organization_id,
        list(finished),
    )
    await _mark(db, organization_id, finished, at)


async def delete_unfinished(
    db: Connection, organization_id: str, unfinished: tuple[UUID, ...], *, at: datetime
) -> None:
    """Leave of sessions that never ended that they began; whoever is invited again begins anew.

    Which questions they asked was written down before (`earlier.store.keep_met`), without the session.
    """
    for statement in (
        "DELETE FROM session_event WHERE organization_id = $1 AND session_id = ANY($2)",
        "DELETE FROM session_work WHERE organization_id = $1 AND session_id = ANY($2)",
        "DELETE FROM session_person WHERE organization_id = $1 AND session_id = ANY($2)",
    ):
        await db.execute(statement, organization_id, list(unfinished))
    await _mark(db, organization_id, unfinished, at)


async def _mark(db: Connection, organization_id: str, sessions: tuple[UUID, ...], at: datetime) -> None:
    await db.execute(
        "UPDATE session SET answers_deleted_at = $3 WHERE organization_id = $1 AND id = ANY($2)",
        organization_id,
        list(sessions),
        at,
    )


# Each deletes one batch: its parameters are the organisation, before when, and how many at most.
WORKS = (
    "DELETE FROM session_work WHERE organization_id = $1 AND (session_id, item_id) IN ("
    " SELECT w.session_id, w.item_id FROM session_work w"
    " JOIN session s ON s.organization_id = w.organization_id AND s.id = w.session_id"
    " WHERE w.organization_id = $1 AND s.finished_at < $2"
    " AND NOT EXISTS (SELECT FROM review_request r WHERE r.organization_id = $1 AND r.session_id = s.id"
    "  AND (r.answered_at IS NULL OR r.answered_at >= $2)) LIMIT $3)"
)
FITS = (
    "DELETE FROM session_fit WHERE organization_id = $1 AND session_id IN ("
    " SELECT f.session_id FROM session_fit f"
    " JOIN session s ON s.organization_id = f.organization_id AND s.id = f.session_id"
    " WHERE f.organization_id = $1 AND s.finished_at < $2 LIMIT $3)"
)
MOMENTS = (
    "UPDATE session_event SET at = date_trunc('day', at, 'UTC') WHERE organization_id = $1"
    " AND (session_id, sequence) IN ("
    " SELECT e.session_id, e.sequence FROM session_event e"
    " JOIN session s ON s.organization_id = e.organization_id AND s.id = e.session_id"
    " WHERE e.organization_id = $1 AND s.finished_at < $2 AND e.at <> date_trunc('day', e.at, 'UTC')"
    " LIMIT $3)"
)
INVITATIONS = (
    "DELETE FROM invitation WHERE organization_id = $1 AND id IN ("
    " SELECT i.id FROM invitation i WHERE i.organization_id = $1 AND i.expires_at < $2"
    " AND NOT EXISTS (SELECT FROM review_request r WHERE r.organization_id = $1 AND r.person_id = i.person_id"
    "  AND (r.answered_at IS NULL OR r.answered_at >= $2)) LIMIT $3)"
)
RECEIPTS = (
    "UPDATE receipt SET receipt_sealed = NULL, digest = NULL WHERE organization_id = $1 AND id IN ("
    " SELECT r.id FROM receipt r WHERE r.organization_id = $1 AND r.received_at < $2"
    " AND r.receipt_sealed IS NOT NULL LIMIT $3)"
)


REQUESTS = (
    "UPDATE review_request SET words_sealed = NULL, answer_sealed = NULL WHERE organization_id = $1"
    " AND id IN ("
    " SELECT r.id FROM review_request r WHERE r.organization_id = $1 AND r.answered_at < $2"
    " AND r.words_sealed IS NOT NULL LIMIT $3)"
)


async def delete(db: Connection, statement: str, organization_id: str, before: datetime, limit: int) -> int:
    """Run one of the statements above; returns how many rows it was."""
    done: str = await db.execute(statement, organization_id, before, limit)
    return int(done.rpartition(" ")[2])
