"""The service's side: start the watchdog, hold the pipe, tell the address."""

import contextlib
import fcntl
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from issuer.db.embedded.place import SHELTER, Place, find
from issuer.db.embedded.watchdog import Told
from issuer.settings import StartRefused

FIRST_START_SECONDS = 180
STOP_SECONDS = 30
ATTACH_SECONDS = 60
RESPAWN_SECONDS = 0.2


class Embedded:
    """A running embedded PostgreSQL, ours until `close` or until this process dies.

    `dsn` stays the same while the server, or its watchdog, is replaced after a crash.
    """

    def __init__(self, place: Place, lock: int, address: Path) -> None:
        self.place = place
        self.dsn = place.dsn
        self.pid: int | None = None
        self._lock = lock
        self._address = address
        self._told: queue.Queue[Told] = queue.Queue()
        self._closing = threading.Event()
        self._spawning = threading.Lock()
        self._watchdog = self._spawn()
        self._reader = threading.Thread(target=self._read, daemon=True, name="embedded-postgresql")
        self._reader.start()

    @property
    def watchdog_pid(self) -> int:
        """The process to ask what it does; it is replaced if it dies."""
        return self._watchdog.pid

    def close(self) -> None:
        """Stop the server and wait until it has stopped."""
        with self._spawning:
            self._closing.set()
            watchdog = self._watchdog
        self._address.unlink(missing_ok=True)
        if watchdog.stdin:
            with contextlib.suppress(OSError):
                watchdog.stdin.close()
        try:
            watchdog.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            watchdog.terminate()
            watchdog.wait(STOP_SECONDS)
        self._reader.join(STOP_SECONDS)
        if watchdog.stdout:
            watchdog.stdout.close()
        os.close(self._lock)

    def _spawn(self) -> "subprocess.Popen[bytes]":
        # A session of its own: Ctrl-C at the terminal is for the service, which then closes us in order.
        # No setting of ours (least of all a passphrase) goes into its environment.
        return subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [
                sys.executable,
                "-P",
                "-m",
                "issuer.db.embedded.watchdog",
                msgspec.json.encode(self.place).decode(),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            cwd="/",
            env={name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")},
        )

    def _read(self) -> None:
        """Listen to the watchdog; replace it if it dies while we live."""
        while True:
            watchdog = self._watchdog
            refused = False
            for line in watchdog.stdout or ():
                told = msgspec.json.decode(line, type=Told)
                refused = refused or told.state == "refused"
                self.pid = told.pid if told.state == "ready" else None
                self._told.put(told)
            watchdog.wait()
            self._told.put(Told("stopped"))
            if refused and not self._address.exists():  # the first start: whoever waits for it is told
                return
            if self._closing.wait(RESPAWN_SECONDS):
                return
            with self._spawning:
                if self._closing.is_set():
                    return
                for pipe in (watchdog.stdin, watchdog.stdout):
                    if pipe:
                        pipe.close()
                self._watchdog = self._spawn()

    def wait_ready(self, seconds: float) -> None:
        """Block until the server takes connections.

        Raises:
            StartRefused: what the watchdog refused, or database.start_failed when time is up
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                told = self._told.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise StartRefused("database.start_failed", "PostgreSQL did not start in time.") from None
            if told.state == "ready":
                return
            if told.state == "refused":
                raise StartRefused(
                    told.code or "database.start_failed", told.detail or "PostgreSQL did not start."
                )


def start(data_dir: Path, *, installation: Path | None = None, shelter: Path = SHELTER) -> Embedded:
    """Start the embedded PostgreSQL of this data folder (which exists) and wait until it takes connections.

    Raises:
        StartRefused: database.already_running if a living service uses it; else database.* with a sentence
    """
    lock = _lock(data_dir)
    address = data_dir / "postgres.address"
    try:
        address.unlink(missing_ok=True)
        embedded = Embedded(find(data_dir, installation=installation, shelter=shelter), lock, address)
    except BaseException:
        os.close(lock)
        raise
    try:
        embedded.wait_ready(FIRST_START_SECONDS)
        _write_address(address, embedded.dsn)
    except BaseException:
        embedded.close()
        raise
    return embedded


def _lock(data_dir: Path) -> int:
    """Held by the living service alone: the kernel lets go of it at our death, children do not inherit it."""
    try:
        lock = os.open(
            data_dir / "postgres.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
        )
    except OSError as error:
        raise StartRefused(
            "database.folder", f"The data folder {data_dir} cannot be written: {error.strerror}."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise StartRefused(
            "database.already_running",
            f"The database in {data_dir} is in use: the service is already running. "
            "Stop it first, or name another folder with ASSAY_DATA_DIR.",
        ) from None
    return lock


def _write_address(file: Path, dsn: str) -> None:
    draft = file.with_name(f".{file.name}")
    draft.write_text(f"{dsn}\n", encoding="utf-8")
    draft.rename(file)


@contextlib.contextmanager
def running(data_dir: Path) -> Iterator[str]:
    """The address of this folder's server for a command: the running service's, or one started for the block.

    Raises:
        StartRefused: database.start_failed, database.*
    """
    deadline = time.monotonic() + ATTACH_SECONDS
    while True:
        try:
            embedded = start(data_dir)
        except StartRefused as refused:
            if refused.code != "database.already_running":
                raise
        else:
            try:
                yield embedded.dsn
            finally:
                embedded.close()
            return
        try:
            dsn = (data_dir / "postgres.address").read_text(encoding="utf-8").strip()
        except FileNotFoundError:  # the service is just starting, or just ending
            if time.monotonic() > deadline:
                raise StartRefused(
                    "database.start_failed", "The service's database did not become ready."
                ) from None
            time.sleep(0.1)
        else:
            yield dsn
            return
