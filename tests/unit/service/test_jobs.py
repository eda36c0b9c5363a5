import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from issuer import jobs
from issuer.assessments.demonstration import demo_invitation
from issuer.db import outbox
from issuer.issuance.desk import Desk
from issuer.jobs import JOBS, KINDS, Job, drain_outbox, run

SOON = timedelta(milliseconds=1)


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(15):
        while not await condition():  # noqa: ASYNC110 - what is waited for happens in the database
            await asyncio.sleep(0.01)


def _mails(desk: Desk) -> list[Path]:
    return sorted((desk.settings.data_dir / "mail").glob("*.eml"))


async def test_what_is_due_is_done_once(desk: Desk) -> None:
    await demo_invitation(desk.pool, desk.keystore, desk.settings, desk.clock)
    await drain_outbox(desk)
    await drain_outbox(desk)
    assert len(_mails(desk)) == 1
    assert await desk.pool.fetchval("SELECT count(*) FROM outbox") == 0


async def test_what_fails_comes_due_again_and_holds_up_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_desk: Desk, _job: outbox.Job) -> None:
        raise RuntimeError("robin.marsh@example.org")

    monkeypatch.setitem(KINDS, "broken", fail)
    now = desk.clock()
    for kind in ("broken", "unheard of"):
        await outbox.enqueue(desk.pool, "demo", kind, uuid4(), now)
    await demo_invitation(desk.pool, desk.keystore, desk.settings, desk.clock)
    await drain_outbox(desk)
    rows = await desk.pool.fetch("SELECT kind, due_at, attempts FROM outbox ORDER BY kind")
    assert [(row["kind"], row["attempts"]) for row in rows] == [("broken", 1), ("unheard of", 1)]
    assert all(row["due_at"] > now for row in rows)
    assert len(_mails(desk)) == 1


async def test_a_mail_that_cannot_be_sent_waits(desk: Desk) -> None:
    (desk.settings.data_dir / "mail").touch()  # where the folder should be
    await demo_invitation(desk.pool, desk.keystore, desk.settings, desk.clock)
    await drain_outbox(desk)
    assert await desk.pool.fetchval("SELECT attempts FROM outbox") == 1
    (desk.settings.data_dir / "mail").unlink()
    await desk.pool.execute("UPDATE outbox SET due_at = $1", desk.clock())
    await drain_outbox(desk)
    assert len(_mails(desk)) == 1


async def test_there_is_one_leader_and_another_takes_over(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "FOLLOW_SECONDS", 0.02)
    done = {"first": 0, "second": 0}

    def counting(name: str) -> tuple[Job, ...]:
        async def count(_desk: Desk) -> None:
            done[name] += 1

        return (Job("count", SOON, count),)

    first = asyncio.create_task(run(desk, counting("first")))

    async def first_leads() -> bool:
        return done["first"] > 2

    await _until(first_leads)
    second = asyncio.create_task(run(desk, counting("second")))
    before = done["first"]

    async def more() -> bool:
        return done["first"] > before + 5

    await _until(more)
    assert done["second"] == 0
    first.cancel()

    async def second_leads() -> bool:
        return done["second"] > 0

    await _until(second_leads)
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)


async def test_a_leader_that_loses_its_connection_leads_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "FOLLOW_SECONDS", 0.02)
    ran = 0

    async def count(_desk: Desk) -> None:
        nonlocal ran
        ran += 1

    async def fail(_desk: Desk) -> None:
        raise RuntimeError

    task = asyncio.create_task(run(desk, (Job("count", SOON, count), Job("fail", SOON, fail))))

    async def works() -> bool:
        return ran > 2

    await _until(works)
    cut = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1"

    async def was_cut() -> bool:
        return bool(await desk.pool.fetch(cut, jobs.LEADER))

    await _until(was_cut)
    ran = 0
    await _until(works)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_every_job_is_named_once() -> None:
    assert len({job.name for job in JOBS}) == len(JOBS) == 8
