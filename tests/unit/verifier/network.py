"""A server of our own on loopback, and an Https that believes it to be the public internet."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import httpcore

from verifier import Https
from verifier.fetch import Answer, Kind, Need, Unreachable

HOST = "issuer.example"
URL = f"https://{HOST}/o/demo/did.json"

Make = Callable[..., Https]
Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Answers every request with one reply, or those of a path with its own; remembers the requests."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.reply: Reply = plain(b"{}")
        self.paths: dict[str, Reply] = {}
        self.port = 0
        self._listening: asyncio.Server | None = None

    def listens(self, listening: asyncio.Server) -> None:
        """Say where this is served."""
        self._listening = listening
        self.port = listening.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """From now on nobody answers: a connection is refused."""
        assert self._listening is not None
        self._listening.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.requests.append((await reader.readuntil(b"\r\n\r\n")).decode())
            path = self.requests[-1].split(" ", 2)[1]
            await self.paths.get(path, self.reply)(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def plain(body: bytes, status: str = "200 OK", *fields: str) -> Reply:
    async def reply(writer: asyncio.StreamWriter) -> None:
        head = [f"HTTP/1.1 {status}", "Content-Type: Application/JSON; charset=utf-8", *fields]
        writer.write("\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body)
        await writer.drain()

    return reply


class Redirected(httpcore.AsyncNetworkBackend):
    """Leads every connection to the test's server, and remembers where it should have gone."""

    def __init__(self, port: int, unreachable: Iterable[str] = ()) -> None:
        self.port = port
        self.unreachable = tuple(unreachable)
        self.connected: list[str] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 — httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.connected.append(f"{host}:{port}")
        if host in self.unreachable:
            raise httpcore.ConnectError
        real = httpcore.AnyIOBackend()
        return await real.connect_tcp("127.0.0.1", self.port, timeout, local_address, socket_options)


class Resolver:
    """Gives one answer after the other, the last one for ever."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> tuple[str, ...]:
        self.asked.append((host, port))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def ask(https: Https, url: str = URL, kind: Kind = "issuer_key") -> Answer:
    return await https.get(Need(kind, url))


def code(answer: Answer) -> str:
    assert isinstance(answer, Unreachable), answer
    assert answer.detail.endswith(".")
    return answer.code
