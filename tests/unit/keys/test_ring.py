from datetime import UTC, datetime

import msgspec
import pytest

from keys.methods import public_key
from keys.public import PublicKey
from keys.ring import KeyEntry, KeyRing, State, did_document, jwks
from keys.stores.file import FileStore
from schemas.did import DID_V1, JWK_V1, MULTIKEY_V1, assertion_methods

DID = "did:web:example.org:o:demo"


def entry(public: PublicKey, state: State, day: int) -> KeyEntry:
    return KeyEntry(public=public, state=state, activated_at=datetime(2026, 11, day, tzinfo=UTC))


@pytest.fixture
def ring(store: FileStore) -> KeyRing:
    return KeyRing(
        [
            entry(store.create(), "retired", 1),
            entry(store.create(), "compromised", 2),
            entry(store.create(), "active", 3),
            entry(store.create(), "active", 4),
        ]
    )


def test_the_active_key_is_the_one_activated_last(ring: KeyRing) -> None:
    assert ring.active() is ring.entries[3]
    assert ring.active("EdDSA") is None
    assert KeyRing([]).active() is None


def test_keys_by_id_whatever_their_state(ring: KeyRing) -> None:
    assert [ring.get(known.public.kid) for known in ring.entries] == list(ring.entries)
    assert ring.get("unknown") is None


def test_a_key_stands_in_a_ring_once(ring: KeyRing) -> None:
    with pytest.raises(ValueError, match="once"):
        KeyRing([*ring.entries, ring.entries[0]])


def test_what_is_published(ring: KeyRing) -> None:
    published = [ring.entries[0], ring.entries[2], ring.entries[3]]
    assert list(ring.published()) == published
    kids = [known.public.kid for known in published]
    assert jwks(ring) == {"keys": [msgspec.to_builtins(known.public.jwk) for known in published]}
    assert [key["kid"] for key in jwks(ring)["keys"]] == kids
    document = did_document(DID, ring)
    assert document.assertion_method == tuple(f"{DID}#{kid}" for kid in kids)
    found = assertion_methods(document)
    assert [(method.type, method.controller) for method in found] == [("JsonWebKey", DID)] * 3
    assert [PublicKey.from_jwk(method.public_key_jwk or {}) for method in found] == [
        e.public for e in published
    ]


def test_an_ed25519_key_is_published_for_both_of_its_readers(store: FileStore) -> None:
    """A JsonWebKey for JOSE and a Multikey, with its context, for Data Integrity."""
    ec, ed = store.create(), store.create("EdDSA")
    document = did_document(DID, KeyRing([entry(ec, "active", 1), entry(ed, "active", 1)]))
    assert document.context == (DID_V1, JWK_V1, MULTIKEY_V1)
    assert [(found.id, found.type, public_key(found)) for found in assertion_methods(document)] == [
        (f"{DID}#{ec.kid}", "JsonWebKey", ec),
        (f"{DID}#{ed.kid}", "JsonWebKey", ed),
        (f"{DID}#{ed.multibase}", "Multikey", ed),
    ]


def test_documents_hold_nothing_private(ring: KeyRing) -> None:
    written = msgspec.json.encode(did_document(DID, ring)) + msgspec.json.encode(jwks(ring))
    assert b'"d":' not in written
    assert ring.entries[1].public.kid.encode() not in written


def test_an_empty_ring_publishes_documents_that_name_no_key() -> None:
    assert msgspec.json.decode(msgspec.json.encode(did_document(DID, KeyRing([])))) == {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"],
        "id": DID,
    }
    assert jwks(KeyRing([])) == {"keys": []}
