"""Step 4 for issuers that are a did:key, a did:jwk or an https address, with keys of each algorithm."""

from typing import Any

import msgspec
import pytest

from keys.did.jwk import did_jwk
from keys.did.key import did_key
from keys.methods import jwk_method, multikey_method
from schemas.did import DidDocument
from tests.unit.verifier.world import Key, World, told
from verifier.fetch import Unreachable

ISSUER = "https://academy.example/issuers/7"
KEY_URL = "https://academy.example/keys/1"
ED, EC = Key("EdDSA"), Key("ES384")


def badge(world: World, issuer: str) -> dict[str, Any]:
    """A badge of this issuer, without a status entry: step 4 is what these tests ask about."""
    profile = {"id": issuer, "type": ["Profile"], "name": "Example Academy"}
    document = world.badge(issuer=profile, iss=..., credentialStatus=...)
    return world.claims(document)


async def found(world: World, issuer: str, key: Key, **header: Any) -> tuple[str, str, int]:
    """Outcome and reason of the one finding, and how many requests it took."""
    world.asked.clear()
    report = await world.verify(world.sign(badge(world, issuer), key=key, **header))
    ((outcome, reason),) = told(report, "issuer_key")
    genuine = outcome in ("pass", "warn")
    assert (report.authenticity == "genuine") == genuine
    assert told(report, "signature")[0][0] == ("pass" if genuine else "skipped")
    assert {need.kind for need in world.asked} <= {"issuer_key"}
    assert len(world.asked) <= 2
    return outcome, reason, len(world.asked)


def publish(world: World, document: Any, url: str = ISSUER) -> None:
    world.publish(url, msgspec.json.encode(document))


LISTED, UNTRUSTED = ("pass", "issuer_key.listed"), ("fail", "issuer_key.untrusted")


@pytest.mark.parametrize("alg", ["ES256", "EdDSA", "ES384"])
async def test_did_key_asks_nobody(world: World, alg: str) -> None:
    key = Key(alg)
    did = did_key(key.public)
    for kid in (f"{did}#{key.public.multibase}", key.kid):
        assert await found(world, did, key, kid=kid) == (*LISTED, 0)
    report = await world.verify(world.sign(badge(world, did), key=key, kid=key.kid))
    assert report.of("issuer_key")[0].source == did
    assert report.verdict == "valid"
    assert told(report, "standing") == [("unknown", "standing.unknown")]
    stranger = Key(alg)
    theirs = did_key(stranger.public)
    for kid in (f"{theirs}#{stranger.public.multibase}", stranger.kid, did, f"{did}#0", "https:///keys/1"):
        assert await found(world, did, stranger, kid=kid) == (*UNTRUSTED, 0)


@pytest.mark.parametrize("alg", ["ES256", "EdDSA", "ES384", "RS256"])
async def test_did_jwk_asks_nobody(world: World, alg: str) -> None:
    key = Key(alg)
    did = did_jwk(key.public)
    assert await found(world, did, key, kid=f"{did}#0") == (*LISTED, 0)
    assert await found(world, did, key, kid=..., jwk=key.jwk) == (*LISTED, 0)
    assert await found(world, did, Key(), kid=f"{did}#1") == (*UNTRUSTED, 0)


async def test_identifiers_that_are_no_keys(world: World) -> None:
    unusable = ("fail", "issuer_key.unusable", 0)
    assert await found(world, "did:key:z6Mk" + "1" * 300, ED) == unusable
    assert await found(world, "did:jwk:eyJ", ED) == unusable
    assert await found(world, did_jwk(ED.public)[:-2], ED) == unusable


@pytest.mark.parametrize("alg", ["EdDSA", "ES384", "RS256"])
async def test_did_web_with_keys_of_every_algorithm(world: World, alg: str) -> None:
    world.key = Key(alg)
    world.publish_keys(world.key)
    world.publish_list()
    report = await world.verify(world.sign())
    assert (report.verdict, report.authenticity) == ("valid", "genuine")
    if alg == "EdDSA":
        kid = f"{world.did}#{world.key.public.multibase}"
        assert (await world.verify(world.sign(kid=kid))).verdict == "valid"


