"""Where a verification method holds its key, and what it must not hold."""

from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from keys.algorithms import BY_NAME
from keys.base58 import decode, encode
from keys.methods import jwk_method, multikey_method, public_key
from keys.public import KeyRefused, PublicKey
from keys.stores.memory import ThrowAway
from schemas.did import VerificationMethod

DID = "did:web:example.org"


def method(**members: Any) -> VerificationMethod:
    return msgspec.convert({"id": "#k", "controller": DID, **members}, VerificationMethod)


@pytest.mark.parametrize("alg", ["ES256", "EdDSA", "ES384"])
def test_both_forms_of_one_key(signers: dict[str, ThrowAway], alg: str) -> None:
    key = signers[alg].public
    for written, name in ((jwk_method(DID, key), key.kid), (multikey_method(DID, key), key.multibase)):
        assert (written.id, written.controller) == (f"{DID}#{name}", DID)
        assert public_key(written) == key
        again = msgspec.json.decode(msgspec.json.encode(written), type=VerificationMethod)
        assert public_key(again) == key


def test_rsa_has_no_multikey(signers: dict[str, ThrowAway]) -> None:
    assert signers["RS256"].public.multibase is None
    with pytest.raises(KeyRefused, match=r"key\.algorithm"):
        multikey_method(DID, signers["RS256"].public)


@pytest.mark.parametrize(
    ("kind", "alg"),
    [
        ("Multikey", "EdDSA"),
        ("Multikey", "ES256"),
        ("Ed25519VerificationKey2020", "EdDSA"),
        ("P256VerificationKey2021", "ES256"),
        ("P384VerificationKey2021", "ES384"),
    ],
)
def test_types_that_others_write(signers: dict[str, ThrowAway], kind: str, alg: str) -> None:
    key = signers[alg].public
    assert public_key(method(type=kind, publicKeyMultibase=key.multibase)) == key


def test_jwk_types_that_others_write(signers: dict[str, ThrowAway]) -> None:
    key = signers["RS256"].public
    assert public_key(method(type="JsonWebKey2020", publicKeyJwk=msgspec.to_builtins(key.jwk))) == key


def test_the_form_of_before_multikey(signers: dict[str, ThrowAway]) -> None:
    kind, key = "Ed25519VerificationKey2018", signers["EdDSA"].public
    text = encode(decode((key.multibase or "")[1:].encode())[2:]).decode()
    assert public_key(method(type=kind, publicKeyBase58=text)) == key
    for members in (
        {"type": kind, "publicKeyBase58": text[:-2]},
        {"type": kind, "publicKeyBase58": "0"},
        {"type": kind, "publicKeyBase58": "\ud800"},
        {"type": kind, "publicKeyBase58": key.multibase},
        {"type": kind, "publicKeyMultibase": key.multibase},
        {"type": "Multikey", "publicKeyBase58": text},
        {"type": kind, "publicKeyBase58": text, "publicKeyMultibase": key.multibase},
    ):
        with pytest.raises(KeyRefused, match=r"key\.malformed"):
            public_key(method(**members))


def test_the_form_of_open_badges_2(signers: dict[str, ThrowAway]) -> None:
    kind = "CryptographicKey"
    texts = {}
    for alg in ("ES256", "EdDSA", "ES384", "RS256"):
        key = signers[alg].public
        found = BY_NAME[alg].load(key.jwk)
        texts[alg] = found.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        assert public_key(method(type=kind, publicKeyPem=texts[alg])) == key
    rs256 = BY_NAME["RS256"].load(signers["RS256"].public.jwk)
    older = rs256.public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()
    assert public_key(method(type=kind, publicKeyPem=older)) == signers["RS256"].public
    others = [
        found.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        for found in (
            ec.generate_private_key(ec.SECP521R1()).public_key(),
            x25519.X25519PrivateKey.generate().public_key(),
        )
    ]
    short = rsa.generate_private_key(65_537, 1_024).public_key()  # noqa: S505 — which must be refused
    weak = short.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    private = ec.generate_private_key(ec.SECP256R1())
    shown = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for code, members in (
        *(("key.algorithm", {"type": kind, "publicKeyPem": text}) for text in others),
        ("key.malformed", {"type": kind, "publicKeyPem": weak}),
        ("key.malformed", {"type": kind, "publicKeyPem": shown}),
        ("key.malformed", {"type": kind, "publicKeyPem": texts["ES256"] * 2}),
        ("key.malformed", {"type": kind, "publicKeyPem": "key:\n" + texts["ES256"]}),
        ("key.malformed", {"type": kind, "publicKeyPem": texts["ES256"][:60]}),
        ("key.malformed", {"type": kind, "publicKeyPem": "-----BEGIN \ud800"}),
        ("key.malformed", {"type": "Multikey", "publicKeyPem": texts["ES256"]}),
        ("key.malformed", {"type": kind, "publicKeyPem": texts["ES256"], "publicKeyJwk": {}}),
        ("key.malformed", {"type": kind}),
    ):
        with pytest.raises(KeyRefused) as refused:
            public_key(method(**members))
        assert refused.value.code == code, members


def test_refused(signers: dict[str, ThrowAway]) -> None:
    ed, ec = (signers[alg].public for alg in ("EdDSA", "ES256"))
    jwk = msgspec.to_builtins(ed.jwk)
    for members in (
        {"type": "Multikey", "publicKeyMultibase": ed.multibase, "publicKeyJwk": jwk},
        {"type": "JsonWebKey", "publicKeyJwk": {**jwk, "d": "AA"}},
        {"type": "JsonWebKey"},
        {"type": "Multikey"},
        {"type": "Multikey", "publicKeyJwk": jwk},
        {"type": "JsonWebKey", "publicKeyMultibase": ed.multibase},
        {"type": "Ed25519VerificationKey2020", "publicKeyMultibase": ec.multibase},
        {"type": "X25519KeyAgreementKey2020", "publicKeyMultibase": ed.multibase},
        {"type": "Multikey", "publicKeyMultibase": "z"},
    ):
        with pytest.raises(KeyRefused):
            public_key(method(**members))


def test_a_key_is_read_from_its_multibase_in_one_spelling_only(signers: dict[str, ThrowAway]) -> None:
    for alg in ("ES256", "EdDSA", "ES384"):
        key = signers[alg].public
        text = key.multibase or ""
        assert PublicKey.from_multibase(text) == key
        assert PublicKey.from_multibase(text) is PublicKey.from_multibase(text)
        assert PublicKey.from_multibase(text).multibase == PublicKey.from_jwk(key.jwk).multibase == text
        assert text.startswith({"ES256": "zDn", "EdDSA": "z6Mk", "ES384": "z82"}[alg])
        raw = decode(text[1:].encode())
        longer, shorter = (f"z{encode(other).decode()}" for other in (raw + b"\0", raw[:-1]))
        for changed in (longer, shorter, "z1" + text[1:], text[1:], "u" + text[1:], "", "z", "zé", "z\ud800"):
            with pytest.raises(KeyRefused):
                PublicKey.from_multibase(changed)
