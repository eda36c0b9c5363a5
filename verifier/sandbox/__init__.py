"""Pictures and hard graphs are decoded in processes of their own: warm, limited, ended when too slow.

One process for each kind of chore, started with the first one. It gets nothing but its chores over a pipe:
no environment, no files, no network (`worker.py` has its limits). It ends when the pipe does, so it never
outlives us. Threads and event loops may share a Sandbox; a process made by `os.fork` may not.
"""

import asyncio
import atexit
import functools
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Literal

from msgspec import Struct

from verifier.sandbox.process import Process

Kind = Literal["picture", "graph"]

# Bytes of a chore at most.
LARGEST: dict[Kind, int] = {"picture": 5_242_880, "graph": 1_048_576}
# Chores of one kind that may wait or be under way; more are told that it is too busy.
WAITING = 8


class Chore(Struct, frozen=True):
    """One thing to be decoded.

    `picture`: a PNG, JPEG, WebP or GIF file; done, it is a JSON list of the texts of its QR codes.
    `graph`: N-Quads whose terms were checked; done, it is their canonical form (RDFC-1.0).
    """

    kind: Kind
    data: bytes


class Done(Struct, frozen=True):
    """What came of a chore."""

    data: bytes


class Undone(Struct, frozen=True):
    """Why nothing came of it; `detail` is a sentence.

    Of the data: picture.unreadable, picture.too_large, graph.malformed, sandbox.too_large, sandbox.time,
    sandbox.memory. Of us: sandbox.busy, sandbox.failed, sandbox.not_installed, sandbox.unavailable.
    """

    code: str
    detail: str


SENTENCES = {
    "picture.unreadable": "The picture is damaged.",
    "picture.too_large": "The picture has more pixels than we decode.",
    "graph.malformed": "The statements cannot be read.",
    "sandbox.too_large": "It is larger than what we decode.",
    "sandbox.time": "Decoding it takes longer than anybody is given.",
    "sandbox.memory": "Decoding it takes more memory than anybody is given.",
    "sandbox.busy": "Too much is being decoded just now. Try again in a moment.",
    "sandbox.failed": "Decoding it failed.",
    "sandbox.not_installed": 'Install "assay[carriers,rdf]" to decode pictures and hard graphs.',
    "sandbox.unavailable": "The process that decodes it could not be started.",
}


class Sandbox:
    """Does chores elsewhere, one of each kind at a time; never raises, whatever is decoded."""

    def __init__(self, waiting: int = WAITING) -> None:
        """`waiting` bounds the chores of each kind that are under way or wait."""
        self._lines: dict[Kind, _Line] = {kind: _Line(kind, waiting) for kind in LARGEST}

    async def run(self, chore: Chore) -> Done | Undone:
        """Do a chore; the event loop goes on meanwhile."""
        future = self._lines[chore.kind].submit(chore.data)
        return future if isinstance(future, Undone) else await asyncio.wrap_future(future)

    def wait(self, chore: Chore) -> Done | Undone:
        """Do a chore, blocking."""
        future = self._lines[chore.kind].submit(chore.data)
        return future if isinstance(future, Undone) else future.result()

    def close(self) -> None:
        """End the processes; what still waits is not done, and nothing is from now on."""
        for line in self._lines.values():
            line.close()


@functools.cache
def shared() -> Sandbox:
    """Return the sandbox of this process, which ends with it."""
    made = Sandbox()
    atexit.register(made.close)
    return made


class _Line:
    """The chores of one kind, in the order in which they came, with the thread that hands them over."""

    def __init__(self, kind: Kind, waiting: int) -> None:
        self._kind: Kind = kind
        self._process = Process(kind)
        self._room = threading.BoundedSemaphore(waiting)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"sandbox-{kind}")

    def submit(self, data: bytes) -> "Future[Done | Undone] | Undone":
        if len(data) > LARGEST[self._kind]:
            return _undone("sandbox.too_large")
        if not self._room.acquire(blocking=False):
            return _undone("sandbox.busy")
        try:
            future = self._thread.submit(self._do, data)
        except RuntimeError:  # it was closed
            self._room.release()
            return _undone("sandbox.unavailable")
        future.add_done_callback(lambda _: self._room.release())
        return future

    def _do(self, data: bytes) -> Done | Undone:
        answer = self._process.ask(data)
        return Done(answer) if isinstance(answer, bytes) else _undone(answer.code)

    def close(self) -> None:
        self._process.kill()
        self._thread.shutdown()
        self._process.close()


def _undone(code: str) -> Undone:
    return Undone(code, SENTENCES[code])
