"""However a list is secured: every proof must hold, by a key that the credential's issuer publishes."""

import base64
import gzip
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from keys.proofs import data_integrity
from tests.unit.verifier.world import NOW, Key, World, edit, stamp, told
from verifier import Seen

SUITES = ("eddsa-rdfc-2022", "eddsa-jcs-2022")
ED = Key("EdDSA")


@pytest.fixture
def world() -> World:
    """An issuer with two keys: ES256 for tokens, Ed25519 for embedded proofs."""
    made = World()
    made.publish_keys(made.key, ED)
    return made


def proved(
    world: World, document: dict[str, Any] | None = None, *, key: Key = ED, **options: Any
) -> dict[str, Any]:
    document = {**(document or world.list_credential())}
    document.pop("iss", None)
    method = f"{world.did}#{key.public.multibase}"
    options = {"verification_method": method, "created": stamp(NOW), **options}
    draft = data_integrity.draft(document, **options)
    found: dict[str, Any] = msgspec.json.decode(draft.finish(key.sign(draft.signing_input)))
    return found


def publish(world: World, document: dict[str, Any]) -> None:
    world.publish(world.list_url, msgspec.json.encode(document), "application/vc")


async def status(world: World, seen: Seen | None = None) -> tuple[str, str]:
    ((outcome, reason),) = told(await world.verify(world.sign(), seen=seen), "status")
    return outcome, reason


INVALID = ("unknown", "status.list_invalid")
REVOKED = ("fail", "status.revoked")


@pytest.mark.parametrize("suite", SUITES)
async def test_a_list_with_an_embedded_proof(world: World, suite: str) -> None:
    publish(world, proved(world, cryptosuite=suite))
    assert await status(world) == ("pass", "status.clear")
    publish(world, proved(world, world.list_credential(world.set_bit()), cryptosuite=suite))
    assert await status(world) == ("fail", "status.revoked")


@pytest.mark.parametrize("suite", SUITES)
async def test_a_list_that_was_changed(world: World, suite: str) -> None:
    """Clear the bit, move the end, or take a proof from elsewhere: nothing counts."""
    revoked = proved(world, world.list_credential(world.set_bit()), cryptosuite=suite)
    clear = world.list_credential()
    for member in ("credentialSubject", "validUntil", "id", "issuer"):
        value = {**clear, "validUntil": stamp(NOW + timedelta(days=700)), "id": "urn:x", "issuer": "urn:y"}
        publish(world, {**revoked, member: value[member]})
        assert await status(world) == INVALID, member
    publish(world, {**revoked, "added": "urn:z"})
    assert await status(world) == INVALID


@pytest.mark.parametrize("suite", SUITES)
async def test_only_the_issuer_s_keys_and_for_this_purpose(world: World, suite: str) -> None:
    stranger = Key("EdDSA")
    theirs = f"did:web:stranger.example#{stranger.public.multibase}"
    own = f"{world.did}#{ED.public.multibase}"
    for options in (
        {"key": stranger},
        {"key": stranger, "verification_method": own},
        {"key": stranger, "verification_method": theirs},
        {"purpose": "authentication"},
        {"verification_method": world.did},
    ):
        publish(world, proved(world, cryptosuite=suite, **options))
        assert await status(world) == INVALID, options


async def test_every_proof_must_hold(world: World) -> None:
    second = Key("EdDSA")
    world.publish_keys(world.key, ED, second)
    for other, expected in ((second, ("pass", "status.clear")), (Key("EdDSA"), INVALID)):
        once = proved(world, world.list_credential(), cryptosuite="eddsa-jcs-2022")
        publish(world, proved(world, once, key=other, cryptosuite="eddsa-rdfc-2022"))
        assert await status(world) == expected


async def test_a_proof_that_ends_ends_the_list(world: World) -> None:
    seen = Seen()
    publish(world, proved(world, expires=stamp(NOW + timedelta(hours=1))))
    for passed, expected in (
        (timedelta(0), ("pass", "status.clear")),
        (timedelta(hours=1, seconds=61), ("unknown", "status.stale")),
    ):
        world.now = NOW + passed
        assert await status(world, seen) == expected
    publish(world, proved(world, expires=stamp(NOW + timedelta(days=300))))
    world.now = NOW + timedelta(days=8)  # the list's own end holds as well
    assert await status(world) == ("unknown", "status.stale")


async def test_proofs_that_cannot_be_read(world: World) -> None:
    whole = proved(world)
    proof = whole["proof"]
    for changed in (
        {**whole, "proof": []},
        {**whole, "proof": "text"},
        {**whole, "proof": {**proof, "proofValue": "u123"}},
        {**whole, "proof": {**proof, "cryptosuite": "bbs-2023"}},
        {**whole, "proof": {**proof, "expires": "tomorrow"}},
        {**whole, "proof": {**proof, "expires": "2026-13-01T00:00:00Z"}},
        {**whole, "@context": [*whole["@context"], "https://example.org/unknown"]},
        {**whole, "@context": []},
        {name: value for name, value in whole.items() if name != "proof"},
    ):
        publish(world, changed)
        assert await status(world) == INVALID, changed.get("proof")
    for body in (b"{", b'{"proof": 1, "proof": 1}', b"\xef\xbb\xbf{}"):
        world.publish(world.list_url, body)
        assert await status(world) == INVALID


