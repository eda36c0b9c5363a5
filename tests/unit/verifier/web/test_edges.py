"""Headers, problems, request ids and static files: what every response has, the unhappy ones included."""

import json
import logging
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar, get, post
from litestar.exceptions import (
    HTTPException,
    NotAuthorizedException,
    PermissionDeniedException,
    TooManyRequestsException,
    ValidationException,
)
from litestar.params import FromPath, FromQuery, JSONBody

from schemas.problems import PROBLEMS, Problem, ProblemError, problem
from verifier.web.dispatch import dispatch
from verifier.web.headers import ALWAYS, CAMERA, HSTS, PUBLIC, UNLESS_GIVEN, secure
from verifier.web.problems import exception_handlers, known, prefers_html, render_problem
from verifier.web.requests import request_log
from verifier.web.static import assets, release, static_url

BASE = "https://edge.example"
REQUESTS = [
    ("GET", "/verify", 200),
    ("GET", "/", 302),
    ("GET", "/docs/api", 200),
    ("HEAD", "/docs/api", 200),
    ("GET", "/docs/problems", 200),
    ("GET", "/openapi.json", 200),
    ("GET", "/nowhere", 404),
    ("GET", "/static/x/nothing.css", 404),
    ("PUT", "/verify", 405),
    ("DELETE", "/openapi.json", 405),
    ("GET", "/api/verify", 405),
    ("POST", "/api/verify", 200),
    ("POST", "/verify", 422),
]


@pytest.mark.parametrize(("method", "path", "status"), REQUESTS)
async def test_security_headers_are_on_every_response(
    web: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await web.request(method, path)
    assert answer.status_code == status
    for name, value in (*(CAMERA if path == "/verify" else ALWAYS), HSTS, *UNLESS_GIVEN):
        assert answer.headers.get_list(name.decode()) == [value.decode()], name
    assert len(answer.headers["x-request-id"]) == 36


def test_the_policy_lets_nothing_in_from_elsewhere() -> None:
    for headers in (ALWAYS, CAMERA):
        policy = dict(headers)[b"content-security-policy"].decode()
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "http" not in policy


def test_only_the_page_that_needs_it_may_use_the_camera() -> None:
    assert b"camera=()" in dict(ALWAYS)[b"permissions-policy"]
    assert b"camera=(self)" in dict(CAMERA)[b"permissions-policy"]
    assert b"connect-src" not in dict(ALWAYS)[b"content-security-policy"]


class Odd(Exception):  # noqa: N818 — a stand-in for whatever nobody foresaw
    """Something that nobody foresaw."""


@get("/fail/{kind:str}")
async def fail(kind: FromPath[str]) -> str:
    raise {
        "odd": Odd("ada@example.org was here"),
        "utf8": UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"),
        "deep": RecursionError(),
        "known": ProblemError("credential.unknown", "No such thing.", hint="look again"),
        "down": ProblemError("database.unavailable"),
        "auth": NotAuthorizedException(),
        "denied": PermissionDeniedException(),
        "many": TooManyRequestsException(),
        "teapot": HTTPException(status_code=418),
        "gateway": HTTPException(status_code=502),
    }[kind]


class Wish(Problem, frozen=True):
    """Any Struct will do."""


@post("/wish")
async def wish(data: JSONBody[Wish]) -> str:
    return data.title


@get("/count/{number:int}")
async def count(number: FromPath[int], limit: FromQuery[int]) -> int:
    return number + limit


async def hot(_scope: Any, _receive: Any, send: Any) -> None:
    await send(
        {"type": "http.response.start", "status": 200, "headers": [*PUBLIC, (b"cache-control", b"public")]}
    )
    await send({"type": "http.response.body", "body": b"x"})


async def hot_failing(_scope: Any, _receive: Any, _send: Any) -> None:
    raise Odd


async def hot_stumbling(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"half"})
    raise Odd


def clock() -> datetime:
    return datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def edge() -> httpx.AsyncClient:
    pages = Litestar(
        [fail, wish, count],
        exception_handlers=exception_handlers(BASE),
        openapi_config=None,
        logging_config=None,
    )
    front = dispatch(
        pages,
        exact={"/hot": hot, "/failing": hot_failing, "/stumbling": hot_stumbling},
        prefixes={"/o/": hot},
        base_url=BASE,
    )
    application = request_log(secure(front, https=False), clock)
    return httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url=BASE)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("odd", 500, "service.failed"),
        ("utf8", 400, "request.encoding"),
        ("deep", 400, "request.too_deep"),
        ("known", 404, "credential.unknown"),
        ("down", 503, "database.unavailable"),
        ("auth", 401, "token.invalid"),
        ("denied", 403, "token.scope"),
        ("many", 429, "request.too_many"),
        ("teapot", 400, "request.refused"),
        ("gateway", 500, "service.failed"),
    ],
)
async def test_every_exception_is_a_problem(
    edge: httpx.AsyncClient, kind: str, status: int, code: str
) -> None:
    answer = await edge.get(f"/fail/{kind}")
    found = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, found["status"], found["code"]) == (status, status, code)
    assert found["type"] == f"{BASE}/docs/problems#{code}"
    assert found["title"] == PROBLEMS[code].title
    assert "ada@example.org" not in answer.text
    assert ("www-authenticate" in answer.headers) is (status == 401)
    assert ("retry-after" in answer.headers) is (status == 503)
    if kind == "known":
        assert (found["detail"], found["hint"]) == ("No such thing.", "look again")


