"""A share link of ours, handed to our own verifier: followed with one SELECT and no request to ourselves."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import httpx
import pytest

from issuer.db.pool import transaction
from issuer.issuance.desk import Desk
from issuer.issuance.issue import issue
from issuer.sharing.links import OwnLinks
from issuer.sharing.store import create_share
from verifier import Offline
from verifier.fetch import Need, Unreachable

Finished = Callable[..., Awaitable[UUID]]


async def shared_link(desk: Desk, finished: Finished) -> str:
    issued = await issue(desk, "demo", await finished())
    async with transaction(desk.pool) as db:
        token = await create_share(db, "demo", issued.award_id, desk.clock())
    return f"{desk.settings.base_url}/c/{token}"


@pytest.mark.parametrize("tail", ["", "/verify", "/credential.jwt"])
async def test_a_pasted_link_is_verified(
    client: httpx.AsyncClient, desk: Desk, finished: Finished, tail: str
) -> None:
    link = await shared_link(desk, finished) + tail
    answer = await client.post("/api/verify", content=link, headers={"Content-Type": "text/plain"})
    assert answer.json()["verdict"] == "valid"
    assert answer.json()["checks"][0]["source"].startswith("http")


async def test_a_dead_link_is_undetermined(client: httpx.AsyncClient, desk: Desk) -> None:
    link = f"{desk.settings.base_url}/c/demo.{'A' * 43}"
    answer = await client.post("/api/verify", content=link, headers={"Content-Type": "text/plain"})
    assert answer.json()["verdict"] == "undetermined"
    assert answer.json()["checks"][0]["reason"] == "carrier.unreachable"


@pytest.mark.parametrize(
    "url",
    ["https://other.example/c/demo.x", "http://[", "http://localhost:8000/o/demo/did.json"],
)
async def test_other_addresses_are_asked_elsewhere(desk: Desk, url: str) -> None:
    links = OwnLinks(desk, Offline())
    assert isinstance(await links.get(Need("credential", url)), Unreachable)
    assert isinstance(await links.get(Need("issuer_key", url)), Unreachable)
