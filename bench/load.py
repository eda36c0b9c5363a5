"""`make load`: a thousand candidates at once take the adaptive assessment over HTTP.

    python -m bench.load [--candidates N] [--think S] [--spread S] [--seconds S] [--workers N] [--json FILE]

The service is what `make run` starts, PostgreSQL and its durable writes included, on the same machine; the
candidates are in this process, whose CPU is told apart. Afterwards the log is read: every answer that got
a reply is in it once and in order, no item was asked more often than its cap allows, sessions replay byte for
byte. The exit status is 1 if a bar is missed.
"""

import argparse
import asyncio
import contextlib
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import quantiles
from typing import NamedTuple, Protocol

import msgspec

from bench.candidates import BUSY, Browser, Candidate, Spent
from bench.rows import Row, as_objects, table
from issuer.assessments import store
from issuer.assessments.bank import read_bank, shipped
from issuer.assessments.exposure import caps_of
from issuer.assessments.replay import ReplayRefused, replay
from issuer.assessments.sitting import open_sitting
from issuer.db.embedded.place import remove
from issuer.db.pool import Pool, connect
from issuer.measurement.selection import SESSIONS_AT_FIRST
from issuer.visitor import Site
from schemas.assessment import Event

ORGANIZATION, ASSESSMENT = "demo", "synthetic"
MEDIAN, P99 = 0.050, 0.500
REPLAYED = 100
READY_SECONDS = 180.0


class Run(NamedTuple):
    """What happened: every request, CPU seconds by process, wall seconds, and what the log then said."""

    spent: tuple[Spent, ...]
    cpu: dict[str, float]
    seconds: float
    answers: int
    lost: int
    over_cap: int
    unreplayed: int
    ended: int


class Taken(Protocol):
    """A running service that is taken by candidates: tests hand in one of their own."""

    base_url: str

    def site(self) -> Site:
        """A visitor with a token that may invite."""

    def dsn(self) -> str:
        """Where its database is."""

    def cpu(self) -> dict[str, float]:
        """CPU seconds so far by what a process does."""