async def test_a_key_set_at_the_issuers_address(world: World) -> None:
    own_name = {**EC.jwk, "kid": "autumn"}
    publish(world, {"keys": ["odd", {"kty": "oct", "kid": "secret"}, ED.jwk, own_name, {**ED.jwk, "kid": 7}]})
    for kid in (ED.kid, f"{ISSUER}#{ED.kid}", f"https://academy.example/keys/{ED.kid}"):
        assert await found(world, ISSUER, ED, kid=kid) == (*LISTED, 1)
    assert await found(world, ISSUER, ED, kid=..., jwk=ED.jwk) == (*LISTED, 1)
    for kid in ("autumn", f"{ISSUER}#autumn", EC.kid):
        assert await found(world, ISSUER, EC, kid=kid) == (*LISTED, 1)
    assert await found(world, ISSUER, ED, kid="secret") == ("fail", "issuer_key.unusable", 1)
    stranger = Key()
    assert await found(world, ISSUER, stranger, kid=..., jwk=stranger.jwk) == (*UNTRUSTED, 1)
    assert await found(world, ISSUER, stranger, kid="https://evil.example/key") == (*UNTRUSTED, 1)
    # A key on the same host proves nothing where the issuer publishes a set: it may be another tenant's.
    publish(world, stranger.jwk, KEY_URL)
    assert await found(world, ISSUER, stranger, kid=KEY_URL) == (*UNTRUSTED, 2)
    publish(world, EC.jwk, KEY_URL)
    assert await found(world, ISSUER, EC, kid=KEY_URL) == (*LISTED, 2)
    publish(world, {"keys": []})
    assert await found(world, ISSUER, stranger, kid=KEY_URL) == (*UNTRUSTED, 2)


async def test_one_key_at_the_issuers_address(world: World) -> None:
    publish(world, ED.jwk)
    assert await found(world, ISSUER, ED, kid=ED.kid) == (*LISTED, 1)
    assert await found(world, f"{ISSUER}#us", ED, kid=f"{ISSUER}#us#{ED.kid}") == (*LISTED, 1)
    assert await found(world, ISSUER, EC, kid=EC.kid) == (*UNTRUSTED, 1)


async def test_a_controller_document_at_the_issuers_address(world: World) -> None:
    method, other = multikey_method(ISSUER, ED.public), jwk_method(ISSUER, EC.public)
    document = DidDocument(id=ISSUER, verification_method=(method, other), assertion_method=(method.id,))
    publish(world, document)
    assert await found(world, ISSUER, ED, kid=method.id) == (*LISTED, 1)
    assert await found(world, ISSUER, ED, kid=ED.kid) == (*LISTED, 1)
    # Listed for something else than assertions, or not for anything.
    assert await found(world, ISSUER, EC, kid=other.id) == (*UNTRUSTED, 1)
    publish(world, {**msgspec.to_builtins(document), "assertionMethod": [], "authentication": [other.id]})
    assert await found(world, ISSUER, ED, kid=method.id) == (*UNTRUSTED, 1)


def profile(**members: Any) -> dict[str, Any]:
    return {"id": ISSUER, "type": "Profile", "name": "Example Academy", **members}


async def test_a_profile_that_names_keys(world: World) -> None:
    method = msgspec.to_builtins(multikey_method(ISSUER, ED.public))
    owned = {("owner" if name == "controller" else name): value for name, value in method.items()}
    for members in (
        {"assertionMethod": method},
        {"verificationMethod": method, "assertionMethod": method["id"]},
        {"publicKey": [method]},
        {"publicKey": owned},
        {"assertionMethod": [{"id": "broken"}, 7, method]},
    ):
        publish(world, profile(**members))
        assert await found(world, ISSUER, ED, kid=method["id"]) == (*LISTED, 1), members
        assert await found(world, ISSUER, EC, kid=EC.kid) == (*UNTRUSTED, 1)
    publish(world, profile(publicKey={**method, "controller": "https://evil.example/"}))
    assert await found(world, ISSUER, ED, kid=method["id"]) == (*UNTRUSTED, 1)


async def test_a_profile_that_names_a_key_by_its_address(world: World) -> None:
    published = multikey_method(ISSUER, ED.public)
    for member in ("publicKey", "assertionMethod"):
        publish(world, profile(**{member: [KEY_URL, "https://cdn.example/key"]}))
        for key_document in (ED.jwk, msgspec.structs.replace(published, id=KEY_URL)):
            publish(world, key_document, KEY_URL)
            assert await found(world, ISSUER, ED, kid=KEY_URL) == (*LISTED, 2)
        theirs = msgspec.structs.replace(published, id=KEY_URL, controller="did:x")
        for nothing in (published, theirs, "no key"):
            publish(world, nothing, KEY_URL)
            assert await found(world, ISSUER, ED, kid=KEY_URL) == ("unknown", "issuer_key.malformed", 2)
        world.published[KEY_URL] = Unreachable(KEY_URL, "fetch.timeout", "No answer.")
        assert await found(world, ISSUER, ED, kid=KEY_URL) == ("unknown", "issuer_key.unreachable", 2)
        # Another host is not asked, whoever names it: this may well be the issuer's key.
        elsewhere = await found(world, ISSUER, ED, kid="https://cdn.example/key")
        assert elsewhere == ("unknown", "issuer_key.unreachable", 1)
        publish(world, ED.jwk, "https://academy.example/keys/2")
        assert await found(world, ISSUER, ED, kid="https://academy.example/keys/2") == (*UNTRUSTED, 2)


