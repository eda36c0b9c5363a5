from collections.abc import MutableMapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from issuer.db.pool import Pool
from issuer.publications.answer import Answer
from issuer.publications.cache import Publications
from issuer.publications.store import publish

NOW = datetime.fromisoformat("2026-11-23T09:00:00+00:00")
DID = "/o/demo/did.json"


@pytest.fixture
async def answer(pool: Pool, tmp_path: Path) -> Answer:
    await pool.execute("INSERT INTO organization (id, name, created_at) VALUES ('demo', 'Demo', $1)", NOW)
    await publish(pool, "demo", DID, "application/did+json", b"{}", at=NOW)
    await publish(pool, "demo", "/o/demo/keys/x", "application/jwk+json", b"", at=NOW, gone=True)
    await publish(pool, "demo", "/o/demo/achievements/x/1", "application/json", b"{}", at=NOW)
    await publish(pool, "demo", "/private/o/demo/x", "application/json", b"{}", at=NOW)
    publications = Publications(pool, tmp_path / "published")
    await publications.refresh()
    return Answer(publications, "http://localhost:8000")


async def _ask(
    answer: Answer, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    await answer({"type": "http", "method": method, "path": path, "headers": raw}, receive, send)
    start, body = sent
    return start["status"], {k.decode(): v.decode() for k, v in start["headers"]}, body["body"]


async def test_a_document_is_public_to_every_origin(answer: Answer) -> None:
    status, headers, body = await _ask(answer, DID)
    assert (status, body) == (200, b"{}")
    assert headers["content-type"] == "application/did+json"
    assert headers["access-control-allow-origin"] == "*"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["cache-control"] == "public, max-age=10"
    assert headers["content-length"] == "2"


async def test_what_is_known_is_not_sent_again(answer: Answer) -> None:
    _, headers, _ = await _ask(answer, DID)
    etag = headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        status, headers, body = await _ask(answer, DID, if_none_match=known)
        assert (status, body) == (304, b"")
        assert headers["etag"] == etag
    assert (await _ask(answer, DID, if_none_match='"other"'))[0] == 200


async def test_head_has_the_headers_without_the_body(answer: Answer) -> None:
    status, headers, body = await _ask(answer, DID, "HEAD")
    assert (status, headers["content-length"], body) == (200, "2", b"")


async def test_a_revision_never_changes(answer: Answer) -> None:
    _, headers, _ = await _ask(answer, "/o/demo/achievements/x/1")
    assert "immutable" in headers["cache-control"]


@pytest.mark.parametrize(
    ("path", "method", "expected", "code"),
    [
        ("/o/demo/keys/x", "GET", 410, "publication.gone"),
        ("/o/demo/unknown", "GET", 404, "request.not_found"),
        ("/private/o/demo/x", "GET", 404, "request.not_found"),
        (DID, "POST", 405, "request.method"),
    ],
)
async def test_everything_else_is_a_problem(
    answer: Answer, path: str, method: str, expected: int, code: str
) -> None:
    status, headers, body = await _ask(answer, path, method)
    assert status == expected
    assert headers["content-type"] == "application/problem+json"
    assert f'"code":"{code}"'.encode() in body
    assert headers["access-control-allow-origin"] == "*"


async def test_a_preflight_is_answered(answer: Answer) -> None:
    status, headers, _ = await _ask(answer, DID, "OPTIONS")
    assert status == 204
    assert headers["access-control-allow-methods"] == "GET, HEAD"
