"""The verify page and the documentation."""

import html
import json
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import jinja2
import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st

from schemas.problems import PROBLEMS
from verifier.policy import Policy
from verifier.trust.pinned import Pinned
from verifier.web import api_docs, app, openapi
from verifier.web.api import LIMIT, PICTURE_LIMIT
from verifier.web.pages import SHOWN_AGAIN
from verifier.web.render import exhibit, inline, isolated, moment, parse, plain, prose, render, when
from verifier.web.scale import score_scale


async def test_the_form_works_without_scripts(web: httpx.AsyncClient) -> None:
    page = (await web.get("/verify")).text
    assert '<form method="post" action="/verify" enctype="multipart/form-data"' in page
    assert 'name="input"' in page
    assert 'name="file"' in page


async def test_the_start_leads_to_verify(web: httpx.AsyncClient) -> None:
    assert (await web.get("/")).headers["location"] == "/verify"


@pytest.mark.parametrize(
    "sent",
    [
        {"data": {"input": ""}},
        {"data": {"input": " \n"}},
        {"files": {"input": (None, ""), "file": ("", b"")}},
        {"content": b"", "headers": {"content-type": "application/x-www-form-urlencoded"}},
        {"content": b"\xff\xfe", "headers": {"content-type": "text/plain"}},
        {"files": {"input": ("a.txt", b"a file where text belongs")}},
    ],
)
async def test_nothing_handed_over(web: httpx.AsyncClient, sent: dict[str, Any]) -> None:
    answer = await web.post("/verify", **sent)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "<title>Error: " in answer.text


async def test_too_much(web: httpx.AsyncClient) -> None:
    answer = await web.post("/verify", files={"file": ("a.bin", bytes(PICTURE_LIMIT + 1))})
    assert (answer.status_code, "larger than 5 MB" in answer.text) == (422, True)
    beyond = await web.post("/verify", files={"file": ("a.bin", bytes(7 * LIMIT))})
    assert (beyond.status_code, beyond.json()["code"]) == (413, "request.too_large")


@pytest.mark.parametrize(
    "body", [b"--x\r\n", b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--", b"\xff" * 99]
)
async def test_forms_that_cannot_be_read(web: httpx.AsyncClient, body: bytes) -> None:
    for content_type in (
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
    ):
        answer = await web.post("/verify", content=body, headers={"content-type": content_type})
        assert answer.status_code in {200, 400, 422}, content_type


async def test_a_file_counts_before_text(web: httpx.AsyncClient, world: Any) -> None:
    files = {"input": (None, "nonsense"), "file": ("credential.jwt", world.sign())}
    answer = await web.post("/verify", files=files)
    assert b'data-verdict="good"' in answer.content
    assert len(answer.content) > SHOWN_AGAIN / 10


async def test_the_documentation_is_the_openapi_document(web: httpx.AsyncClient) -> None:
    document = (await web.get("/openapi.json")).json()
    page = (await web.get("/docs/api")).text
    assert document["openapi"] == "3.1.0"
    assert list(document["paths"]) == ["/api/verify", "/api/verify/batch"]
    assert {"Report", "Asked", "Problem", "Check"} <= set(document["components"]["schemas"])
    for operation in api_docs.operations(document):
        assert f'id="{operation.anchor}"' in page
        assert all(answer.status in page for answer in operation.answers)
    named = set(re.findall(r'"\$ref": ?"#/components/schemas/(\w+)"', (await web.get("/openapi.json")).text))
    assert named <= set(document["components"]["schemas"])


def test_other_operations_are_documented_beside_ours() -> None:
    others: dict[str, Any] = {
        "paths": {
            "/api/things/{id}": {
                "get": {
                    "parameters": [{"name": "id", "schema": {"type": ["string", "null"]}, "required": True}],
                    "responses": {
                        "200": {
                            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/T"}}}
                        },
                        "204": {},
                    },
                },
                "put": {
                    "operationId": "put",
                    "security": [{"bearer": ["things:write"]}],
                    "responses": {
                        "200": {
                            "content": {
                                "application/json": {
                                    "schema": {
                                        "properties": {"b": {"examples": [1]}, "c": {"examples": [None]}}
                                    }
                                }
                            }
                        },
                        "400": {"description": "the framework's own"},
                    },
                    "requestBody": {
                        "content": {"application/json": {"schema": {"oneOf": [{"enum": [1]}, {}]}}}
                    },
                },
            }
        },
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "T": {
                    "type": "object",
                    "properties": {
                        "a": {"type": "array"},
                        "b": {
                            "anyOf": [
                                {"type": "array", "items": {"$ref": "#/components/schemas/Y"}},
                                {"type": "null"},
                            ]
                        },
                    },
                },
                "Y": {
                    "properties": {
                        "c": {"type": "string", "format": "uuid"},
                        "t": {"allOf": [{"$ref": "#/components/schemas/T"}], "description": "again"},
                    },
                    "type": "object",
                },
            },
        },
    }
    documented = {"put": openapi.Documented(("share.unknown", "policy.empty", "policy.malformed"), {"b": 2})}
    document = openapi.document("T", "1", "x", others, documented)
    assert document["components"]["securitySchemes"] == others["components"]["securitySchemes"]
    verify, _batch, got, put = api_docs.operations(document)
    assert [answer.status for answer in verify.answers] == ["200", "400", "408", "413", "415", "422", "503"]
    assert (got.anchor, got.parameters[0].kind, got.parameters[0].required) == (
        "get-api-things-id",
        "string | null",
        True,
    )
    assert [(row.name, row.kind) for row in got.answers[0].rows] == [
        ("a", "list of any"),
        ("b", "list of object | null"),
        ("b[].c", "UUID"),
        ("b[].t", "object"),
        ("b[].t.a", "list of any"),
        ("b[].t.b", "list of object | null"),
    ]
    assert got.answers[0].example == ""
    assert [answer.status for answer in got.answers] == ["200", "204"], "only problems of our own"
    assert got.answers[1].rows == ()
    assert (put.scopes, put.bodies[0].rows) == (("things:write",), ())
    assert [answer.problems for answer in put.answers] == [
        (),
        tuple((code, PROBLEMS[code].title) for code in ("policy.empty", "policy.malformed")),
        (("share.unknown", PROBLEMS["share.unknown"].title),),
    ]
    assert json.loads(put.answers[0].example) == {"b": 2, "c": None}
    assert api_docs.kind({"oneOf": [{"enum": [1, "x"]}, {}]}, {}) == "1 | x | any"
    assert api_docs.kind({"enum": list(range(20))}, {}) == "string"


