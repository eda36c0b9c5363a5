"""POST /api/verify/batch: in order, whole, bounded; and clients that write everything before they read."""

import asyncio
import contextlib
import hashlib
import http.client
import io
import itertools
import tempfile
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import msgspec
import pytest

from schemas.problems import ProblemError
from tests.unit.verifier.web.test_connections import serving
from tests.unit.verifier.world import edit
from verifier.web import batch
from verifier.web.app import WebSettings, create_app

NDJSON = {"content-type": "application/x-ndjson"}
PATH = "/api/verify/batch"


def joined(*lines: bytes) -> bytes:
    return b"\n".join(lines) + b"\n"


def encoded(value: Any) -> bytes:
    return msgspec.json.encode(value)


async def asked(web: httpx.AsyncClient, *lines: bytes, **query: str) -> list[dict[str, Any]]:
    answer = await web.post(PATH, content=joined(*lines), headers=NDJSON, params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    return [msgspec.json.decode(line) for line in answer.content.splitlines()]


def verdicts(answers: list[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(answer["line"], answer["report"]["verdict"]) for answer in answers]


async def test_each_kind_of_line(web: httpx.AsyncClient, world: Any) -> None:
    token = world.sign()
    lines = [
        encoded(token),
        token.encode(),
        encoded({"input": token}),
        encoded({"input": token, "expected_recipient": "eve@example.org"}),
        encoded(world.badge()),
        b"once upon a time",
        b"\r",
        b'"half a string',
        b"[1]",
        b"\xff\xfe",
    ]
    answers = await asked(web, *lines)
    assert verdicts(answers) == [
        *((1, "valid"), (2, "valid"), (3, "valid"), (4, "invalid"), (5, "invalid"), (6, "invalid")),
        *((8, "invalid"), (9, "invalid"), (10, "invalid")),
    ]
    assert all(answer.keys() == {"line", "report"} for answer in answers)


async def test_a_refused_wrapper_says_why_and_never_passes(web: httpx.AsyncClient, world: Any) -> None:
    token = world.sign()
    lines = [
        b'{"input": "eyJ',
        encoded({"input": token, "policy": {}}),
        encoded({"input": token, "policy": {"require": ["x"]}}),
        encoded({"input": token, "options": 1}),
        b'{"input":"a","input":"b"}',
    ]
    answers = await asked(web, *lines)
    assert {verdict for _, verdict in verdicts(answers)} == {"invalid"}
    assert [answer["problem"]["code"] for answer in answers] == [
        "request.malformed",
        "policy.empty",
        "policy.unknown_check",
        "request.malformed",
        "request.malformed",
    ]
    assert answers[1]["problem"]["type"] == "https://verify.example/docs/problems#policy.empty"


async def test_what_is_asked_of_every_line_and_what_a_line_asks_itself(
    web: httpx.AsyncClient, world: Any
) -> None:
    token = world.sign()
    lines = [
        encoded(token),
        encoded({"input": token, "policy": {"require": ["standing"]}, "expected_recipient": "Ada Lovelace"}),
    ]
    query = {"policy": '{"max_age_days":1}', "expected_recipient": "ada@example.org"}
    assert verdicts(await asked(web, *lines, **query)) == [(1, "invalid"), (2, "valid")]
    presented = encoded({"input": token, "nonce": "1", "audience": "us"})
    asking = await asked(web, encoded(token), presented, nonce="n")
    assert verdicts(asking) == [(1, "undetermined"), (2, "undetermined")]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("polcy=x", "request.malformed"),
        ("policy=x", "request.malformed"),
        ("policy=[]", "request.malformed"),
        ("policy={}", "policy.empty"),
        ("policy=" + "[" * 2_000, "request.malformed"),
        ("nonce=a&nonce=b", "request.malformed"),
        ("nonce=" + "n" * 1_025, "request.malformed"),
        ("nonce", "request.malformed"),
        ("expected_recipient=%ff", "request.malformed"),
    ],
)
async def test_a_query_that_is_refused(web: httpx.AsyncClient, query: str, code: str) -> None:
    answer = await web.post(f"{PATH}?{query}", content=b"x", headers=NDJSON)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_each_document_is_asked_for_once(web: httpx.AsyncClient, world: Any) -> None:
    """Ten thousand credentials of one issuer are one request for its keys and one for its list."""
    token = world.sign().encode()
    revoked = edit(world.badge(), "credentialStatus/statusListIndex", "7")
    world.publish_list(world.list_credential(world.set_bit(7)))
    answers = await asked(web, *[token] * 300, world.sign(revoked).encode(), *[token] * 300)
    assert [verdict for _, verdict in verdicts(answers)] == [*["valid"] * 300, "invalid", *["valid"] * 300]
    assert sorted(need.kind for need in world.asked) == ["issuer_key", "status_list"]


