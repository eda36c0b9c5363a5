"""POST /api/verify/batch: one credential a line in, one Report a line out, in the same order.

The whole body is taken before the first answer is sent: http.client, httpx and others write everything before
they read, and would wait for us for ever while we wait for them (docs/verify-api.md has the contract).
"""

import asyncio
import contextlib
import hashlib
import tempfile
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from typing import IO, Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from schemas.complaints import in_words
from schemas.problems import ProblemError, problem
from schemas.report import Report
from verifier.flights import Once
from verifier.policy import Policy
from verifier.web.api import LIMIT, Short, Verify, read, unwrap
from verifier.web.asgi import App, Receive, Scope, Send
from verifier.web.dispatch import allow

PATH = "/api/verify/batch"
MEDIA_TYPE = b"application/x-ndjson"
LINES_AT_MOST = 10_000
BYTES_AT_MOST = 200 * LIMIT
IN_MEMORY = LIMIT  # what is longer goes to a temporary file without a name
BATCHES_AT_ONCE = 4  # of one process: so many temporary files there are at most
LINES_AT_ONCE = 8  # of one batch: while one waits for an issuer's keys, others go on
BODY_SECONDS = 300.0  # 700 kB a second


class Requirements(Struct, frozen=True):
    """What the caller asks of every line that does not say otherwise."""

    policy: Policy | None = None
    expected_recipient: str | None = None
    nonce: str | None = None
    audience: str | None = None


class Line(Struct, frozen=True):
    """One line without its end; `digest` (SHA-256, hexadecimal) where `content` is only its beginning."""

    number: int
    content: bytes
    digest: str | None = None


class Answered(Struct, frozen=True, omit_defaults=True):
    """What is sent for a line. `problem` says why its wrapper was refused; the Report then never passes."""

    line: int
    report: Report
    problem: dict[str, Any] | None = None


def batch_api(verify: Verify, base_url: str) -> App:
    """Return the handler of /api/verify/batch; refusals leave it as ProblemError, for the dispatcher."""
    free = asyncio.BoundedSemaphore(BATCHES_AT_ONCE)

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        asked = requirements(scope["query_string"])
        headers = {bytes(name).lower(): bytes(value) for name, value in scope["headers"]}
        announced = headers.get(b"content-length", b"")
        if announced.isdigit() and int(announced[:20]) > BYTES_AT_MOST:
            raise ProblemError("batch.too_large")
        if free.locked():
            raise ProblemError("batch.busy")
        async with free:
            with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as file:
                await spool(receive, file)
                await send_all(answers(verify, asked, lines(file), base_url), receive, send)

    return allow(handle, ("POST",), base_url)


def requirements(query: bytes) -> Requirements:
    """Return what the query asks for; raises ProblemError request.malformed or policy.*."""
    try:
        pairs = parse_qsl(
            query.decode("ascii"), keep_blank_values=True, strict_parsing=bool(query), errors="strict"
        )
        given: dict[str, Any] = dict(pairs)
        if len(given) != len(pairs):
            raise ProblemError("request.malformed", "The query names the same parameter twice.")
        if "policy" in given:
            given["policy"] = msgspec.json.decode(given["policy"], type=dict[str, Any])
        asked = msgspec.convert(given, _Query)
    except msgspec.ValidationError as error:
        raise ProblemError("request.malformed", in_words(str(error))) from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise ProblemError("request.malformed", "The query cannot be read.") from error
    return Requirements(read(asked.policy), asked.expected_recipient, asked.nonce, asked.audience)


class _Query(Struct, frozen=True, forbid_unknown_fields=True):
    policy: dict[str, Any] | None = None
    expected_recipient: Short | None = None
    nonce: Short | None = None
    audience: Short | None = None


