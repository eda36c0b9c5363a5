"""Jobs that are committed with the change that asks for them, and done at least once.

A row holds ids only. Whoever claims a row gets a lease on it, without keeping a transaction open: a worker
that dies loses its lease, and the row comes due again.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import msgspec

from issuer.db.pool import Db

LEASE = timedelta(minutes=2)
FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(hours=1)


class Job(msgspec.Struct, frozen=True):
    """One claimed row; `attempts` counts this one and fences a worker whose lease has run out."""

    organization_id: str
    id: UUID
    kind: str
    reference: UUID
    created_at: datetime
    attempts: int


async def enqueue(db: Db, organization_id: str, kind: str, reference: UUID, at: datetime) -> UUID:
    """Ask for a job of this kind, due at once; returns the job's own id, stable over its attempts."""
    job_id = uuid4()
    await db.execute(
        "INSERT INTO outbox (organization_id, id, kind, reference, created_at, due_at)"
        " VALUES ($1, $2, $3, $4, $5, $5)",
        organization_id,
        job_id,
        kind,
        reference,
        at,
    )
    return job_id


async def claim(db: Db, at: datetime, *, limit: int = 20) -> tuple[Job, ...]:
    """Take up to `limit` due rows, oldest first; two workers never get the same row within a lease."""
    rows = await db.fetch(
        "UPDATE outbox SET attempts = attempts + 1, due_at = $2 FROM ("
        " SELECT organization_id AS org, id AS job FROM outbox WHERE due_at <= $1"
        " ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED"
        ") AS due WHERE outbox.organization_id = due.org AND outbox.id = due.job"
        " RETURNING outbox.organization_id, outbox.id, kind, reference, created_at, attempts",
        at,
        at + LEASE,
        limit,
    )
    jobs = (
        Job(
            organization_id=row["organization_id"],
            id=row["id"],
            kind=row["kind"],
            reference=row["reference"],
            created_at=row["created_at"],
            attempts=row["attempts"],
        )
        for row in rows
    )
    return tuple(sorted(jobs, key=lambda job: job.created_at))


async def complete(db: Db, job: Job) -> None:
    """Delete a row whose work is done; doing it twice, or after the lease, changes nothing."""
    await db.execute("DELETE FROM outbox WHERE organization_id = $1 AND id = $2", job.organization_id, job.id)


async def retry(db: Db, job: Job, at: datetime) -> datetime:
    """Give a row back after a failed attempt; returns when it is due again (5 s, doubled up to an hour)."""
    due = at + delay(job.attempts)
    await db.execute(
        "UPDATE outbox SET due_at = $4 WHERE organization_id = $1 AND id = $2 AND attempts = $3",
        job.organization_id,
        job.id,
        job.attempts,
        due,
    )
    return due


def delay(attempts: int) -> timedelta:
    """Return how long to wait after the given number of attempts (1 or more)."""
    doublings = min(max(attempts, 1), 20) - 1
    return min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)