async def test_links_are_not_opened(web: httpx.AsyncClient, world: Any) -> None:
    link = "https://issuer.example/c/1"
    world.publish(link, world.sign().encode(), "text/plain")
    answers = await asked(web, encoded(link), encoded({"input": link}))
    assert verdicts(answers) == [(1, "undetermined"), (2, "undetermined")]
    assert answers[0]["report"]["checks"][0]["reason"] == "carrier.unreachable"
    assert world.asked == []


async def test_nothing_is_an_empty_answer(web: httpx.AsyncClient) -> None:
    assert (await web.post(PATH, content=b"")).content == b""


async def test_other_methods(web: httpx.AsyncClient) -> None:
    answer = await web.get(PATH)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_a_line_that_is_too_long_is_told_so_and_the_next_one_is_read(
    web: httpx.AsyncClient, world: Any
) -> None:
    long, longest = b"A" * 1_048_577, b"B" * 3_000_000
    just = b"C" * 1_048_576
    answers = await asked(web, long, encoded(world.sign()), longest + b"\r", just)
    assert verdicts(answers) == [(1, "invalid"), (2, "valid"), (3, "invalid"), (4, "invalid")]
    for answer, evidence in zip((answers[0], answers[2], answers[3]), (long, longest, just), strict=True):
        assert answer["report"]["checks"][0]["reason"] == "carrier.too_large"
        assert answer["report"]["inputDigest"] == f"sha256-{hashlib.sha256(evidence).hexdigest()}"


async def test_a_long_line_without_an_end(web: httpx.AsyncClient) -> None:
    answer = await web.post(PATH, content=b"A" * 2_500_000)
    found = msgspec.json.decode(answer.content)
    assert found["report"]["inputDigest"] == f"sha256-{hashlib.sha256(b'A' * 2_500_000).hexdigest()}"


async def test_too_many_lines(web: httpx.AsyncClient) -> None:
    answer = await web.post(PATH, content=b"\n" * 10_001)
    assert (answer.status_code, answer.json()["code"]) == (413, "batch.too_large")
    answer = await web.post(PATH, content=b"\n" * 10_000 + b"x")
    assert answer.status_code == 413
    assert (await web.post(PATH, content=b"\n" * 10_000)).status_code == 200


def receiving(sizes: list[int]) -> Callable[[], Any]:
    left = list(sizes)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": bytes(left.pop(0)), "more_body": bool(left)}

    return receive


async def test_too_many_bytes_are_not_kept() -> None:
    file = io.BytesIO()
    with pytest.raises(ProblemError, match=r"batch\.too_large"):
        await batch.spool(receiving([100] * 10 + [1]), file, 1_000)
    assert len(file.getvalue()) == 1_000


async def test_an_endless_body_is_not_read_to_its_end() -> None:
    receive = receiving([1_000] * 4)
    with pytest.raises(ProblemError, match=r"batch\.too_large"):
        await batch.spool(receive, io.BytesIO(), 1_000)
    assert (await receive())["body"]


async def test_a_body_that_announces_too_much_is_not_read_at_all(world: Any) -> None:
    headers = [(b"Content-Length", b"%d" % (batch.BYTES_AT_MOST + 1))]
    scope = {"type": "http", "method": "POST", "query_string": b"", "headers": headers}
    receive = receiving([1])
    with pytest.raises(ProblemError, match=r"batch\.too_large"):
        await batch.batch_api(world.verify, "")(scope, receive, receive)
    assert (await receive())["body"]


async def test_a_full_disk_is_a_problem() -> None:
    class Full(io.BytesIO):
        def write(self, _content: Any) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(ProblemError, match=r"service\.unavailable"):
        await batch.spool(receiving([1]), Full())


async def test_what_is_longer_than_a_megabyte_is_not_kept_in_memory() -> None:
    with tempfile.SpooledTemporaryFile(max_size=batch.IN_MEMORY) as file:
        await batch.spool(receiving([batch.IN_MEMORY]), file)
        assert isinstance(file._file, io.BytesIO)
        await batch.spool(receiving([1]), file)
        file.seek(0)
        await batch.spool(receiving([batch.IN_MEMORY, 1]), file)
        assert not isinstance(file._file, io.BytesIO)


