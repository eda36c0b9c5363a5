"""Every background job, in one tuple; run by one leader at a time, wherever jobs may run."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

import asyncpg
import msgspec

from issuer import mail
from issuer.assessments import lapse
from issuer.confirmation import lift
from issuer.db import outbox
from issuer.db.pool import CONNECT_SECONDS, is_down, unavailable
from issuer.fairness import watch
from issuer.fairness.retention import delete
from issuer.issuance.desk import Desk
from issuer.issuance.reconcile import reconcile
from issuer.people import letters
from issuer.review.annulments.execute import execute_approved
from issuer.sharing.aftermath import aftermath
from issuer.status.publish import resign
from schemas.problems import ProblemError

LEADER = 0x4A6F6273  # "Jobs": the advisory lock of whoever runs them
FOLLOW_SECONDS = 1.0
BATCH = 20

log = logging.getLogger("assay.jobs")


class Job(msgspec.Struct, frozen=True):
    """Something to do again and again; safe to repeat, and to be killed in the middle."""

    name: str
    every: timedelta
    run: Callable[[Desk], Awaitable[object]]


async def drain_outbox(desk: Desk) -> None:
    """Do what was asked for with a change, until nothing is due; what fails comes due again later."""
    while jobs := await outbox.claim(desk.pool, desk.clock(), limit=BATCH):
        for job in jobs:
            await _do(desk, job)


async def _do(desk: Desk, job: outbox.Job) -> None:
    extra = {"kind": job.kind, "job": str(job.id), "attempts": job.attempts}
    try:
        await KINDS[job.kind](desk, job)
    except mail.MailFailed as failure:
        due = await outbox.retry(desk.pool, job, desk.clock())
        log.warning("outbox.again", extra={**extra, "code": failure.code, "due": due.isoformat()})
    except Exception as error:
        if is_down(error) or isinstance(error, ProblemError):
            raise
        due = await outbox.retry(desk.pool, job, desk.clock())
        log.exception("outbox.failed", extra={**extra, "due": due.isoformat()})
    else:
        await outbox.complete(desk.pool, job)


async def deliver_letter(desk: Desk, job: outbox.Job) -> None:
    """Mail a link, by SMTP or into the mail folder."""
    route = mail.route(desk.settings.smtp_url, desk.settings.data_dir)
    await letters.deliver(desk.pool, desk.keystore, desk.settings, route, job, desk.clock())


async def resign_lists(desk: Desk) -> None:
    """Publish status lists that are behind their bits or near their end."""
    await resign(desk)


async def settle_lapsed(desk: Desk) -> None:
    """Give people whose invitation expired on the way to a higher level the one that they had reached."""
    await lapse.settle_lapsed(desk.pool, aftermath(desk).issue, desk.clock)


async def settle_confirmations(desk: Desk) -> None:
    """End supervised sittings whose time is over, and raise the assurance that they confirm."""
    await lift.settle_all(desk, aftermath(desk).issue)


async def watch_items(desk: Desk) -> None:
    """Draw what was answered into the control charts, and take out items that alarm."""
    await watch.watch(desk.pool, desk.keystore, desk.clock)


async def delete_expired(desk: Desk) -> None:
    """Delete what an organisation's rules say is not kept any longer."""
    await delete.delete_expired(desk.pool, desk.clock)


# kind in the outbox -> what does it
KINDS: dict[str, Callable[[Desk, outbox.Job], Awaitable[None]]] = {
    "mail.invitation": deliver_letter,
    "mail.credential": deliver_letter,
    "mail.status": deliver_letter,
    "mail.item": deliver_letter,
    "mail.review": deliver_letter,
    "mail.rated": deliver_letter,
    "mail.asked": deliver_letter,
    "mail.answered": deliver_letter,
    "mail.confirmation": deliver_letter,
}

JOBS: tuple[Job, ...] = (
    Job("outbox", timedelta(seconds=0.5), drain_outbox),
    Job("reconcile", timedelta(seconds=15), reconcile),
    Job("status lists", timedelta(seconds=5), resign_lists),
    Job("lapsed sessions", timedelta(minutes=3), settle_lapsed),
    Job("confirmations", timedelta(seconds=15), settle_confirmations),
    Job("approved annulments", timedelta(seconds=15), execute_approved),
    Job("control charts", timedelta(seconds=20), watch_items),
    Job("retention", timedelta(hours=1), delete_expired),
)


async def run(desk: Desk, jobs: tuple[Job, ...] = JOBS) -> None:
    """Run the jobs for ever whenever this process is the leader; while it is not, wait for the place."""
    while True:
        try:
            await _lead(desk, jobs)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            log.warning("jobs.database", extra={"kind": type(error).__name__})
        await asyncio.sleep(FOLLOW_SECONDS)


async def _lead(desk: Desk, jobs: tuple[Job, ...]) -> None:
    """Take the lock on a connection of its own, and work until that connection is lost."""
    # Session state is banned in the pool; this lock lives and dies with its own connection.
    connection = await asyncpg.connect(desk.settings.database_url, timeout=CONNECT_SECONDS)
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _connection: lost.set())
    try:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LEADER):
            return
        log.info("jobs.leader")
        working = [asyncio.create_task(_again(desk, job)) for job in jobs]
        try:
            await lost.wait()
        finally:
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)
    finally:
        with contextlib.suppress(Exception):
            connection.terminate()


async def _again(desk: Desk, job: Job) -> None:
    while True:
        try:
            with unavailable():
                await job.run(desk)
        except ProblemError as problem:
            log.warning("job.postponed", extra={"job": job.name, "code": problem.code})
        except Exception:
            log.exception("job.failed", extra={"job": job.name})
        await asyncio.sleep(job.every.total_seconds())
