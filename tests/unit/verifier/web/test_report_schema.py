"""The published schema of the Report, held against real Reports; and the page of reason codes."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from schemas.report import CHECKS, Reason, Report
from tests.unit.verifier.web.test_verdict_table import TABLE, answered
from tests.unit.verifier.world import World
from verifier.web import openapi, reasons, report_schema

ROOT = Path(__file__).parents[4]
SCHEMA: dict[str, Any] = json.loads(report_schema.as_text())
KINDS = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}
UNDERSTOOD = {
    "$ref", "$defs", "$schema", "$id", "title", "description", "default", "type", "enum", "anyOf",
    "properties", "required", "items", "minItems", "minLength", "pattern", "format",
}  # fmt: skip


def complaints(schema: dict[str, Any], value: Any, where: str = "") -> Iterator[str]:
    """What of draft 2020-12 the schema uses, and no more: an unknown keyword is a complaint as well."""
    if surplus := set(schema) - UNDERSTOOD:
        yield f"{where}: the schema uses {surplus}"
    if "$ref" in schema:
        yield from complaints(SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")], value, where)
    if "anyOf" in schema and not any(not list(complaints(one, value)) for one in schema["anyOf"]):
        yield f"{where}: none of its kinds"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r} is not in its list"
    if "type" in schema and not isinstance(value, KINDS[schema["type"]]):
        yield f"{where}: not of type {schema['type']}"
    elif schema.get("type") in WITHIN:
        yield from WITHIN[schema["type"]](schema, value, where)


def in_object(schema: dict[str, Any], value: dict[str, Any], where: str) -> Iterator[str]:
    yield from (f"{where}: {name} is missing" for name in schema.get("required", ()) if name not in value)
    for name, member in value.items():
        if name not in schema["properties"]:
            yield f"{where}: {name} is not described"
        yield from complaints(schema["properties"].get(name, {}), member, f"{where}/{name}")


def in_list(schema: dict[str, Any], value: list[Any], where: str) -> Iterator[str]:
    if len(value) < schema.get("minItems", 0):
        yield f"{where}: too few"
    for number, item in enumerate(value):
        yield from complaints(schema.get("items", {}), item, f"{where}/{number}")


def in_text(schema: dict[str, Any], value: str, where: str) -> Iterator[str]:
    if len(value) < schema.get("minLength", 0) or not re.search(schema.get("pattern", ""), value):
        yield f"{where}: {value!r} has another form"
    elif schema.get("format") == "date-time":
        datetime.fromisoformat(value)


WITHIN: dict[str, Callable[..., Iterator[str]]] = {"object": in_object, "array": in_list, "string": in_text}


def problems_of(report: Report) -> list[str]:
    return list(complaints(SCHEMA, json.loads(msgspec.json.encode(report))))


@pytest.mark.parametrize("row", TABLE)
async def test_real_reports_are_of_the_schema(world: World, row: str) -> None:
    report = await answered(world, TABLE[row][0])
    assert problems_of(report) == []
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report


@pytest.mark.parametrize("evidence", ["", "hello", "{", "[]", '{"@context": []}', b"\xff\x00", "%PDF-1.7"])
async def test_reports_about_nothing_are_too(world: World, evidence: str | bytes) -> None:
    assert problems_of(await world.verify(evidence)) == []


async def test_what_is_enclosed_is_of_the_schema(world: World) -> None:
    report = await world.verify(world.sign())
    enclosed = {"role": "credential", "verdict": "valid", "authenticity": "genuine", "currency": "current"}
    told = json.loads(msgspec.json.encode(report))
    told["enclosed"] = [{**enclosed, "claim": told["claim"], "checks": told["checks"]}]
    assert list(complaints(SCHEMA, told)) == []
    assert msgspec.convert(told, Report).enclosed[0].claim == report.claim


async def test_what_is_no_report_is_not_of_the_schema(world: World) -> None:
    good = json.loads(msgspec.json.encode(await world.verify(world.sign())))
    for path, value in (
        ("verdict", "maybe"),
        ("verdict", ...),
        ("claim", ...),
        ("claim", []),
        ("sentence", ""),
        ("checks", []),
        ("checks/0/outcome", "ok"),
        ("checks/0/check", "mood"),
        ("checks/0/reason", "fine"),
        ("checks/0/detail", None),
        ("inputDigest", "sha256-ABC"),
        ("verifiedAt", "2026-11-23 12:00"),
        ("claim/issuer/id", 7),
    ):
        told = copy.deepcopy(good)
        *steps, last = path.split("/")
        place: Any = told
        for step in steps:
            place = place[int(step) if isinstance(place, list) else step]
        if value is ...:
            del place[last]
        else:
            place[last] = value
        assert list(complaints(SCHEMA, told)), path


def test_every_member_says_what_it_means() -> None:
    for name, definition in SCHEMA["$defs"].items():
        assert definition["description"], name
        assert "\n " not in definition["description"], name
        for member, schema in definition.get("properties", {}).items():
            assert schema["description"].endswith("."), f"{name}.{member}"
    assert SCHEMA["$defs"]["Check"]["properties"]["check"]["enum"] == list(CHECKS)
    assert all(re.search(SCHEMA["$defs"]["Reason"]["pattern"], reason) for reason in Reason)


def test_the_copies_in_the_documents_are_current(tmp_path: Path) -> None:
    """`make documents` writes both."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "verifier" / "web").mkdir(parents=True)
    steps = (ROOT / "docs" / "verification-steps.md").read_bytes()
    (tmp_path / "docs" / "verification-steps.md").write_bytes(steps)
    report_schema.write(tmp_path)
    reasons.write(tmp_path)
    for copied in ("docs/report.schema.json", "verifier/web/reasons.json"):
        assert (ROOT / copied).read_text() == (tmp_path / copied).read_text(), "run `make documents`"


async def test_schema_and_reasons_are_served(web: httpx.AsyncClient) -> None:
    answer = await web.get("/schemas/report.json")
    assert answer.json() == SCHEMA
    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert (await web.head("/schemas/report.json")).content == b""
    assert (await web.post("/schemas/report.json")).status_code == 405
    page = await web.get("/docs/reasons")
    assert page.headers["content-type"].startswith("text/html")
    explained = {found.code for step in reasons.steps() for found in step.reasons}
    assert explained >= {reason.value for reason in Reason} - {"check.not_reached"}
    assert [code for code in explained if f'id="{code}"' not in page.text] == []
    documentation = (await web.get("/docs/api")).text
    for linked in ("/schemas/report.json", "/docs/reasons"):
        assert f'href="{linked}"' in documentation


def test_the_api_document_refers_to_both() -> None:
    schemas = openapi.document("x", "0", "y")["components"]["schemas"]
    assert schemas["Report"]["externalDocs"]["url"] == "/schemas/report.json"
    assert schemas["Reason"]["externalDocs"]["url"] == "/docs/reasons"
