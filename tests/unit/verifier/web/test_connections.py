"""The standalone application behind a real socket: who is slow, silent, or asks for something else."""

import asyncio
import contextlib
import resource
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn

from verifier.web.app import WebSettings, create_app
from verifier.web.connections import Connection, connections_of, guarded_server
from verifier.web.headers import ALWAYS, CAMERA

SECONDS = 0.2
PATIENCE = 10.0


class Impatient(Connection):
    head_seconds = SECONDS
    stall_seconds = SECONDS
    at_most = 4


@contextlib.asynccontextmanager
async def serving(application: Any, **changes: Any) -> AsyncIterator[int]:
    config = uvicorn.Config(
        application, log_config=None, lifespan="off", **{**guarded_server(), "http": Impatient, **changes}
    )
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup([listening])
    try:
        yield int(listening.getsockname()[1])
    finally:
        await server.shutdown([listening])


@pytest.fixture
async def port(world: Any) -> AsyncIterator[int]:
    application = create_app(WebSettings(base_url="http://edge.example"), lambda: world.now, world.verify)
    async with serving(application) as port:
        yield port


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def opened(port: int, sent: bytes = b"") -> Streams:
    streams = await asyncio.open_connection("127.0.0.1", port)
    streams[1].write(sent)
    return streams


async def read(streams: Streams) -> bytes:
    """All that comes until the server ends the connection."""
    reader, writer = streams
    found = b""
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(PATIENCE):
            found = await reader.read(-1)
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return found


@pytest.mark.parametrize("sent", [b"", b"\r\n", b"GET /ver", b"GET /verify HTTP/1.1\r\nHost: x\r\nX: "])
async def test_half_a_head_is_not_waited_for(port: int, sent: bytes) -> None:
    assert await read(await opened(port, sent)) == b""


async def test_a_drip_does_not_extend_the_time(port: int) -> None:
    streams = await opened(port, b"GET / HTTP/1.1\r\nX: ")
    dripping = asyncio.create_task(drip(streams[1]))
    assert await read(streams) == b""
    dripping.cancel()


async def drip(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x")
        await asyncio.sleep(SECONDS / 10)


async def test_after_an_answer_the_next_head_has_its_time_too(port: int) -> None:
    ask = b"GET /docs/problems HTTP/1.1\r\nHost: x\r\n\r\n"
    found = await read(await opened(port, ask + ask + b"\r\nGET /"))
    assert found.count(b"HTTP/1.1 200 OK") == 2


async def test_an_answer_that_nobody_reads_is_dropped() -> None:
    ended = asyncio.Event()

    async def endless(_scope: Any, _receive: Any, send: Any) -> None:
        try:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for _ in range(1_000):
                await send({"type": "http.response.body", "body": bytes(100_000), "more_body": True})
        finally:
            ended.set()

    async with serving(endless) as port:
        _reader, writer = await opened(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        transport: Any = writer.transport
        transport.pause_reading()
        async with asyncio.timeout(PATIENCE):
            await ended.wait()
        transport.abort()


@pytest.mark.parametrize("keep", [b"close", b"keep-alive"])
async def test_the_last_answer_must_be_read_too(keep: bytes) -> None:
    lost = asyncio.Event()

    class Watched(Impatient):
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            lost.set()

    async def large(_scope: Any, _receive: Any, send: Any) -> None:
        size = 30_000_000
        headers = [(b"content-length", str(size).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": bytes(size)})

    async with serving(large, http=Watched, timeout_keep_alive=0.01) as port:
        _reader, writer = await opened(
            port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: " + keep + b"\r\n\r\n"
        )
        transport: Any = writer.transport
        transport.pause_reading()
        async with asyncio.timeout(PATIENCE):
            await lost.wait()
        transport.abort()


async def test_who_reads_on_after_a_pause_gets_everything() -> None:
    paused = asyncio.Event()
    size = 30_000_000

    class Watched(Impatient):
        stall_seconds = PATIENCE

        def pause_writing(self) -> None:
            super().pause_writing()
            paused.set()

    async def large(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(30):
            await send({"type": "http.response.body", "body": bytes(size // 30), "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async with serving(large, http=Watched) as port:
        reader, writer = await opened(port, b"GET / HTTP/1.0\r\nHost: x\r\n\r\n")
        transport: Any = writer.transport
        transport.pause_reading()
        async with asyncio.timeout(PATIENCE):
            await paused.wait()
            transport.resume_reading()
            answer = await reader.read()
        assert answer.count(b"\0") == size
        writer.close()


@pytest.mark.parametrize(
    ("files", "connections"), [(1_024, 512), (4_096, 2_048), (65_536, 2_048), (resource.RLIM_INFINITY, 2_048)]
)
def test_half_of_the_files_are_left_to_everything_else(files: int, connections: int) -> None:
    assert connections_of(files) == connections


async def test_beyond_the_limit_the_longest_idle_makes_room(port: int) -> None:
    idle = [await opened(port) for _ in range(4)]
    fifth = await opened(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert (await read(fifth)).startswith(b"HTTP/1.1 302")
    assert await read(idle[0]) == b""
    for each in idle[1:]:
        each[1].close()


UPGRADE = b"Host: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"


@pytest.mark.parametrize(
    ("head", "status", "code"),
    [
        (b"GET /nowhere HTTP/1.1\r\n" + UPGRADE, b"404", b"request.not_found"),
        (b"GET /docs/problems HTTP/1.1\r\n" + UPGRADE, b"200", b"request.not_found"),
        (b"TRACE /verify HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", b"405", b"request.method"),
        (b"TRACE /api/verify HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", b"405", b"request.method"),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", b"404", b"request.not_found"),
        (b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", b"400", b"request.malformed"),
        (b"G\x00T / HTTP/1.1\r\n", b"400", b"request.malformed"),
    ],
)
async def test_whatever_is_asked_for_the_answer_is_ours(
    port: int, head: bytes, status: bytes, code: bytes
) -> None:
    answer = await read(await opened(port, head + b"\r\n"))
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert code in answer
    # One page has a policy of its own, for the camera.
    for name, value in CAMERA if b" /verify " in head else ALWAYS:
        assert answer.count(b"\r\n" + name + b": " + value + b"\r\n") == 1
