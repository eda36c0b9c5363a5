"""The Report as JSON Schema (draft 2020-12), made from its Structs, as served at /schemas/report.json.

`make documents` writes the copy in docs/report.schema.json.
"""

import inspect
from pathlib import Path
from typing import Any

import msgspec

from schemas.report import CHECKS, Report
from verifier.web.asgi import App, Receive, Scope, Send
from verifier.web.dispatch import allow, answer
from verifier.web.meanings import MEANINGS

PATH = "/schemas/report.json"
MEDIA_TYPE = b"application/schema+json"
DRAFT = "https://json-schema.org/draft/2020-12/schema"
HEADERS = [(b"access-control-allow-origin", b"*"), (b"cross-origin-resource-policy", b"cross-origin")]

_TIME = {"format": "date-time", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"}
# What the Structs do not say of their members, by type and member.
_NARROWER: dict[str, dict[str, dict[str, Any]]] = {
    "Report": {
        "sentence": {"minLength": 1},
        "checks": {"minItems": len(CHECKS)},
        "inputDigest": {"pattern": "^sha256-[0-9a-f]{64}$"},
        "verifiedAt": _TIME,
    },
    "Check": {"check": {"enum": list(CHECKS)}},
}
# Codes are stable, and new ones are added: a reader with an older schema must not refuse a newer Report.
_REASON = {
    "title": "Reason",
    "description": "A stable code; /docs/reasons explains every one. New ones may be added.",
    "type": "string",
    "pattern": "^[a-z_]+\\.[a-z0-9_]+$",
}


def report_schema() -> dict[str, Any]:
    """Return the schema; members that are not in it may be added, those that are in it keep their meaning."""
    made = msgspec.json.schema(Report)
    definitions = {**made["$defs"], "Reason": _REASON}
    for name, definition in definitions.items():
        definition["description"] = inspect.cleandoc(definition["description"])
        for member, more in _NARROWER.get(name, {}).items():
            definition["properties"][member].update(more)
        for member, text in MEANINGS.get(name, {}).items():
            definition["properties"][member]["description"] = text
    return {"$schema": DRAFT, "$id": PATH, **made, "$defs": dict(sorted(definitions.items()))}


def as_text() -> bytes:
    """Return the schema as it is served and kept in the documents."""
    return msgspec.json.format(msgspec.json.encode(report_schema()), indent=2) + b"\n"


def write(root: Path) -> None:
    """Write the copy in the documents of the checkout at `root`."""
    (root / "docs" / "report.schema.json").write_bytes(as_text())


def send_report_schema(base_url: str) -> App:
    """Return the handler of /schemas/report.json, which any page of anybody's may read."""
    body = as_text()

    async def send_schema(scope: Scope, _receive: Receive, send: Send) -> None:
        await answer(send, body, MEDIA_TYPE, headers=HEADERS, head=scope["method"] == "HEAD")

    return allow(send_schema, ("GET", "HEAD"), base_url)
