"""What an organisation may know of an invitation, and that it finds its credential by it."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from issuer.issuance.desk import Desk
from issuer.people.erase import erase

Finished = Callable[..., Awaitable[UUID]]
Bearer = Callable[..., Awaitable[dict[str, str]]]


async def invited(client: httpx.AsyncClient, headers: dict[str, str]) -> str:
    person = {"name": "Ada Lovelace", "email": "ada@example.org"}
    wanted = {"assessment": "sql-for-analysts", "person": person}
    made = await client.post("/api/invitations", json=wanted, headers=headers)
    found: str = made.json()["id"]
    return found


async def look(client: httpx.AsyncClient, headers: dict[str, str], invitation: str) -> dict[str, Any]:
    answer = await client.get(f"/api/invitations/{invitation}", headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_from_the_invitation_to_the_credential(
    client: httpx.AsyncClient, finished: Finished, bearer: Bearer
) -> None:
    headers = await bearer()
    invitation = await invited(client, headers)
    fresh = await look(client, headers, invitation)
    assert fresh == {
        "id": invitation,
        "assessment": "sql-for-analysts",
        "expiresAt": "2026-12-07T09:00:00Z",
        "session": None,
        "credential": None,
        "standing": None,
    }
    asked = {"invitation": invitation}
    early = await client.post("/api/credentials", json=asked, headers=headers)
    assert (early.status_code, early.json()["code"]) == (409, "award.not_awarded")
    session = str(await finished())
    assert await look(client, headers, invitation) == {**fresh, "session": session}
    made = await client.post("/api/credentials", json=asked, headers=headers)
    assert made.status_code == 201
    again = await client.post("/api/credentials", json={"session": session}, headers=headers)
    assert (again.status_code, again.json()) == (200, made.json())
    credential = made.json()["id"]
    held = {**fresh, "session": session, "credential": credential, "standing": "good"}
    assert await look(client, headers, invitation) == held
    reason = {"reason": "A mistake."}
    await client.post(f"/api/credentials/{credential}/revoke", json=reason, headers=headers)
    assert (await look(client, headers, invitation))["standing"] == "revoked"


@pytest.mark.parametrize("outcome", [None, "not_yet"])
async def test_going_on_and_ended_without_an_award_look_alike(
    client: httpx.AsyncClient, finished: Finished, bearer: Bearer, outcome: str | None
) -> None:
    headers = await bearer()
    invitation = await invited(client, headers)
    session = str(await finished(outcome=outcome, level=None))
    found = await look(client, headers, invitation)
    assert found.keys() == {"id", "assessment", "expiresAt", "session", "credential", "standing"}
    assert (found["session"], found["credential"], found["standing"]) == (session, None, None)
    for asked in ({"invitation": invitation}, {"session": session}):
        answer = await client.post("/api/credentials", json=asked, headers=headers)
        told = answer.json()
        del told["requestId"]
        assert (answer.status_code, told) == (
            409,
            {
                "type": "http://localhost:8000/docs/problems#award.not_awarded",
                "title": "There is no award for this session.",
                "status": 409,
                "code": "award.not_awarded",
            },
        )


async def test_the_latest_session_counts(
    client: httpx.AsyncClient, finished: Finished, bearer: Bearer
) -> None:
    headers = await bearer()
    invitation = await invited(client, headers)
    await finished(outcome="not_yet", level=None, epoch=1)
    second = str(await finished(epoch=2))
    assert (await look(client, headers, invitation))["session"] == second


async def test_an_unknown_and_an_erased_invitation_look_alike(
    client: httpx.AsyncClient, desk: Desk, bearer: Bearer
) -> None:
    headers = await bearer()
    invitation = await invited(client, headers)
    await erase(desk.pool, "demo", await desk.pool.fetchval("SELECT id FROM person"), at=desk.clock())
    for unknown in (invitation, str(uuid4())):
        answer = await client.get(f"/api/invitations/{unknown}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "invitation.unknown")
        asked = {"invitation": unknown}
        answer = await client.post("/api/credentials", json=asked, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "invitation.unknown")


async def test_one_of_the_two_must_be_given(client: httpx.AsyncClient, bearer: Bearer) -> None:
    both = {"session": str(uuid4()), "invitation": str(uuid4())}
    answer = await client.post("/api/credentials", json=both, headers=await bearer())
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
