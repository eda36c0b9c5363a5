"""Hot routes in front of Litestar: plain ASGI, pre-encoded bytes, the same problems for what goes wrong."""

import asyncio
import contextlib
from collections.abc import Collection, Mapping

from schemas.problems import ProblemError
from verifier.web.asgi import App, Message, Receive, Scope, Send
from verifier.web.bodies import (
    BODY_SECONDS,
    LARGE_AT_ONCE,
    WITH_BODY,
    few_large,
    in_time,
    refuse_encodings,
)
from verifier.web.problems import HTML, accepted, known, log_failure, render_problem

Headers = list[tuple[bytes, bytes]]


def dispatch(
    otherwise: App,
    *,
    exact: Mapping[str, App],
    prefixes: Mapping[str, App],
    base_url: str,
    body_seconds: float = BODY_SECONDS,
    longer: Mapping[str, float] | None = None,
    spooled: Collection[str] = (),
) -> App:
    """Return an application that answers some paths itself and gives everything else to `otherwise`.

    `exact` maps a whole path to its handler, `prefixes` the beginning of a path (ending in "/"). For all of
    them a body must be UTF-8, uncompressed, and complete after `body_seconds`, or after those that `longer`
    has for a whole path. Few are held beyond 1 MB at once, but for the whole paths in `spooled`, which keep
    theirs on disk.
    """
    seconds = longer or {}
    places = asyncio.BoundedSemaphore(LARGE_AT_ONCE)
    ordered = tuple(prefixes.items())

    async def dispatched(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await otherwise(scope, receive, send)
            return
        path = scope["path"]
        handler, template = exact.get(path), path
        if handler is None:
            handler, template = next(
                ((found, f"{prefix}*") for prefix, found in ordered if path.startswith(prefix)),
                (otherwise, ""),
            )
        if template:
            scope["path_template"] = template
        room = None if path in spooled or scope["method"] not in WITH_BODY else places
        checked = _checked(handler, seconds.get(path, body_seconds), room)
        await guarded(checked, scope, receive, send, base_url)

    return dispatched


def _checked(handler: App, body_seconds: float, room: asyncio.BoundedSemaphore | None) -> App:
    async def checked(scope: Scope, receive: Receive, send: Send) -> None:
        refuse_encodings(scope)
        receive = in_time(receive, body_seconds)
        if room is None:
            await handler(scope, receive, send)
            return
        async with contextlib.AsyncExitStack() as held:
            await handler(scope, few_large(receive, room, held), send)

    return checked


async def guarded(handler: App, scope: Scope, receive: Receive, send: Send, base_url: str) -> None:
    """Run a handler; an exception before the response has begun becomes a problem, later it only ends it."""
    begun = False

    async def send_noting(message: Message) -> None:
        nonlocal begun
        begun = True
        await send(message)

    try:
        await handler(scope, receive, send_noting)
    except Exception as error:  # noqa: BLE001 - the last door: nobody gets a traceback
        meant = known(error)
        request_id = scope.get("state", {}).get("request_id")
        if meant.code == "service.failed":
            log_failure(error, request_id)
        if not begun:
            await send_problem(meant, scope, send, base_url)


async def send_problem(
    error: ProblemError, scope: Scope, send: Send, base_url: str, headers: Mapping[str, str] | None = None
) -> None:
    """Send a problem from plain ASGI."""
    given = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    request_id = scope.get("state", {}).get("request_id")
    sent = render_problem(error, base_url, accepted(scope["path"], given), request_id)
    extra = {**sent.headers, **(headers or {})}
    await answer(
        send,
        sent.body,
        b"text/html; charset=utf-8" if sent.media_type == HTML else sent.media_type.encode(),
        status=sent.status,
        headers=[(name.encode(), value.encode()) for name, value in extra.items()],
    )


async def answer(
    send: Send,
    body: bytes,
    media_type: bytes,
    *,
    status: int = 200,
    headers: Headers | None = None,
    head: bool = False,
) -> None:
    """Send a whole response; `head` leaves the body away and keeps its length (RFC 9110, section 9.3.2)."""
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", media_type),
                (b"content-length", str(len(body)).encode()),
                *(headers or []),
            ],
        }
    )
    await send({"type": "http.response.body", "body": b"" if head else body, "more_body": False})


def allow(handler: App, methods: tuple[str, ...], base_url: str) -> App:
    """Return the handler for these methods; others get the problem `request.method` and an Allow header."""

    async def allowed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in methods:
            await send_problem(
                ProblemError("request.method"), scope, send, base_url, {"allow": ", ".join(methods)}
            )
            return
        await handler(scope, receive, send)

    return allowed