def test_examples_are_made_of_the_members_examples() -> None:
    schemas = {"T": {"properties": {"a": {"examples": [None, 1]}, "b": {"type": "string"}}}}
    refers = {"$ref": "#/components/schemas/T"}
    assert openapi.example_of(refers, schemas) == {"a": None}
    assert openapi.example_of({"items": refers}, schemas) == [{"a": None}]
    assert openapi.example_of({"oneOf": [refers, {"type": "null"}]}, schemas) == {"a": None}
    without: list[dict[str, Any]] = [
        {},
        {"items": {}},
        {"properties": {"a": {}}},
        {"anyOf": [refers, {"type": "string"}]},
    ]
    for nothing in without:
        assert openapi.example_of(nothing, schemas) is openapi.NOTHING


def test_a_policy_is_described_wherever_it_may_stand() -> None:
    document = openapi.document("T", "1", "x")
    schema = document["components"]["schemas"]["Policy"]
    assert tuple(schema["properties"]) == Policy.__struct_fields__
    assert "\n  " not in schema["description"], "as a text of its own, not as it is indented in the code"
    verify, batch = (document["paths"][path]["post"] for path in document["paths"])
    content = verify["requestBody"]["content"]
    form = content["multipart/form-data"]["schema"]["properties"]
    query = {one["name"]: one["schema"] for one in batch["parameters"]}
    assert {*form} == {*query, "file"}
    refers = {"$ref": "#/components/schemas/Policy"}
    for text in (form["policy"], query["policy"]):
        assert (text["type"], text["contentMediaType"]) == ("string", "application/json")
        assert text["contentSchema"] == refers
    assert refers in document["components"]["schemas"]["Asked"]["properties"]["policy"]["anyOf"]


def test_every_member_that_is_documented_has_a_meaning() -> None:
    for operation, members in zip(
        api_docs.operations(openapi.document("T", "1", "x")), (40, 20), strict=True
    ):
        told = [*operation.bodies[0].rows, *(row for answer in operation.answers for row in answer.rows)]
        assert len(told) > members
        assert [row.name for row in told if not row.description] == []


def test_texts_become_paragraphs_code_and_nothing_else() -> None:
    assert prose("a `b<` c\r\n\r\n\n\nd") == "<p>a <code>b&lt;</code> c</p><p>d</p>"
    assert inline("a ` b <i>") == "a ` b &lt;i&gt;"


def test_material_wraps_line_by_line_and_tables_stay_as_they_are() -> None:
    text = "t\nid | n\n---+--\n 1 | <\n\nSELECT a,\n  CASE b\n\n-- c"
    shown = exhibit(text)
    assert html.unescape(re.sub(r"<[^>]+>", "", shown)) == f"{text}\n"
    assert '<code class="table">t\nid | n\n---+--\n 1 | &lt;\n</code>' in shown
    assert '<code class="line hang"><code>  </code><code>CASE b\n</code></code>' in shown
    assert shown.count('class="table"') == 1
    assert exhibit("\n") == '<code class="line hang"><code></code><code>\n</code></code>' * 2


