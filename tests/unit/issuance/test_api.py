"""The API: tokens and scopes, status codes, and nothing personal in what it tells."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from issuer.issuance.desk import Desk
from issuer.organizations.tokens import SCOPES
from keys.proofs import jose

Finished = Callable[..., Awaitable[UUID]]
Bearer = Callable[..., Awaitable[dict[str, str]]]
PERSON = {"name": "Ada Lovelace", "email": "ada@example.org"}
EXAMPLE = "0b9f6f0e-6a0c-4a52-9d57-0c1f4f6c6f5e"


async def issued(client: httpx.AsyncClient, session: UUID, headers: dict[str, str]) -> httpx.Response:
    return await client.post("/api/credentials", json={"session": str(session)}, headers=headers)


async def test_issue_and_repeat(client: httpx.AsyncClient, finished: Finished, bearer: Bearer) -> None:
    session, headers = await finished(), await bearer("credentials:issue")
    first = await issued(client, session, headers)
    assert first.status_code == 201
    body = first.json()
    assert body["credentialId"] == f"urn:uuid:{body['id']}"
    assert jose.read(body["credential"]).document["id"] == body["credentialId"]
    again = await issued(client, session, headers)
    assert (again.status_code, again.json()) == (200, body)


async def test_concurrent_requests_create_once(
    client: httpx.AsyncClient, finished: Finished, bearer: Bearer
) -> None:
    session, headers = await finished(), await bearer("credentials:issue")
    answers = await asyncio.gather(*(issued(client, session, headers) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [*[200] * 11, 201]
    assert len({answer.content for answer in answers}) == 1


async def test_what_a_program_may_know(
    client: httpx.AsyncClient, desk: Desk, finished: Finished, bearer: Bearer
) -> None:
    session, headers = await finished(), await bearer()
    made = (await issued(client, session, headers)).json()
    answer = await client.get(f"/api/credentials/{made['id']}", headers=headers)
    assert answer.status_code == 200
    body = answer.json()
    kid = await desk.pool.fetchval("SELECT kid FROM issuer_key WHERE algorithm = 'ES256'")
    assert body == {
        "id": made["id"],
        "credentialId": made["credentialId"],
        "session": str(session),
        "receipt": None,
        "achievement": body["achievement"],
        "revision": 1,
        "level": "working",
        "decidedAt": "2026-11-23T09:00:00Z",
        "standing": "good",
        "standingSince": None,
        "forms": [
            {
                "profile": "ob3-jwt",
                "generation": 1,
                "state": "released",
                "keyId": kid,
                "releasedAt": "2026-11-23T09:00:00Z",
                "digest": "sha256-" + hashlib.sha256(made["credential"].encode()).hexdigest(),
                "statusCause": None,
            }
        ],
    }
    assert "Ada" not in answer.text


async def test_the_organisation_chooses_its_forms(
    client: httpx.AsyncClient, desk: Desk, finished: Finished, bearer: Bearer
) -> None:
    headers = await bearer()
    before = (await client.get("/api/forms", headers=headers)).json()
    assert before == {"forms": [{"profile": "ob3-jwt", "algorithm": "ES256", "mediaType": "text/plain"}]}
    asked = {"forms": [{"profile": "vc+jwt", "algorithm": "ES384"}, {"profile": "ob3-jwt"}]}
    answer = await client.put("/api/forms", json=asked, headers=headers)
    told = [(form["profile"], form["algorithm"]) for form in answer.json()["forms"]]
    assert (answer.status_code, told) == (200, [("ob3-jwt", "ES256"), ("vc+jwt", "ES384")])
    assert (await client.get("/api/forms", headers=headers)).json() == answer.json()
    line = await desk.pool.fetchrow(
        "SELECT * FROM audit WHERE action = 'forms.chosen' ORDER BY sequence DESC"
    )
    assert line is not None
    assert line["reference"] == "ob3-jwt:ES256 vc+jwt:ES384"
    assert line["principal_id"] is not None
    made = (await issued(client, await finished(), headers)).json()
    assert [form["profile"] for form in made["forms"]] == ["ob3-jwt", "vc+jwt"]
    assert made["forms"][0]["credential"] == made["credential"]
    for form in made["forms"]:
        report = (await client.post("/api/verify", content=form["credential"])).json()
        assert report["verdict"] == "valid"
    listed = (await client.get(f"/api/credentials/{made['id']}", headers=headers)).json()["forms"]
    assert [(form["profile"], form["state"]) for form in listed] == [
        ("ob3-jwt", "released"),
        ("vc+jwt", "released"),
    ]


async def test_hold_reinstate_withdraw(client: httpx.AsyncClient, finished: Finished, bearer: Bearer) -> None:
    headers = await bearer()
    made = (await issued(client, await finished(), headers)).json()
    address = f"/api/credentials/{made['id']}"

    async def verdict(token: str) -> tuple[str, str]:
        answer = await client.post("/api/verify", content=token, headers={"Content-Type": "text/plain"})
        report = answer.json()
        return report["verdict"], report["currency"]

    held = await client.post(f"{address}/suspend", json={"reason": "Under review."}, headers=headers)
    assert (held.status_code, held.json()["standing"]) == (200, "suspended")
    assert await verdict(made["credential"]) == ("invalid", "suspended")
    back = await client.post(f"{address}/reinstate", headers=headers)
    assert (back.status_code, back.json()["standing"]) == (200, "good")
    successor = (
        await issued(client, UUID((await client.get(address, headers=headers)).json()["session"]), headers)
    ).json()
    assert successor["credential"] != made["credential"]
    assert await verdict(successor["credential"]) == ("valid", "current")
    gone = await client.post(f"{address}/revoke", json={"reason": "A mistake."}, headers=headers)
    assert (gone.status_code, gone.json()["standing"]) == (200, "revoked")
    assert await verdict(successor["credential"]) == ("invalid", "revoked")
    for again, code in (("suspend", "credential.revoked"), ("reinstate", "credential.revoked")):
        refused = await client.post(f"{address}/{again}", json={"reason": "x"}, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (409, code)


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", "/api/credentials", "credentials:issue"),
        ("GET", "/api/invitations/{id}", "credentials:read"),
        ("GET", "/api/credentials/{id}", "credentials:read"),
        ("POST", "/api/credentials/{id}/revoke", "credentials:revoke"),
        ("POST", "/api/credentials/{id}/suspend", "credentials:revoke"),
        ("POST", "/api/credentials/{id}/reinstate", "credentials:revoke"),
    ],
)
async def test_every_route_needs_its_scope(
    client: httpx.AsyncClient, bearer: Bearer, method: str, path: str, scope: str
) -> None:
    scopes = set(SCOPES)
    body = {"session": str(uuid4())} if path == "/api/credentials" else {"reason": "A mistake."}
    send: dict[str, Any] = {"json": body} if method == "POST" else {}
    address = path.format(id=uuid4())
    for headers, status, code in (
        ({}, 401, "token.missing"),
        ({"Authorization": "Bearer assay_demo." + "x" * 43}, 401, "token.invalid"),
        (await bearer(*(scopes - {scope})), 403, "token.scope"),
        (await bearer(scope), 404, None),
    ):
        answer = await client.request(method, address, headers=headers, **send)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert code in {None, answer.json()["code"]}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"session": "x"}',
        b'{"session": 1}',
        b'{"session": null}',
        b'{"more": 1}',
        b"\xff",
    ],
)
async def test_bad_input_is_a_clear_problem(client: httpx.AsyncClient, bearer: Bearer, body: bytes) -> None:
    headers = {**await bearer(), "Content-Type": "application/json"}
    for path in ("/api/credentials", f"/api/credentials/{uuid4()}/revoke"):
        answer = await client.post(path, content=body, headers=headers)
        assert answer.status_code in {400, 422}, answer.text
        assert answer.json()["code"].startswith("request.")


@pytest.mark.parametrize(
    ("outcome", "level", "code"),
    [(None, None, "award.not_awarded"), ("not_yet", None, "award.not_awarded")],
)
async def test_no_award_is_a_conflict_whatever_the_reason(
    client: httpx.AsyncClient,
    finished: Finished,
    bearer: Bearer,
    outcome: str | None,
    level: str | None,
    code: str,
) -> None:
    answer = await issued(client, await finished(outcome=outcome, level=level), await bearer())
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert "detail" not in answer.json()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"x": 1}', b"\xff"])
async def test_who_asks_is_told_before_what_is_asked(client: httpx.AsyncClient, body: bytes) -> None:
    for path in ("/api/invitations", "/api/credentials", f"/api/credentials/{uuid4()}/revoke"):
        for headers, code in (({}, "token.missing"), ({"Authorization": "Bearer x"}, "token.invalid")):
            answer = await client.post(
                path, content=body, headers={**headers, "Content-Type": "application/json"}
            )
            assert (answer.status_code, answer.json()["code"]) == (401, code)
            assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_complaint_names_the_member_in_plain_words(client: httpx.AsyncClient, bearer: Bearer) -> None:
    headers = await bearer()
    for path, body, said in (
        ("/api/invitations", {"person": PERSON}, "assessment is missing."),
        ("/api/invitations", {"assessment": "x", "person": {"name": "Ada"}}, "person.email is missing."),
        ("/api/invitations", {"assessment": 1, "person": {}}, "assessment must be text."),
        ("/api/credentials", {}, "Give one of session, invitation and receipt."),
        ("/api/credentials", {"session": "x"}, f"session must be an id, as in {EXAMPLE}."),
        ("/api/credentials", {"sessions": EXAMPLE}, "sessions is not known here."),
        (f"/api/credentials/{EXAMPLE}/revoke", {"reason": ""}, "reason must not be empty."),
        (f"/api/credentials/{EXAMPLE}/revoke", [], "The body must be an object."),
        (f"/api/credentials/{EXAMPLE}/revoke", None, "The body is missing."),
    ):
        answer = await client.post(path, json=body, headers=headers)
        assert (answer.status_code, answer.json()["detail"]) == (422, said)


async def test_an_empty_reason_is_refused(
    client: httpx.AsyncClient, finished: Finished, bearer: Bearer
) -> None:
    headers = await bearer()
    made = (await issued(client, await finished(), headers)).json()
    for reason in ("", "   ", "x" * 1_001):
        answer = await client.post(
            f"/api/credentials/{made['id']}/revoke", json={"reason": reason}, headers=headers
        )
        assert answer.status_code == 422, answer.text
