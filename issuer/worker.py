"""The processes that `assay serve` starts: workers that answer, and one that runs the jobs.

A child holds the read end of a pipe as its standard input and stops in order when the parent is gone, however
it went. Its settings come in the environment.
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import uvicorn

from issuer import jobs, logs
from issuer.app import create_app
from issuer.db.migrate import up_to_date
from issuer.issuance.desk import Desk
from issuer.opening import opened
from issuer.settings import Settings, StartRefused, load
from issuer.tls import tls_context
from schemas.problems import ProblemError
from verifier.web.connections import guarded_server

READY = b"ready\n"
GRACEFUL_SECONDS = 8
CHECK_SECONDS = 0.5
REFUSED = 78  # sysexits.h EX_CONFIG: the parent does not start us again


class Server(uvicorn.Server):
    """uvicorn on sockets that the parent opened; signals are ours, and readiness is told to the parent."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept, and say so."""
        await super().startup(sockets)
        _tell_ready()

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def] # noqa: ANN201 - as its parent has it
        """Leave signals to `_until_told`."""
        yield


def _tell_ready() -> None:
    with contextlib.suppress(OSError):
        os.write(1, READY)


def _on_stop(stop: Callable[[], None]) -> None:
    """Call `stop` when the parent is gone (end of standard input) or asks (SIGTERM, SIGINT)."""
    loop = asyncio.get_running_loop()

    def read_input() -> None:
        if not os.read(0, 1024):
            loop.remove_reader(0)
            stop()

    loop.add_reader(0, read_input)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)


async def answer(settings: Settings, descriptors: list[int]) -> None:
    """Answer requests on the parent's listening sockets until told to stop."""
    sockets = [socket.socket(fileno=descriptor) for descriptor in descriptors]
    async with opened(settings) as desk:
        prepared = asyncio.Event()
        watching = asyncio.create_task(_prepared(desk, prepared))
        tls = tls_context(settings)
        config = uvicorn.Config(
            create_app(desk, prepared.is_set),
            log_config=None,
            timeout_graceful_shutdown=GRACEFUL_SECONDS,
            ssl_context_factory=None if tls is None else lambda _config, _default: tls,
            **guarded_server(),
        )
        server = Server(config)

        def stop() -> None:
            server.should_exit = True

        _on_stop(stop)
        await asyncio.wait({watching}, timeout=CHECK_SECONDS)
        await server.serve(sockets=sockets)
        watching.cancel()


async def _prepared(desk: Desk, prepared: asyncio.Event) -> None:
    """Wait until the parent has brought the database up to date, which it may do late."""
    while True:
        with contextlib.suppress(ProblemError):
            if await up_to_date(desk.pool):
                prepared.set()
                return
        await asyncio.sleep(CHECK_SECONDS)


async def work(settings: Settings) -> None:
    """Run the jobs until told to stop."""
    async with opened(settings) as desk:
        running, told = asyncio.create_task(_jobs(desk)), asyncio.Event()
        _on_stop(told.set)
        _tell_ready()
        await until(told, running)


async def _jobs(desk: Desk) -> None:
    await _prepared(desk, asyncio.Event())
    await jobs.run(desk)


async def until(told: asyncio.Event, running: "asyncio.Task[None]") -> None:
    """Let a task run until told to stop; raises what it raises.

    It is cancelled until it ends: before Python 3.12 asyncio.wait_for may lose a cancellation.
    """
    telling = asyncio.create_task(told.wait())
    await asyncio.wait({running, telling}, return_when=asyncio.FIRST_COMPLETED)
    telling.cancel()
    while not running.done():
        running.cancel()
        await asyncio.wait({running}, timeout=CHECK_SECONDS)
    if not running.cancelled():
        running.result()


def main(arguments: list[str]) -> int:
    """`answer FD…` or `work`; the exit status tells the parent whether to start us again."""
    try:
        config = os.environ.get("ASSAY_CONFIG")
        settings = load(os.environ, Path(config) if config else None)
        logs.configure(settings.log_level)
        role, *descriptors = arguments
        task = answer(settings, [int(each) for each in descriptors]) if role == "answer" else work(settings)
        with asyncio.Runner(loop_factory=uvicorn.Config("", log_config=None).get_loop_factory()) as runner:
            runner.run(task)
    except StartRefused as refused:
        logging.getLogger("assay.serve").error(refused.detail, extra={"code": refused.code})  # noqa: TRY400 - expected
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
