"""The addresses below /vc-api/, in plain ASGI; refusals leave as ProblemError, for the dispatcher."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from msgspec import Struct

from schemas.complaints import in_words
from schemas.problems import ProblemError
from schemas.strict_json import StrictJsonError, loads
from verifier.lint.rule import types
from verifier.web.api import LIMIT, Short, Verify, essence, read_body
from verifier.web.asgi import App, Receive, Scope, Send
from verifier.web.dispatch import answer, send_problem
from verifier.web.headers import PUBLIC
from verifier.web.vc_api import answers
from verifier.web.vc_api.access import Access
from verifier.web.vc_api.issuers import PROFILES, Conformance

PREFIX = "/vc-api/"
JSON = b"application/json"
Handler = Callable[[Any], Awaitable[tuple[int, bytes]]]
PRESENTATIONS = {"VerifiablePresentation", "EnvelopedVerifiablePresentation"}


class Issue(Struct, frozen=True):
    """What is to be issued; other members are ignored, as the draft asks."""

    credential: dict[str, Any]
    options: dict[str, Any] = {}


class VerifyCredential(Struct, frozen=True, rename="camel"):
    """A credential, secured; a token stands in an EnvelopedVerifiableCredential."""

    verifiable_credential: dict[str, Any]
    options: dict[str, Any] = {}


class Occasion(Struct, frozen=True):
    """What the caller gave the holder."""

    challenge: Short | None = None
    domain: Short | None = None


class VerifyPresentation(Struct, frozen=True, rename="camel"):
    """A presentation, secured."""

    verifiable_presentation: dict[str, Any]
    options: dict[str, Any] = {}


class Entry(Struct, frozen=True, rename="camel"):
    """Which of a credential's entries."""

    type: str
    status_purpose: str = "revocation"


class SetStatus(Struct, frozen=True, rename="camel"):
    """A bit that is to be set, or cleared where `status` is false."""

    credential_id: str
    credential_status: Entry | tuple[Entry, ...]
    status: bool = True


def vc_api(conformance: Conformance, verify: Verify, access: Access, base_url: str) -> App:
    """Return the handler of everything below /vc-api/."""
    posts = _posts(conformance, verify)

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"].removeprefix(PREFIX)
        if path.startswith("status/"):
            await _send_list(conformance, path, scope, send, base_url)
            return
        access.check(scope)
        handler = posts.get(path)
        if path == "issuers":
            await _only("GET", scope, send, base_url, lambda: _issuers(conformance))
        elif handler is not None:
            await _only("POST", scope, send, base_url, lambda: _posted(handler, scope, receive))
        else:
            raise ProblemError("request.not_found")

    return handle


def mounted(
    conformance: Conformance | None, verify: Verify, access: Access | None, base_url: str
) -> dict[str, App]:
    """Return what a dispatcher adds to its prefixes: nothing where the VC API is off."""
    if conformance is None or access is None:
        return {}
    return {PREFIX: vc_api(conformance, verify, access, base_url)}


def _posts(conformance: Conformance, verify: Verify) -> dict[str, Handler]:
    async def credential(body: Any) -> tuple[int, bytes]:
        asked = _read(body, VerifyCredential)
        if types(asked.verifiable_credential) & PRESENTATIONS:
            raise ProblemError("request.malformed", "This is a presentation.")
        report = await verify(msgspec.json.encode(asked.verifiable_credential))
        return answers.answer(report, asked.options)

    async def presentation(body: Any) -> tuple[int, bytes]:
        asked = _read(body, VerifyPresentation)
        if not types(asked.verifiable_presentation) & PRESENTATIONS:
            raise ProblemError("request.malformed", "This is no presentation.")
        occasion = _read(asked.options, Occasion)
        report = await verify(
            msgspec.json.encode(asked.verifiable_presentation),
            nonce=occasion.challenge,
            audience=occasion.domain,
        )
        shown = asked.verifiable_presentation.get("verifiableCredential", [])
        return answers.answer(report, asked.options, empty=shown == [])

    async def status(body: Any) -> tuple[int, bytes]:
        asked = _read(body, SetStatus)
        entries = asked.credential_status
        for entry in entries if isinstance(entries, tuple) else (entries,):
            conformance.set_status(asked.credential_id, entry.status_purpose, status=asked.status)
        return 200, b"{}"

    def issuing(profile: str) -> Handler:
        async def issue(body: Any) -> tuple[int, bytes]:
            asked = _read(body, Issue)
            issued = await conformance.issue(profile, asked.credential, asked.options)
            return 201, msgspec.json.encode({"verifiableCredential": issued})

        return issue

    return {
        "credentials/verify": credential,
        "presentations/verify": presentation,
        "credentials/status": status,
        **{f"{profile}/credentials/issue": issuing(profile) for profile in PROFILES},
    }


async def _posted(handler: Handler, scope: Scope, receive: Receive) -> tuple[int, bytes]:
    headers = {bytes(name).lower(): bytes(value) for name, value in scope["headers"]}
    # Also so that no page of another origin can ask without being asked whether it may.
    if essence(headers.get(b"content-type", b"").decode("latin-1")) != "application/json":
        raise ProblemError("request.media_type")
    body = await read_body(receive, headers.get(b"content-length", b""))
    try:
        return await handler(loads(body, max_bytes=LIMIT))
    except StrictJsonError as error:
        raise ProblemError("request.malformed", f"This is not acceptable JSON: {error.detail}") from error


def _read(body: Any, kind: type[Any]) -> Any:
    try:
        return msgspec.convert(body, kind)
    except msgspec.ValidationError as error:
        raise ProblemError("request.malformed", in_words(str(error))) from error


async def _only(
    method: str,
    scope: Scope,
    send: Send,
    base_url: str,
    respond: Callable[[], Awaitable[tuple[int, bytes]]],
) -> None:
    if scope["method"] != method:
        await send_problem(ProblemError("request.method"), scope, send, base_url, {"allow": method})
        return
    status, body = await respond()
    await answer(send, body, JSON, status=status)


async def _issuers(conformance: Conformance) -> tuple[int, bytes]:
    return 200, msgspec.json.encode({profile: issuer.did for profile, issuer in conformance.issuers.items()})


async def _send_list(conformance: Conformance, path: str, scope: Scope, send: Send, base_url: str) -> None:
    if scope["method"] not in {"GET", "HEAD"}:
        await send_problem(ProblemError("request.method"), scope, send, base_url, {"allow": "GET, HEAD"})
        return
    found = await conformance.published(f"{conformance.base_url}{PREFIX}{path}")
    if found is None:
        raise ProblemError("request.not_found")
    body, media_type = found
    accepted = b",".join(value for name, value in scope["headers"] if bytes(name).lower() == b"accept")
    # Clients that know of JSON only do not read application/vc.
    if media_type == "application/vc" and b"application/vc" not in accepted and b"json" in accepted:
        media_type = "application/ld+json"
    headers = [*PUBLIC, (b"vary", b"accept")]
    await answer(send, body, media_type.encode(), headers=headers, head=scope["method"] == "HEAD")
