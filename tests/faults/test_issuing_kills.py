"""kill -9 of the service and of PostgreSQL while credentials are being issued.

The oracle: whatever was acknowledged, in every form, is in the database, once, with the same digest; no form
of a credential is ever seen in two versions; forms that a death left out are added; no answer but 200, 201,
503 or a lost connection. ASSAY_KILLS says how often, ASSAY_SEED which ones. The control takes durability away
and must find a loss: it shows that the oracle can.
"""

import asyncio
import contextlib
import hashlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx
import psutil  # type: ignore[import-untyped] # it has no stubs of its own
import pytest

from issuer import audit
from issuer.assessments import store as assessments
from issuer.db.pool import transaction
from issuer.issuance.profiles import DEFAULT
from issuer.opening import open_keystore, utc_now
from issuer.organizations.create import create_machine
from issuer.organizations.tokens import create_token
from issuer.people.enroll import find_or_create
from issuer.settings import Settings

from .conftest import alive, environment, until

pytestmark = pytest.mark.faults

ORG, ASSESSMENT = "demo", "sql-for-analysts"
KILLS = int(os.environ.get("ASSAY_KILLS", "4"))
SEED = int(os.environ.get("ASSAY_SEED", "20261123"))
CLIENTS = 24
A_ROUND = 60  # sessions between two kills
TWICE = 0.20
MISSING = (
    "SELECT count(*) FROM award CROSS JOIN unnest($1::text[]) AS wanted WHERE NOT EXISTS"
    " (SELECT FROM credential_form AS form WHERE form.award_id = award.id"
    "  AND form.profile = wanted AND form.state = 'released')"
)
COMPLETED_SECONDS = 120  # the job comes by every 15, and leaves what is younger than 30 alone
COMMAND = [sys.executable, "-c", "from issuer.cli import main; main()"]


