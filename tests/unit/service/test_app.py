from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
import msgspec
import pytest

from issuer.app import create_app
from issuer.db.pool import Pool, connect
from issuer.issuance.desk import Desk
from issuer.issuance.issue import issue
from issuer.publications.cache import Publications
from issuer.sharing.desk import open_desk
from keys.did.key import did_key
from tests.unit.verifier.world import Key, World

NOWHERE = "postgresql://assay@/assay?host=%2Fnowhere"


def _client(desk: Desk, prepared: Callable[[], bool] = lambda: True) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=create_app(desk, prepared), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=desk.settings.base_url)


async def test_health_says_whether_the_database_is_there(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/live")).json() == {"status": "live"}
    assert (await client.get("/health/ready")).json() == {"status": "ready", "database": "up"}
    head = await client.head("/health/ready")
    assert (head.status_code, head.content) == (200, b"")
    assert (await client.post("/health/live")).status_code == 405


async def test_without_anything_to_verify_with_it_is_not_ready(desk: Desk, tmp_path: Path) -> None:
    nothing = Publications(await connect(NOWHERE), tmp_path / "empty")
    async with _client(open_desk(desk.pool, desk.keystore, desk.settings, nothing, desk.clock)) as client:
        answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"status": "starting", "database": "down"})


async def test_credentials_are_verified_without_a_single_statement(
    desk: Desk, finished: Callable[..., Awaitable[UUID]], tmp_path: Path
) -> None:
    issued = await issue(desk, "demo", await finished())
    folder = tmp_path / "mirror"
    writer = Publications(desk.pool, folder)
    await writer.refresh()
    writer.close()
    pool = await connect(NOWHERE)
    publications = Publications(pool, folder)
    publications.load()
    async with _client(open_desk(pool, desk.keystore, desk.settings, publications, desk.clock)) as client:
        answer = await client.post(
            "/api/verify", content=issued.token, headers={"content-type": "text/plain"}
        )
        page = await client.post("/verify", data={"input": issued.token})
        health = (await client.get("/health/ready")).json()
        document = await client.get("/o/demo/did.json")
    assert answer.json()["verdict"] == "valid"
    assert "standing.own" in answer.text
    assert page.status_code == 200
    assert health == {"status": "ready", "database": "down"}
    assert document.status_code == 200


async def test_what_needs_the_database_is_503_while_it_is_down(desk: Desk) -> None:
    away = await connect(NOWHERE)
    async with _client(
        open_desk(away, desk.keystore, desk.settings, desk.publications, desk.clock)
    ) as client:
        answers = [
            await client.get(f"/take/demo.{'x' * 43}", headers={"accept": "application/json"}),
            await client.get(f"/c/demo.{'x' * 43}", headers={"accept": "application/json"}),
            await client.get("/api/credentials/00000000-0000-0000-0000-000000000000"),
        ]
    assert {answer.status_code for answer in answers} <= {401, 503}
    for answer in answers[:2]:
        assert (answer.status_code, answer.json()["code"]) == (503, "database.unavailable")
        assert answer.headers["retry-after"]


async def test_before_the_database_is_up_to_date_nothing_writes_to_it(desk: Desk) -> None:
    async with _client(desk, prepared=lambda: False) as client:
        refused = await client.get(f"/take/demo.{'x' * 43}")
        verified = await client.post("/api/verify", content=b"x", headers={"content-type": "text/plain"})
    assert (refused.status_code, verified.status_code) == (503, 200)


@pytest.mark.parametrize(
    ("statement", "status", "code"),
    [
        ("SELECT pg_terminate_backend(pg_backend_pid())", 503, "database.unavailable"),
        ("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$", 409, "database.conflict"),
        ("SELECT nonsense", 500, "service.failed"),
    ],
)
async def test_the_databases_own_errors_are_told_apart(
    desk: Desk, pool: Pool, monkeypatch: pytest.MonkeyPatch, statement: str, status: int, code: str
) -> None:
    async def fail(*_arguments: object) -> None:
        await pool.execute(statement)

    monkeypatch.setattr("issuer.sharing.pages.find", fail)
    async with _client(desk) as client:
        answer = await client.get(f"/c/demo.{'x' * 43}", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "nonsense" not in answer.text


@pytest.mark.parametrize("contact", ["mailto:security@example.org", "https://example.org/security"])
async def test_security_txt_names_the_operators_contact(desk: Desk, contact: str) -> None:
    settings = msgspec.structs.replace(desk.settings, contact=contact)
    named = open_desk(desk.pool, desk.keystore, settings, desk.publications, desk.clock)
    async with _client(named) as client:
        answer = await client.get("/.well-known/security.txt")
        head = await client.head("/.well-known/security.txt")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert answer.text.splitlines() == [
        f"Contact: {contact}",
        "Expires: 2027-02-21T00:00:00Z",
        f"Canonical: {settings.base_url}/.well-known/security.txt",
    ]
    assert (head.status_code, head.content) == (200, b"")


async def test_without_a_contact_there_is_no_security_txt(client: httpx.AsyncClient) -> None:
    answer = await client.get("/.well-known/security.txt")
    assert (answer.status_code, answer.json()["code"]) == (404, "request.not_found")


async def test_every_answer_is_numbered_and_guarded(client: httpx.AsyncClient) -> None:
    for path in ("/", "/verify", "/o/demo/did.json", "/nowhere", "/api/credentials/x", "/health/live"):
        answer = await client.get(path)
        assert answer.headers["x-request-id"]
        assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_the_api_is_described(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert {"/api/verify", "/api/invitations", "/api/credentials"} <= set(document["paths"])
    assert all(path.startswith("/api/") for path in document["paths"])
    assert (await client.get("/docs/api")).status_code == 200


def test_asyncpg_still_has_the_errors_that_we_tell_apart() -> None:
    assert issubclass(asyncpg.SerializationError, asyncpg.PostgresError)


async def test_text_that_the_database_cannot_hold_is_the_callers_mistake(
    client: httpx.AsyncClient, bearer: Callable[..., Awaitable[dict[str, str]]]
) -> None:
    body = {"assessment": "\u0000", "person": {"name": "Ana Ray", "email": "ana@example.org"}}
    answer = await client.post("/api/invitations", json=body, headers=await bearer())
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")


async def test_the_operator_says_whom_the_service_relies_on(desk: Desk, tmp_path: Path) -> None:
    world, key = World(), Key("EdDSA")
    did = did_key(key.public)
    profile = {"id": did, "type": ["Profile"], "name": "Corner School"}
    badge = world.claims(world.badge(issuer=profile, iss=..., credentialStatus=...))
    token = world.sign(badge, key=key, kid=key.kid)
    file = tmp_path / "trust.json"
    source = {"kind": "pinned", "name": "Chamber of Examples", "issuers": [did]}
    file.write_bytes(msgspec.json.encode({"sources": [source]}))
    for trust, outcome, look in (((), "unknown", b"look-neutral"), ((file,), "pass", b"look-good")):
        settings = msgspec.structs.replace(desk.settings, trust=trust)
        relying = open_desk(desk.pool, desk.keystore, settings, desk.publications, desk.clock)
        async with _client(relying) as client:
            answer = await client.post("/api/verify", content=token, headers={"content-type": "text/plain"})
            page = await client.post("/verify", data={"input": token})
        (standing,) = (check for check in answer.json()["checks"] if check["check"] == "standing")
        assert standing["outcome"] == outcome
        assert standing.get("source") == (None if outcome == "unknown" else "Chamber of Examples")
        assert look in page.content
