"""GET /o/…: published documents from memory, answered without the web framework."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

import msgspec

from issuer.publications.accept import prefers_proof
from issuer.publications.cache import PUBLIC, Publications
from issuer.publications.store import Publication, alternate_path
from schemas.problems import ProblemError, problem

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

# Strangers' caches must see a withdrawal within seconds; a revision or a record never changes.
CHANGING = b"public, max-age=10"
FIXED = b"public, max-age=86400, immutable"
SHARED = (
    (b"access-control-allow-origin", b"*"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)


class Answer:
    """A plain ASGI application for paths below `/o/`; everybody may read what is published."""

    def __init__(self, publications: Publications, base_url: str) -> None:
        self._publications = publications
        self._base_url = base_url

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request: 200, 304, 404, 405 or 410."""
        method, path = scope["method"], scope["path"]
        if method == "OPTIONS":
            preflight = (
                (b"access-control-allow-methods", b"GET, HEAD"),
                (b"access-control-max-age", b"86400"),
            )
            await _send(send, 204, b"", preflight)
            return
        if method not in {"GET", "HEAD"}:
            await self._problem(send, "request.method", ((b"allow", b"GET, HEAD, OPTIONS"),))
            return
        held = await self._publications.find(path) if path.startswith(PUBLIC) else None
        if held is None:
            await self._problem(send, "request.not_found")
        elif held.gone:
            await self._problem(send, "publication.gone")
        else:
            alternate = self._publications.get(alternate_path(path))
            vary = alternate is not None and not alternate.gone
            if alternate is not None and vary and prefers_proof(_header(scope, b"accept")):
                held = alternate
            known = _header(scope, b"if-none-match")
            await _document(send, held, known, head=method == "HEAD", vary=vary)

    async def _problem(self, send: Send, code: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
        error = ProblemError(code)
        body = msgspec.json.encode(problem(error, self._base_url))
        kind = ((b"content-type", b"application/problem+json"), (b"cache-control", b"public, max-age=10"))
        await _send(send, error.kind.status, body, (*kind, *headers))


async def _document(send: Send, held: Publication, known: bytes, *, head: bool, vary: bool) -> None:
    etag = held.etag.encode()
    headers = [
        (b"etag", etag),
        (b"cache-control", FIXED if _fixed(held.path) else CHANGING),
        *([(b"vary", b"Accept")] if vary else []),
    ]
    if _matches(known, etag):
        await _send(send, 304, b"", headers)
        return
    length = str(len(held.body)).encode()
    described = [(b"content-type", held.media_type.encode()), (b"content-length", length)]
    await _send(send, 200, b"" if head else held.body, [*headers, *described])


def _fixed(path: str) -> bool:
    parts = path.split("/")
    return len(parts) > 4 and parts[3] in {"achievements", "records", "reports"}  # noqa: PLR2004 - /o/<org>/<kind>/…


def _matches(known: bytes, etag: bytes) -> bool:
    """RFC 9110, section 13.1.2: any of the list, weak or strong, or `*`."""
    return any(
        tag in {etag, b"*"} for tag in (part.strip().removeprefix(b"W/") for part in known.split(b","))
    )


def _header(scope: Scope, name: bytes) -> bytes:
    return b",".join(value for key, value in scope["headers"] if key == name)


async def _send(send: Send, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]]) -> None:
    everything = [*headers, *SHARED]
    if status not in {204, 304} and not any(name == b"content-length" for name, _ in everything):
        everything.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": everything})
    await send({"type": "http.response.body", "body": body})
