"""Signed receipts: every refusal by its code, nothing half stored, and each accepted once."""

import asyncio
import base64
import hashlib
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from issuer.audit import verify_chain
from issuer.db.pool import transaction
from issuer.issuance.desk import Desk
from issuer.people.enroll import find, find_or_create
from issuer.people.erase import erase
from issuer.receipts.accept import Accepted, accept
from issuer.receipts.read import audiences, read_signed
from issuer.receipts.register import revoke
from keys.public import PublicKey
from schemas.problems import ProblemError
from tests.unit.receipts.provider import (
    BARE,
    ISSUER,
    ORG,
    SCORED,
    TYPE,
    Key,
    Register,
    Signed,
    claims,
)
from verifier.fetch import OK, Answer, Fetched, Need, Offline, Unreachable


class Keys:
    """Answers with a provider's key set, or not at all."""

    def __init__(self, body: bytes | None, stale: Unreachable | None = None) -> None:
        self.body, self.stale = body, stale
        self.asked: list[Need] = []

    async def get(self, need: Need) -> Answer:
        self.asked.append(need)
        if self.body is None:
            return Unreachable(need.url, "fetch.failed", "Nobody answers there.")
        return Fetched(need.url, self.body, "application/json", OK, datetime.now(UTC), "test", self.stale)


async def take(
    desk: Desk, *tokens: bytes, fetch: Any = None, organization_id: str = ORG
) -> tuple[Accepted, ...]:
    at = desk.clock()
    read = [
        await read_signed(desk.pool, fetch or Offline(), desk.settings, organization_id, token, at=at)
        for token in tokens
    ]
    return await accept(desk.pool, desk.keystore, organization_id, read, principal_id=None, at=at)


async def refused(desk: Desk, *tokens: bytes, **how: Any) -> ProblemError:
    before = await counted(desk)
    with pytest.raises(ProblemError) as caught:
        await take(desk, *tokens, **how)
    assert await counted(desk) == before, "nothing is half stored"
    return caught.value


async def counted(desk: Desk) -> tuple[int, ...]:
    tables = ("receipt", "receipt_person", "person", "award", "audit", "outbox")
    return tuple([await desk.pool.fetchval(f"SELECT count(*) FROM {table}") for table in tables])  # noqa: S608 - names from this test


async def test_a_receipt_is_stored_sealed_with_nothing_of_it_in_clear(
    desk: Desk, registered: Register, signed: Signed
) -> None:
    await registered()
    token = signed()
    (done,) = await take(desk, token)
    assert done.digest == hashlib.sha256(token).digest()
    assert (done.judged.outcome, done.judged.level) == ("award", "working")
    row = await desk.pool.fetchrow("SELECT * FROM receipt")
    assert row is not None
    assert (row["secured"], row["outcome"], row["level"], row["received_at"]) == (
        "signature",
        "award",
        "working",
        desk.clock(),
    )
    clear = " ".join(str(value) for name, value in row.items() if name != "receipt_sealed").encode()
    body = token.split(b".")[1]
    jti = json.loads(base64.urlsafe_b64decode(body + b"=="))["jti"].encode()
    # Long enough that no sealed bytes hold one of them by chance.
    for secret in (b"ada lovelace", token, body, jti):
        assert secret not in clear.lower()
        assert secret not in bytes(row["receipt_sealed"])
    last = await desk.pool.fetchrow(
        "SELECT action, reference, digest FROM audit ORDER BY sequence DESC LIMIT 1"
    )
    assert last is not None
    assert tuple(last) == ("receipt.accepted", str(done.id), done.digest)
    await verify_chain(desk.pool, ORG)


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("receipt.provider", {"iss": "https://other.example"}),
    ("receipt.provider", {"iss": "\0"}),
    ("receipt.provider", {"iss": None}),
    ("receipt.key", {"header": {"kid": "k2"}}),
    ("receipt.type", {"header": {"kid": "k1", "typ": "JWT"}}),
    ("receipt.type", {"header": {"kid": "k1", "typ": "vc+jwt"}}),
    ("receipt.type", {"header": {"kid": "k1", "typ": "at+jwt"}}),
    ("receipt.audience", {"aud": "did:web:localhost%3A8000:o:other"}),
    ("receipt.audience", {"aud": ["https://other.example"]}),
    ("receipt.cut", {"cut": 101}),
    ("receipt.cut", {"score": None, "scale": None}),
    ("receipt.score", {"score": -0.5}),
    ("receipt.score", {"scale": None}),
    ("receipt.level", {"level": "superb"}),
    ("receipt.level", {"level": None}),
    ("receipt.assessment", {"assessment": f"{ISSUER}/other"}),
    ("receipt.subject", {"sub": "mailto:new@example.org", "name": None}),
    ("receipt.subject", {"sub": f"urn:uuid:{uuid4()}"}),
    ("receipt.subject", {"sub": "urn:uuid:x"}),
    ("receipt.subject", {"sub": "ada"}),
    ("person.email", {"sub": "mailto:nobody"}),
    ("person.name", {"name": "  ", "sub": "mailto:new@example.org"}),
    ("receipt.malformed", {"score": 60, "cut": 70}),
    ("receipt.malformed", {"score": "83"}),
    ("receipt.malformed", {"error": 0}),
    ("receipt.malformed", {"scale": {"min": 5, "max": 5}, "score": 5, "cut": 5}),
    ("receipt.malformed", {"assurance": "certain"}),
    ("receipt.malformed", {"permittedAids": "[here](https://evil.example)"}),
    ("receipt.malformed", {"permittedAids": "see https://evil.example"}),
    ("receipt.malformed", {"version": "1\u202e2"}),
    ("receipt.malformed", {"evidenceDigest": "ab"}),
    ("receipt.malformed", {"completedAt": "yesterday"}),
    ("receipt.malformed", {"completedAt": "2026-12-24T18:00:00Z"}),
    ("receipt.malformed", {"assessment": "no uri"}),
    ("receipt.malformed", {"jti": ""}),
    ("receipt.malformed", {"jti": None}),
    ("receipt.malformed", {"iat": None}),
    ("receipt.malformed", {"iat": 1e300}),
    ("receipt.malformed", {"exp": 1}),
    ("receipt.error", {"assessment": SCORED, "level": None, "error": None}),
    ("receipt.score", {"assessment": SCORED, "level": None, "score": None}),
    ("receipt.score", {"assessment": SCORED, "level": None, "scale": {"min": 0, "max": 200}}),
    ("receipt.assurance", {"assessment": SCORED, "level": None, "assurance": None}),
]


