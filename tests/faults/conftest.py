import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import psutil  # type: ignore[import-untyped] # it has no stubs of its own
import pytest

from issuer.db.embedded.account import choose

SERVICE = """
import sys
from pathlib import Path
from issuer.db.embedded.supervisor import start
from issuer.settings import StartRefused
try:
    embedded = start(Path(sys.argv[1]), shelter=Path(sys.argv[2]))
except StartRefused as refused:
    print("refused", refused.code, refused.detail, flush=True)
    sys.exit(3)
print("ready", embedded.pid, embedded.watchdog_pid, embedded.dsn, flush=True)
sys.stdin.read()
embedded.close()
"""


class Service:
    """A process that owns an embedded PostgreSQL, to be killed."""

    def __init__(self, folder: Path, shelter: Path, prefix: Sequence[str] = ()) -> None:
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-c", SERVICE, str(folder), str(shelter)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",
        )
        self.words = self.process.stdout.readline().split() if self.process.stdout else []
        self.ready = self.words[:1] == ["ready"]
        if self.ready:
            self.server, self.watchdog, self.dsn = int(self.words[1]), int(self.words[2]), self.words[3]

    def stop(self) -> None:
        """Let it end in order, and clean up after it however it ended."""
        with contextlib.suppress(BrokenPipeError):
            self.process.communicate(timeout=60)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder that PostgreSQL's account can reach, also where we are root."""
    made = Path(tempfile.mkdtemp(prefix="assay-fault-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def launch(folder: Path) -> Iterator[Callable[..., Service]]:
    """Start services; whatever is left of them ends with the test."""
    services: list[Service] = []

    def one(data: Path | None = None, prefix: Sequence[str] = ()) -> Service:
        services.append(Service(data or folder, folder / "shelter", prefix))
        return services[-1]

    yield one
    for service in services:
        service.stop()
    pids = [pid for service in services if service.ready for pid in (service.server, service.watchdog)]
    until(lambda: not any(alive(pid) for pid in pids), 30, "everything ended")


def becoming(uid: int, gid: int) -> list[str]:
    """The words before a command that make an ordinary account run it.

    The account may still read everything: the interpreter that runs the tests can be in root's own folder.
    """
    as_account = [f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
    return ["setpriv", *as_account, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]


def alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Poll until the condition holds; fails when time is up."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


def modes(path: Path) -> Mapping[Path, int]:
    """The modes of a folder and of everything above it."""
    return {each: each.stat().st_mode for each in (path, *path.parents)}


@pytest.fixture
def stranger() -> Iterator[int]:
    """A process of PostgreSQL's own account that has nothing to do with us."""
    account = choose()
    options = {"user": account.uid, "group": account.gid, "extra_groups": []} if account.other else {}
    process = subprocess.Popen(["sleep", "600"], cwd="/", **options)  # type: ignore[call-overload] # as above
    yield process.pid
    assert process.poll() is None, "a stranger was killed"
    process.kill()
    process.wait()


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """The environment of an `assay` command with its data in `folder`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")}
    return {**kept, "ASSAY_DATA_DIR": str(folder), "ASSAY_WORKERS": "1", **settings}