async def spool(receive: Receive, file: IO[bytes], at_most: int = BYTES_AT_MOST) -> None:
    """Take the whole body, at most so many bytes, into `file`.

    What is too large is read on to its end, within the same bound once more, so that the client hears of it.
    Raises ProblemError batch.too_large or service.unavailable.
    """
    size, ends, last, more = 0, 0, b"\n", True
    while more and size <= 2 * at_most:
        message = await receive()
        chunk, more = message["body"], message.get("more_body", False)
        size += len(chunk)
        ends += chunk.count(b"\n")
        last = chunk[-1:] or last
        if size <= at_most and ends <= LINES_AT_MOST:
            try:
                file.write(chunk)
            except OSError as error:
                raise ProblemError("service.unavailable", "There is no room for a batch.") from error
    if size > at_most or ends + (last != b"\n") > LINES_AT_MOST:
        raise ProblemError("batch.too_large")
    file.seek(0)


def lines(file: IO[bytes]) -> Iterator[Line]:
    """Yield the lines that hold something; of what is longer than 1 MB only the beginning is kept."""
    number = 0
    while beginning := file.readline(LIMIT + 1):
        number += 1
        if len(beginning) > LIMIT and not beginning.endswith(b"\n"):
            yield _long_line(number, beginning, file)
        elif content := beginning.strip(b"\r\n\t "):
            yield Line(number, content)


def _long_line(number: int, beginning: bytes, file: IO[bytes]) -> Line:
    digest, part = hashlib.sha256(beginning), beginning
    while part and not part.endswith(b"\n"):
        part = file.readline(LIMIT)
        digest.update(part.rstrip(b"\r\n") if part.endswith(b"\n") else part)
    return Line(number, beginning, digest.hexdigest())


async def answers(
    verify: Verify, asked: Requirements, given: Iterator[Line], base_url: str
) -> AsyncGenerator[bytes, None]:
    """Yield a line of JSON for each, in order; a few are under way at once."""
    under_way: deque[asyncio.Task[bytes]] = deque()
    once = Once()  # each list and key document is asked for one time, however long the batch takes
    try:
        for line in given:
            under_way.append(asyncio.create_task(answered(verify, asked, line, base_url, once)))
            if len(under_way) == LINES_AT_ONCE:
                yield await under_way.popleft()
        while under_way:
            yield await under_way.popleft()
    finally:
        for task in under_way:
            task.cancel()


async def answered(verify: Verify, asked: Requirements, line: Line, base_url: str, once: Once) -> bytes:
    """Return the answer to one line: there is a Report for every one, whatever is on it."""
    evidence: bytes | str = line.content
    refused = None
    try:
        evidence, asked = on_line(line.content, asked)
    except ProblemError as error:
        # Without its wrapper's meaning the line is judged as it stands, which is no credential.
        refused = problem(error, base_url)
    report = await verify(
        evidence,
        policy=asked.policy,
        expected_recipient=asked.expected_recipient,
        nonce=asked.nonce,
        audience=asked.audience,
        follow_links=False,
        once=once,
    )
    if line.digest is not None:
        report = msgspec.structs.replace(report, input_digest=f"sha256-{line.digest}")
    return msgspec.json.encode(Answered(line.number, report, refused)) + b"\n"


def on_line(content: bytes, asked: Requirements) -> tuple[bytes | str, Requirements]:
    """Return the evidence on a line and what is asked of it.

    A JSON string is a credential as text, an object without `@context` a wrapper as in /api/verify; all else
    is the evidence itself. Raises ProblemError for a wrapper that is refused.
    """
    if content.startswith(b'"'):
        with contextlib.suppress(msgspec.DecodeError):
            return msgspec.json.decode(content, type=str), asked
    wrapper = unwrap(content) if content.startswith(b"{") else None
    if wrapper is None:
        return content, asked
    return wrapper.input, Requirements(
        read(wrapper.policy) or asked.policy,
        asked.expected_recipient if wrapper.expected_recipient is None else wrapper.expected_recipient,
        asked.nonce if wrapper.nonce is None else wrapper.nonce,
        asked.audience if wrapper.audience is None else wrapper.audience,
    )


async def send_all(answers: AsyncGenerator[bytes, None], receive: Receive, send: Send) -> None:
    """Send the answers as they come; stop working when nobody is there to read them."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", MEDIA_TYPE)]})
    gone = asyncio.ensure_future(receive())  # after the body, the end of the connection is all that comes
    try:
        async for answer in answers:
            if gone.done():
                return
            await send({"type": "http.response.body", "body": answer, "more_body": True})
            await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        gone.cancel()
        await answers.aclose()