async def test_what_is_refused(desk: Desk, registered: Register, signed: Signed) -> None:
    await registered()
    for code, changed in REFUSED:
        problem = await refused(desk, signed(**changed))
        assert problem.code == code, (changed, problem)
        assert problem.detail is None or problem.detail.endswith((".", f"{TYPE}.")), (changed, problem)


async def test_fresh_for_ten_minutes_with_a_minutes_leeway_ahead(
    desk: Desk, registered: Register, signed: Signed
) -> None:
    await registered()
    now = desk.clock().timestamp()
    for iat in (now - 600.5, now + 60.5, now - 10**9):
        assert (await refused(desk, signed(iat=iat))).code == "receipt.stale"
    for iat in (now - 600, now, now + 60):
        await take(desk, signed(iat=iat))


async def test_bytes_that_are_no_receipt(desk: Desk, registered: Register, signed: Signed) -> None:
    await registered()
    good = signed()
    head, body, tail = good.split(b".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": TYPE}).encode()).rstrip(b"=")
    twice = base64.urlsafe_b64encode(b'{"iss":"a","iss":"b"}').rstrip(b"=")
    for token in (
        b"",
        b"x",
        b"{}",
        none + b"." + body + b".",
        head + b"." + twice + b"." + tail,
        b"a" * 70_000,
    ):
        assert (await refused(desk, token)).code == "receipt.malformed", token
    changed = tail[:-4] + (b"AAAA" if tail[-4:] != b"AAAA" else b"BAAA")
    problem = await refused(desk, head + b"." + body + b"." + changed)
    assert problem.code in {"receipt.signature", "receipt.malformed"}
    assert (await refused(desk, signed(by=Key()))).code == "receipt.signature"
    await take(desk, good + b"\n")


async def test_each_algorithm_of_the_table(desk: Desk, registered: Register) -> None:
    ed, big = ed25519.Ed25519PrivateKey.generate(), rsa.generate_private_key(65537, 3072)
    jwks = {
        "keys": [
            {**json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(ed.public_key())), "kid": "ed"},
            {
                **json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(big.public_key())),
                "kid": "rsa",
                "key_ops": ["verify"],
            },
        ]
    }
    await registered(jwks=jwks)
    for private, alg, kid in ((ed, "EdDSA", "ed"), (big, "RS256", "rsa")):
        await take(
            desk,
            jwt.encode(claims(desk), private, algorithm=alg, headers={"typ": TYPE, "kid": kid}).encode(),
        )
    # With HMAC under the public key's text, or the other key: no.
    forged = jwt.encode(claims(desk), "a" * 64, algorithm="HS256", headers={"typ": TYPE, "kid": "rsa"})
    assert (await refused(desk, forged.encode())).code == "receipt.malformed"
    mixed = jwt.encode(claims(desk), ed, algorithm="EdDSA", headers={"typ": TYPE, "kid": "rsa"})
    assert (await refused(desk, mixed.encode())).code == "receipt.signature"
    # Without a kid among two keys nobody guesses.
    unnamed = jwt.encode(claims(desk), ed, algorithm="EdDSA", headers={"typ": TYPE})
    assert (await refused(desk, unnamed.encode())).code == "receipt.key"


