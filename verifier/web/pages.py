"""Pages that both web applications have: verify, and the problems; and how a page is sent."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from schemas.problems import ProblemError
from verifier.web import batch, forms
from verifier.web.api import BODY_SECONDS, LIMIT, PICTURE_LIMIT, Verify
from verifier.web.asgi import App, Receive, Scope, Send
from verifier.web.bodies import read_form
from verifier.web.dispatch import answer, send_problem
from verifier.web.problems import catalogue
from verifier.web.reasons import steps
from verifier.web.render import gettext as _
from verifier.web.render import render
from verifier.web.static import assets, release
from verifier.web.verdict import verdict_page

__all__ = ["handlers", "page", "send_static", "sent", "verdict_page"]

UNPROCESSABLE = 422
SHOWN_AGAIN = 20_000
IMMUTABLE = b"public, max-age=31536000, immutable"


def page(template: str, status: int = 200, **context: object) -> Response[bytes]:
    """Return a template as a response."""
    return sent(render(template, **context), status)


def sent(body: bytes, status: int = 200) -> Response[bytes]:
    """Return a rendered page as a response; the headers' middleware adds no-store."""
    return Response(body, status_code=status, media_type="text/html")


@get("/", include_in_schema=False)
async def start_page() -> Redirect:
    """Lead to the page that most people come for."""
    return Redirect("/verify")


@get("/verify", include_in_schema=False)
async def ask() -> Response[bytes]:
    """Show the one field that takes anything."""
    return page("verifier.web/verify.html", text="", error=None)


@post("/verify", include_in_schema=False, status_code=200, request_max_body_size=PICTURE_LIMIT + LIMIT)
async def check(request: Request[Any, Any, Any], verify: NamedDependency[Verify]) -> Response[bytes]:
    """Answer what was pasted or chosen; a file counts before text."""
    evidence, text = await handed_over(request)
    if len(evidence) > PICTURE_LIMIT:
        return asked_again("", _("That is larger than 5 MB. Choose a smaller picture, or paste the text."))
    if not evidence.strip():
        return asked_again(text, _("Paste a credential, or choose its file."))
    return sent(verdict_page(await verify(evidence)))


async def handed_over(request: Request[Any, Any, Any]) -> tuple[bytes, str]:
    """Return the evidence's bytes, and the pasted text."""
    form = await read_form(request)
    text, file = form.get("input", ""), form.get("file")
    pasted = text if isinstance(text, str) else ""
    content = await file.read(PICTURE_LIMIT + 1) if isinstance(file, UploadFile) else b""
    return content or pasted.encode("utf-8", "surrogatepass"), pasted


def asked_again(text: str, error: str) -> Response[bytes]:
    """Return the field with what is missing."""
    return page("verifier.web/verify.html", UNPROCESSABLE, text=text[:SHOWN_AGAIN], error=error)


@get("/docs/problems", include_in_schema=False)
async def problems() -> Response[bytes]:
    """Explain every code."""
    return sent(catalogue())


@get("/docs/reasons", include_in_schema=False)
async def reasons() -> Response[bytes]:
    """Explain every reason code."""
    return page("verifier.web/reasons.html", steps=steps())


# Need the dependency `verify`: Verify. /docs/api and /openapi.json come from `verifier.web.openapi`.
handlers: tuple[ControllerRouterHandler, ...] = (start_page, ask, check, problems, reasons, forms.verify_form)

# How long the bodies that may be large may take.
LONGER = {"/api/verify": BODY_SECONDS, "/verify": BODY_SECONDS, batch.PATH: batch.BODY_SECONDS}


def send_static(base_url: str) -> App:
    """Return the handler below /static/: files from the package, to be kept for ever under their digest."""

    async def send_file(scope: Scope, _receive: Receive, send: Send) -> None:
        _root, _static, digest, *rest = f"{scope['path']}/".split("/")
        asset = assets().get("/".join(rest).rstrip("/"))
        if asset is None:
            await send_problem(ProblemError("request.not_found"), scope, send, base_url)
            return
        # An older page after an update: the current file, but only for now.
        headers = [
            (b"cache-control", IMMUTABLE if digest == release() else b"no-cache"),
            (b"etag", asset.etag),
        ]
        if any(name == b"if-none-match" and asset.etag in value for name, value in scope["headers"]):
            await answer(send, b"", asset.media_type, status=304, headers=headers)
            return
        await answer(send, asset.body, asset.media_type, headers=headers, head=scope["method"] == "HEAD")

    return send_file
