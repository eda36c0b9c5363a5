"""The process that runs PostgreSQL and stops it when the service is gone, however it went.

It holds the read end of a pipe as its standard input. Nobody ever writes there: when the service ends, even
by kill -9, the kernel closes the write end, and the end of the input is the signal. What happens is told to
the service as lines of JSON on standard output.
"""

import asyncio
import contextlib
import fcntl
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from issuer.db.embedded import cluster
from issuer.db.embedded.place import Place
from issuer.settings import StartRefused

MAJOR = "18"
POLL_SECONDS = 0.02
LOCK_SECONDS = 60  # how long an old watchdog may take to stop its server
START_SECONDS = 120  # recovery after a crash replays at most a few checkpoints
FAST_SECONDS = 15
IMMEDIATE_SECONDS = 5
AGAIN_SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
LOG_BYTES = 8_000_000
ATTEMPTS = 2
STILL_ENDING = (
    "shared memory block"  # what PostgreSQL says while a killed server's last processes are leaving
)


class Told(msgspec.Struct, omit_defaults=True):
    """One line to the service: `state` is ready, down, refused or stopped."""

    state: str
    pid: int | None = None
    code: str | None = None
    detail: str | None = None


Tell = Callable[[Told], None]


async def watch(place: Place, gone: asyncio.Event, tell: Tell) -> None:
    """Run the server until `gone`; start it again whenever it dies.

    Raises:
        StartRefused: database.already_running, database.version, database.start_failed
    """
    lock = await _lock(Path(place.folder, "lock"), gone)
    if lock is None:
        return
    try:
        await _stop_orphan(place)
        cluster.let_in(place)
        if not place.data.exists() and not await _initialise(place, gone):
            return
        version = (place.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if version != MAJOR:
            raise StartRefused(
                "database.version",
                f"The data in {place.data} is of PostgreSQL {version}; this program brings version {MAJOR}.",
            )
        await _keep_running(place, gone, tell)
    finally:
        os.close(lock)


async def _lock(file: Path, gone: asyncio.Event) -> int | None:
    """Wait for a watchdog that is still stopping the server of a service that died. None if we are gone."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    deadline = asyncio.get_running_loop().time() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if asyncio.get_running_loop().time() > deadline or await _within(gone, POLL_SECONDS):
                os.close(descriptor)
                if gone.is_set():
                    return None
                raise StartRefused(
                    "database.already_running", f"Another program is using the database in {file.parent}."
                ) from None
        else:
            return descriptor


async def _stop_orphan(place: Place) -> None:
    """A server whose watchdog was killed: stop it. Anybody else with its old pid: leave alone."""
    deadline = asyncio.get_running_loop().time() + LOCK_SECONDS
    strongest = asyncio.get_running_loop().time() + IMMEDIATE_SECONDS
    while (pid := cluster.orphan(place)) is not None:
        now = asyncio.get_running_loop().time()
        if now > deadline:
            raise StartRefused(
                "database.already_running", f"PostgreSQL {pid} in {place.folder} does not stop."
            )
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGQUIT if now > strongest else signal.SIGINT)
        await asyncio.sleep(0.1)
    cluster.disown(place)


async def _initialise(place: Place, gone: asyncio.Event) -> bool:
    """Make the cluster beside its place and move it there when it is complete. False if we are gone."""
    draft = place.data.with_name("data.new")
    if draft.exists():  # a first start that was interrupted
        shutil.rmtree(draft)
    draft.mkdir(mode=0o700)
    if place.account.other:
        os.chown(draft, place.account.uid, place.account.gid)
    for command, text in (
        (cluster.initdb(place, draft), b""),
        (cluster.single_user(place, draft), b"CREATE DATABASE assay\n"),
    ):
        if not await _run(place, command, text, gone):
            return False
    draft.rename(place.data)
    folder = os.open(place.folder, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
    return True


async def _run(place: Place, command: list[str], text: bytes, gone: asyncio.Event) -> bool:
    program = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        **cluster.process(place),
    )
    finished = asyncio.ensure_future(program.communicate(text))
    leaving = asyncio.ensure_future(gone.wait())
    await asyncio.wait({finished, leaving}, return_when=asyncio.FIRST_COMPLETED)
    leaving.cancel()
    if not finished.done():
        program.kill()
        await finished
        return False
    if program.returncode:
        last = finished.result()[0].decode(errors="replace").strip().splitlines()[-3:]
        raise StartRefused(
            "database.start_failed", f"{Path(command[0]).name} could not make the database: {' '.join(last)}"
        )
    return True


async def _keep_running(place: Place, gone: asyncio.Event, tell: Tell) -> None:
    """Start; when the server dies start again, at once and then ever more slowly."""
    failures = 0
    first = True
    while not gone.is_set():
        program = await _start(place)
        ended = asyncio.ensure_future(program.wait())
        leaving = asyncio.ensure_future(gone.wait())
        up = await _until_ready(place, program, ended, leaving)
        if up:
            tell(Told("ready", pid=program.pid))
            failures, first = 0, False
            await asyncio.wait({ended, leaving}, return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        if gone.is_set():
            await _stop(program, ended)
            return
        await _stop(program, ended)
        tell(Told("down"))
        failures += 1
        words = _last_words(place)
        patience = len(AGAIN_SECONDS) if STILL_ENDING in words else ATTEMPTS
        if first and failures >= patience:
            raise StartRefused("database.start_failed", f"PostgreSQL does not start: {words}")
        await _within(gone, AGAIN_SECONDS[min(failures, len(AGAIN_SECONDS)) - 1])


async def _start(place: Place) -> asyncio.subprocess.Process:
    descriptor = _log(Path(place.folder, "postgres.log"))
    try:
        return await asyncio.create_subprocess_exec(
            *cluster.server(place),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            **cluster.process(place),
        )
    finally:
        os.close(descriptor)


def _log(file: Path) -> int:
    """PostgreSQL's log, open for appending; one older file is kept."""
    if file.exists() and file.stat().st_size > LOG_BYTES:
        file.rename(file.with_suffix(".log.1"))
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


async def _until_ready(
    place: Place,
    program: asyncio.subprocess.Process,
    ended: "asyncio.Task[int]",
    leaving: "asyncio.Task[Literal[True]]",
) -> bool:
    deadline = asyncio.get_running_loop().time() + START_SECONDS
    while not cluster.ready(place, program.pid):
        done, _ = await asyncio.wait(
            {ended, leaving}, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        if done or asyncio.get_running_loop().time() > deadline:
            return False
    return True


async def _stop(program: asyncio.subprocess.Process, ended: "asyncio.Task[int]") -> None:
    """Fast (roll back, checkpoint, leave), then immediate (recovery at the next start), then by force."""
    for how, seconds in ((signal.SIGINT, FAST_SECONDS), (signal.SIGQUIT, IMMEDIATE_SECONDS)):
        if ended.done():
            return
        with contextlib.suppress(ProcessLookupError):
            program.send_signal(how)
        await asyncio.wait({ended}, timeout=seconds)
    if not ended.done():
        program.kill()
        await ended


def _last_words(place: Place) -> str:
    try:
        lines = Path(place.folder, "postgres.log").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "it left no log."
    said = [line.partition("] ")[2] or line for line in lines[-3:]]
    return " ".join(said) or "it said nothing."


async def _within(event: asyncio.Event, seconds: float) -> bool:
    """Whether the event came within so many seconds."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True


def _tell(told: Told) -> None:
    with contextlib.suppress(OSError):  # nobody listens any more: then the end of our input comes too
        os.write(1, msgspec.json.encode(told) + b"\n")


async def _main(place: Place) -> None:
    gone = asyncio.Event()
    loop = asyncio.get_running_loop()

    def read_input() -> None:
        if not os.read(0, 1024):
            loop.remove_reader(0)
            gone.set()

    loop.add_reader(0, read_input)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, gone.set)
    try:
        await watch(place, gone, _tell)
    except StartRefused as refused:
        _tell(Told("refused", code=refused.code, detail=refused.detail))
    except OSError as error:
        _tell(Told("refused", code="database.folder", detail=f"{error.strerror}: {error.filename}."))
    _tell(Told("stopped"))


if __name__ == "__main__":
    asyncio.run(_main(msgspec.json.decode(sys.argv[1], type=Place)))
