"""What a request's body must be before anybody reads it: UTF-8, not compressed, and here in time."""

import asyncio
import contextlib
from typing import Any

from litestar import Request
from litestar.datastructures import FormMultiDict
from litestar.exceptions import HTTPException

from schemas.problems import ProblemError
from verifier.web.asgi import Message, Receive, Scope

BODY_SECONDS = 15.0  # for a megabyte: 70 kB a second
LARGE = 1_048_576
LARGE_AT_ONCE = 16  # bodies beyond LARGE that one process holds
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
UTF8_NAMES = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})


def refuse_encodings(scope: Scope) -> None:
    """Raise ProblemError for a Content-Encoding other than identity, or a charset other than UTF-8."""
    if scope["method"] not in WITH_BODY:
        return
    headers = {bytes(name).lower(): bytes(value) for name, value in scope["headers"]}
    encoding = headers.get(b"content-encoding", b"identity").strip().lower()
    if encoding not in {b"", b"identity"}:
        raise ProblemError("request.content_encoding")
    for parameter in headers.get(b"content-type", b"").decode("latin-1").split(";")[1:]:
        name, _eq, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in UTF8_NAMES:
            raise ProblemError("request.charset")


def in_time(receive: Receive, seconds: float) -> Receive:
    """Return `receive` that raises ProblemError request.too_slow unless the whole body is there in `seconds`.

    Counted from this call: who sends a byte now and then holds a connection no longer than who sends none.
    A client that leaves before is request.malformed.
    """
    until = asyncio.get_running_loop().time() + seconds
    complete = False

    async def receive_in_time() -> Message:
        nonlocal complete
        if (
            complete
        ):  # what comes now is the end of the connection, for which one may wait as long as one likes
            return await receive()
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError:
            raise ProblemError("request.too_slow") from None
        if message["type"] != "http.request":
            raise ProblemError("request.malformed", "The request ended early.")
        complete = not message.get("more_body", False)
        return message

    return receive_in_time


def few_large(receive: Receive, places: asyncio.BoundedSemaphore, held: contextlib.AsyncExitStack) -> Receive:
    """Return `receive` that takes one of the places before more than 1 MB of a body is passed on.

    `held` gives it back when it ends. Raises ProblemError service.unavailable where all are taken.
    """
    size = 0

    async def receive_counted() -> Message:
        nonlocal size
        message = await receive()
        before, size = size, size + len(message.get("body", b""))
        if before <= LARGE < size:
            if places.locked():
                raise ProblemError("service.unavailable", "Too many pictures are being read just now.")
            await held.enter_async_context(places)
        return message

    return receive_counted


async def read_form(request: Request[Any, Any, Any]) -> FormMultiDict:
    """Return the fields of a form; raises ProblemError request.charset for a part in another encoding.

    A part of multipart/form-data may name a charset of its own, and Python knows odd ones.
    """
    try:
        return await request.form()
    except (HTTPException, UnicodeDecodeError):
        raise
    except (LookupError, UnicodeError) as error:
        raise ProblemError("request.charset") from error
    except ValueError as error:
        raise ProblemError("request.malformed") from error