async def test_a_key_set_at_its_address(desk: Desk, registered: Register, signed: Signed, key: Key) -> None:
    at = f"{ISSUER}/jwks.json"
    await registered(jwks=None, jwksUrl=at)
    fetch = Keys(json.dumps(key.jwks).encode())
    await take(desk, signed(header={}), fetch=fetch)
    assert [(need.kind, need.url) for need in fetch.asked] == [("issuer_key", at)]
    for body in (None, b"{", b"[]", b'{"keys": []}', b'{"keys": [7, {"kty": "oct", "k": "AA"}]}'):
        assert (await refused(desk, signed(), fetch=Keys(body))).code == "receipt.keys_unreachable"
    assert (await refused(desk, signed())).code == "receipt.keys_unreachable"


async def test_a_copy_of_a_key_set_vouches_for_nothing_new(
    desk: Desk, registered: Register, signed: Signed, key: Key
) -> None:
    await registered(jwks=None, jwksUrl=f"{ISSUER}/jwks.json")
    gone = Unreachable(f"{ISSUER}/jwks.json", "fetch.timeout", "No full answer within 3 seconds.")
    copy = Keys(json.dumps(key.jwks).encode(), stale=gone)
    assert (await refused(desk, signed(), fetch=copy)).code == "receipt.keys_unreachable"


async def test_a_thumbprint_names_a_key_too(
    desk: Desk, registered: Register, signed: Signed, key: Key
) -> None:
    await registered()
    named = PublicKey.from_jwk(key.jwks["keys"][0]).kid
    await take(desk, signed(header={"kid": named}))


async def test_without_keys_only_its_program_delivers(
    desk: Desk, registered: Register, signed: Signed
) -> None:
    await registered(jwks=None)
    assert (await refused(desk, signed())).code == "receipt.key"


async def test_a_replay_is_refused_the_same_bytes_too(
    desk: Desk, registered: Register, signed: Signed
) -> None:
    await registered()
    token = signed(jti="once")
    await take(desk, token)
    assert (await refused(desk, token)).code == "receipt.replayed"
    assert (await refused(desk, signed(jti="once", sub="mailto:bob@example.org"))).code == "receipt.replayed"
    await take(desk, signed(jti="twice"))


