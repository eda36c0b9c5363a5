"""Step 4: only keys that the issuer publishes count; nothing else is asked for before a signature."""

import json
from typing import Any

import msgspec
import pytest

from keys.ring import KeyEntry, KeyRing, did_document
from tests.unit.verifier.world import NOW, Key, World, edit, told
from verifier.fetch import Unreachable


async def test_an_injected_key_is_never_used(world: World) -> None:
    """A self-signed badge in the real issuer's name: only the issuer's key document is asked for."""
    forger = Key()
    injections: list[dict[str, Any]] = [
        {"kid": ..., "jwk": forger.jwk},
        {"kid": "https://evil.example/key", "jwk": forger.jwk},
        {"jku": "https://evil.example/jwks.json"},
        {"x5u": "https://evil.example/cert.pem", "x5c": ["MIIB"]},
        {"kid": f"{world.did}#{forger.kid}"},
        {"kid": forger.kid},
        {"kid": f"https://evil.example/o/demo/keys/{world.key.kid}"},
        {"kid": f"{world.base}/keys/{world.key.kid}?x=1"},
        {"kid": "https://[bad/keys"},
        {"kid": "file:///etc/passwd"},
        {"kid": ..., "jwk": {"kty": "oct", "k": "AA"}},
        {"kid": ..., "jwk": "key"},
    ]
    for injection in injections:
        world.asked.clear()
        report = await world.verify(world.sign(key=forger, **injection))
        assert told(report, "issuer_key") == [("fail", "issuer_key.untrusted")], injection
        assert report.authenticity == "not_genuine"
        assert {need.url for need in world.asked} <= {
            f"{world.base}/did.json",
            f"{world.base}/keys/{forger.kid}",
        }
        assert all(need.kind == "issuer_key" for need in world.asked)
        assert len(world.asked) <= 2


async def test_a_listed_key_is_not_enough_without_its_signature(world: World) -> None:
    report = await world.verify(world.sign(key=Key(), kid=f"{world.did}#{world.key.kid}"))
    assert told(report, "signature") == [("fail", "signature.invalid")]
    assert report.authenticity == "not_genuine"
    assert [need.kind for need in world.asked] == ["issuer_key"]


async def test_ways_to_name_a_listed_key(world: World) -> None:
    for header in (
        {"kid": world.key.kid},
        {"kid": f"{world.did}#{world.key.kid}"},
        {"kid": f"http://issuer.example/o/demo/keys/{world.key.kid}"},
        {"kid": ..., "jwk": world.key.jwk},
    ):
        world.asked.clear()
        report = await world.verify(world.sign(**header))
        assert report.verdict == "valid", header
        assert len(world.asked) == 2


async def test_a_kid_url_without_a_thumbprint_is_asked_for_on_the_issuers_host(world: World) -> None:
    url = "https://issuer.example/current-key"
    world.publish(url, msgspec.json.encode(world.key.jwk))
    assert (await world.verify(world.sign(kid=url))).verdict == "valid"
    world.publish(url, b"{nonsense")
    assert told(await world.verify(world.sign(kid=url)), "issuer_key") == [("fail", "issuer_key.untrusted")]
    world.publish(url, msgspec.json.encode(Key().jwk))
    assert told(await world.verify(world.sign(kid=url)), "issuer_key") == [("fail", "issuer_key.untrusted")]
    world.published[url] = Unreachable(url, "fetch.timeout", "No answer.")
    report = await world.verify(world.sign(kid=url))
    assert told(report, "issuer_key") == [("unknown", "issuer_key.unreachable")]
    assert report.authenticity == "cannot_tell"


async def test_retired_keys_verify_for_ever_and_compromised_ones_prove_nothing(world: World) -> None:
    first = world.sign()
    second = Key()
    world.publish_keys(world.key, second)
    assert (await world.verify(first)).verdict == "valid"
    old, world.key = world.key, second
    world.publish_keys(second)
    world.publish_list()
    world.publish(f"{world.base}/keys/{old.kid}", b"", status=410)
    for token in (first, world.sign(edit(world.badge(), "nbf", 1_000_000), key=old)):
        report = await world.verify(token)
        assert told(report, "issuer_key") == [("fail", "issuer_key.compromised")]
        assert (report.verdict, report.authenticity) == ("invalid", "not_genuine")
    # The honest award lives on under the new key.
    assert (await world.verify(world.sign())).verdict == "valid"


