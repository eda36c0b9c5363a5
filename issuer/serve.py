"""`assay serve`: the parent opens the sockets, owns the embedded PostgreSQL, keeps its children alive."""

import asyncio
import contextlib
import errno
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal

import msgspec

from issuer import signals
from issuer.assessments.demonstration import OFFERED, demo_invitation, ensure_demonstration
from issuer.conformance import conformance_access
from issuer.db.deployment import fix_base_url
from issuer.db.embedded.supervisor import Embedded, start
from issuer.db.migrate import migrate
from issuer.db.pool import connect
from issuer.opening import open_keystore, utc_now
from issuer.rebase import rebase
from issuer.settings import Settings, StartRefused, data_folder
from issuer.tls import tls_context
from keys.stores.file import FileStore
from schemas.problems import ProblemError

BACKLOG = 1024
STOP_SECONDS = 12
READY_SECONDS = 60
REFUSED = 78  # what a child says that must not be started again
AGAIN_SECONDS = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0)
LONG_ENOUGH_SECONDS = 10.0  # a child that lived so long did not fail at its start
RETRY_SECONDS = 1.0

Links = dict[str, str]  # of invitations, by assessment

log = logging.getLogger("assay.serve")


def bind(addresses: tuple[str, ...], port: int) -> list[socket.socket]:
    """Listen on every address; one that this machine does not have (often ::1) is left out. Port 0: any.

    Raises:
        StartRefused: port.in_use, port.refused, port.no_address
    """
    sockets: list[socket.socket] = []
    try:
        for address in addresses:
            found = _listen(address, port)
            if found is not None:
                sockets.append(found)
                port = found.getsockname()[1]
    except BaseException:
        for each in sockets:
            each.close()
        raise
    if not sockets:
        raise StartRefused(
            "port.no_address", f"This machine has none of the addresses {', '.join(addresses)}."
        )
    return sockets


def _listen(address: str, port: int) -> socket.socket | None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listening = None
    try:
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind((address, port))
        listening.listen(BACKLOG)
    except OSError as error:
        if listening is not None:
            listening.close()
        if error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT}:
            return None
        if error.errno == errno.EADDRINUSE:
            raise StartRefused(
                "port.in_use",
                f"Port {port} on {address} is in use: perhaps the service is already running. "
                "Stop what uses it, or name another port with ASSAY_PORT.",
            ) from error
        raise StartRefused(
            "port.refused", f"Port {port} on {address} cannot be opened: {error.strerror}."
        ) from error
    listening.set_inheritable(True)
    return listening


def serve(settings: Settings, environ: Mapping[str, str], say: Callable[[str], None]) -> str:
    """Run the service until a signal says stop; returns its name. `environ` is what the children inherit.

    The caller lets signals raise Stopped, so that it may come at any time before the service runs.

    Raises:
        StartRefused: settings.vc_api, port.*, tls.*, database.*, keys.*, migration.*, base_url.changed, …
    """
    conformance_access(settings)
    tls_context(settings)  # the workers make their own: what is wrong is said here, once
    folder = data_folder(settings)
    sockets = bind(settings.listen, settings.port)
    embedded: Embedded | None = None
    try:
        if settings.database_url is None:
            embedded = start(folder)
            settings = msgspec.structs.replace(settings, database_url=embedded.dsn)
        keystore = open_keystore(settings)
        return asyncio.run(_Parent(settings, keystore, environ, sockets, say).run())
    finally:
        signals.ignore()  # asyncio took our handlers away with its loop
        for each in sockets:
            each.close()
        if embedded is not None:
            embedded.close()


