"""POST /api/verify: the request contract of docs/verify-api.md, in plain ASGI.

`application/json` without a top-level `@context` is the wrapper, `multipart/form-data` a form; all else is
the evidence, byte for byte. A bad wrapper, policy, size or encoding is a problem; bad evidence is a Report.
"""

from typing import Annotated, Any, Protocol, runtime_checkable

import msgspec

from schemas.complaints import in_words
from schemas.problems import ProblemError
from schemas.report import Report
from schemas.strict_json import StrictJsonError, loads
from verifier.errors import PolicyRefused
from verifier.flights import Once
from verifier.policy import Policy, read_policy
from verifier.recipient import LONGEST_EXPECTED
from verifier.web.asgi import App, Receive, Scope, Send
from verifier.web.dispatch import allow, answer

LIMIT = 1_048_576
PICTURE_LIMIT = 5 * LIMIT
BODY_SECONDS = 60.0  # a photograph by a telephone: 90 kB a second
# A client that writes everything before it reads must be let finish; one that never finishes must not.
DRAIN = 16 * LIMIT


@runtime_checkable  # the framework checks what it injects
class Verify(Protocol):
    """The verifier with trust, fetch and clock bound: `partial(averify, trust=…, fetch=…, clock=…)`."""

    async def __call__(
        self,
        evidence: bytes | str,
        *,
        policy: Policy | None = None,
        expected_recipient: str | None = None,
        nonce: str | None = None,
        audience: str | None = None,
        follow_links: bool = True,
        once: Once | None = None,
    ) -> Report:
        """Return the Report; never raises, whatever the evidence."""
        ...


# As long as the library compares (verifier.recipient).
Short = Annotated[str, msgspec.Meta(max_length=LONGEST_EXPECTED)]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The wrapper: the evidence as text, and what the caller requires or expects."""

    input: str
    policy: dict[str, Any] | None = None
    expected_recipient: Short | None = None
    nonce: Short | None = None
    audience: Short | None = None


class _Top(msgspec.Struct, frozen=True):
    """Whether the document has a top-level `@context`, and nothing else of it."""

    context: msgspec.Raw | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="@context")


_TOP = msgspec.json.Decoder(_Top)


def verify_api(verify: Verify, base_url: str, forms: App) -> App:
    """Return the handler of /api/verify; refusals leave it as ProblemError, for the dispatcher to render.

    `forms` is the framework's application, which reads forms (`verifier.web.forms`).
    """

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        headers = {bytes(name).lower(): bytes(value) for name, value in scope["headers"]}
        content_type = headers.get(b"content-type", b"").decode("latin-1")
        if essence(content_type) == "multipart/form-data":
            await forms(scope, receive, send)
            return
        body = await read_body(receive, headers.get(b"content-length", b""), limit(content_type))
        report = await verify_body(verify, content_type, body)
        await answer(send, msgspec.json.encode(report), b"application/json")

    return allow(handle, ("POST",), base_url)


async def verify_body(verify: Verify, content_type: str, body: bytes) -> Report:
    """Return the Report for one request body; raises ProblemError for a wrapper or policy that is refused."""
    asked = unwrap(body) if essence(content_type) == "application/json" else None
    if asked is None:
        return await verify(body)
    return await verify(
        asked.input,
        policy=read(asked.policy),
        expected_recipient=asked.expected_recipient,
        nonce=asked.nonce,
        audience=asked.audience,
    )


def unwrap(body: bytes) -> Asked | None:
    """Return the wrapper, or None where the JSON has a top-level `@context` and is the evidence itself.

    Raises ProblemError request.malformed for everything else, parse errors included.
    """
    try:
        # Without building anything: whether a credential's JSON is acceptable is for the verifier to say.
        top = _TOP.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        detail = "This is not JSON, or not an object. A token goes into `input`, or as application/jwt."
        raise ProblemError("request.malformed", detail) from error
    if top.context is not msgspec.UNSET:
        return None
    try:
        return msgspec.convert(loads(body, max_bytes=LIMIT), Asked)
    except StrictJsonError as error:
        raise ProblemError("request.malformed", f"This is not acceptable JSON: {error.detail}") from error
    except msgspec.ValidationError as error:
        raise ProblemError("request.malformed", in_words(str(error))) from error


def read(policy: dict[str, Any] | None) -> Policy | None:
    """Return the policy; raises ProblemError policy.empty, policy.malformed or policy.unknown_check."""
    try:
        return None if policy is None else read_policy(policy)
    except PolicyRefused as refused:
        raise ProblemError(refused.code, refused.detail) from refused


def limit(content_type: str) -> int:
    """Return how long a body of this type may be: what may be a picture, 5 MB."""
    kind = essence(content_type)
    may_be_picture = kind.startswith("image/") or kind in {"", "application/octet-stream"}
    return PICTURE_LIMIT if may_be_picture else LIMIT


def essence(content_type: str) -> str:
    """Return type and subtype, in lower case, without parameters."""
    return content_type.partition(";")[0].strip().lower()


async def read_body(receive: Receive, announced: bytes, at_most: int = LIMIT) -> bytes:
    """Return the body; raises ProblemError request.too_large once the client has finished."""
    parts: list[bytes] = []
    size = 0
    if announced.isdigit() and int(announced[:20]) > DRAIN:
        raise ProblemError("request.too_large")
    while size <= DRAIN:
        message = await receive()
        if message["type"] != "http.request":
            raise ProblemError("request.malformed", "The request ended early.")
        chunk = message["body"]
        size += len(chunk)
        if size <= at_most:
            parts.append(chunk)
        if not message.get("more_body", False):
            break
    if size > at_most:
        raise ProblemError("request.too_large")
    return b"".join(parts)
