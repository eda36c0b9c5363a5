"""Bodies in odd encodings, half a body, and no body at all, on every route of the standalone application."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from litestar import Litestar, Request, post

from schemas.problems import ProblemError
from verifier.web.bodies import in_time, read_form
from verifier.web.dispatch import dispatch
from verifier.web.headers import secure
from verifier.web.problems import exception_handlers

BASE = "https://edge.example"
CHARSETS = ["bogus", "hex", "rot13", "punycode", "undefined", "utf-16"]
PART = (
    '--x\r\nContent-Disposition: form-data; name="input"\r\nContent-Type: text/plain; charset={}\r\n\r\n'
    "xn--{}\r\n--x--\r\n"
)


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("path", ["/verify", "/api/verify"])
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
async def test_a_body_that_calls_itself_something_else(
    web: httpx.AsyncClient, path: str, kind: str, charset: str
) -> None:
    headers = {"content-type": f"{kind}; charset={charset}", "accept": "application/json"}
    answer = await web.post(path, content=b"--x--\r\n", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "request.charset")


@pytest.mark.parametrize("charset", CHARSETS)
async def test_a_part_that_calls_itself_something_else(web: httpx.AsyncClient, charset: str) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x", "accept": "application/json"}
    body = PART.format(charset, "\xff" * 70).encode()
    answer = await web.post("/verify", content=body, headers=headers)
    code = answer.json()["code"] if answer.status_code != 200 else None
    assert code in {"request.charset", "request.encoding", "request.malformed", None}
    if charset in CHARSETS[:3]:
        assert code == "request.charset"


async def test_a_compressed_form_is_refused(web: httpx.AsyncClient) -> None:
    answer = await web.post("/verify", content=b"\x1f\x8b", headers={"content-encoding": "gzip"})
    assert (answer.status_code, answer.json()["code"]) == (415, "request.content_encoding")


@post("/form")
async def form_route(request: Request[Any, Any, Any]) -> str:
    return ",".join(await read_form(request))


@post("/body")
async def body_route(request: Request[Any, Any, Any]) -> int:
    return len(await request.body())


@pytest.fixture
def slow() -> Callable[..., Any]:
    """The answer to a request whose body ends in `last`, with a deadline that has passed at once."""

    async def ask(path: str, last: Callable[[], Any], kind: bytes = b"text/plain") -> tuple[Any, ...]:
        inner = Litestar(
            [form_route, body_route], exception_handlers=exception_handlers(BASE), logging_config=None
        )
        front: Any = dispatch(inner, exact={}, prefixes={}, base_url=BASE, body_seconds=0.05)
        parts = [{"type": "http.request", "body": b"--x\r\n", "more_body": True}]
        sent: list[Any] = []

        async def receive() -> Any:
            return parts.pop() if parts else await last()

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(b"content-type", kind)],
            "app": inner,
            "state": {},
        }
        await secure(front, https=True)(scope, receive, send)
        return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]

    return ask


async def never() -> Any:
    await asyncio.Event().wait()


async def gone() -> Any:
    return {"type": "http.disconnect"}


FORM = b"multipart/form-data; boundary=x"


@pytest.mark.parametrize(("path", "kind"), [("/form", FORM), ("/body", b"text/plain")])
async def test_a_body_that_does_not_come_is_not_waited_for(slow: Any, path: str, kind: bytes) -> None:
    status, headers, body = await slow(path, never, kind)
    assert (status, headers[b"connection"]) == (408, b"close")
    assert b'"request.too_slow"' in body
    assert b"content-security-policy" in headers


@pytest.mark.parametrize(("path", "kind"), [("/form", FORM), ("/body", b"text/plain")])
async def test_a_client_that_leaves_is_no_failure_of_ours(slow: Any, path: str, kind: bytes) -> None:
    status, _headers, body = await slow(path, gone, kind)
    assert (status, b"request.malformed" in body) == (400, True)


async def test_after_the_body_one_may_wait_for_the_end_of_the_connection() -> None:
    messages = [{"type": "http.disconnect"}, {"type": "http.request", "body": b""}]

    async def receive() -> Any:
        await asyncio.sleep(0)
        return messages.pop()

    bounded = in_time(receive, 0.01)
    assert (await bounded())["type"] == "http.request"
    assert (await bounded())["type"] == "http.disconnect"


async def test_a_drip_does_not_extend_the_time() -> None:
    async def drip() -> Any:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"x", "more_body": True}

    bounded = in_time(drip, 0.05)

    async def read_for_ever() -> None:
        while True:
            await bounded()

    with pytest.raises(ProblemError, match="too_slow"):
        await read_for_ever()


class Unreadable:
    """A request whose form fails as no codec of Python's does today."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def form(self) -> None:
        raise self.error


async def test_whatever_a_codec_raises_is_a_problem() -> None:
    for error, code in ((ValueError(), "request.malformed"), (UnicodeError(), "request.charset")):
        request: Any = Unreadable(error)
        with pytest.raises(ProblemError, match=code):
            await read_form(request)