class Gate:
    """A verifier that waits until it is told, says when as many wait as may, and remembers how many did."""

    def __init__(self, verify: Any) -> None:
        self.verify, self.waiting, self.most = verify, 0, 0
        self.open, self.full = asyncio.Event(), asyncio.Event()

    async def __call__(self, evidence: Any, **asked: Any) -> Any:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        if self.waiting == 4 * batch.LINES_AT_ONCE:
            self.full.set()
        await self.open.wait()
        self.waiting -= 1
        return await self.verify(evidence, **asked)


@pytest.fixture
def gate(world: Any) -> Gate:
    return Gate(world.verify)


@pytest.fixture
async def gated(gate: Gate) -> AsyncIterator[httpx.AsyncClient]:
    application = create_app(WebSettings(base_url="https://verify.example"), verify=gate)
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="https://verify.example") as client:
        yield client


async def test_few_lines_are_under_way_at_once_and_four_batches(gate: Gate, gated: httpx.AsyncClient) -> None:
    body = joined(*[b"x"] * 50)
    under_way = [asyncio.create_task(gated.post(PATH, content=body)) for _ in range(4)]
    await gate.full.wait()
    refused = await gated.post(PATH, content=body)
    assert (refused.status_code, refused.json()["code"]) == (503, "batch.busy")
    assert refused.headers["retry-after"]
    gate.open.set()
    for answer in [await task for task in under_way]:
        assert [msgspec.json.decode(line)["line"] for line in answer.content.splitlines()] == [*range(1, 51)]
    assert gate.most == 4 * batch.LINES_AT_ONCE
    assert (await gated.post(PATH, content=body)).status_code == 200


async def test_a_client_that_leaves_is_not_worked_for(world: Any) -> None:
    begun = itertools.count()
    count = 0

    async def verify(evidence: Any, **asked: Any) -> Any:
        nonlocal count
        count = next(begun)
        return await world.verify(evidence, **asked)

    left = asyncio.Event()
    messages = [{"type": "http.request", "body": joined(*[b"x"] * 1_000), "more_body": False}]
    sent: list[Any] = []

    async def receive() -> Any:
        if messages:
            return messages.pop()
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)
        if len(sent) == 3:
            left.set()

    scope = {"type": "http", "method": "POST", "query_string": b"", "headers": []}
    await batch.batch_api(verify, "")(scope, receive, send)
    assert count < 3 * batch.LINES_AT_ONCE
    assert sent[-1]["more_body"]


@pytest.fixture
async def port(world: Any) -> AsyncIterator[int]:
    application = create_app(WebSettings(base_url="http://edge.example"), lambda: world.now, world.verify)
    async with serving(application) as port:
        yield port


@pytest.fixture
def many(world: Any) -> bytes:
    """More than any socket's buffers hold, both ways."""
    return joined(*[encoded(world.sign())] * 100, *[b"A" * 20_000] * 300)


def checked(body: bytes) -> None:
    answers = [msgspec.json.decode(line) for line in body.splitlines()]
    assert verdicts(answers) == [
        (number, "valid" if number <= 100 else "invalid") for number in range(1, 401)
    ]


async def test_http_client_writes_everything_before_it_reads(port: int, many: bytes) -> None:
    def ask() -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        with contextlib.closing(connection):
            connection.request("POST", PATH, many, NDJSON)
            return connection.getresponse().read()

    checked(await asyncio.to_thread(ask))


async def test_httpx_in_whole_and_in_parts(port: int, many: bytes) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for start in range(0, len(many), 1_000_000):
            yield many[start : start + 1_000_000]

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        for content in (many, parts()):
            checked((await client.post(PATH, content=content, headers=NDJSON)).content)


async def test_curl(port: int, many: bytes, tmp_path: Any) -> None:
    file = tmp_path / "batch.ndjson"
    file.write_bytes(many)
    process = await asyncio.create_subprocess_exec(
        *(
            "curl",
            "-sS",
            "--noproxy",
            "*",
            "--data-binary",
            f"@{file}",
            "-H",
            "content-type: application/x-ndjson",
        ),
        f"http://127.0.0.1:{port}{PATH}",
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    checked(output)


async def test_others_are_answered_meanwhile(port: int, many: bytes) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        batched = asyncio.create_task(client.post(PATH, content=many, headers=NDJSON))
        answered = 0
        while not batched.done():
            assert (await client.post("/api/verify", content=b"x")).status_code == 200
            answered += 1
        checked((await batched).content)
    assert answered >= 5
