"""SQL for the answers that calibration reads: whose they are is in none of the columns."""

from collections.abc import AsyncIterator
from uuid import UUID

from issuer.db.pool import Db
from schemas.assessment import Event

PAGE = 500


async def first_logs(
    db: Db, organization_id: str, slug: str, bank_digest: str
) -> AsyncIterator[tuple[Event, ...]]:
    """Yield each session's beginning, answers and ratings: of an assessment's first epochs with one bank.

    In any version under the slug that asks from this bank; in a transaction that sees one state of it all.
    """
    last = UUID(int=0)
    while True:
        sessions = [
            row["id"]
            for row in await db.fetch(
                "SELECT s.id FROM session s"
                " JOIN assessment a ON a.organization_id = s.organization_id AND a.id = s.assessment_id"
                " WHERE s.organization_id = $1 AND a.slug = $2 AND a.bank_digest = $3 AND s.epoch = 1"
                " AND NOT s.confirming"
                " AND s.id > $4 ORDER BY s.id LIMIT $5",
                organization_id,
                slug,
                bank_digest,
                last,
                PAGE,
            )
        ]
        if not sessions:
            return
        last = sessions[-1]
        rows = await db.fetch(
            "SELECT session_id, kind, body FROM session_event WHERE organization_id = $1"
            " AND session_id = ANY($2) AND kind IN ('started', 'answered', 'rated')"
            " ORDER BY session_id, sequence",
            organization_id,
            sessions,
        )
        logs: dict[UUID, list[Event]] = {}
        for row in rows:
            logs.setdefault(row["session_id"], []).append(Event(row["kind"], row["body"]))
        for log in logs.values():
            yield tuple(log)
