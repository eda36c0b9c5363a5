"""A list at one address in two forms: both through HTTP, both verified, both changed at once."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import msgspec

from issuer.issuance.desk import Desk
from issuer.issuance.issue import issue
from issuer.organizations.keys import compromise, rotate
from issuer.publications.cache import Published
from issuer.status.change import revoke
from issuer.status.publish import resign
from keys.proofs import data_integrity, jose
from schemas.report import Report
from verifier import Offline, averify
from verifier.fetch import Answer, Fetched, Need

ORG = "demo"
Finished = Callable[..., Awaitable[UUID]]


class Reader:
    """A stranger's verifier, which asks this service over HTTP and accepts what it says."""

    def __init__(self, desk: Desk, client: httpx.AsyncClient, accept: str) -> None:
        self.desk, self.client, self.accept = desk, client, accept
        self.keys = Published(desk.publications, desk.settings.base_url, Offline(), desk.clock)
        self.read: list[httpx.Response] = []

    async def get(self, need: Need) -> Answer:
        if need.kind != "status_list":
            return await self.keys.get(need)
        answer = await self.client.get(need.url, headers={"accept": self.accept})
        self.read.append(answer)
        kind = answer.headers["content-type"]
        return Fetched(need.url, answer.content, kind, 200, self.desk.clock(), "http://localhost:8000")

    async def verify(self, token: str) -> Report:
        await self.desk.publications.refresh()
        return await averify(token, fetch=self, clock=self.desk.clock)


async def test_both_forms_say_the_same(desk: Desk, finished: Finished, client: httpx.AsyncClient) -> None:
    issued = await issue(desk, ORG, await finished())
    readers = {
        "application/vc+jwt": Reader(desk, client, "*/*"),
        "application/vc": Reader(desk, client, "application/vc, application/ld+json;q=0.5"),
    }
    tags = set()
    for currency in ("current", "revoked"):
        for media_type, reader in readers.items():
            assert (await reader.verify(issued.token)).currency == currency
            answer = reader.read[-1]
            assert answer.headers["content-type"] == media_type
            assert answer.headers["vary"].lower().replace(" ", "").split(",").count("accept") == 1
            tags.add(answer.headers["etag"])
        await revoke(desk, ORG, issued.award_id, "A mistake.")
    assert len(tags) == 4
    documents = [
        jose.read(readers["application/vc+jwt"].read[-1].content).document,
        msgspec.json.decode(readers["application/vc"].read[-1].content),
    ]
    assert documents[0].pop("iss") == documents[1]["issuer"]
    proof = documents[1].pop("proof")
    assert documents[0] == documents[1]
    assert (proof["cryptosuite"], proof["proofPurpose"]) == ("eddsa-rdfc-2022", "assertionMethod")


async def test_each_form_has_its_own_tag(desk: Desk, finished: Finished, client: httpx.AsyncClient) -> None:
    issued = await issue(desk, ORG, await finished())
    await desk.publications.refresh()
    url = jose.read(issued.token).document["credentialStatus"]["statusListCredential"]
    tags = {}
    for accept in ("application/vc+jwt", "application/json"):
        tags[accept] = (await client.get(url, headers={"accept": accept})).headers["etag"]
        known = await client.get(url, headers={"accept": accept, "if-none-match": tags[accept]})
        assert (known.status_code, known.content) == (304, b"")
        assert "accept" in known.headers["vary"].lower()
        head = await client.head(url, headers={"accept": accept})
        assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tags[accept])
    crossed = {"accept": "application/json", "if-none-match": tags["application/vc+jwt"]}
    assert (await client.get(url, headers=crossed)).status_code == 200
    did = await client.get("/o/demo/did.json", headers={"accept": "application/json"})
    assert "accept" not in did.headers.get("vary", "").lower()
    assert (await client.get(f"/private{httpx.URL(url).path}/alternate")).status_code == 404


async def test_a_compromised_proof_key_is_replaced_on_every_list(
    desk: Desk, finished: Finished, client: httpx.AsyncClient, clock: Any
) -> None:
    issued = await issue(desk, ORG, await finished())
    reader = Reader(desk, client, "application/json")
    await reader.verify(issued.token)
    clock.advance(seconds=1)
    await rotate(desk.pool, desk.keystore, desk.settings, ORG, desk.clock, algorithm="EdDSA")
    assert await resign(desk) == 0  # a retired key still verifies
    kid = await desk.pool.fetchval("SELECT proof_kid FROM status_list")
    await compromise(desk.pool, desk.keystore, desk.settings, ORG, kid, desk.clock)
    stale = await reader.verify(issued.token)
    assert [found.reason.value for found in stale.of("status")] == ["status.list_invalid"]
    assert await resign(desk) == 1
    assert await resign(desk) == 0
    assert (await reader.verify(issued.token)).currency == "current"
    (proof,) = data_integrity.read(msgspec.json.decode(reader.read[-1].content))
    assert kid not in (proof.kid or "")


async def test_without_an_ed25519_key_there_is_only_the_token(
    desk: Desk, finished: Finished, client: httpx.AsyncClient
) -> None:
    await desk.pool.execute("UPDATE issuer_key SET state = 'retired' WHERE algorithm = 'EdDSA'")
    issued = await issue(desk, ORG, await finished())
    reader = Reader(desk, client, "application/json")
    assert (await reader.verify(issued.token)).currency == "current"
    assert reader.read[-1].headers["content-type"] == "application/vc+jwt"
    assert "accept" not in reader.read[-1].headers.get("vary", "").lower()