class _Parent:
    """The event loop of the parent: prepare the database, keep children alive, stop them in order."""

    def __init__(
        self,
        settings: Settings,
        keystore: FileStore,
        environ: Mapping[str, str],
        sockets: list[socket.socket],
        say: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._keystore = keystore
        self._descriptors = [each.fileno() for each in sockets]
        self._say = say
        self._stopping = asyncio.Event()
        self._signal = ""
        self._refused = False
        self._environ = {
            **environ,
            "ASSAY_BASE_URL": settings.base_url,
            "ASSAY_DATABASE_URL": settings.database_url or "",
            "ASSAY_DATA_DIR": str(settings.data_dir),
        }

    def _stop(self, number: signal.Signals) -> None:
        self._signal = self._signal or number.name
        self._stopping.set()

    async def run(self) -> str:
        """Until told to stop, or until a child refuses to start; returns the signal's name."""
        loop = asyncio.get_running_loop()
        for number in signals.STOPPING:
            loop.add_signal_handler(number, self._stop, number)
        prepared = await self._prepare_or_start_without()
        workers = [asyncio.Event() for _ in range(self._settings.workers)]
        jobs = asyncio.Event()
        children = [
            *(
                asyncio.create_task(self._keep("answer", workers[number]))
                for number in range(self._settings.workers)
            ),
            asyncio.create_task(self._keep("work", jobs)),
        ]
        telling = asyncio.create_task(self._tell(workers, prepared))
        await self._stopping.wait()
        telling.cancel()
        await asyncio.gather(*children, telling, return_exceptions=True)
        if self._refused:
            raise StartRefused("service.failed", "A process of the service did not start; the log says why.")
        return self._signal

    async def _prepare_or_start_without(self) -> "asyncio.Task[Links]":
        """Bring the database up to date; where it is down but we ran before, answer from files meanwhile."""
        try:
            links = await _prepare(self._settings, self._keystore, utc_now)
        except ProblemError as problem:
            if not any((self._settings.data_dir / "published").glob("*.publication")):
                raise StartRefused(
                    "database.unreachable",
                    "The database that ASSAY_DATABASE_URL names cannot be reached. "
                    "Start it, or correct the address.",
                ) from problem
            log.warning("database.down")
            return asyncio.create_task(self._prepare_later())
        done: asyncio.Task[Links] = asyncio.create_task(_return(links))
        return done

    async def _prepare_later(self) -> Links:
        while True:
            await asyncio.sleep(RETRY_SECONDS)
            try:
                return await _prepare(self._settings, self._keystore, utc_now)
            except ProblemError:
                continue
            except StartRefused as refused:
                log.error(refused.detail, extra={"code": refused.code})  # noqa: TRY400 - expected, no traceback
                self._refused = True
                self._stopping.set()
                return {}

    async def _tell(self, workers: list[asyncio.Event], prepared: "asyncio.Task[Links]") -> None:
        """Say where everything is, once every worker answers."""
        await asyncio.gather(*(worker.wait() for worker in workers))
        base_url = self._settings.base_url
        self._say(f"Assay is running at {base_url}\n")
        for name, link in (await prepared).items():
            self._say(f"  {f'Take {name}':<22}{link}")
        self._say(f"  Verify a credential   {base_url}/verify")
        self._say(f"  API documentation     {base_url}/docs/api\n")
        self._say("Stop it with Ctrl-C.")

    async def _keep(self, role: Literal["answer", "work"], ready: asyncio.Event) -> None:
        """Start a child, and start it again whenever it dies, until we stop."""
        failures = 0
        while not self._stopping.is_set():
            began = asyncio.get_running_loop().time()
            status = await self._child(role, ready)
            if self._stopping.is_set():
                return
            if status == REFUSED:
                self._refused = True
                self._stopping.set()
                return
            lived = asyncio.get_running_loop().time() - began
            failures = 1 if lived > LONG_ENOUGH_SECONDS else failures + 1
            log.error("child.died", extra={"role": role, "status": status})
            with contextlib.suppress(TimeoutError):
                pause = AGAIN_SECONDS[min(failures, len(AGAIN_SECONDS)) - 1]
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def _child(self, role: Literal["answer", "work"], ready: asyncio.Event) -> int:
        descriptors = self._descriptors if role == "answer" else []
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "issuer.worker", role, *map(str, descriptors)),
            stdin=asyncio.subprocess.PIPE,  # held open by us alone: its end tells the child that we are gone
            stdout=asyncio.subprocess.PIPE,
            env=self._environ,
            pass_fds=descriptors,
            start_new_session=True,  # Ctrl-C at the terminal is for us, who then stop the children in order
        )
        reading = asyncio.create_task(_until_ready(child, ready))
        ended = asyncio.create_task(child.wait())
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not ended.done():
            await _stop(child, ended)
        reading.cancel()
        return await ended


async def _until_ready(child: asyncio.subprocess.Process, ready: asyncio.Event) -> None:
    if child.stdout is not None and await child.stdout.readline():
        ready.set()


async def _stop(child: asyncio.subprocess.Process, ended: "asyncio.Task[int]") -> None:
    """Ask, wait for answers under way, then end it."""
    with contextlib.suppress(ProcessLookupError):
        child.terminate()
    await asyncio.wait({ended}, timeout=STOP_SECONDS)
    if not ended.done():
        with contextlib.suppress(ProcessLookupError):
            child.kill()


async def _prepare(settings: Settings, keystore: FileStore, clock: Callable[[], datetime]) -> Links:
    """Migrations, the base URL, and in local use the demonstration; returns its invitations' links."""
    pool = await connect(settings.database_url or os.devnull, size=2)
    try:
        await migrate(pool, clock=clock)
        await fix_base_url(
            pool, settings.base_url, at=clock(), moved=lambda db: rebase(db, settings, clock())
        )
        if not settings.local:
            return {}
        await ensure_demonstration(pool, keystore, settings, clock)
        return {name: await demo_invitation(pool, keystore, settings, clock, name) for name in OFFERED}
    finally:
        pool.terminate()


async def _return(links: Links) -> Links:
    return links