WRAPPED = """SOURCE (report of the parks department)
The pilot ran from 1 March to 30 April on 4 of the town's 18
playgrounds. Sensors in the bins report when they are three
quarters full. A sensor costs EUR 180.
Complaints: 9."""
LABELLED = """A  The flat lies on one of the upper floors.
B  The tenant, our town's deputy mayor, threatened to
   reduce the rent.
C  The repair was made."""
LISTED = """You are a friendly assistant of a housing company.
Answer the tenant's question.
Never mention that you are not sure."""
CODE = """SELECT customers.region, sum(orders.total)
from orders join customers using (customer_id)
where orders.total > 100 -- not the small ones."""


def test_prose_that_was_wrapped_by_hand_flows_and_nothing_else_does() -> None:
    flows = re.findall(r'<code class="line"><code>(.*?)</code><code>(.*?)\n</code>', exhibit(WRAPPED))
    assert [html.unescape(text) for _, text in flows] == [
        "SOURCE (report of the parks department)",
        (
            "The pilot ran from 1 March to 30 April on 4 of the town's 18 playgrounds. Sensors in the bins"
            " report when they are three quarters full. A sensor costs EUR 180."
        ),
        "Complaints: 9.",
    ]
    assert (
        '<code class="line"><code>B  </code><code>The tenant, our town&#39;s deputy mayor, threatened to'
        " reduce the rent.\n</code></code>" in exhibit(LABELLED)
    )
    assert exhibit(LABELLED).count('"line"') == len("ABC")
    assert not any('"line"' in exhibit(one) for one in (LISTED, CODE))


@given(st.text(st.sampled_from('aB. \n|-"'), max_size=400))
def test_material_loses_no_word_and_changes_no_order(text: str) -> None:
    shown = html.unescape(re.sub(r"<[^>]+>", "", exhibit(text)))
    assert shown.split() == text.split()
    if shown.count("\n") > text.count("\n"):
        assert shown == f"{text}\n"


def test_isolates_become_elements() -> None:
    assert (
        isolated("by \u2068<b>\u2069 now\u2069 \u2068open") == "by <bdi>&lt;b&gt;</bdi> now <bdi>open</bdi>"
    )
    assert plain("\u2068a\u2069 b") == "a b"


def test_times_in_words() -> None:
    assert when("2026-05-03T16:05:00+02:00") == "3 May 2026, 14:05 UTC"
    assert when("later") == "later"
    at = parse("2026-05-03T00:00:00Z")
    assert at is not None
    assert moment(at) == "3 May 2026, 00:00 UTC"


@pytest.mark.parametrize("name", ["verifier.web/missing.html", "no.such.package/x.html", "nonsense", "/x"])
def test_templates_that_are_not_there(name: str) -> None:
    with pytest.raises(jinja2.TemplateNotFound):
        render(name)


def test_a_forgotten_context_is_loud() -> None:
    with pytest.raises(jinja2.UndefinedError):
        render("verifier.web/verify.html")


def test_lone_surrogates_cannot_break_a_page() -> None:
    assert b"a?b" in render("verifier.web/verify.html", text="a\ud800b", error=None)


def test_a_score_stays_on_its_scale() -> None:
    drawing = str(score_scale([], 1.0, 0.4))
    assert 'd="M189.6 32H308.0"' in drawing
    assert 'cx="308.0"' in drawing


def test_the_verifier_alone_reads_a_trust_folder(tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text('{"pinned": {"did:web:a.example": "us"}}')
    settings = app.WebSettings(trust=(tmp_path,))
    bound = app.bound_verify(settings, app.utc_now)
    assert bound.keywords["trust"].sources == (Pinned({"did:web:a.example": "us"}),)  # type: ignore[attr-defined]  # a partial
    assert app.bound_verify(app.WebSettings(), app.utc_now).keywords["trust"].sources == ()  # type: ignore[attr-defined]  # likewise


def addresses(*hosts: str) -> Callable[..., list[tuple[Any, ...]]]:
    def resolve(_host: str, port: int, **_rest: Any) -> list[tuple[Any, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)) for host in hosts]

    return resolve


def test_a_port_in_use_is_told_and_nothing_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", addresses("127.0.0.2", "127.0.0.1", "127.0.0.3"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            app.listen("localhost", port)
    socket.create_server(("127.0.0.2", port)).close()


def test_an_address_that_this_machine_lacks_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", addresses("192.0.2.1", "127.0.0.1"))
    (opened,) = app.listen("localhost", 0)
    assert opened.getsockname()[0] == "127.0.0.1"
    opened.close()
    monkeypatch.setattr(socket, "getaddrinfo", addresses("192.0.2.1"))
    with pytest.raises(OSError, match="assign"):
        app.listen("localhost", 0)


def test_serving_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[socket.socket] = []

    def run(_server: uvicorn.Server, sockets: list[socket.socket]) -> None:
        served.extend(sockets)

    monkeypatch.setattr(uvicorn.Server, "run", run)
    app.serve(app.WebSettings(), "127.0.0.1", 0)
    assert [each.getsockname()[0] for each in served] == ["127.0.0.1"]
    for each in served:
        each.close()
    assert app.utc_now().tzinfo is not None