async def test_the_same_receipt_at_once_is_accepted_once(
    desk: Desk, registered: Register, signed: Signed
) -> None:
    await registered()
    token = signed()
    done = await asyncio.gather(*(take(desk, token) for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(one, tuple) for one in done) == 1
    others = [one for one in done if not isinstance(one, tuple)]
    assert {one.code for one in others if isinstance(one, ProblemError)} == {"receipt.replayed"}
    assert len(others) == 7
    assert await desk.pool.fetchval("SELECT count(*) FROM receipt") == 1


async def test_deliveries_that_overlap_leave_each_receipt_once(
    desk: Desk, registered: Register, signed: Signed
) -> None:
    await registered()
    tokens = [signed() for _ in range(6)]
    both = await asyncio.gather(take(desk, *tokens), take(desk, *reversed(tokens)), return_exceptions=True)
    assert sorted(isinstance(one, tuple) for one in both) == [False, True]
    assert await desk.pool.fetchval("SELECT count(*) FROM receipt") == 6


async def test_a_delivery_is_stored_whole_or_not_at_all(
    desk: Desk, registered: Register, signed: Signed
) -> None:
    await registered()
    problem = await refused(desk, signed(sub="mailto:new@example.org"), signed(level="superb"))
    assert problem.code == "receipt.level"
    same = signed()
    assert (await refused(desk, same, same)).code == "receipt.replayed"


async def test_a_revoked_provider_is_told_so_and_can_be_registered_anew(
    desk: Desk, registered: Register, signed: Signed
) -> None:
    provider, _ = await registered()
    token = signed(jti="before")
    await take(desk, token)
    await revoke(desk.pool, ORG, provider.id, principal_id=None, at=desk.clock())
    assert (await refused(desk, signed())).code == "receipt.revoked"
    again = await revoke(desk.pool, ORG, provider.id, principal_id=None, at=desk.clock() + timedelta(days=1))
    assert again.revoked_at == desk.clock()
    await registered()
    assert (await refused(desk, token)).code == "receipt.replayed", "what it sent before is still known"
    await take(desk, signed())


async def test_a_provider_that_is_revoked_meanwhile(desk: Desk, registered: Register, signed: Signed) -> None:
    provider, _ = await registered()
    at = desk.clock()
    read = await read_signed(desk.pool, Offline(), desk.settings, ORG, signed(), at=at)
    await revoke(desk.pool, ORG, provider.id, principal_id=None, at=at)
    with pytest.raises(ProblemError) as caught:
        await accept(desk.pool, desk.keystore, ORG, [read], principal_id=None, at=at)
    assert caught.value.code == "receipt.revoked"


BY_CUTS: list[tuple[dict[str, Any], str | None, bool]] = [
    ({"score": 83, "error": 3.5}, "proficient", True),
    ({"score": 72, "error": 3.5}, "working", True),  # above the cut, and not surely enough
    ({"score": 52, "error": 3.5}, None, True),
    ({"score": 72, "error": None, "assessment": BARE}, "proficient", False),
    ({"score": 50, "error": None, "assessment": BARE}, "working", False),
    ({"score": 49.9, "error": None, "assessment": BARE}, None, False),
    ({"score": 72, "error": 3.5, "assessment": BARE}, "working", True),
]


async def test_levels_by_our_own_cuts(desk: Desk, registered: Register, signed: Signed) -> None:
    await registered()
    for changed, level, probable in BY_CUTS:
        (done,) = await take(desk, signed(**({"assessment": SCORED, "level": None, "cut": None} | changed)))
        assert (done.judged.level, done.judged.probable, done.judged.ours) == (level, probable, True), changed


async def test_a_level_that_means_not_yet(desk: Desk, registered: Register, signed: Signed) -> None:
    await registered()
    (done,) = await take(desk, signed(level="fail", score=40))
    assert (done.judged.outcome, done.judged.level) == ("not_yet", None)


async def test_people_are_found_by_invitation_by_id_and_by_address(
    desk: Desk,
    registered: Register,
    signed: Signed,
    client: Any,
    bearer: Callable[..., Awaitable[dict[str, str]]],
) -> None:
    await registered()
    sent = {"assessment": "sql-for-analysts", "person": {"name": "Ada", "email": "ada@example.org"}}
    invited = (await client.post("/api/invitations", json=sent, headers=await bearer())).json()
    ada = await find(desk.pool, desk.keystore, ORG, "ada@example.org")
    for sub in (f"urn:uuid:{invited['id']}", f"urn:uuid:{ada}", "mailto:ADA@example.org"):
        await take(desk, signed(sub=sub, name=None))
    people = await desk.pool.fetch("SELECT DISTINCT person_id FROM receipt_person")
    assert [row["person_id"] for row in people] == [ada]


async def test_no_receipt_reaches_another_organisation(
    desk: Desk, registered: Register, signed: Signed
) -> None:
    await registered()
    await desk.pool.execute(
        "INSERT INTO organization (id, name, created_at) VALUES ('south', 'South', $1)", desk.clock()
    )
    assert (await refused(desk, signed(), organization_id="south")).code == "receipt.provider"
    # A person of another organisation is nobody here.
    async with transaction(desk.pool) as db:
        bob = await find_or_create(db, desk.keystore, "south", "Bob", "bob@example.org", desk.clock())
    assert (await refused(desk, signed(sub=f"urn:uuid:{bob.id}", name=None))).code == "receipt.subject"


async def test_erasing_the_person_cuts_the_receipt_and_still_knows_the_replay(
    desk: Desk, registered: Register, signed: Signed
) -> None:
    await registered()
    token = signed()
    (done,) = await take(desk, token)
    ada = await find(desk.pool, desk.keystore, ORG, "ada@example.org")
    assert ada is not None
    desk.clock.advance(hours=-2)  # type: ignore[attr-defined]  # the tests' clock
    await erase(desk.pool, ORG, ada, at=desk.clock())
    row = await desk.pool.fetchrow("SELECT * FROM receipt")
    assert row is not None
    assert row["id"] != done.id
    assert (row["digest"], row["receipt_sealed"], row["level"]) == (None, None, "working")
    assert row["received_at"] == row["received_at"].replace(hour=0)
    assert await desk.pool.fetchval("SELECT count(*) FROM receipt_person") == 0
    desk.clock.advance(hours=2)  # type: ignore[attr-defined]  # likewise
    assert (await refused(desk, token)).code == "receipt.replayed"
    assert audiences(desk.settings, ORG)[1].endswith("/o/demo")
    await take(desk, signed(aud=audiences(desk.settings, ORG)[1]))
