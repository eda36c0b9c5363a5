"""One guarded request over httpcore; imported only when something really goes out (an extra).

httpcore follows no redirects and reads no proxy from the environment; the address it connects to is ours
to give.
"""

import asyncio
import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Final

import httpcore
from msgspec import Struct

from verifier.fetch import GONE, NO_ANSWER, OK
from verifier.guard import Target

NOT_MODIFIED: Final = 304

Resolve = Callable[[str, int], Awaitable[tuple[str, ...]]]

# One address that swallows packets must not use up the time of those after it.
_CONNECT_SECONDS = 1.0
# The process's threads that wait for its resolver, which may take far longer than whoever asked waits.
_LOOK_UPS = threading.BoundedSemaphore(32)

# From here on, the server says that the failure is its own (RFC 9110, section 15.6).
_SERVER_ERROR = 500
# RFC 6585, section 4: likewise nothing about what was asked for.
_TOO_MANY_REQUESTS = 429
# RFC 9110, section 8.8.3; what is longer is not kept and sent back.
_ETAG = re.compile(rb'(?:W/)?"[!#-~]{0,255}"')

_FAILURES = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError)


class WireFailed(Exception):  # noqa: N818 — the house's name: what happened, not that it is an error
    """No usable answer.

    fetch.failed, fetch.unavailable, fetch.redirect, fetch.status, fetch.too_large, fetch.busy.
    """

    def __init__(self, code: str, detail: str, status: int | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.status = status


class Reply(Struct, frozen=True):
    """Status (200, 304 or 410), media type without parameters, the body within its limit, its entity tag."""

    status: int
    media_type: str
    body: bytes
    etag: str | None = None


class Pinned(httpcore.AsyncNetworkBackend):
    """Connects to the addresses that were resolved and judged once, whatever the name means by now."""

    def __init__(self, addresses: tuple[str, ...], network: httpcore.AsyncNetworkBackend) -> None:
        """`network` opens the connections."""
        self._addresses = addresses
        self._network = network

    async def connect_tcp(
        self,
        host: str,  # noqa: ARG002 — the pinned addresses take its place
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109, ARG002 — httpcore's signature; the caller holds the clock
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Try each address in turn."""
        for address in self._addresses[:-1]:
            with contextlib.suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return await self._network.connect_tcp(
                    address, port, _CONNECT_SECONDS, local_address, socket_options
                )
        return await self._network.connect_tcp(self._addresses[-1], port, None, local_address, socket_options)


async def resolve(host: str, port: int) -> tuple[str, ...]:
    """Ask the system once; an empty tuple where there is no such host.

    In a daemon thread of its own: a resolver that hangs delays neither the caller's time limit nor the
    loop's end. Raises WireFailed where too many threads are still waiting.
    """
    if not _LOOK_UPS.acquire(blocking=False):
        raise WireFailed("fetch.busy", "Too many names are being looked up just now.")
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[tuple[str, ...]] = loop.create_future()

    def deliver(addresses: tuple[str, ...]) -> None:
        if not answered.done():
            answered.set_result(addresses)

    def look_up() -> None:
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            rows = []
        finally:
            _LOOK_UPS.release()
        addresses = tuple(dict.fromkeys(str(row[4][0]) for row in rows))
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
            loop.call_soon_threadsafe(deliver, addresses)

    threading.Thread(target=look_up, daemon=True).start()
    return await answered


async def ask(
    target: Target,
    addresses: tuple[str, ...],
    *,
    headers: Sequence[tuple[str, str]],
    limit: int,
    network: httpcore.AsyncNetworkBackend | None,
    tls: ssl.SSLContext,
) -> Reply:
    """GET the target from one of these addresses, reading at most `limit` bytes; raises WireFailed."""
    url = httpcore.URL(
        scheme=target.scheme.encode(),
        host=target.host.encode(),
        port=target.port,
        target=target.path.encode(),
    )
    pool = httpcore.AsyncConnectionPool(
        ssl_context=tls, network_backend=Pinned(addresses, network or httpcore.AnyIOBackend())
    )
    try:
        async with pool, pool.stream("GET", url, headers=[("Host", target.authority), *headers]) as response:
            return await _read(response, limit)
    except _FAILURES:
        raise WireFailed("fetch.failed", NO_ANSWER) from None


async def _read(response: httpcore.Response, limit: int) -> Reply:
    fields = {name.lower(): value for name, value in response.headers}
    media_type = (
        fields.get(b"content-type", b"").partition(b";")[0].strip().lower().decode("ascii", "replace")
    )
    status = response.status
    if status in (GONE, NOT_MODIFIED):
        return Reply(status, media_type, b"")
    if status >= _SERVER_ERROR or status == _TOO_MANY_REQUESTS:
        raise WireFailed("fetch.unavailable", f"The server cannot answer now: its status is {status}.")
    if status in range(300, 400):
        raise WireFailed("fetch.redirect", "The address redirects elsewhere; redirects are not followed.")
    if status != OK:
        raise WireFailed("fetch.status", f"The answer's status is {status}.", status)
    if fields.get(b"content-encoding", b"identity").lower() != b"identity":
        raise WireFailed("fetch.failed", "The answer is compressed although that was not asked for.")
    body = bytearray()
    async for chunk in response.aiter_stream():
        body += chunk
        if len(body) > limit:
            raise WireFailed("fetch.too_large", f"The answer is larger than {limit} bytes.")
    return Reply(status, media_type, bytes(body), _etag(fields))


def _etag(fields: Mapping[bytes, bytes]) -> str | None:
    found = fields.get(b"etag", b"")
    return found.decode("ascii") if _ETAG.fullmatch(found) else None