async def test_a_key_on_the_host_of_a_profile_without_keys_only_warns(world: World) -> None:
    publish(world, profile())
    publish(world, EC.jwk, KEY_URL)
    assert await found(world, ISSUER, EC, kid=KEY_URL) == ("warn", "issuer_key.same_origin", 2)
    url = f"https://academy.example/keys/{EC.kid}"
    assert await found(world, ISSUER, EC, kid=url) == ("unknown", "issuer_key.unreachable", 2)
    for body in (b"{nonsense", b"[]", b'{"kid":"no key"}'):
        world.publish(KEY_URL, body)
        assert await found(world, ISSUER, EC, kid=KEY_URL) == ("unknown", "issuer_key.malformed", 2)
    publish(world, {**EC.jwk, "use": "enc"}, KEY_URL)
    assert await found(world, ISSUER, EC, kid=KEY_URL) == ("fail", "issuer_key.unusable", 2)
    world.publish(KEY_URL, b"", status=410)
    assert await found(world, ISSUER, EC, kid=KEY_URL) == ("fail", "issuer_key.compromised", 2)
    # What stands elsewhere, or in the token, says nothing; and an address without encryption is no origin.
    unknown = ("unknown", "issuer_key.not_published")
    assert await found(world, ISSUER, EC, kid="https://cdn.example/key") == (*unknown, 1)
    assert await found(world, ISSUER, EC, kid=..., jwk=EC.jwk) == (*unknown, 1)
    publish(world, EC.jwk, "http://academy.example/keys/1")
    assert await found(world, ISSUER, EC, kid="http://academy.example/keys/1") == (*unknown, 2)


@pytest.mark.parametrize("member", ["verificationMethod", "publicKey", "assertionMethod", "authentication"])
async def test_a_profile_that_speaks_of_keys_at_all_leaves_nothing_to_its_host(
    world: World, member: str
) -> None:
    publish(world, EC.jwk, KEY_URL)
    publish(world, profile(**{member: []}))
    assert await found(world, ISSUER, EC, kid=KEY_URL) == (*UNTRUSTED, 2)
    publish(world, profile(**{f"{member}s": []}))
    assert await found(world, ISSUER, EC, kid=KEY_URL) == ("warn", "issuer_key.same_origin", 2)


@pytest.mark.parametrize("member", ["expires", "revoked"])
async def test_a_key_ends_when_its_document_says(world: World, member: str) -> None:
    method = msgspec.to_builtins(multikey_method(ISSUER, ED.public))
    for end, expected in (
        ("2026-11-23T12:00:01Z", LISTED),
        ("2026-11-23T12:00:00Z", ("fail", "issuer_key.ended")),
        ("2019-01-01T00:00:00+01:00", ("fail", "issuer_key.ended")),
        ("soon", ("fail", "issuer_key.unusable")),
    ):
        publish(world, profile(assertionMethod=[{**method, member: end}]))
        assert await found(world, ISSUER, ED, kid=method["id"]) == (*expected, 1)


async def test_documents_that_are_not_the_issuers(world: World) -> None:
    for body in (
        b"<html>",
        b"[]",
        b"{}",
        msgspec.json.encode({"id": "https://academy.example/issuers/8"}),
        msgspec.json.encode({"id": f"{ISSUER}#other", "assertionMethod": []}),
    ):
        world.publish(ISSUER, body)
        assert await found(world, ISSUER, ED, kid=KEY_URL) == ("unknown", "issuer_key.malformed", 1)
    world.publish(ISSUER, b"", status=410)
    assert await found(world, ISSUER, ED, kid=KEY_URL) == ("unknown", "issuer_key.unreachable", 1)


async def test_a_holder_presents_with_keys_for_authentication_only(world: World) -> None:
    """And an issuer asserts with keys for assertions only (Controlled Identifiers 1.0, section 2.3)."""
    method, other = multikey_method(ISSUER, ED.public), multikey_method(ISSUER, EC.public)
    document = DidDocument(
        id=ISSUER,
        verification_method=(method, other),
        assertion_method=(method.id,),
        authentication=(other.id,),
    )
    publish(world, document)
    presentation = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "holder": ISSUER,
    }
    for key, kid, expected in ((EC, other.id, LISTED), (ED, method.id, UNTRUSTED)):
        header = {"alg": key.alg, "kid": kid, "typ": "vp+jwt"}
        report = await world.verify(key.token(header, msgspec.json.encode(presentation)))
        assert told(report, "issuer_key") == [expected]
    for key, kid, expected in ((EC, other.id, UNTRUSTED), (ED, method.id, LISTED)):
        assert await found(world, ISSUER, key, kid=kid) == (*expected, 1)


async def test_one_key_is_not_two_issuers(world: World) -> None:
    """Step 4 answers whose key it is, step 5 whether the signature is right: either alone is not enough."""
    publish(world, {"keys": [ED.jwk]})
    forged = world.sign(badge(world, ISSUER), key=Key("EdDSA"), kid=ED.kid)
    report = await world.verify(forged)
    assert told(report, "issuer_key") == [LISTED]
    assert told(report, "signature") == [("fail", "signature.invalid")]
    assert report.authenticity == "not_genuine"