async def test_a_list_whose_parts_cannot_be_told_apart_is_not_canonicalised(world: World) -> None:
    alike = [{"type": "BitstringStatusList", "statusPurpose": "revocation", "encodedList": "uAA"}] * 2
    document = {**proved(world), "credentialSubject": [world.list_credential()["credentialSubject"], *alike]}
    publish(world, document)
    assert await status(world) == INVALID


async def test_a_list_with_an_embedded_proof_is_verified_once(world: World) -> None:
    seen = Seen()
    publish(world, proved(world))
    assert await status(world, seen) == ("pass", "status.clear")
    (key,) = seen.lists._held
    held = seen.lists.get(key)
    assert await status(world, seen) == ("pass", "status.clear")
    assert seen.lists.get(key) is held


# A token of the data model 1.1.

V1 = "https://www.w3.org/2018/credentials/v1"


def claimed(world: World, bits: bytes = bytes(16_384), **changes: Any) -> dict[str, Any]:
    members: dict[str, Any] = {
        "@context": [V1, "https://w3id.org/vc/status-list/2021/v1"],
        "type": ["VerifiableCredential", "StatusList2021Credential"],
        "iss": ...,
        "validFrom": ...,
        "validUntil": ...,
    }
    inner = world.list_credential(
        **members,
        subject={
            "type": "StatusList2021",
            "encodedList": base64.urlsafe_b64encode(gzip.compress(bits, mtime=0)).decode(),
        },
    )
    payload = {
        "vc": inner,
        "iss": world.did,
        "jti": world.list_url,
        "nbf": int(NOW.timestamp()) - 3_600,
        "exp": int(NOW.timestamp()) + 86_400,
        **changes,
    }
    return {name: value for name, value in payload.items() if value is not ...}


async def asked(world: World, payload: dict[str, Any], **header: Any) -> tuple[str, str]:
    usual = {"alg": "ES256", "kid": world.key.kid, "typ": "JWT", **header}
    world.publish_list(payload, header={name: value for name, value in usual.items() if value is not ...})
    return await older(world)


async def older(world: World) -> tuple[str, str]:
    """What an entry of the older kind says."""
    entry = {**world.badge()["credentialStatus"], "type": "StatusList2021Entry"}
    report = await world.verify(world.sign(edit(world.badge(), "credentialStatus", entry)))
    ((outcome, reason),) = told(report, "status")
    return outcome, reason


@pytest.mark.parametrize("suite", SUITES)
async def test_an_older_list_with_an_embedded_proof(world: World, suite: str) -> None:
    """As issuers of the data model 1.1 publish it, with the contexts that it needs."""
    for bits, expected in ((bytes(16_384), ("pass", "status.clear")), (world.set_bit(), REVOKED)):
        document = claimed(world, bits)["vc"]
        document["@context"].append("https://w3id.org/security/data-integrity/v2")
        document["issuanceDate"] = stamp(NOW)
        del document["credentialSubject"]["ttl"]  # which that context does not define
        publish(world, proved(world, document, cryptosuite=suite))
        assert await older(world) == expected
        publish(world, {**proved(world, document, cryptosuite=suite), "added": "urn:x"})
        assert await older(world) == INVALID


async def test_a_token_with_the_credential_in_a_claim(world: World) -> None:
    for header in ({}, {"typ": ...}):
        assert await asked(world, claimed(world), **header) == ("pass", "status.clear")
        assert await asked(world, claimed(world, world.set_bit()), **header) == ("fail", "status.revoked")
    bare = claimed(world)
    for member in ("id", "issuer"):
        del bare["vc"][member]  # the claims stand for them
    assert await asked(world, bare) == ("pass", "status.clear")
    nested = claimed(world)
    nested["vc"]["issuer"] = {"id": world.did, "name": "Example Academy"}
    assert await asked(world, nested) == ("pass", "status.clear")
    assert await asked(world, claimed(world, iss=..., jti=...)) == ("pass", "status.clear")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"vc": "text"}, "status.list_invalid"),
        ({"iss": "did:web:other.example"}, "status.list_invalid"),
        ({"jti": "https://issuer.example/other"}, "status.list_invalid"),
        ({"nbf": "yesterday"}, "status.list_invalid"),
        ({"nbf": int(NOW.timestamp()) + 300}, "status.list_invalid"),
        ({"exp": int(NOW.timestamp()) - 300}, "status.stale"),
    ],
    ids=str,
)
async def test_claims_that_do_not_count(world: World, changes: dict[str, Any], reason: str) -> None:
    assert await asked(world, claimed(world, **changes)) == ("unknown", reason)


async def test_a_token_is_of_one_kind(world: World) -> None:
    assert await asked(world, claimed(world), typ="vc+jwt") == INVALID
    assert await asked(world, claimed(world, vc=None)) == INVALID
    plain = claimed(world)["vc"]
    assert await asked(world, plain) == INVALID
