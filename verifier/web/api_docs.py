"""The API documentation as a page that we render ourselves, from the OpenAPI document: nothing from a CDN."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from verifier.web.asgi import App, Receive, Scope, Send
from verifier.web.dispatch import allow, answer
from verifier.web.openapi import DEEPEST, PREFIX, PROBLEM, resolve
from verifier.web.render import render

METHODS = ("get", "post", "put", "patch", "delete")
FORMATS = {"date-time": "time (RFC 3339)", "uuid": "UUID"}
MANY = 12  # values that are more than a table can show


class Row(Struct, frozen=True):
    """One member or parameter; `name` is a path such as `person.email` or `checks[].reason`."""

    name: str
    kind: str
    description: str
    required: bool


class Body(Struct, frozen=True):
    """One kind of request body."""

    media_type: str
    rows: tuple[Row, ...]
    example: str


class Answer(Struct, frozen=True):
    """One kind of response: what it says and an example, or the problems that it tells by code and title."""

    status: str
    description: str
    media_types: tuple[str, ...]
    rows: tuple[Row, ...]
    example: str
    problems: tuple[tuple[str, str], ...]


class Operation(Struct, frozen=True):
    """One method of one path, as the page shows it; `scopes` are those that its token needs."""

    anchor: str
    method: str
    path: str
    summary: str
    description: str
    scopes: tuple[str, ...]
    parameters: tuple[Row, ...]
    bodies: tuple[Body, ...]
    answers: tuple[Answer, ...]


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
        scopes=tuple(
            scope for way in found.get("security", ()) for scopes in way.values() for scope in scopes
        ),
        parameters=tuple(
            Row(
                each["name"],
                kind(each.get("schema", {}), schemas),
                each.get("description", "") or "",
                required=each.get("required", False),
            )
            for each in found.get("parameters", ())
        ),
        bodies=tuple(
            Body(media_type, tuple(rows(content.get("schema", {}), schemas)), example(content))
            for media_type, content in found.get("requestBody", {}).get("content", {}).items()
        ),
        answers=tuple(
            answered(status, response, schemas) for status, response in found.get("responses", {}).items()
        ),
    )


def answered(status: str, response: Mapping[str, Any], schemas: Mapping[str, Any]) -> Answer:
    """Return one response, with the members of its first kind of content unless it tells problems."""
    content = response.get("content", {})
    first: Mapping[str, Any] = next(iter(content.values()), {})
    told = content.get(PROBLEM, {}).get("examples", {})
    return Answer(
        status,
        response.get("description", ""),
        tuple(content),
        () if told else tuple(rows(first.get("schema", {}), schemas)),
        example(first),
        tuple((code, each["summary"]) for code, each in told.items()),
    )


def example(content: Mapping[str, Any]) -> str:
    """Return the example of a kind of content as JSON text, or nothing."""
    if "example" not in content:
        return ""
    return json.dumps(content["example"], indent=2, ensure_ascii=False)


def rows(
    schema: Mapping[str, Any], schemas: Mapping[str, Any], before: str = "", depth: int = 1
) -> Iterator[Row]:
    """Yield the members of an object's schema, each followed by its own; other schemas have none."""
    found = resolve(schema, schemas)
    needed = found.get("required", ())
    for name, member in found.get("properties", {}).items():
        description = member.get("description", "") or ""
        yield Row(before + name, kind(member, schemas), description, required=name in needed)
        within = resolve(member, schemas)
        many = "[]" if "items" in within else ""
        if depth < DEEPEST:
            yield from rows(within.get("items", within), schemas, f"{before}{name}{many}.", depth + 1)


def kind(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    """Return a schema in a few words."""
    if "$ref" in schema:
        return kind(schemas.get(schema["$ref"].removeprefix(PREFIX), {"type": "object"}), schemas)
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"]) if len(schema["enum"]) <= MANY else "string"
    for union in ("anyOf", "oneOf", "allOf"):
        if union in schema:
            return " | ".join(kind(part, schemas) for part in schema[union])
    found = schema.get("type", "any")
    if found == "array":
        return f"list of {kind(schema.get('items', {}), schemas)}"
    named = " | ".join(found) if isinstance(found, list) else str(found)
    return FORMATS.get(schema.get("format", ""), named)


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
