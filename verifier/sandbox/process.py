"""One worker process: started when first asked, ended when it is late, odd or old, and then started again."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, cast

from msgspec import Struct

from verifier.sandbox import worker

# What it may say of itself; whatever else comes from a process that decodes strangers' bytes is a failure.
CODES = frozenset(
    {
        b"picture.unreadable",
        b"picture.too_large",
        b"graph.malformed",
        b"sandbox.memory",
        b"sandbox.not_installed",
    }
)
# Seconds on the wall: more than the CPU time that a worker gives itself, for a machine that is busy.
SECONDS = {"picture": 5.0, "graph": 2.0}
START_SECONDS = 30.0
ANSWER = 2_097_152
# After so many chores a fresh process takes over: what memory was broken into does not pile up.
CHORES = 200
# How it ended, where that says why: some libraries abort when there is no more memory.
_ENDED = {
    -getattr(signal, name): code
    for name, code in (
        ("SIGPROF", "sandbox.time"),
        ("SIGXCPU", "sandbox.time"),
        ("SIGABRT", "sandbox.memory"),
    )
    if hasattr(signal, name)
}
# Without these some interpreters do not start; everything else, secrets above all, stays here.
_ENVIRONMENT = ("LD_LIBRARY_PATH", "SYSTEMROOT")


class Failed(Struct, frozen=True):
    """No answer, and the code for it."""

    code: str


class Process:
    """A worker for one kind of chore; for one thread at a time, but for `kill`."""

    def __init__(self, kind: str, seconds: float | None = None) -> None:
        """Nothing is started before the first chore; `seconds` replaces the time on the wall for one."""
        self._kind = kind
        self._seconds = seconds or SECONDS[kind]
        self._popen: subprocess.Popen[bytes] | None = None
        self._chores = 0
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The process id of the worker, if one runs."""
        return None if self._popen is None else self._popen.pid

    def ask(self, data: bytes) -> bytes | Failed:
        """Return what came of one chore, within its time; never raises."""
        popen = self._popen
        if popen is not None and (self._chores == CHORES or popen.poll() is not None):
            self._end(popen)
        if self._popen is None:
            ready = self._start()
            if isinstance(ready, Failed):
                return ready
        self._chores += 1
        return self._exchange(len(data).to_bytes(4, "big") + data, self._seconds)

    def kill(self) -> None:
        """Have the chore under way fail, and every later one; from any thread."""
        self._closed = True
        if self._popen is not None:
            self._popen.kill()

    def close(self) -> None:
        """End the process."""
        self._closed = True
        if self._popen is not None:
            self._end(self._popen)

    def _start(self) -> bytes | Failed:
        """Start a worker and return its first, empty answer."""
        if self._closed:
            return Failed("sandbox.unavailable")
        command = [sys.executable or "", "-I", "-B", str(Path(worker.__file__)), self._kind]
        try:
            self._popen = subprocess.Popen(  # noqa: S603 — our own interpreter and our own file
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                cwd="/",
                start_new_session=True,  # a terminal's Ctrl-C is for us, and we end it
            )
        except OSError:
            return Failed("sandbox.unavailable")
        self._chores = 0
        return self._exchange(b"", START_SECONDS)

    def _exchange(self, chore: bytes, seconds: float) -> bytes | Failed:
        """Hand over and wait; done with a process that is late, says odd things, or has ended."""
        popen, late = cast("subprocess.Popen[bytes]", self._popen), threading.Event()

        def end() -> None:
            late.set()
            popen.kill()

        timer = threading.Timer(seconds, end)
        timer.start()
        try:
            answer = _converse(popen, chore)
        finally:
            timer.cancel()
            timer.join()
        if answer[:1] == b"+" and not late.is_set():
            return answer[1:]
        if answer[:1] == b"-" and answer[1:] in CODES and not late.is_set():
            return Failed(answer[1:].decode())
        status = self._end(popen)
        return Failed("sandbox.time" if late.is_set() else _ENDED.get(status, "sandbox.failed"))

    def _end(self, popen: "subprocess.Popen[bytes]") -> int:
        """End the process, and return its status."""
        self._popen = None
        popen.kill()
        with contextlib.suppress(OSError):  # what it never read
            cast("IO[bytes]", popen.stdin).close()
        cast("IO[bytes]", popen.stdout).close()
        return popen.wait()


def _converse(popen: "subprocess.Popen[bytes]", chore: bytes) -> bytes:
    """Return a whole answer, or nothing where the process ended before or says too much."""
    stdin, stdout = cast("IO[bytes]", popen.stdin), cast("IO[bytes]", popen.stdout)
    try:
        stdin.write(chore)
        stdin.flush()
    except OSError:
        return b""
    head = stdout.read(4)
    size = int.from_bytes(head, "big")
    if size > ANSWER:
        return b""
    answer = stdout.read(size)
    return answer if len(answer) == size else b""
