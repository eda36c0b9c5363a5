"""`assay serve` as a process: its port, its children, its end, and its database dying under it."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped] # it has no stubs of its own
import pytest

from .conftest import alive, environment, until

pytestmark = pytest.mark.faults
COMMAND = [sys.executable, "-c", "from issuer.cli import main; main()"]


class Running:
    """A service on a free port."""

    def __init__(self, folder: Path, *arguments: str, **settings: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.log = folder / f"service-{self.port}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*COMMAND, "serve", "--port", str(self.port), *arguments],
                env=environment(folder / "data", **settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def said(self) -> str:
        return self.log.read_text()

    def wait_ready(self) -> "Running":
        def ready() -> bool:
            assert self.process.poll() is None, self.said()
            return "Stop it with Ctrl-C" in self.said()

        until(ready, 60, "the service is ready")
        return self

    def ask(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("localhost", self.port, timeout=10)
        try:
            connection.request(method, path, body, {"Content-Type": "text/plain"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def ready(self) -> dict[str, str]:
        status, body = self.ask("GET", "/health/ready")
        assert status == 200
        found: dict[str, str] = json.loads(body)
        return found

    def children(self, role: str) -> list[psutil.Process]:
        found = []
        for child in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if "issuer.worker" in child.cmdline() and role in child.cmdline():
                    found.append(child)
        return found

    def server(self) -> int:
        """The pid of the embedded PostgreSQL."""
        for child in psutil.Process(self.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                if child.cmdline()[:1] and child.cmdline()[0].endswith("/bin/postgres"):
                    return int(child.pid)
        raise AssertionError("no PostgreSQL runs")

    def everybody(self) -> list[int]:
        return [int(child.pid) for child in psutil.Process(self.process.pid).children(recursive=True)]

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(60)


@pytest.fixture
def service(folder: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def one(*arguments: str, **settings: str) -> Running:
        started.append(Running(folder, *arguments, **settings))
        return started[-1]

    yield one
    for each in started:
        each.stop()


Start = Callable[..., Running]


def test_a_first_start_prints_its_links_and_a_stop_leaves_nothing(service: Start) -> None:
    running = service().wait_ready()
    links = re.findall(r"http://localhost:\d+/\S+", running.said())
    assert [link.split("/")[3] for link in links] == ["take", "take", "take", "verify", "docs"]
    assert [running.ask("GET", "/" + link.split("/", 3)[3])[0] for link in links] == [200] * 5
    assert running.ready() == {"status": "ready", "database": "up"}
    everybody = running.everybody()
    assert len(everybody) > 4
    assert running.stop() == 0
    assert not any(alive(pid) for pid in everybody)
    assert "Traceback" not in running.said()
    assert '"event":"stopped","signal":"SIGTERM"' in running.said().splitlines()[-1]


def _catches_sigterm(pid: int) -> bool:
    mask = re.search(r"SigCgt:\s*([0-9a-f]+)", Path(f"/proc/{pid}/status").read_text())
    return mask is not None and bool(int(mask[1], 16) >> (signal.SIGTERM - 1) & 1)


@pytest.mark.parametrize("begun", ["handlers", "postgres.lock", "postgres", "keys"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_while_it_starts_it_ends_in_order(
    service: Start, folder: Path, begun: str, number: signal.Signals
) -> None:
    running = service()
    pid = running.process.pid

    def there() -> bool:
        assert running.process.poll() is None, running.said()
        return _catches_sigterm(pid) if begun == "handlers" else (folder / "data" / begun).exists()

    until(there, 30, begun)
    everybody = running.everybody()
    os.kill(pid, number)
    assert running.process.wait(60) == 0, running.said()
    last = json.loads(running.said().strip().splitlines()[-1])
    assert (last["event"], last["signal"]) == ("stopped", number.name)
    assert "Traceback" not in running.said()
    assert not any(alive(each) for each in everybody)
    if begun == "postgres":  # whatever was half made is made whole the next time
        assert service().wait_ready().ready()["database"] == "up"


def test_it_listens_on_loopback_addresses_only(service: Start) -> None:
    running = service().wait_ready()
    found = {
        connection.laddr.ip
        for child in psutil.Process(running.process.pid).children(recursive=True)
        for connection in child.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert "127.0.0.1" in found
    assert found <= {"127.0.0.1", "::1"}


def test_it_speaks_https_with_a_certificate(service: Start, certificate: tuple[Path, Path]) -> None:
    running = service("--tls-cert", str(certificate[0]), "--tls-key", str(certificate[1])).wait_ready()
    assert f"https://localhost:{running.port}/verify" in running.said()
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    connection = http.client.HTTPSConnection("localhost", running.port, timeout=10, context=trusting)
    with contextlib.closing(connection):
        connection.request("GET", "/verify")
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.headers["strict-transport-security"]
        assert b"<!doctype html>" in answer.read()
    with pytest.raises(http.client.HTTPException):
        running.ask("GET", "/verify")


def test_unusable_tls_files_are_a_clear_sentence(service: Start, certificate: tuple[Path, Path]) -> None:
    running = service("--tls-cert", str(certificate[0]), "--tls-key", str(certificate[0]))
    assert running.process.wait(60) == 78
    assert "[tls.unusable]" in running.said()
    assert "Traceback" not in running.said()


def test_a_port_in_use_is_a_clear_sentence(service: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        other = service("--port", str(taken.getsockname()[1]))
        assert other.process.wait(60) == 69
    said = other.said()
    assert "is in use" in said
    assert "[port.in_use]" in said
    assert "Traceback" not in said


def test_a_second_service_on_the_same_data_is_refused(service: Start) -> None:
    first = service().wait_ready()
    second = service()
    assert second.process.wait(60) == 69
    assert "[database.already_running]" in second.said()
    assert first.ready()["database"] == "up"


def test_kill_9_of_the_parent_leaves_nobody_and_it_starts_again(service: Start) -> None:
    first = service("--workers", "2").wait_ready()
    everybody = first.everybody()
    first.process.kill()
    first.process.wait()
    again = service().wait_ready()  # at once, while the old watchdog is still stopping its server
    until(lambda: not any(alive(pid) for pid in everybody), 15, "the first service's processes ended")
    assert again.ready()["database"] == "up"


def test_a_worker_that_dies_is_replaced(service: Start) -> None:
    running = service("--workers", "2").wait_ready()
    worker = running.children("answer")[0]
    jobs = running.children("work")[0]
    worker.kill()
    jobs.kill()
    until(lambda: len(running.children("answer")) == 2, 30, "two workers")
    until(lambda: len(running.children("work")) == 1, 30, "one job process")
    assert worker.pid not in {child.pid for child in running.children("answer")}
    assert running.ready()["status"] == "ready"


def test_with_its_database_killed_it_answers_503_but_never_500_and_recovers(service: Start) -> None:
    running = service().wait_ready()
    token = re.findall(r"/take/\S+", running.said())[0]
    os.kill(running.server(), signal.SIGKILL)
    statuses, verified = set(), set()
    deadline = time.monotonic() + 60
    while True:
        statuses.add(running.ask("GET", token)[0])
        verified.add(running.ask("POST", "/api/verify", "not a credential")[0])
        if running.ready()["database"] == "up" and running.ask("GET", token)[0] == 200:
            break
        assert time.monotonic() < deadline
    assert statuses <= {200, 503}
    assert verified == {200}


def test_without_its_database_it_starts_from_files(service: Start) -> None:
    service().wait_ready().stop()
    running = service(ASSAY_DATABASE_URL="postgresql://assay@/assay?host=%2Fnowhere")

    def answers() -> bool:
        assert running.process.poll() is None, running.said()
        with contextlib.suppress(OSError):
            return running.ask("GET", "/health/live")[0] == 200
        return False

    until(answers, 60, "the service answers")
    assert running.ready() == {"status": "ready", "database": "down"}
    assert running.ask("GET", "/o/demo/did.json")[0] == 200
    assert running.ask("POST", "/api/verify", "not a credential")[0] == 200
    assert running.ask("GET", "/verify")[0] == 200
    assert running.ask("POST", "/api/invitations", "{}")[0] in {401, 503}
    assert running.ask("GET", "/take/demo." + "x" * 43)[0] == 503


@pytest.mark.parametrize(
    ("settings", "code", "status"),
    [
        ({"ASSAY_DATABASE_URL": "postgresql://assay@/assay?host=%2Fnowhere"}, "database.unreachable", 69),
        ({"ASSAY_BASE_URL": "http://example.org"}, "settings.base_url", 78),
        ({"ASSAY_BASE_URL": "https://example.org"}, "passphrase.missing", 78),
        ({"ASSAY_LISTEN": "192.0.2.1"}, "port.no_address", 69),
        ({"ASSAY_LOG_LEVEL": "loud"}, "settings.invalid", 78),
    ],
)
def test_a_wrong_setting_is_a_clear_sentence(
    service: Start, settings: dict[str, str], code: str, status: int
) -> None:
    running = service(**settings)
    assert running.process.wait(60) == status
    assert f"[{code}]" in running.said()
    assert "Traceback" not in running.said()


def test_another_passphrase_is_refused(service: Start) -> None:
    service(ASSAY_PASSPHRASE="correct horse", ASSAY_BASE_URL="http://localhost:8000").wait_ready().stop()
    wrong = service(ASSAY_PASSPHRASE="battery staple", ASSAY_BASE_URL="http://localhost:8000")
    assert wrong.process.wait(60) == 69
    assert "[keys.wrong_passphrase]" in wrong.said()
