"""The same decisions as a 1EdTech Revocation List: published by the commit, and read by our own verifier."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import msgspec

from issuer.issuance.decide import Award
from issuer.issuance.desk import Desk
from issuer.issuance.intent import Issued
from issuer.issuance.issue import complete, issue
from issuer.issuance.store import award
from issuer.people.erase import erase
from issuer.publications.cache import Published
from issuer.status.change import reinstate, revoke, suspend
from issuer.status.revocation_list import revocation_list_path
from keys.proofs import jose
from schemas.report import Report
from verifier import Offline, averify

ORG = "demo"
PATH = "/o/demo/status/revocations.json"
Finished = Callable[..., Awaitable[UUID]]


async def read(desk: Desk, client: httpx.AsyncClient) -> dict[str, Any]:
    await desk.publications.refresh()
    answer = await client.get(PATH)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.headers["access-control-allow-origin"] == "*"
    found: dict[str, Any] = answer.json()
    return found


async def pointing_there(desk: Desk, issued: Issued) -> str:
    """The same badge, as an issuer would sign it whose badges name this kind of list."""
    token = jose.read(issued.token)
    entry = {"id": desk.settings.base_url + PATH, "type": "1EdTechRevocationList"}
    document = {**token.document, "credentialStatus": entry}
    assert token.kid is not None
    signer = desk.keystore.signer(token.kid.rpartition("/")[2])
    draft = jose.draft(msgspec.json.encode(document), typ="JWT", kid=token.kid)
    return draft.finish(await signer.sign(draft.signing_input))


async def verified(desk: Desk, token: str) -> Report:
    await desk.publications.refresh()
    fetch = Published(desk.publications, desk.settings.base_url, Offline(), desk.clock)
    return await averify(token, fetch=fetch, clock=desk.clock)


def status(report: Report) -> list[str]:
    return [found.reason.value for found in report.of("status")]


async def decided(desk: Desk, issued: Issued) -> Award:
    row = await award(desk.pool, ORG, issued.award_id)
    assert row is not None
    return row.decided()


def test_where_it_stands() -> None:
    assert revocation_list_path(ORG) == PATH


async def test_there_is_a_list_as_soon_as_there_is_a_credential(
    desk: Desk, finished: Finished, client: httpx.AsyncClient
) -> None:
    issued = await issue(desk, ORG, await finished())
    assert await read(desk, client) == {
        "id": f"http://localhost:8000{PATH}",
        "issuer": "did:web:localhost%3A8000:o:demo",
        "revokedCredentials": [],
    }
    assert status(await verified(desk, await pointing_there(desk, issued))) == ["status.clear"]


async def test_each_change_is_published_by_its_commit(
    desk: Desk, finished: Finished, client: httpx.AsyncClient
) -> None:
    issued = await issue(desk, ORG, await finished())
    token, urn = await pointing_there(desk, issued), issued.award_id.urn
    await suspend(desk, ORG, issued.award_id, "Under review.")
    assert (await read(desk, client))["revokedCredentials"] == [{"id": urn, "revoked": True}]
    assert status(await verified(desk, token)) == ["status.revoked"]
    await reinstate(desk, ORG, issued.award_id)
    assert (await read(desk, client))["revokedCredentials"] == [{"id": urn, "revoked": False}]
    assert status(await verified(desk, token)) == ["status.clear"]
    await complete(desk, await decided(desk, issued))
    await revoke(desk, ORG, issued.award_id, "For good.")
    assert (await read(desk, client))["revokedCredentials"] == [{"id": urn, "revoked": True}]
    assert status(await verified(desk, token)) == ["status.revoked"]
    assert (await verified(desk, issued.token)).currency == "revoked"


async def test_nothing_is_told_but_ids(desk: Desk, finished: Finished, client: httpx.AsyncClient) -> None:
    issued = await issue(desk, ORG, await finished())
    await erase(desk.pool, ORG, (await decided(desk, issued)).person_id, at=desk.clock())
    await revoke(desk, ORG, issued.award_id, "A reason for the holder.")
    (line,) = (await read(desk, client))["revokedCredentials"]
    assert line == {"id": issued.award_id.urn, "revoked": True}


async def test_concurrent_changes_lose_no_line(
    desk: Desk, finished: Finished, client: httpx.AsyncClient
) -> None:
    issued = [await issue(desk, ORG, await finished(email=f"p{number}@example.org")) for number in range(12)]
    await asyncio.gather(*(revoke(desk, ORG, one.award_id, "All at once.") for one in issued))
    lines = (await read(desk, client))["revokedCredentials"]
    assert [line["id"] for line in lines] == sorted(one.award_id.urn for one in issued)
    assert all(line["revoked"] for line in lines)
