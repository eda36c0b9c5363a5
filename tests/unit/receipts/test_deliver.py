"""Deliveries over HTTP: each format to its credential, and hostile bodies that are never a failure."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx

from issuer.issuance.desk import Desk
from issuer.issuance.issue import issue
from issuer.people.enroll import find, find_or_create
from issuer.receipts.register import register, revoke
from tests.unit.receipts.provider import BARE, ORG, PROGRAM, Key, Register, Signed, request
from tests.unit.receipts.test_credential import document, verified
from tests.unit.receipts.ways import file, line, result, score, statement

Bearer = Callable[..., Awaitable[dict[str, str]]]
HOSTILE = (
    b"",
    b"\0",
    b"\xff\xfe",
    b"{",
    b"[" * 100_000,
    b'"\\ud800"',
    b"[{}]",
    b"null",
    b"1e999",
    b"=cmd|' /C calc'!A0",
)


async def lineitem(registered: Register) -> str:
    _, assessments = await registered()
    return next(str(one.id) for one in assessments if one.mapped.uri == BARE)


async def test_each_format_leads_to_a_credential_that_says_how_it_came(
    desk: Desk, registered: Register, client: httpx.AsyncClient, bearer: Bearer
) -> None:
    at, headers = await lineitem(registered), await bearer(program=PROGRAM)
    ada = await find_or_create(desk.pool, desk.keystore, ORG, "Ada", "ada@example.org", desk.clock())
    sent: tuple[tuple[str, dict[str, Any]], ...] = (
        (f"/api/receipts/lineitems/{at}/scores", {"json": score(ada.id)}),
        (f"/api/receipts/lineitems/{at}/results", {"content": result(ada.id)}),
        ("/api/receipts/xapi", {"json": statement()}),
        ("/api/receipts/csv", {"content": file(line())}),
    )
    for path, body in sent:
        answer = await client.post(path, headers=headers, **body)
        assert answer.status_code == 201, answer.text
        (told,) = answer.json()["receipts"]
        assert told["secured"] == "token"
        issued = await issue(desk, ORG, UUID(told["id"]), "receipt")
        assert (await verified(desk, issued.token)).verdict == "valid"
        narrative = document(issued.token)["evidence"][0]["narrative"]
        assert "did not sign the result: it came with the token of its delivering program" in narrative
        assert f"Digest of the receipt: {told['digest']}." in narrative
    assert await desk.pool.fetchval("SELECT count(*) FROM outbox WHERE kind = 'mail.credential'") == len(sent)


async def test_the_digest_of_what_is_not_signed_cannot_be_guessed(
    desk: Desk, registered: Register, client: httpx.AsyncClient, bearer: Bearer
) -> None:
    first, _ = await registered()
    digests = []
    for _round in range(2):
        body = file(line(id="r-1"))
        answer = await client.post("/api/receipts/csv", content=body, headers=await bearer(program=PROGRAM))
        digests.append(answer.json()["receipts"][0]["digest"])
        # The same line stored anew, as if the first one had never been.
        await desk.pool.execute("DELETE FROM receipt_person")
        await desk.pool.execute("DELETE FROM receipt")
    assert digests[0] != digests[1]
    assert first.organization_id == ORG


async def test_hostile_bodies_are_problems(
    registered: Register, client: httpx.AsyncClient, bearer: Bearer
) -> None:
    at, headers = await lineitem(registered), await bearer(program=PROGRAM)
    for path in ("", f"/lineitems/{at}/scores", f"/lineitems/{at}/results", "/xapi", "/csv"):
        for body in HOSTILE:
            for kind in ("application/json", "application/jwt", "text/csv; charset=x", ""):
                typed = {**headers, "content-type": kind}
                answer = await client.post(f"/api/receipts{path}", content=body, headers=typed)
                assert 400 <= answer.status_code < 500, (path, body, answer.text)
                assert answer.json()["code"].startswith(("receipt.", "request.")), (path, body)


async def test_a_batch_is_a_list_of_texts(client: httpx.AsyncClient, bearer: Bearer) -> None:
    headers = await bearer()
    wrong: tuple[object, ...] = ({}, {"receipts": []}, {"receipts": [7]}, {"receipts": "x"}, [], "x")
    for body in (*wrong, {"receipts": ["x"], "more": 1}):
        answer = await client.post("/api/receipts", json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "receipt.malformed"), body


async def test_of_a_batch_the_wrong_one_is_named(
    desk: Desk, registered: Register, signed: Signed, client: httpx.AsyncClient, bearer: Bearer
) -> None:
    await registered()
    headers = await bearer()
    good, stale, unknown = signed(), signed(iat=1), signed(level="superb")
    for wrong, code in ((stale, "receipt.stale"), (unknown, "receipt.level"), (good, "receipt.replayed")):
        body = {"receipts": [good.decode(), wrong.decode()]}
        answer = await client.post("/api/receipts", json=body, headers=headers)
        assert answer.json()["code"] == code
        assert "Receipt " in answer.json()["detail"]
    assert await desk.pool.fetchval("SELECT count(*) FROM receipt") == 0
    body = {"receipts": [good.decode(), signed(level="fail", score=1).decode()]}
    told = (await client.post("/api/receipts", json=body, headers=headers)).json()["receipts"]
    assert [one["credential"] is None for one in told] == [False, True]


async def test_a_programs_token_delivers_for_its_own_provider_only(
    desk: Desk, registered: Register, client: httpx.AsyncClient, bearer: Bearer
) -> None:
    at = await lineitem(registered)
    other = await request(desk, Key(), issuer="https://other.example", program="other")
    provider, _ = await register(desk.pool, ORG, other, principal_id=None, at=desk.clock())
    headers = await bearer(program="other")
    ada = await find_or_create(desk.pool, desk.keystore, ORG, "Ada", "ada@example.org", desk.clock())
    answer = await client.post(f"/api/receipts/lineitems/{at}/scores", json=score(ada.id), headers=headers)
    assert answer.json()["code"] == "receipt.assessment"
    # What it delivers is another provider's, whatever its lines say.
    told = await client.post("/api/receipts/csv", content=file(line()), headers=headers)
    row = await desk.pool.fetchval(
        "SELECT provider_id FROM provider_assessment JOIN receipt ON assessment_id = provider_assessment.id"
    )
    assert (told.status_code, row) == (201, provider.id)
    await revoke(desk.pool, ORG, provider.id, principal_id=None, at=desk.clock())
    gone = await client.post("/api/receipts/csv", content=file(line()), headers=headers)
    assert gone.json()["code"] == "receipt.revoked"


async def test_what_cannot_be_signed_now_is_accepted_and_waits(
    desk: Desk, registered: Register, signed: Signed, client: httpx.AsyncClient, bearer: Bearer
) -> None:
    await registered()
    await desk.pool.execute(
        "UPDATE issuer_key SET state = 'retired', retired_at = now() WHERE algorithm = 'ES256'"
    )
    answer = await client.post(
        "/api/receipts", content=signed(), headers={**await bearer(), "content-type": "application/jwt"}
    )
    assert answer.status_code == 201
    (told,) = answer.json()["receipts"]
    assert told["credential"] is None
    await desk.pool.execute(
        "UPDATE issuer_key SET state = 'active', retired_at = NULL WHERE algorithm = 'ES256'"
    )
    assert (await issue(desk, ORG, UUID(told["id"]), "receipt")).created
    assert await find(desk.pool, desk.keystore, ORG, "ada@example.org")


async def test_a_completion_that_is_still_to_come(
    registered: Register, client: httpx.AsyncClient, bearer: Bearer
) -> None:
    await registered()
    body = [statement(), statement(timestamp="2026-12-24T18:00:00Z")]
    answer = await client.post("/api/receipts/xapi", json=body, headers=await bearer(program=PROGRAM))
    assert answer.json()["code"] == "receipt.malformed"
    assert answer.json()["detail"].startswith("Statement 2: ")


async def test_an_empty_moment_is_no_moment(
    registered: Register, client: httpx.AsyncClient, bearer: Bearer, desk: Desk, signed: Signed
) -> None:
    at, headers = await lineitem(registered), await bearer(program=PROGRAM)
    ada = await find_or_create(desk.pool, desk.keystore, ORG, "Ada", "ada@example.org", desk.clock())
    sent: tuple[tuple[str, dict[str, Any]], ...] = (
        (f"/api/receipts/lineitems/{at}/scores", {"json": score(ada.id, timestamp="")}),
        ("/api/receipts/xapi", {"json": statement(timestamp="")}),
        ("/api/receipts", {"content": signed(completedAt="")}),
    )
    for path, body in sent:
        answer = await client.post(path, headers=headers, **body)
        assert (answer.status_code, answer.json()["code"]) == (422, "receipt.malformed"), (path, answer.text)


async def test_one_score_is_one_however_its_person_is_spelled(
    registered: Register, client: httpx.AsyncClient, bearer: Bearer, desk: Desk
) -> None:
    at, headers = await lineitem(registered), await bearer(program=PROGRAM)
    ada = await find_or_create(desk.pool, desk.keystore, ORG, "Ada", "ada@example.org", desk.clock())
    spelled = (str(ada.id), f"urn:uuid:{ada.id}", str(ada.id).upper(), f"{{{ada.id}}}", ada.id.hex)
    ways: dict[str, Callable[[str], dict[str, Any]]] = {
        "scores": lambda person: {"json": score(person)},
        "results": lambda person: {"content": result(person)},
    }
    for name, body in ways.items():
        path = f"/api/receipts/lineitems/{at}/{name}"
        answers = [await client.post(path, headers=headers, **body(one)) for one in spelled]
        assert [one.status_code for one in answers] == [201] + [409] * (len(spelled) - 1)
    assert await desk.pool.fetchval("SELECT count(*) FROM award WHERE source_kind = 'receipt'") == len(ways)