async def test_people_get_a_page(edge: httpx.AsyncClient) -> None:
    answer = await edge.get("/fail/known", headers={"accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "No such thing." in answer.text
    assert PROBLEMS["credential.unknown"].title in answer.text
    assert answer.headers["x-request-id"] in answer.text


@pytest.mark.parametrize("path", ["/count/1", "/count/1?limit=x"])
async def test_values_that_are_not_as_expected(edge: httpx.AsyncClient, path: str) -> None:
    answer = await edge.get(path)
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
    assert "limit" in answer.json()["detail"]


async def test_bodies_that_cannot_be_read(edge: httpx.AsyncClient) -> None:
    broken = await edge.post("/wish", content=b"{", headers={"content-type": "application/json"})
    assert (broken.status_code, broken.json()["code"]) == (400, "request.malformed")
    wrong = await edge.post("/wish", json={"title": 7})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "request.invalid")
    assert wrong.json()["detail"] == "title must be text."


async def test_public_documents_keep_their_own_headers(edge: httpx.AsyncClient) -> None:
    answer = await edge.get("/o/demo/did.json")
    assert answer.headers.get_list("cross-origin-resource-policy") == ["cross-origin"]
    assert answer.headers.get_list("cache-control") == ["public"]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "strict-transport-security" not in answer.headers


async def test_hot_routes_fail_like_all_others(
    edge: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await edge.get("/failing")
    assert (answer.status_code, answer.json()["code"]) == (500, "service.failed")
    assert json.loads(caplog.records[0].getMessage())["exception"] == "Odd"
    assert (await edge.get("/stumbling")).text == "half"


async def test_request_ids_come_in_and_go_out(edge: httpx.AsyncClient) -> None:
    given = await edge.get("/hot", headers={"x-request-id": "trace-4711"})
    assert given.headers["x-request-id"] == "trace-4711"
    odd = await edge.get("/hot", headers={"x-request-id": "no spaces\tplease"})
    assert len(odd.headers["x-request-id"]) == 36


async def test_the_access_line_names_the_route_and_not_the_path(
    edge: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "assay.access")
    for path in ("/count/42", "/o/demo/secret", "/hot", "/nothing/secret"):
        await edge.get(path)
    # Only what we write: the client of this test may log its own addresses.
    written = [record.getMessage() for record in caplog.records if record.name.startswith("assay")]
    lines = [json.loads(line) for line in written]
    assert [line["route"] for line in lines] == ["/count/{number}", "/o/*", "/hot", "-"]
    assert "secret" not in "".join(written)
    assert lines[0].keys() == {"time", "requestId", "method", "route", "status", "duration"}


async def test_what_is_not_http_passes_through() -> None:
    seen = []

    async def inner(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope["type"])

    front = dispatch(inner, exact={}, prefixes={}, base_url=BASE)
    await request_log(secure(front, https=True), clock)({"type": "lifespan"}, None, None)
    assert seen == ["lifespan"]


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        ("", False),
        ("*/*", False),
        ("text/html", True),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("application/json, text/html;q=0.5", False),
        ("application/problem+json;q=0.2, text/html;q=0.5", True),
        ("text/html;q=0", False),
        ("text/html;q=much", False),
        ("text/html;level=1", True),
    ],
)
def test_who_prefers_a_page(accept: str, *, html: bool) -> None:
    assert prefers_html(accept) is html


def test_the_catalogue_is_written_for_people() -> None:
    for code, kind in PROBLEMS.items():
        assert code.count(".") == 1, code
        assert kind.title.endswith("."), code
        assert kind.advice.endswith("."), code
        assert 400 <= kind.status <= 503, code
        # Both pass through gettext, where a lone percent sign would be a placeholder.
        assert "%" not in kind.title + kind.advice, code


def test_a_problem_without_its_occurrence() -> None:
    assert problem(ProblemError("share.unknown"), BASE) == {
        "type": f"{BASE}/docs/problems#share.unknown",
        "title": PROBLEMS["share.unknown"].title,
        "status": 404,
        "code": "share.unknown",
    }
    assert str(ProblemError("share.unknown")).startswith("share.unknown: There is nothing")
    with pytest.raises(KeyError):
        ProblemError("share.misspelt")


async def test_static_files_are_kept_for_ever_under_their_digest(web: httpx.AsyncClient) -> None:
    for name, asset in assets().items():
        answer = await web.get(static_url(name))
        assert answer.content == asset.body
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"] == asset.media_type.decode()
        again = await web.get(static_url(name), headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    older = await web.get(static_url("assay.css").replace(release(), "0" * 16))
    assert (older.status_code, older.headers["cache-control"]) == (200, "no-cache")
    assert (await web.head(static_url("assay.css"))).content == b""
    with pytest.raises(KeyError):
        static_url("nothing.css")


def test_the_style_sheet_is_small_and_asks_nobody() -> None:
    css = assets()["assay.css"].body
    assert len(css) < 15_000
    assert b"url(" not in css
    assert b"@import" not in css


def test_a_complaint_without_a_name_and_a_problem_without_a_request() -> None:
    meant = known(ValidationException(extra=[{"message": "Expected `object`"}]))
    assert (meant.code, meant.detail) == ("request.invalid", "The body must be an object.")
    assert known(ValidationException("x")).detail is None
    assert b"requestId" not in render_problem(meant, BASE, "", None).body


def test_every_code_that_is_raised_stands_in_the_catalogue() -> None:
    house = Path(__file__).parents[4]
    raised = {
        code
        for room in ("issuer", "verifier", "keys", "schemas")
        for file in (house / room).rglob("*.py")
        for code in re.findall(r'ProblemError\(\s*"([^"]+)"', file.read_text())
    }
    assert len(raised) > 20
    assert raised <= set(PROBLEMS)
