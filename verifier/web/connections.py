"""Connections that may not idle: uvicorn's protocol with deadlines that uvicorn has not, and a limit.

uvicorn waits for ever for the rest of a request's head and for a client that does not read its answer.
"""

import asyncio
import resource
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from schemas.problems import ProblemError
from verifier.web.headers import ALWAYS, UNLESS_GIVEN
from verifier.web.problems import render_problem

HEAD_SECONDS = 10.0  # from the connection, or from the last answer, until the head of a request is complete
STALL_SECONDS = 30.0  # an answer that the client does not read
CONNECTIONS_AT_MOST = 2_048  # of one process


def connections_of(files: int) -> int:
    """How many a process may have that may open so many files: half, the others are for what it does."""
    return CONNECTIONS_AT_MOST if files == resource.RLIM_INFINITY else min(files // 2, CONNECTIONS_AT_MOST)


class Connection(HttpToolsProtocol):
    """One HTTP/1.1 connection. Behind a limit, the one that has idled longest makes room for a new one."""

    head_seconds = HEAD_SECONDS
    stall_seconds = STALL_SECONDS
    at_most = connections_of(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    _head: asyncio.TimerHandle | None = None
    _stall: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as its parent
        """Wait for a head, but not for ever; beyond the limit somebody has to go."""
        super().connection_made(transport)
        self._await_head()
        if len(self.connections) > self.at_most:
            waiting = [each for each in self.connections if isinstance(each, Connection) and each.idle_until]
            min(waiting, key=lambda each: each.idle_until, default=self).drop()

    @property
    def idle_until(self) -> float:
        """When this connection is dropped for want of a request; 0 while it has one."""
        return 0.0 if self._head is None else self._head.when()

    def drop(self) -> None:
        """End the connection at once, whatever is still to be sent."""
        self.transport.abort()

    def on_headers_complete(self) -> None:
        """A request has begun; how long its body may take is the application's to say."""
        self._head_came()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request; an answer that ends the connection must be read in time, too."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._await_reader()
        elif self.cycle.response_complete:  # otherwise the next request is here already
            self._await_head()

    def timeout_keep_alive_handler(self) -> None:
        """Close, as no further request came; what was sent last must be read in time."""
        super().timeout_keep_alive_handler()
        self._await_reader()

    def pause_writing(self) -> None:
        """The client does not read as fast as we write."""
        super().pause_writing()
        self._await_reader()

    def resume_writing(self) -> None:
        """It reads again."""
        self._reader_came()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is to be waited for any more."""
        self._head_came()
        self._reader_came()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP like every other mistake: a problem, under the headers that all have."""
        del msg
        sent = render_problem(ProblemError("request.malformed"), "", "", None)
        headers = (
            (b"content-type", sent.media_type.encode()),
            (b"content-length", str(len(sent.body)).encode()),
            (b"connection", b"close"),
            *ALWAYS,
            *UNLESS_GIVEN,
        )
        lines = [b"HTTP/1.1 400 Bad Request", *(name + b": " + value for name, value in headers)]
        self.transport.write(b"\r\n".join([*lines, b"", sent.body]))
        self.transport.close()
        self._await_reader()

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: whoever asks for a WebSocket gets the answer of the address (RFC 9110, 7.8)."""

    def _await_head(self) -> None:
        self._head = self._head or self.loop.call_later(self.head_seconds, self.drop)

    def _await_reader(self) -> None:
        self._stall = self._stall or self.loop.call_later(self.stall_seconds, self.drop)

    def _head_came(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _reader_came(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None


def guarded_server() -> dict[str, Any]:
    """Return what every `uvicorn.Config` of ours says about connections; nobody here speaks WebSocket."""
    return {"http": Connection, "ws": "none", "server_header": False, "access_log": False}
