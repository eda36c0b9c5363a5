"""Request ids and one access line a request: the route's template, never the path, which may hold a token."""

import logging
import re
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from verifier.web.asgi import App, Message, Receive, Scope, Send

ACCESS = logging.getLogger("assay.access")
ACCEPTABLE_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")

Clock = Callable[[], datetime]


class AccessLine(msgspec.Struct, frozen=True, rename="camel"):
    """One line of the access log. `duration` is in milliseconds; `route` a template such as /c/{token}."""

    time: str
    request_id: str
    method: str
    route: str
    status: int
    duration: float


def request_log(app: App, clock: Clock, new_id: Callable[[], str] = lambda: str(uuid.uuid4())) -> App:
    """Return the application with `X-Request-Id` in and out, and lines on the logger `assay.access`."""

    async def logged(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        request_id = requested_id(scope["headers"]) or new_id()
        scope.setdefault("state", {})["request_id"] = request_id
        started, status = clock(), 0

        async def send_numbered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await app(scope, receive, send_numbered)
        finally:
            if ACCESS.isEnabledFor(logging.INFO):
                took = (clock() - started).total_seconds() * 1000
                route = scope.get("path_template") or "-"
                line = AccessLine(
                    started.isoformat(), request_id, scope["method"], route, status, round(took, 1)
                )
                ACCESS.info("%s", msgspec.json.encode(line).decode())

    return logged


def requested_id(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the id that the caller gave, if it is one that may stand in a log."""
    for name, value in headers:
        if name == b"x-request-id" and ACCEPTABLE_ID.fullmatch(value):
            return str(value, "ascii")
    return None
