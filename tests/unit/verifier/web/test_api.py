"""The request contract of POST /api/verify: the table in docs/verify-api.md, row by row."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.problems import ProblemError
from schemas.report import Report
from tests.unit.verifier.carriers.pictures import itxt, png, qr
from verifier.carriers import svg
from verifier.policy import Policy
from verifier.web.api import (
    DRAIN,
    LIMIT,
    PICTURE_LIMIT,
    Asked,
    read,
    read_body,
    unwrap,
)
from verifier.web.bodies import LARGE_AT_ONCE
from verifier.web.example import ANSWERED
from verifier.web.seal import badge_svg

DOCUMENT = Path(__file__).parents[4] / "docs" / "verify-api.md"
ROW = re.compile(r"^\| (.+?) \| (.+?) \| (\d{3}) `([a-z._]+)` \|$", re.MULTILINE)
ROWS = ROW.findall(DOCUMENT.read_text())
EXAMPLES = re.findall(r"^```json\n(.*?)^```", DOCUMENT.read_text(), re.DOTALL | re.MULTILINE)


def wrapper(**members: Any) -> bytes:
    return msgspec.json.encode(members)


def form(*parts: tuple[str, str | bytes]) -> bytes:
    """A form with boundary x; bytes are a file, text is a field."""
    made = bytearray()
    for name, value in parts:
        file = '; filename="a"' if isinstance(value, bytes) else ""
        content = value if isinstance(value, bytes) else value.encode()
        made += f'--x\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode()
        made += content + b"\r\n"
    return bytes(made + b"--x--\r\n")


def bodies(world: Any) -> Mapping[str, Callable[[], bytes]]:
    token = world.sign()
    link = "https://issuer.example/c/demo.abc"
    world.publish(link, token.encode())
    baked, drawing = png(itxt(token.encode())), badge_svg("Northwind", "SQL", "Fluent").encode()
    unsigned = msgspec.json.encode(world.badge())
    return {
        "a genuine credential": token.encode,
        "a picture with a genuine credential baked in": lambda: baked,
        "a drawing with a genuine credential baked in": lambda: svg.bake(drawing, token.encode()),
        "a photograph of the QR code of a genuine credential": lambda: qr(f"{link}/verify", "JPEG"),
        "a form with a picture with a genuine credential baked in": lambda: form(("file", baked)),
        "a tampered credential": token.replace(".", ".A", 1).encode,
        "nonsense": lambda: b"once upon a time",
        "nothing": lambda: b"",
        "bytes that are not text": lambda: bytes(range(256)),
        "a list": lambda: b'["a"]',
        "a thousand lists in each other": lambda: b"[" * 1000 + b"]" * 1000,
        "more than 256 kB": lambda: token.encode() + b"A" * 262_144,
        "the wrapper around more than 256 kB": lambda: wrapper(input=token + "A" * 262_144),
        "JSON with `@context`, 30,000 lists": lambda: unsigned[:-1] + b',"x":[' + b"[]," * 30_000 + b"0]}",
        "the wrapper with 1,025 characters as `nonce`": lambda: wrapper(input=token, nonce="n" * 1_025),
        "more than 1 MB": lambda: b" " * (LIMIT + 1),
        "more than 5 MB": lambda: b" " * (PICTURE_LIMIT + 1),
        "a form with a genuine credential": lambda: form(("file", token.encode())),
        "a form with a genuine credential as text": lambda: form(("file", token)),
        "a form with a policy that is met": lambda: form(
            ("policy", '{"require":["standing"]}'), ("file", token.encode())
        ),
        "a form with somebody else expected": lambda: form(
            ("file", token.encode()), ("expected_recipient", "eve@example.org")
        ),
        "a form with nonsense": lambda: form(("file", b"once upon a time")),
        "a form with more than 1 MB": lambda: form(("file", b" " * (LIMIT + 1))),
        "a form with more than 5 MB": lambda: form(("file", b" " * (PICTURE_LIMIT + 1))),
        "a form with more than 6 MB": lambda: form(("file", b" " * (PICTURE_LIMIT + LIMIT))),
        "a form without a file": lambda: form(("nonce", "n")),
        "a form with two files": lambda: form(("file", token.encode()), ("file", token.encode())),
        "a form with an unknown part": lambda: form(("file", token.encode()), ("files", b"x")),
        "a form with a policy that is no JSON": lambda: form(("file", token.encode()), ("policy", "{")),
        "a form with a policy that is a list": lambda: form(("file", token.encode()), ("policy", "[]")),
        "a form with an empty policy": lambda: form(("file", token.encode()), ("policy", "{}")),
        "JSON with `@context`, unsigned": lambda: unsigned,
        "JSON with `@context`, a member twice": lambda: b'{"name":"x",' + unsigned[1:],
        "the wrapper around a genuine credential": lambda: wrapper(input=token),
        "the wrapper around nonsense": lambda: wrapper(input="once upon a time"),
        "the wrapper around an empty text": lambda: wrapper(input=""),
        "the wrapper with a policy that is met": lambda: wrapper(
            input=token, policy={"require": ["standing"]}
        ),
        "the wrapper with a policy that is not met": lambda: wrapper(input=token, policy={"max_age_days": 1}),
        "the wrapper with the expected recipient": lambda: wrapper(
            input=token, expected_recipient="ada@example.org"
        ),
        "the wrapper with somebody else expected": lambda: wrapper(
            input=token, expected_recipient="eve@example.org"
        ),
        "the wrapper with a nonce and an audience, though it is no presentation": lambda: wrapper(
            input=token, nonce="n", audience="us"
        ),
        "the wrapper without `input`": lambda: wrapper(policy={"require": ["standing"]}),
        "the wrapper with a number as `input`": lambda: wrapper(input=1),
        "the wrapper with an unknown member": lambda: wrapper(input=token, options={}),
        "the wrapper with `input` twice": lambda: b'{"input":"a","input":"b"}',
        "the wrapper with a number as `nonce`": lambda: wrapper(input=token, nonce=1),
        "the wrapper with a text as policy": lambda: wrapper(input=token, policy="strict"),
        "the wrapper with an empty policy": lambda: wrapper(input=token, policy={}),
        "the wrapper with an unknown member in the policy": lambda: wrapper(input=token, policy={"x": 1}),
        "the wrapper with an unknown check in the policy": lambda: wrapper(
            input=token, policy={"require": ["x"]}
        ),
    }


def headers(column: str) -> dict[str, str]:
    content_type, _and, encoding = column.replace("`", "").partition(", and ")
    given = {} if content_type == "(none)" else {"content-type": content_type}
    return {**given, "content-encoding": encoding.partition(": ")[2]} if encoding else given


def test_the_table_is_read_and_every_body_is_used(world: Any) -> None:
    assert len(ROWS) > 40
    assert {body for _, body, _, _ in ROWS} == set(bodies(world))


def test_the_documented_examples_are_what_they_say() -> None:
    answer, asked = EXAMPLES
    shown = msgspec.json.decode(answer)
    assert shown == ANSWERED
    report = msgspec.json.encode(msgspec.convert(shown, Report))
    assert msgspec.json.decode(report) == shown
    wrapped = unwrap(asked.encode())
    assert wrapped is not None
    assert read(wrapped.policy) == Policy(require=("standing",))


@pytest.mark.parametrize(("content_type", "body", "status", "word"), ROWS)
async def test_each_row(
    web: httpx.AsyncClient, world: Any, content_type: str, body: str, status: str, word: str
) -> None:
    answer = await web.post("/api/verify", content=bodies(world)[body](), headers=headers(content_type))
    found = answer.json()
    assert (answer.status_code, found["verdict" if status == "200" else "code"]) == (int(status), word)
    expected = "application/json" if status == "200" else "application/problem+json"
    assert answer.headers["content-type"] == expected
    assert answer.headers["cache-control"] == "no-store"


BEGUN = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
FORM = "multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    ("path", "content_type", "begin", "end"),
    [
        ("/api/verify", "image/png", b"", b""),
        ("/api/verify", FORM, BEGUN, b"\r\n--x--\r\n"),
        ("/verify", FORM, BEGUN, b"\r\n--x--\r\n"),
    ],
)
async def test_few_large_bodies_are_held_at_once(
    web: httpx.AsyncClient, world: Any, path: str, content_type: str, begin: bytes, end: bytes
) -> None:
    """Sixteen clients that do not finish their pictures keep a seventeenth out, and nobody's token."""
    let_go, begun = asyncio.Event(), asyncio.Semaphore(0)

    async def slow_picture() -> AsyncIterator[bytes]:
        yield begin + bytes(LIMIT + 1)
        begun.release()
        await let_go.wait()
        yield end

    headers, whole = {"content-type": content_type}, begin + bytes(LIMIT + 1) + end
    slow = [
        asyncio.create_task(web.post(path, content=slow_picture(), headers=headers))
        for _ in range(LARGE_AT_ONCE)
    ]
    for _ in slow:
        await begun.acquire()
    refused = await web.post(path, content=whole, headers={**headers, "accept": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (503, "service.unavailable")
    assert (await web.post("/api/verify", content=world.sign().encode())).json()["verdict"] == "valid"
    let_go.set()
    assert {(await task).status_code for task in slow} == {200}
    assert (await web.post(path, content=whole, headers=headers)).status_code == 200


async def test_a_problem_is_a_whole_document(web: httpx.AsyncClient) -> None:
    answer = await web.post("/api/verify", json={"x": 1}, headers={"accept": "text/html"})
    found = answer.json()
    assert found["type"] == "https://verify.example/docs/problems#request.malformed"
    assert found["status"] == answer.status_code == 400
    assert found["requestId"] == answer.headers["x-request-id"]
    assert found["detail"] == "x is not known here."


async def test_other_methods(web: httpx.AsyncClient) -> None:
    answer = await web.get("/api/verify")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json()["code"] == "request.method"


@pytest.mark.corpora
async def test_json_test_suite_is_never_a_500(web: httpx.AsyncClient, corpora: Path) -> None:
    for file in sorted((corpora / "jsontestsuite" / "test_parsing").iterdir()):
        answer = await web.post(
            "/api/verify", content=file.read_bytes(), headers={"content-type": "application/json"}
        )
        assert answer.status_code in {200, 400}, file.name


@given(st.binary(max_size=300))
def test_unwrapping_is_total(body: bytes) -> None:
    with contextlib.suppress(ProblemError):
        assert unwrap(body) is None or isinstance(unwrap(body), Asked)


def receiving(*messages: dict[str, Any]) -> Callable[[], Any]:
    async def messages_in_turn() -> AsyncIterator[dict[str, Any]]:
        for message in messages:
            yield message

    return messages_in_turn().__anext__


async def test_a_body_in_parts() -> None:
    parts: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"a", "more_body": True},
        {"type": "http.request", "body": b"b"},
    ]
    assert await read_body(receiving(*parts), b"") == b"ab"


async def test_a_client_that_leaves() -> None:
    with pytest.raises(ProblemError, match="ended early"):
        await read_body(receiving({"type": "http.disconnect"}), b"")


async def test_an_endless_body_is_not_read_to_its_end() -> None:
    part = {"type": "http.request", "body": bytes(LIMIT), "more_body": True}
    with pytest.raises(ProblemError, match="too_large"):
        await read_body(receiving(*[part] * 18), b"")


async def test_a_body_that_announces_too_much_is_not_read_at_all() -> None:
    with pytest.raises(ProblemError, match="too_large"):
        await read_body(receiving(), str(DRAIN + 1).encode())