class Service:
    """`assay serve` in a folder of its own."""

    def __init__(self, folder: Path, workers: int | None) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.data, self.base_url = folder / "data", f"http://localhost:{port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")}
        self.environment = kept | {
            "ASSAY_DATA_DIR": str(self.data),
            "ASSAY_BASE_URL": self.base_url,
            "ASSAY_PORT": str(port),
            "ASSAY_LOG_LEVEL": "warning",
        }
        if workers:
            self.environment["ASSAY_WORKERS"] = str(workers)
        self.process = subprocess.Popen(
            _assay("serve"), env=self.environment, stdin=subprocess.DEVNULL, start_new_session=True
        )
        self._wait()

    def site(self) -> Site:
        made = subprocess.run(
            _assay("token", "create", "load", "--scope", "invitations:write"),
            env=self.environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return Site(self.base_url, made.stdout.strip().splitlines()[-1].strip())

    def dsn(self) -> str:
        return (self.data / "postgres.address").read_text().strip()

    def cpu(self) -> dict[str, float]:
        """CPU seconds so far by what a process does: `answer` and `work` of the service, and PostgreSQL."""
        found: dict[str, float] = {}
        for pid in _descendants(self.process.pid):
            with contextlib.suppress(OSError):
                command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                role = (
                    "answer"
                    if "worker answer" in command
                    else "work"
                    if "worker work" in command
                    else "other"
                )
                role = "postgres" if "postgres" in command else role
                spent = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
                found[role] = found.get(role, 0.0) + spent
        return found

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def _wait(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError):
                if Site(self.base_url).ask("GET", "/health/ready").status == 200:
                    return
            time.sleep(0.1)
        raise SystemExit("The service did not start.")


def _assay(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from issuer.cli import main; main()", *arguments]


def _descendants(root: int) -> Iterator[int]:
    """Every process below one, itself included."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents.setdefault(int(entry.read_text().rpartition(")")[2].split()[1]), []).append(
                int(entry.parent.name)
            )
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting += parents.get(pid, [])


@contextlib.contextmanager
def serving(workers: int | None = None) -> Iterator[Service]:
    """A service until the block ends; nothing of it stays."""
    folder = Path(tempfile.mkdtemp(prefix="assay-load-"))
    folder.chmod(0o711)  # PostgreSQL's account passes through
    service = Service(folder, workers)
    try:
        yield service
    finally:
        service.stop()
        remove(folder / "data")
        shutil.rmtree(folder, ignore_errors=True)


async def invited(service: Taken, pool: Pool, count: int) -> list[str]:
    """So many people with a link each; returns when their letters are out, which is work of its own."""
    site = service.site()
    links = []
    for number in range(count):
        person = {"name": f"Candidate {number}", "email": f"candidate.{number}@example.org"}
        document = {"assessment": ASSESSMENT, "person": person}
        links.append((await asyncio.to_thread(site.post, "/api/invitations", document, 201))["link"])
    # Another process empties it.
    while await pool.fetchval("SELECT EXISTS (SELECT FROM outbox)"):  # noqa: ASYNC110 - polled
        await asyncio.sleep(0.5)
    return links


async def run(service: Taken, candidates: int, *, think: float, spread: float, seconds: float) -> Run:
    """Everybody takes it, for `seconds` at most; then the log is read."""
    pool, bank = await connect(service.dsn(), size=4), read_bank(shipped(ASSESSMENT))
    try:
        links = await invited(service, pool, candidates)
        begun, before, own = time.perf_counter(), service.cpu(), time.process_time()
        people = [
            Candidate(bank, link, Browser(service.base_url, begun), f"load/{number}")
            for number, link in enumerate(links)
        ]
        async with asyncio.TaskGroup() as group:
            for one in people:
                group.create_task(one.take(spread=spread, think=think, until=seconds))
        took, after = time.perf_counter() - begun, service.cpu()
        cpu = {name: after[name] - before.get(name, 0.0) for name in after}
        cpu["candidates"] = time.process_time() - own
        lost, unreplayed = await _checked(pool, people, links)
        return Run(
            spent=tuple(spent for one in people for spent in one.browser.spent),
            cpu=cpu,
            seconds=took,
            answers=sum(len(one.answers) for one in people),
            lost=lost,
            over_cap=await _over_cap(pool),
            unreplayed=unreplayed,
            ended=sum(one.ended for one in people),
        )
    finally:
        pool.terminate()


async def _checked(pool: Pool, people: Sequence[Candidate], links: Sequence[str]) -> tuple[int, int]:
    """People whose log is not what they were told, and sessions that do not replay, of the first hundred."""
    lost = unreplayed = 0
    document = shipped(ASSESSMENT)
    for number, (one, link) in enumerate(zip(people, links, strict=True)):
        sitting = await open_sitting(pool, link.rpartition("/")[2])
        log = () if sitting.log is None else sitting.log.answers
        lost += [(answer.item, answer.selected) for answer in log] != one.answers
        if number < REPLAYED and sitting.session is not None:
            events = await store.events(pool, ORGANIZATION, sitting.session.id)
            try:
                replay(document, (Event(event.kind, event.body) for event in events))
            except ReplayRefused:
                unreplayed += 1
    return lost, unreplayed


async def _over_cap(pool: Pool) -> int:
    """Items that more sessions met than their cap allows, by the forms in the log."""
    assessment = await store.assessment_by_slug(pool, ORGANIZATION, ASSESSMENT)
    if assessment is None:
        raise SystemExit("The demonstration has no adaptive assessment.")
    caps = caps_of(read_bank(shipped(ASSESSMENT)), assessment.conditions)
    forms = await pool.fetch(
        "SELECT e.session_id, e.body FROM session_event e"
        " JOIN session s ON s.organization_id = e.organization_id AND s.id = e.session_id"
        " JOIN assessment a ON a.organization_id = s.organization_id AND a.id = s.assessment_id"
        " WHERE e.organization_id = $1 AND e.kind = 'form' AND a.slug = $2",
        ORGANIZATION,
        ASSESSMENT,
    )
    met: Counter[str] = Counter()
    for _, name in {(row["session_id"], item["item"]) for row in forms for item in _items(row["body"])}:
        met[name] += 1
    sessions = max(len({row["session_id"] for row in forms}), SESSIONS_AT_FIRST)
    return sum(count > caps[name] * sessions for name, count in met.items())


def _items(body: bytes | str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = msgspec.json.decode(body)["items"]
    return found


def rows(found: Run) -> list[Row]:
    """The bars, and what explains them; times in seconds."""
    times = sorted(one.seconds for one in found.spent)
    by_kind = {
        what: sorted(one.seconds for one in found.spent if one.what == what)
        for what in dict.fromkeys(one.what for one in found.spent)
    }
    answers = by_kind["answer"]
    told = [
        Row(name=f"{percent} % of {what}, s", measured=_at(times, percent), bar=None)
        for what, times in by_kind.items()
        for percent in (50, 99)
    ] + [
        Row(name=f"CPU of {name}, ms an answer", measured=1e3 * cpu / max(found.answers, 1), bar=None)
        for name, cpu in sorted(found.cpu.items())
    ]
    return [
        Row(name="median, every request, s", measured=_at(times, 50), bar=MEDIAN),
        Row(name="99th percentile, every request, s", measured=_at(times, 99), bar=P99),
        Row(name="median, answers, s", measured=_at(answers, 50), bar=MEDIAN),
        Row(name="99th percentile, answers, s", measured=_at(answers, 99), bar=P99),
        Row(
            name="requests that met a busy service",
            measured=sum(one.status == BUSY for one in found.spent),
            bar=0,
        ),
        Row(name="people whose answers are not in the log as told", measured=found.lost, bar=0),
        Row(name="items met more often than their cap", measured=found.over_cap, bar=0),
        Row(name="sessions that do not replay", measured=found.unreplayed, bar=0),
        Row(name="answers", measured=found.answers, bar=None),
        Row(name="answers a second", measured=found.answers / found.seconds, bar=None),
        Row(name="people who came to the end", measured=found.ended, bar=None),
        *told,
    ]


def _at(times: Sequence[float], percent: int) -> float:
    return quantiles(times, n=100, method="inclusive")[percent - 1]


def main() -> None:
    """Run, print, and say by the exit status whether every bar is met."""
    asked = argparse.ArgumentParser(prog="bench.load", description=__doc__)
    asked.add_argument("--candidates", type=int, default=1_000)
    asked.add_argument("--think", type=float, default=10.0, help="mean seconds before an answer (10)")
    asked.add_argument("--spread", type=float, default=30.0, help="seconds over which they begin (30)")
    asked.add_argument("--seconds", type=float, default=3_600.0, help="stop after so many (3600)")
    asked.add_argument("--workers", type=int, help="processes that answer (as many as `make run`)")
    asked.add_argument("--json", type=Path, metavar="FILE", help="write the table as JSON too")
    given = asked.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with serving(given.workers) as service:
        found = asyncio.run(
            run(service, given.candidates, think=given.think, spread=given.spread, seconds=given.seconds)
        )
    told = rows(found)
    print("\n".join(table(told)))
    if given.json:
        given.json.write_bytes(msgspec.json.format(msgspec.json.encode(as_objects(told)), indent=2) + b"\n")
    sys.exit(any(not row.kept for row in told))


if __name__ == "__main__":
    main()
