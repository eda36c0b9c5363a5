"""What a key document says, read once: for each document, and for each key in it."""

import contextlib
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.did.key import did_key, document
from keys.public import KeyRefused
from keys.ring import KeyEntry, KeyRing, did_document
from tests.unit.verifier.world import NOW, Key
from verifier.fetch import Fetched
from verifier.published import DocumentRefused, Published, Purpose, own_keys, read_keys, thumbprint_of

DID = "did:web:issuer.example"
KEY = Key("EdDSA")


def body(*keys: Key) -> bytes:
    ring = KeyRing(KeyEntry(public=key.public, state="active", activated_at=NOW) for key in keys)
    return msgspec.json.encode(did_document(DID, ring))


def test_a_document_is_read_once_for_one_issuer() -> None:
    written = body(KEY)
    assert read_keys(DID, written) is read_keys(DID, bytes(bytearray(written)))
    with pytest.raises(DocumentRefused, match="another DID"):
        read_keys("did:web:other.example", written)
    did = did_key(KEY.public)
    assert own_keys(did) is own_keys(did)
    assert read_keys(DID, body(Key())) is not read_keys(DID, written)


def test_a_long_document_is_read_and_not_kept() -> None:
    padded = body(KEY) + b" " * 16_384
    assert read_keys(DID, padded) is not read_keys(DID, padded)
    assert read_keys(DID, padded).listed[0].public(NOW) == KEY.public


def test_a_key_is_read_once_also_if_it_is_refused() -> None:
    good, bad = read_keys(
        "https://issuer.example/", msgspec.json.encode({"keys": [KEY.jwk, {**KEY.jwk, "x": "AAAA"}]})
    ).listed
    assert good.public(NOW) is good.public(datetime(2050, 1, 1, tzinfo=UTC))
    refusals = []
    for _ in range(2):
        with pytest.raises(KeyRefused) as refused:
            bad.public(NOW)
        refusals.append(refused.value)
    assert refusals[0] is refusals[1]


def test_selecting() -> None:
    keys = read_keys(DID, body(Key(), KEY))
    answer = Fetched("https://issuer.example/did.json", b"", "application/json", 200, NOW, "the test")
    published = Published(DID, "issuer.example", answer, keys)
    for kid in (
        KEY.kid,
        f"{DID}#{KEY.kid}",
        f"{DID}#{KEY.public.multibase}",
        f"https://ISSUER.example/k/{KEY.kid}",
    ):
        listed = published.select(kid)
        assert listed is not None
        assert listed.public(NOW) == KEY.public
        assert listed.thumbprint == KEY.kid
    assert published.select(None) is None
    for kid in ("", "#0", f"https://evil.example/{KEY.kid}", KEY.kid + "A", KEY.kid[:-1]):
        assert published.select(kid) is None
    assert published.source is answer


def test_a_multikey_is_found_by_its_thumbprint_and_an_unusable_one_is_not() -> None:
    did = did_key(KEY.public)
    (listed,) = own_keys(did).listed
    assert listed.thumbprint == KEY.kid
    method = document(KEY.public).verification_method[0]
    broken = msgspec.structs.replace(method, id=f"{DID}#b", controller=DID, public_key_multibase="z6Mk")
    found = read_keys(DID, msgspec.json.encode({"id": DID, "assertionMethod": [broken]}))
    assert found.listed[0].thumbprint == ""


def test_thumbprints_of_what_is_no_key() -> None:
    odds: list[Any] = [
        None,
        7,
        "key",
        [],
        {},
        {"kty": "oct", "k": "AA"},
        {"kty": "EC"},
        {**KEY.jwk, "d": "AA"},
    ]
    for odd in odds:
        assert thumbprint_of(odd) == ""
    assert thumbprint_of(KEY.jwk) == KEY.kid


NAMES = st.sampled_from(
    [
        *(
            "id",
            "type",
            "controller",
            "owner",
            "publicKeyJwk",
            "publicKeyMultibase",
            "publicKeyBase58",
            "kty",
        ),
        *(
            "keys",
            "verificationMethod",
            "assertionMethod",
            "authentication",
            "publicKey",
            "expires",
            "kid",
            "x",
        ),
    ]
)
TEXTS = st.sampled_from(
    [
        DID,
        "https://issuer.example/",
        "#k",
        "Multikey",
        "JsonWebKey",
        KEY.public.multibase or "",
        KEY.kid,
        "OKP",
    ]
) | st.text(max_size=4)
VALUES: st.SearchStrategy[Any] = st.recursive(
    TEXTS | st.none() | st.integers() | st.just(KEY.jwk),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=12,
)


@given(
    st.sampled_from([DID, "https://issuer.example/"]),
    st.dictionaries(NAMES, VALUES, max_size=6),
    st.sampled_from(["assertionMethod", "authentication"]),
    TEXTS,
)
def test_total_over_documents(issuer: str, document: dict[str, Any], purpose: Purpose, kid: str) -> None:
    """Whatever an issuer publishes, there are keys, no keys, or a refusal that says why."""
    try:
        keys = read_keys(issuer, msgspec.json.encode({"id": issuer, **document}), purpose)
    except DocumentRefused:
        return
    Published(issuer, "issuer.example", None, keys).select(kid)
    for listed in keys.listed:
        with contextlib.suppress(KeyRefused):
            assert listed.public(NOW).kid == listed.thumbprint
