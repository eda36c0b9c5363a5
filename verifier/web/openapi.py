"""The API as an OpenAPI 3.1 document, and the same as a page that we render ourselves: nothing from a CDN."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from schemas.problems import Problem
from schemas.report import CHECKS, Report
from verifier.web.api import Asked
from verifier.web.asgi import App, Receive, Scope, Send
from verifier.web.dispatch import allow, answer
from verifier.web.render import render

METHODS = ("get", "post", "put", "patch", "delete")
PREFIX = "#/components/schemas/"
PROBLEM = "application/problem+json"
EXAMPLE = {
    "input": "eyJhbGciOiJFUzI1NiIs…",
    "policy": {"require": ["standing"]},
    "expected_recipient": "ada@example.org",
}
WRAPPED = {
    "input": "The evidence as text: a credential, its JSON, or a link to it.",
    "policy": f"What must pass for you: `require` (names among {', '.join(CHECKS[:-1])}), `accept_issuers`, "
    "`max_age_days`. Leave it away for the default; an empty one is refused.",
    "expected_recipient": "Whom you expect: an e-mail address, an id or a name. Matched, never kept.",
    "nonce": "The nonce that you gave the holder, for presentations.",
    "audience": "The audience that you named to the holder, for presentations.",
}


class Row(Struct, frozen=True):
    """One member or parameter."""

    name: str
    kind: str
    description: str
    required: bool


class Body(Struct, frozen=True):
    """One kind of request body."""

    media_type: str
    description: str
    rows: tuple[Row, ...]
    example: str


class Answer(Struct, frozen=True):
    """One kind of response."""

    status: str
    description: str
    media_types: tuple[str, ...]
    rows: tuple[Row, ...]


class Operation(Struct, frozen=True):
    """One method of one path, as the page shows it."""

    anchor: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Row, ...]
    bodies: tuple[Body, ...]
    answers: tuple[Answer, ...]


def document(
    title: str, version: str, introduction: str, others: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the OpenAPI document: /api/verify, and what `others` (another such document) has."""
    given = others or {}
    _, components = msgspec.json.schema_components([Report, Asked, Problem], ref_template=PREFIX + "{name}")
    for name, text in WRAPPED.items():
        components["Asked"]["properties"][name]["description"] = text
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": introduction},
        "paths": {"/api/verify": {"post": verify_operation()}, **given.get("paths", {})},
        "components": {
            **given.get("components", {}),
            "schemas": {**given.get("components", {}).get("schemas", {}), **components},
        },
    }


def verify_operation() -> dict[str, Any]:
    """Return POST /api/verify; docs/verify-api.md has the same contract as one table."""
    text = {"schema": {"type": "string"}}
    return {
        "operationId": "verify",
        "summary": "Verify a credential",
        "description": "Send the credential itself, or JSON with the credential and what you require.\n\n"
        "`application/json` without a top-level `@context` is the wrapper; its evidence stands in `input`. "
        "Every other type, a missing one, and JSON with `@context`, is the evidence, byte for byte.\n\n"
        "The answer is always a Report, also for what is not a credential at all. Only a malformed wrapper, "
        "a bad policy, more than 1 MB, or an encoding other than plain UTF-8 is a problem.",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": PREFIX + "Asked"}, "example": EXAMPLE},
                "application/jwt": text,
                "application/vc+jwt": text,
                "application/octet-stream": {},
                "text/plain": text,
            },
        },
        "responses": {
            "200": {
                "description": "What was found, whatever it is.",
                "content": {"application/json": {"schema": {"$ref": PREFIX + "Report"}}},
            },
            **{
                status: {"description": why, "content": {PROBLEM: {"schema": {"$ref": PREFIX + "Problem"}}}}
                for status, why in (
                    ("400", "The wrapper or the policy could not be understood."),
                    ("413", "More than 1 MB."),
                    ("415", "A `Content-Encoding`, or a charset other than UTF-8."),
                )
            },
        },
    }


def operations(api: Mapping[str, Any]) -> tuple[Operation, ...]:
    """Return every operation of the document, in its order."""
    schemas = api.get("components", {}).get("schemas", {})
    return tuple(
        operation(method, path, item[method], schemas)
        for path, item in api["paths"].items()
        for method in METHODS
        if method in item
    )


def operation(method: str, path: str, found: Mapping[str, Any], schemas: Mapping[str, Any]) -> Operation:
    """Return one operation for the page."""
    return Operation(
        anchor=f"{method}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}",
        method=method.upper(),
        path=path,
        summary=found.get("summary", ""),
        description=found.get("description", ""),
        parameters=tuple(
            Row(
                each["name"],
                kind(each.get("schema", {})),
                each.get("description", "") or "",
                required=each.get("required", False),
            )
            for each in found.get("parameters", ())
        ),
        bodies=tuple(
            Body(
                media_type,
                content.get("description", ""),
                rows(content.get("schema", {}), schemas),
                json.dumps(content["example"], indent=2, ensure_ascii=False) if "example" in content else "",
            )
            for media_type, content in found.get("requestBody", {}).get("content", {}).items()
        ),
        answers=tuple(
            Answer(
                status,
                response.get("description", ""),
                tuple(response.get("content", {})),
                answered(response, schemas) if status.startswith("2") else (),
            )
            for status, response in found.get("responses", {}).items()
        ),
    )


def answered(response: Mapping[str, Any], schemas: Mapping[str, Any]) -> tuple[Row, ...]:
    """Return the members of a response's first kind of content."""
    for content in response.get("content", {}).values():
        return rows(content.get("schema", {}), schemas)
    return ()


def resolve(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema itself, or the one that it refers to."""
    name = schema.get("$ref", "").removeprefix(PREFIX)
    return schemas.get(name, {}) if name else schema


def rows(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> tuple[Row, ...]:
    """Return the members of an object's schema; other schemas have none."""
    found = resolve(schema, schemas)
    needed = found.get("required", ())
    return tuple(
        Row(name, kind(member), member.get("description", "") or "", required=name in needed)
        for name, member in found.get("properties", {}).items()
    )


def kind(schema: Mapping[str, Any]) -> str:
    """Return a schema in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " | ".join(kind(part) for part in schema[union])
    found = schema.get("type", "any")
    if found == "array":
        return f"list of {kind(schema.get('items', {}))}"
    return " | ".join(found) if isinstance(found, list) else str(found)


def send_openapi(api: Mapping[str, Any], base_url: str) -> tuple[App, App]:
    """Return the handlers of /openapi.json and /docs/api, both encoded once."""
    body = msgspec.json.encode(api)
    info = api["info"]
    html = render(
        "verifier.web/api_docs.html",
        title=info["title"],
        version=info["version"],
        introduction=info["description"],
        operations=operations(api),
    )
    return (
        fixed(body, b"application/json", base_url),
        fixed(html, b"text/html; charset=utf-8", base_url),
    )


def fixed(body: bytes, media_type: bytes, base_url: str) -> App:
    """Return a handler that always answers the same bytes."""

    async def send_fixed(scope: Scope, _receive: Receive, send: Send) -> None:
        await answer(send, body, media_type, head=scope["method"] == "HEAD")

    return allow(send_fixed, ("GET", "HEAD"), base_url)
