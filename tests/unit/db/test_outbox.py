import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from issuer.db import outbox
from issuer.db.pool import Pool, transaction

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture
async def box(pool: Pool) -> Pool:
    await pool.execute("INSERT INTO organization (id, name, created_at) VALUES ('north', 'North', $1)", AT)
    return pool


async def test_a_job_is_done_once_and_gone(box: Pool) -> None:
    reference = uuid4()
    async with transaction(box) as db:
        job_id = await outbox.enqueue(db, "north", "mail.invitation", reference, AT)
    assert await outbox.claim(box, AT - timedelta(seconds=1)) == ()
    (job,) = await outbox.claim(box, AT)
    assert (job.id, job.kind, job.reference, job.attempts) == (job_id, "mail.invitation", reference, 1)
    assert await outbox.claim(box, AT) == ()
    await outbox.complete(box, job)
    await outbox.complete(box, job)
    assert await outbox.claim(box, AT + timedelta(days=1)) == ()


async def test_a_job_that_is_not_committed_was_never_asked_for(box: Pool) -> None:
    async def fails() -> None:
        async with transaction(box) as db:
            await outbox.enqueue(db, "north", "mail.invitation", uuid4(), AT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    assert await outbox.claim(box, AT) == ()


async def test_many_workers_share_the_jobs_and_none_gets_two(box: Pool) -> None:
    for _ in range(30):
        await outbox.enqueue(box, "north", "mail.invitation", uuid4(), AT)
    claimed = await asyncio.gather(*(outbox.claim(box, AT, limit=5) for _ in range(10)))
    ids = [job.id for jobs in claimed for job in jobs]
    assert len(ids) == len(set(ids))
    while more := await outbox.claim(box, AT, limit=5):
        ids += [job.id for job in more]
    assert len(ids) == len(set(ids)) == 30


async def test_the_oldest_come_first(box: Pool) -> None:
    wanted = [
        await outbox.enqueue(box, "north", "mail.invitation", uuid4(), AT + timedelta(seconds=number))
        for number in (2, 0, 1)
    ]
    jobs = await outbox.claim(box, AT + timedelta(minutes=1), limit=2)
    assert [job.id for job in jobs] == [wanted[1], wanted[2]]


async def test_a_worker_that_died_loses_its_lease_and_a_slow_one_cannot_push_the_job_back(box: Pool) -> None:
    await outbox.enqueue(box, "north", "mail.invitation", uuid4(), AT)
    (slow,) = await outbox.claim(box, AT)
    later = AT + outbox.LEASE
    (again,) = await outbox.claim(box, later)
    assert (again.id, again.attempts) == (slow.id, 2)
    await outbox.retry(box, slow, later)  # fenced: the job belongs to somebody else now
    assert await outbox.claim(box, later + outbox.FIRST_DELAY) == ()


async def test_failures_come_back_later_and_later(box: Pool) -> None:
    await outbox.enqueue(box, "north", "mail.invitation", uuid4(), AT)
    now = AT
    waits = []
    for _ in range(12):
        (job,) = await outbox.claim(box, now)
        due = await outbox.retry(box, job, now)
        assert await outbox.claim(box, due - timedelta(milliseconds=1)) == ()
        waits.append((due - now).total_seconds())
        now = due
    assert waits[:4] == [5, 10, 20, 40]
    assert waits[-1] == 3600
    assert outbox.delay(10_000) == outbox.LONGEST_DELAY
