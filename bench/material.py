"""What is measured: a realistic badge of at least 4 kB, its issuer's documents, and keys held in memory."""

import asyncio
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from issuer.issuance.decide import Award
from issuer.issuance.draft import Assessed, Material, Recipient, document
from issuer.issuance.profiles import badge_payload
from issuer.skills.store import Achievement, Level, Skill, SkillAlignment
from issuer.status import lists
from keys.did.web import did_web, locate
from keys.proofs import jose
from keys.ring import KeyEntry, KeyRing, did_document
from keys.stores.memory import ThrowAway
from verifier.fetch import Answer, Fetched, Need, Unreachable

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BASE = "https://assay.example"
ORGANIZATION = "bench"
LIST = UUID(int=7)
INDEX = 4711


class Kept:
    """A Fetch that answers from memory and counts, so that the bench opens no socket."""

    def __init__(self, bodies: dict[str, tuple[bytes, str]]) -> None:
        self._answers = {
            url: Fetched(url, body, media_type, 200, NOW, "bench")
            for url, (body, media_type) in bodies.items()
        }

    def instead(self, url: str, body: bytes) -> "Kept":
        """The same documents, but for one."""
        held = self.bodies()
        return Kept({**held, url: (body, held[url][1])})

    def bodies(self) -> dict[str, tuple[bytes, str]]:
        """What is held: address to body and media type."""
        return {url: (answer.body, answer.media_type) for url, answer in self._answers.items()}

    async def get(self, need: Need) -> Answer:
        missing = Unreachable(need.url, "fetch.offline", "The bench holds no such document.")
        return self._answers.get(need.url, missing)


class Bench(NamedTuple):
    """One issuer, one credential, and everything that a verifier asks for."""

    signer: ThrowAway
    payload: bytes
    kid: str
    token: str
    fetch: Kept


def make(alg: str = "ES256") -> Bench:
    """Draw, sign and publish everything anew."""
    return asyncio.run(_make(alg))


async def _make(alg: str) -> Bench:
    signer = ThrowAway(alg)
    did = did_web(BASE, ORGANIZATION)
    ring = KeyRing([KeyEntry(public=signer.public, state="active", activated_at=NOW)])
    intended = badge_payload(document(award(), material(), LIST, INDEX))
    kid = f"{BASE}/o/{ORGANIZATION}/keys/{signer.public.kid}"
    draft = jose.draft(intended, typ="JWT", kid=kid, alg=alg)
    token = draft.finish(await signer.sign(draft.signing_input))
    listed = lists.document(BASE, ORGANIZATION, LIST, lists.LENGTH, range(0, 2000, 7), at=NOW)
    fetch = Kept(
        {
            locate(did): (msgspec.json.encode(did_document(did, ring)), "application/did+json"),
            BASE + lists.list_path(ORGANIZATION, LIST): (
                (await lists.sign(listed, signer)).encode(),
                lists.MEDIA_TYPE,
            ),
        }
    )
    return Bench(signer, intended, kid, token, fetch)


def award() -> Award:
    ids = [UUID(int=number) for number in range(1, 5)]
    return Award(ORGANIZATION, ids[0], ids[1], ids[2], 1, "proficient", "session", ids[3], NOW)


def material() -> Material:
    levels = tuple(
        Level(code, code.title(), f"What {code} means, in two or three plain sentences. ", cut)
        for code, cut in (("working", 0.6), ("proficient", 0.8))
    )
    achievement = Achievement(
        ORGANIZATION, UUID(int=3), 1, UUID(int=5), "SQL for analysts", "Answers questions with SQL. " * 2,
        "Reach a level with the stated probability on unseen questions. " * 2, 0.95, 24, levels,
    )  # fmt: skip
    alignment = SkillAlignment("SQL", "https://skills.example/sql", "Example framework", "ext:Skill", "15.1")
    return Material(
        base_url=BASE,
        organization_name="Bench",
        organization_url=BASE,
        recipient=Recipient(UUID(int=9), "Ada Lovelace", "ada@example.org", "c2FsdA"),
        achievement=achievement,
        skill=Skill(ORGANIZATION, UUID(int=5), "SQL", "Querying databases", (alignment,)),
        assessed=Assessed("SQL for analysts", "unsupervised", "None.", "uncalibrated", "ab" * 32),
    )