class Service:
    """`assay serve` with two workers on one port, killed and started again in the same folder."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.url = f"http://localhost:{self.port}"
        self.data = folder / "data"
        self.log = folder / "service.log"
        self.environment = environment(self.data, ASSAY_WORKERS="2", ASSAY_PORT=str(self.port))
        self.process = self._launch()
        self.wait()

    def _launch(self) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*COMMAND, "serve"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Until it answers with its database up; a start that finds the port still taken is repeated."""

        def ready() -> bool:
            if self.process.poll() is not None:
                self.process = self._launch()
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
                connection = http.client.HTTPConnection("localhost", self.port, timeout=5)
                try:
                    connection.request("GET", "/health/ready")
                    answer = connection.getresponse()
                    return answer.status == 200 and json.loads(answer.read())["database"] == "up"
                finally:
                    connection.close()
            return False

        until(ready, 120, f"the service is ready\n{self.log.read_text(errors='replace')[-4000:]}")

    def kill(self, what: str) -> None:
        """kill -9 of the parent, of a worker, or of PostgreSQL."""
        if what == "service":
            self.process.kill()
            self.process.wait()
            return
        marks = {"worker": "answer", "postgres": "/bin/postgres"}
        for child in psutil.Process(self.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                line = child.cmdline()
                if line[:1] and (line[0].endswith(marks[what]) or marks[what] in line[1:]):
                    child.kill()
                    return

    def dsn(self) -> str:
        return (self.data / "postgres.address").read_text().strip()

    def stop(self) -> None:
        everybody = []
        with contextlib.suppress(psutil.NoSuchProcess):
            everybody = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        until(lambda: not any(alive(child.pid) for child in everybody), 30, "everything ended")


@pytest.fixture
def service(folder: Path) -> Iterator[Service]:
    one = Service(folder)
    yield one
    one.stop()


class Seen:
    """What the clients were told: digests by session and profile, and how often each status."""

    def __init__(self) -> None:
        self.digests: defaultdict[tuple[UUID, str], set[bytes]] = defaultdict(set)
        self.awards: dict[UUID, UUID] = {}
        self.statuses: Counter[object] = Counter()
        self._goal: tuple[int, asyncio.Event] = (0, asyncio.Event())

    async def reach(self, acknowledged: int) -> None:
        """Wait until so many sessions were acknowledged."""
        self._goal = (acknowledged, asyncio.Event())
        await self._goal[1].wait()

    def note(self, session: UUID, answer: httpx.Response) -> bool:
        self.statuses[answer.status_code] += 1
        if answer.status_code not in {200, 201}:
            return False
        body = answer.json()
        for form in body["forms"]:
            digest = hashlib.sha256(form["credential"].encode()).digest()
            self.digests[session, form["profile"]].add(digest)
        self.awards[session] = UUID(body["id"])
        if len(self.awards) >= self._goal[0]:
            self._goal[1].set()
        return True


@contextlib.asynccontextmanager
async def database(service: Service) -> AsyncIterator[asyncpg.Pool]:
    """A pool of our own, opened only while nothing is being killed; a server that comes back is awaited."""
    pool = await asyncpg.create_pool(service.dsn(), min_size=0, max_size=2)
    try:
        for _ in range(600):
            if await answers(pool):
                break
            await asyncio.sleep(0.1)
        yield pool
    finally:
        pool.terminate()


async def answers(pool: asyncpg.Pool) -> bool:
    try:
        await pool.execute("SELECT 1")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    return True


async def settle(service: Service) -> None:
    """Make what the test itself wrote durable, so that only what the service did can be lost."""
    async with database(service) as pool:
        await pool.execute("CHECKPOINT")


async def token(service: Service) -> str:
    async with database(service) as pool, transaction(pool) as db:
        machine = await create_machine(db, ORG, "clients", ("machine",), at=utc_now())
        _, text = await create_token(db, ORG, machine, "clients", ("credentials:issue",), at=utc_now())
        return text


async def seed(service: Service, count: int) -> list[UUID]:
    """Finished sessions of as many people, ready to be issued."""
    keystore = open_keystore(Settings(data_dir=service.data))
    sessions = []
    async with database(service) as pool, transaction(pool) as db:
        assessment = await assessments.assessment_by_slug(db, ORG, ASSESSMENT)
        assert assessment is not None
        for _ in range(count):
            at = utc_now()
            person = await find_or_create(db, keystore, ORG, "A Person", f"{uuid4()}@example.org", at)
            session = assessments.StoredSession(ORG, uuid4(), assessment.id, 1, at, None, None, None)
            await assessments.insert_session(db, session, person.id)
            await assessments.finish_session(db, ORG, session.id, outcome="award", level="working", at=at)
            sessions.append(session.id)
    return sessions


async def ask(client: httpx.AsyncClient, work: list[UUID], seen: Seen) -> None:
    """One client: takes a session, asks until it is acknowledged, takes the next."""
    while work:
        session = work.pop()
        deadline = time.monotonic() + 150
        while True:
            try:
                answer = await client.post("/api/credentials", json={"session": str(session)})
            except httpx.TransportError:
                seen.statuses["connection"] += 1
            else:
                if seen.note(session, answer):
                    break
            assert time.monotonic() < deadline, f"never acknowledged: {seen.statuses}"
            await asyncio.sleep(0.1)


async def a_round(service: Service, bearer: str, choose: random.Random, kill: str | None, seen: Seen) -> None:
    """24 clients ask for credentials, every fifth twice, while something is killed and comes back."""
    work = await seed(service, A_ROUND)
    await settle(service)
    work += choose.sample(work, int(A_ROUND * TWICE))
    choose.shuffle(work)
    headers = {"Authorization": f"Bearer {bearer}"}
    limits = httpx.Limits(max_connections=CLIENTS)
    async with httpx.AsyncClient(base_url=service.url, headers=headers, timeout=30, limits=limits) as client:
        clients = [asyncio.create_task(ask(client, work, seen)) for _ in range(CLIENTS)]
        if kill is not None:
            await seen.reach(len(seen.awards) + choose.randrange(1, A_ROUND // 2))
            await asyncio.sleep(choose.random() * 0.05)
            await asyncio.to_thread(service.kill, kill)
        await asyncio.to_thread(service.wait)
        await asyncio.gather(*clients)


async def violations(service: Service, seen: Seen) -> list[str]:
    """Compare what was acknowledged with what is there: every difference is one violation."""
    found = [f"{form} in {len(known)} versions" for form, known in seen.digests.items() if len(known) > 1]
    found += [f"status {status}" for status in seen.statuses if status not in {200, 201, 503, "connection"}]
    async with database(service) as pool:
        rows = await pool.fetch(
            "SELECT award.source_id, award.id, form.profile, form.secured_digest,"
            " (SELECT count(*) FROM audit WHERE action = 'credential.released'"
            "  AND audit.digest = form.secured_digest) AS lines,"
            " (SELECT count(*) FROM share WHERE share.award_id = award.id) AS links"
            " FROM award JOIN credential_form AS form"
            " ON form.organization_id = award.organization_id AND form.award_id = award.id"
            " WHERE form.state = 'released'"
        )
        released = await pool.fetchval("SELECT count(*) FROM audit WHERE action = 'credential.released'")
        if released != len(rows):
            found.append(f"{released} releases in the audit log for {len(rows)} forms")
        await audit.verify_chain(pool, ORG)
    kept: defaultdict[tuple[UUID, str], list[asyncpg.Record]] = defaultdict(list)
    for row in rows:
        kept[row["source_id"], row["profile"]].append(row)
    found += [f"{form} stands {len(forms)} times" for form, forms in kept.items() if len(forms) > 1]
    for form, known in seen.digests.items():
        forms = kept[form]
        if len(forms) != 1:
            found.append(f"{form} stands {len(forms)} times")
        elif {forms[0]["secured_digest"]} != known or forms[0]["id"] != seen.awards[form[0]]:
            found.append(f"{form} stands with another digest")
        elif (forms[0]["lines"], forms[0]["links"]) != (1, 1):
            found.append(f"{form}: {forms[0]['lines']} audit lines, {forms[0]['links']} links")
    return found


async def completed(service: Service) -> int:
    """Wait until the job has added every form that a death left out; returns how many are missing."""
    async with database(service) as pool:
        for _ in range(COMPLETED_SECONDS):
            if not await pool.fetchval(MISSING, list(DEFAULT)):
                break
            await asyncio.sleep(1)
        return int(await pool.fetchval(MISSING, list(DEFAULT)))


async def test_kill_9_loses_nothing_and_releases_nothing_twice(service: Service) -> None:
    choose = random.Random(SEED)  # noqa: S311 - repeatable, not secret
    bearer, seen = await token(service), Seen()
    for number in range(KILLS):
        kill = ("postgres", "service", "worker")[number % 3] if number else "postgres"
        await a_round(service, bearer, choose, kill, seen)
        assert await violations(service, seen) == [], f"after kill {number + 1} ({kill}), seed {SEED}"
    assert await completed(service) == 0
    assert await violations(service, seen) == []
    assert len(seen.awards) == KILLS * A_ROUND
    assert seen.statuses[200] + seen.statuses[201] >= KILLS * A_ROUND * (1 + TWICE)
    assert seen.statuses["connection"] + seen.statuses[503] > 0, "nothing was ever interrupted"


async def test_the_oracle_finds_what_is_lost_without_durable_commits(service: Service) -> None:
    async with database(service) as pool:
        name = await pool.fetchval("SELECT current_database()")
        await pool.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        for setting in ("wal_writer_delay = '10s'", "wal_writer_flush_after = '1GB'", "wal_buffers = '64MB'"):
            await pool.execute(f"ALTER SYSTEM SET {setting}")
    await asyncio.to_thread(service.kill, "postgres")
    await asyncio.to_thread(service.wait)
    choose = random.Random(SEED)  # noqa: S311 - as above
    bearer = await token(service)
    await settle(service)
    for _ in range(5):
        seen = Seen()
        await a_round(service, bearer, choose, "postgres", seen)
        if await violations(service, seen):
            return
    pytest.fail("commits that nobody waited for were all there: this test could not find a loss")


async def test_200_concurrent_requests_for_20_awards_over_http(service: Service) -> None:
    bearer, sessions = await token(service), await seed(service, 20)
    headers = {"Authorization": f"Bearer {bearer}"}
    async with httpx.AsyncClient(base_url=service.url, headers=headers, timeout=60) as client:
        given = await asyncio.gather(
            *(
                client.post("/api/credentials", json={"session": str(session)})
                for session in sessions
                for _ in range(10)
            )
        )
    assert Counter(answer.status_code for answer in given) == {201: 20, 200: 180}
    assert len({answer.json()["credential"] for answer in given}) == 20
    async with database(service) as pool:
        rows = await pool.fetch("SELECT profile FROM credential_form WHERE state = 'released'")
    assert Counter(row["profile"] for row in rows) == dict.fromkeys(DEFAULT, 20)
