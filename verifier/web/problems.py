"""Problems at the edge: RFC 9457 documents for programs, a kind page for people, and never a traceback."""

import logging
import re
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from schemas.complaints import in_words
from schemas.problems import PROBLEMS, ProblemError, problem
from verifier.web.render import gettext as _
from verifier.web.render import render

FAILURES = logging.getLogger("assay.failures")
MEDIA_TYPE = "application/problem+json"
HTML = "text/html"
BY_STATUS = {
    400: "request.malformed",
    401: "token.invalid",
    403: "token.scope",
    404: "request.not_found",
    405: "request.method",
    413: "request.too_large",
    415: "request.media_type",
    429: "request.too_many",
    503: "service.unavailable",
}
# What every operation with a JSON body may answer, for the API documentation.
ASKED = ("request.malformed", "request.too_deep", "request.invalid", "request.too_large")
# What a client should know besides the document.
HEADERS = {
    401: {"www-authenticate": 'Bearer realm="assay"'},
    408: {"connection": "close"},  # the rest of the body is not waited for (RFC 9110, 15.5.9)
    503: {"retry-after": "5"},
}
SERVER_ERROR = 500
MISSING = re.compile(r"^Missing required \w+ parameter '(\w{1,60})'")


class Rendered(msgspec.Struct, frozen=True):
    """A problem as it is sent."""

    status: int
    media_type: str
    body: bytes
    headers: dict[str, str]


def render_problem(error: ProblemError, base_url: str, accept: str, request_id: str | None) -> Rendered:
    """Return the problem as a page if `accept` prefers HTML, else as application/problem+json."""
    headers = dict(HEADERS.get(error.kind.status, {}))
    if prefers_html(accept):
        body = render(
            "verifier.web/problem.html",
            title=_(error.kind.title),
            code=error.code,
            advice=_(error.kind.advice),
            detail=error.detail,
            request_id=request_id,
        )
        return Rendered(error.kind.status, HTML, body, headers)
    document = problem(error, base_url)
    if request_id:
        document["requestId"] = request_id
    return Rendered(error.kind.status, MEDIA_TYPE, msgspec.json.encode(document), headers)


def prefers_html(accept: str) -> bool:
    """Tell whether an Accept header prefers a page: HTML named, and not below JSON (RFC 9110, 12.5.1)."""
    html, json = 0.0, 0.0
    for part in accept.lower().split(","):
        media_type, *parameters = (piece.strip() for piece in part.split(";"))
        weight = quality(parameters)
        if media_type in {"text/html", "application/xhtml+xml"}:
            html = max(html, weight)
        elif media_type in {"application/json", MEDIA_TYPE}:
            json = max(json, weight)
    return html > 0 and html >= json


def quality(parameters: list[str]) -> float:
    """Return the weight among an Accept part's parameters: 1 where none is given, 0 where it is no number."""
    for parameter in parameters:
        name, _eq, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def known(error: Exception) -> ProblemError:
    """Return the problem that an exception means; what nobody foresaw is `service.failed`."""
    if isinstance(error, ProblemError):
        return error
    detail = first_complaint(error) if isinstance(error, ValidationException) else None
    return ProblemError(code_of(error), detail)


def code_of(error: Exception) -> str:
    """Return the code for a framework's or Python's own exception."""
    match error:
        case ValidationException():
            return "request.invalid"
        case HTTPException() if error.status_code in BY_STATUS:
            return BY_STATUS[error.status_code]
        case HTTPException() if error.status_code < SERVER_ERROR:
            return "request.refused"
        case UnicodeDecodeError():
            return "request.encoding"
        case RecursionError():
            return "request.too_deep"
        case _:
            return "service.failed"


def first_complaint(error: ValidationException) -> str | None:
    """Return which value is not as expected: its name and what it must be, never the value itself."""
    match error.extra:
        case [{"key": "data", "message": "'data'"}, *_rest]:  # the framework's words for no body at all
            return "The body is missing."
        case [{"key": str(key), "message": str(message)}, *_rest]:
            return in_words(message, path=None if key == "data" else key)
        case [{"message": str(message)}, *_rest]:
            return in_words(message)
        case _:
            # The framework's sentence quotes the path, which may hold a token: only the name is told.
            named = MISSING.search(error.detail)
            return f"{named[1]} is missing." if named else None


def exception_handlers(base_url: str) -> ExceptionHandlersMap:
    """Return the handlers for Litestar: every exception becomes a problem."""

    def handle(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        meant = known(error)
        request_id = request.scope.get("state", {}).get("request_id")
        if meant.code == "service.failed":
            log_failure(error, request_id)
        sent = render_problem(meant, base_url, accepted(request.url.path, request.headers), request_id)
        allowed = getattr(error, "headers", None) or {}
        headers = {
            **sent.headers,
            **{name: value for name, value in allowed.items() if name.lower() == "allow"},
        }
        return Response(sent.body, status_code=sent.status, media_type=sent.media_type, headers=headers)

    return {Exception: handle, HTTPException: handle}


def accepted(path: str, headers: Mapping[str, str]) -> str:
    """Return the Accept header; below /api/ there are no pages."""
    return (
        MEDIA_TYPE if path.startswith(("/api/", "/o/", "/health/", "/vc-api/")) else headers.get("accept", "")
    )


def log_failure(error: Exception, request_id: str | None) -> None:
    """Log where it failed and with what kind of exception; messages may hold personal data and stay out."""
    frames = []
    at = error.__traceback__
    while at is not None:
        frames.append(f"{at.tb_frame.f_code.co_filename}:{at.tb_lineno}")
        at = at.tb_next
    line = {"requestId": request_id, "exception": type(error).__qualname__, "at": frames[-6:]}
    FAILURES.error("%s", msgspec.json.encode(line).decode())


def catalogue() -> bytes:
    """Return the page that explains every code."""
    return render("verifier.web/problems.html", problems=PROBLEMS)
