import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from keys.base64url import decode, encode
from keys.public import KeyRefused, PublicKey
from keys.stores.file import FileSigner
from schemas.jwk import Jwk, thumbprint

# RFC 7515, appendix A.3.
RFC = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}


def refused(jwk: Any) -> str:
    with pytest.raises(KeyRefused) as refusal:
        PublicKey.from_jwk(jwk)
    assert str(refusal.value) == f"{refusal.value.code}: {refusal.value.detail}"
    return refusal.value.code


def test_from_a_mapping_and_from_a_struct() -> None:
    key = PublicKey.from_jwk(RFC)
    assert key == PublicKey.from_jwk(msgspec.convert(RFC, Jwk))
    assert hash(key) == hash(PublicKey.from_jwk(msgspec.convert(RFC, Jwk)))
    assert key != RFC
    assert key.algorithm == "ES256"
    assert key.kid == thumbprint(msgspec.convert(RFC, Jwk))
    assert repr(key) == f"PublicKey(ES256, {key.kid})"


def test_what_is_published_is_rebuilt_not_passed_on() -> None:
    key = PublicKey.from_jwk({**RFC, "kid": "theirs", "x5u": "https://example.org", "key_ops": ["verify"]})
    assert msgspec.to_builtins(key.jwk) == {**RFC, "kid": key.kid, "alg": "ES256", "use": "sig"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kty": None}, "key.malformed"),
        ({"kty": 1}, "key.malformed"),
        ({"d": "x"}, "key.malformed"),
        ({"k": "x"}, "key.malformed"),
        ({"x": 1}, "key.malformed"),
        ({"x": None}, "key.malformed"),
        ({"x": ""}, "key.malformed"),
        ({"x": RFC["x"] + "="}, "key.malformed"),
        ({"x": RFC["x"][:-1] + "V"}, "key.malformed"),
        ({"x": RFC["x"][:-1]}, "key.malformed"),
        ({"x": encode(b"\0" + decode(RFC["x"].encode())).decode()}, "key.malformed"),
        ({"x": "é" * 43}, "key.malformed"),
        ({"x": RFC["y"], "y": RFC["x"]}, "key.malformed"),
        ({"x": "A" * 43, "y": "A" * 43}, "key.malformed"),
        ({"x": encode(b"\xff" * 32).decode()}, "key.malformed"),
        ({"kty": "OKP"}, "key.algorithm"),
        ({"crv": "P-521"}, "key.algorithm"),
        ({"crv": None}, "key.algorithm"),
        ({"alg": "ES384"}, "key.algorithm"),
        ({"alg": "none"}, "key.algorithm"),
        ({"alg": "ECDH-ES"}, "key.algorithm"),
        ({"use": "enc"}, "key.use"),
        ({"key_ops": []}, "key.use"),
        ({"key_ops": ["sign"]}, "key.use"),
        ({"key_ops": ["verify", "verify"]}, "key.use"),
    ],
)
def test_refused_with_a_code(change: dict[str, Any], code: str) -> None:
    assert refused({**RFC, **change}) == code


@pytest.mark.parametrize("length", [0, 1, 63, 65, 70, 72])
def test_a_signature_of_another_length_is_no_signature(public: PublicKey, length: int) -> None:
    assert not public.verify(b"message", b"\x01" * length)


async def test_a_signature_whose_leading_zero_is_missing(signer: FileSigner) -> None:
    signature = b""
    while signature[32:33] != b"\0":  # one in 256
        signature = await signer.sign(b"message")
    assert signer.public.verify(b"message", signature)
    assert not signer.public.verify(b"message", signature[:32] + signature[33:])


@pytest.mark.corpora
def test_wycheproof_ecdsa_p256(corpora: Path) -> None:
    suite = json.loads((corpora / "wycheproof" / "ecdsa_secp256r1_sha256_p1363_test.json").read_bytes())
    met = 0
    for group in suite["testGroups"]:
        point = bytes.fromhex(group["publicKey"]["uncompressed"])
        x, y = (encode(half).decode() for half in (point[1:33], point[33:]))
        key = PublicKey.from_jwk({"kty": "EC", "crv": "P-256", "x": x, "y": y})
        for case in group["tests"]:
            accepted = key.verify(bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
            assert accepted == (case["result"] == "valid"), case
            met += 1
    assert met == 262