async def test_rotation_three_times(world: World) -> None:
    keys = [world.key]
    tokens = [world.sign()]
    for _ in range(3):
        world.key = Key()
        keys.append(world.key)
        world.publish_keys(*keys)
        tokens.append(world.sign())
    world.publish_list()
    assert [(await world.verify(token)).verdict for token in tokens] == ["valid"] * 4


async def test_only_assertion_methods_count(world: World) -> None:
    document = msgspec.to_builtins(did_document(world.did, KeyRing([entry(world.key)])))
    document["authentication"] = document.pop("assertionMethod")
    world.publish(f"{world.base}/did.json", msgspec.json.encode(document))
    assert told(await world.verify(world.sign()), "issuer_key") == [("fail", "issuer_key.untrusted")]


async def test_an_unusable_listed_key(world: World) -> None:
    document = msgspec.to_builtins(did_document(world.did, KeyRing([entry(world.key)])))
    for jwk in (None, {**world.key.jwk, "use": "enc"}):
        document["verificationMethod"][0]["publicKeyJwk"] = jwk
        world.publish(f"{world.base}/did.json", msgspec.json.encode(document))
        report = await world.verify(world.sign(kid=f"{world.did}#{world.key.kid}"))
        assert told(report, "issuer_key") == [("fail", "issuer_key.unusable")]


@pytest.mark.parametrize(
    ("issuer", "finding"),
    [
        ("did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme", "issuer_key.unsupported"),
        ("did:ion:EiClkZMDxPKqC9c", "issuer_key.unsupported"),
        ("urn:uuid:4f1a3b62-4a55-5d9c-8d2e-3d6a3f6f9a01", "issuer_key.unsupported"),
        ("https://issuer.example", "issuer_key.unreachable"),
        ("https://issuer.example@evil.example", "issuer_key.unreachable"),
        ("https://evil.example\\@issuer.example", "issuer_key.unreachable"),
        ("https://[issuer.example", "issuer_key.unreachable"),
        ("https:///issuer", "issuer_key.unreachable"),
        ("did:web:127.0.0.1", "issuer_key.unreachable"),
        ("did:web:", "issuer_key.unreachable"),
        ("did:web:issuer.example:..:secret", "issuer_key.unreachable"),
        ("did:web:nobody.example", "issuer_key.unreachable"),
    ],
)
async def test_issuers_whose_keys_we_cannot_read(world: World, issuer: str, finding: str) -> None:
    document = world.claims({**world.badge(iss=...), "iss": issuer, "issuer": issuer})
    report = await world.verify(world.sign(document))
    assert told(report, "issuer_key") == [("unknown", finding)]
    assert (report.verdict, report.authenticity) == ("undetermined", "cannot_tell")
    assert len(world.asked) <= 1


async def test_a_credential_without_an_issuer(world: World) -> None:
    for issuer in (None, "", {}, 7, {"id": ["did:web:issuer.example"]}):
        document = {**world.badge(), "iss": None, "issuer": issuer}
        report = await world.verify(world.sign(document))
        assert told(report, "issuer_key") == [("fail", "issuer_key.no_issuer")]


async def test_documents_that_are_not_the_issuers(world: World) -> None:
    url = f"{world.base}/did.json"
    document = did_document("did:web:other.example", KeyRing([entry(world.key)]))
    for body in (
        b"<html>",
        b"{}",
        msgspec.json.encode(document),
        json.dumps({"id": world.did, "id ": 1}).encode()[:-1],
    ):
        world.publish(url, body)
        report = await world.verify(world.sign())
        assert told(report, "issuer_key") == [("unknown", "issuer_key.malformed")]
    world.publish(url, b"", status=410)
    assert told(await world.verify(world.sign()), "issuer_key") == [("unknown", "issuer_key.unreachable")]


async def test_a_claimed_name_is_never_green(stranger: World) -> None:
    document = edit(stranger.badge(), "issuer/name", "Harvard University")
    report = await stranger.verify(stranger.sign(document))
    assert (report.verdict, report.authenticity) == ("valid", "genuine")
    assert told(report, "standing") == [("unknown", "standing.unknown")]
    assert report.sentence.startswith(
        "Genuine signature, issuer not known to us. Whoever controls stranger.example"
    )
    assert report.sentence.index("stranger.example") < report.sentence.index("Harvard University")


def entry(key: Key) -> KeyEntry:
    return KeyEntry(public=key.public, state="active", activated_at=NOW)
