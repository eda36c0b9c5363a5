"""The rows of the table: each signs what it verifies, others verify it, and others' vectors are met."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from keys import dss
from keys.algorithms import ALGORITHMS, BY_NAME
from keys.base64url import decode, encode
from keys.moduli import check
from keys.proofs.jose import JoseRefused, Secured, draft, read
from keys.public import PublicKey
from keys.stores.memory import ThrowAway

NAMES = ["ES256", "EdDSA", "ES384", "RS256"]


def test_names_lead_to_one_row_each() -> None:
    assert [row.jose for row in ALGORITHMS] == NAMES
    assert BY_NAME["Ed25519"] is BY_NAME["EdDSA"]
    assert len(BY_NAME) == sum(len(row.names) for row in ALGORITHMS) == 5


@pytest.mark.parametrize("alg", NAMES)
async def test_each_row_signs_what_it_verifies(signers: dict[str, ThrowAway], alg: str) -> None:
    signer = signers[alg]
    signature = await signer.sign(b"message")
    public = PublicKey.from_jwk(msgspec.to_builtins(signer.public.jwk))
    assert public == signer.public
    assert (public.algorithm, public.jwk.alg, len(signature)) == (alg, alg, public.signature_bytes)
    assert public.verify(b"message", signature)
    assert not public.verify(b"massage", signature)
    assert not public.verify(b"message", signature[:-1])
    assert not public.verify(b"message", signature + b"\0")
    assert not public.verify(b"message", bytes(len(signature)))
    for position in range(0, len(signature), 7):
        flipped = bytes(octet ^ (position == place) for place, octet in enumerate(signature))
        assert not public.verify(b"message", flipped)


# What PyJWT takes and we refuse, and why.
STRICTER = {
    "proof.encoding": "non-zero bits behind the last byte",
    "proof.malformed": "padding",
    "proof.type": "a type that is no credential's",
    "proof.header": "a key id that is no short string",
    "proof.critical": "RFC 7797 changes what is signed",
    "json.duplicate_key": "a member named twice, of which the last one wins there",
    "json.syntax": "NaN and Infinity, which are not JSON",
    "json.number": "a number that no double holds",
    "json.surrogate": "half of a surrogate pair",
    "json.bom": "a byte order mark",
    "payload.object": "a payload that is no object",
}
MEMBERS = st.sampled_from(
    [
        *('"typ":"JWT"', '"typ":"at+jwt"', '"typ":null', '"kid":"k"', '"kid":7', '"kid":""', '"b64":true'),
        *('"crit":["b64"]', '"jwk":{}', '"x5c":[]', '"alg":"none"', '"alg":"HS256"', '"cty":"vc"', '"n":NaN'),
    ]
)
PAYLOADS = st.sampled_from(
    [
        *(
            "{}",
            '{"a":1}',
            "[]",
            "1",
            "null",
            '{"a":1,"a":1}',
            '{"a":1,"\\u0061":2}',
            '{"a":NaN}',
            '{"a":1e400}',
        ),
        *('{"a":"\\ud800"}', "\ufeff{}", '{"a":[[]]}', " {} ", '{"\u00e9":"\U0001f600"}', "{", ""),
    ]
)
SPELLINGS = st.sampled_from(["", "=", "==", " ", "\n", ".", "A", "-"])


@given(st.sampled_from(NAMES), st.lists(MEMBERS, max_size=3), PAYLOADS, SPELLINGS, st.booleans())
def test_what_we_accept_another_library_accepts_with_the_same_content(
    signers: dict[str, ThrowAway],
    alg: str,
    members: list[str],
    payload: str,
    tail: str,
    first: bool,  # noqa: FBT001 — hypothesis passes by position
) -> None:
    """And what it accepts beside that is refused for a reason that is written down."""
    signer = signers[alg]
    named = [f'"alg":"{alg}"', *members]
    header = "{" + ",".join(named if first else reversed(named)) + "}"
    covered = b".".join(encode(part.encode("utf-8", "surrogatepass")) for part in (header, payload))
    signature = encode(BY_NAME[alg].sign(signer._private, covered))
    token = (covered + b"." + signature).decode() + tail
    theirs = _decoded(token, jwt.PyJWK(msgspec.to_builtins(signer.public.jwk)))
    ours = _read(token)
    if isinstance(ours, str):
        assert theirs is None or ours in STRICTER
    else:
        assert (ours.check(signer.public) is None) == (theirs is not None)
        assert theirs in (None, (ours.payload, dict(ours.header)))


def _read(token: str) -> Secured | str:
    """What we make of a token, or the code with which we refuse it."""
    try:
        return read(token)
    except JoseRefused as refused:
        return refused.code


def _decoded(token: str, key: jwt.PyJWK) -> tuple[bytes, dict[str, Any]] | None:
    """What PyJWT makes of a token; None where it refuses."""
    try:
        found = jwt.PyJWS().decode_complete(token, key, algorithms=NAMES)
    except (jwt.PyJWTError, ValueError):
        return None
    return found["payload"], found["header"]


@pytest.mark.parametrize("alg", NAMES)
async def test_another_library_verifies_each_row_and_we_its_tokens(
    signers: dict[str, ThrowAway], alg: str
) -> None:
    signer = signers[alg]
    prepared = draft(b'{"a":1}', typ="vc+jwt", kid="k", alg=alg)
    token = prepared.finish(await signer.sign(prepared.signing_input))
    theirs = jwt.PyJWK(msgspec.to_builtins(signer.public.jwk))
    assert jwt.PyJWS().decode(token, theirs, algorithms=[alg]) == b'{"a":1}'
    again = jwt.PyJWS().encode(b'{"a":1}', signer._private, algorithm=alg)
    assert read(again).check(signer.public) is None
    for other, stranger in signers.items():
        failure = read(again).check(stranger.public)
        assert (failure is None) == (other == alg)
        assert failure is None or failure.code == "proof.algorithm"


async def test_rfc_9864_names_the_same_row(signers: dict[str, ThrowAway]) -> None:
    signer = signers["EdDSA"]
    prepared = draft(b"{}", typ="JWT", kid="k", alg="Ed25519")
    secured = read(prepared.finish(await signer.sign(prepared.signing_input)))
    assert (secured.header["alg"], secured.alg) == ("Ed25519", "EdDSA")
    public = PublicKey.from_jwk({**msgspec.to_builtins(signer.public.jwk), "alg": "Ed25519"})
    assert secured.check(public) is None


async def test_a_signature_of_another_algorithm_is_not_taken(signers: dict[str, ThrowAway]) -> None:
    """Neither the header's word nor the length of a signature chooses the algorithm: the key does."""
    for alg, signer in signers.items():
        prepared = draft(b"{}", typ="JWT", kid="k", alg=alg)
        token = prepared.finish(await signer.sign(prepared.signing_input))
        for other in NAMES:
            header = encode(json.dumps({"alg": other}).encode()).decode()
            confused = ".".join([header, *token.split(".")[1:]])
            assert read(confused).check(signer.public) is not None


@pytest.mark.parametrize(
    ("bits", "exponent", "sound"),
    [
        (2_047, 65_537, False),
        (2_048, 65_537, True),
        (8_192, 65_537, True),
        (8_193, 65_537, False),
        (2_048, 1, False),
        (2_048, 2, False),
        (2_048, 3, True),
        (2_048, 65_536, False),
        (2_048, 2**31 - 1, True),
        (2_048, 2**31 + 1, False),
        (2_048, -3, False),
    ],
)
def test_moduli_and_exponents_have_bounds(bits: int, exponent: int, sound: bool) -> None:  # noqa: FBT001 — pytest passes by name
    n = 2 ** (bits - 1) + 2_017
    for modulus, expected in ((n, sound), (n + 1, False)):
        if expected:
            check(modulus, exponent)
        else:
            with pytest.raises(ValueError, match="bounds"):
                check(modulus, exponent)


def test_rsa_keys_are_made_as_others_take_them(signers: dict[str, ThrowAway]) -> None:
    jwk = signers["RS256"].public.jwk
    modulus, exponent = (int.from_bytes(decode((value or "").encode())) for value in (jwk.n, jwk.e))
    assert (modulus.bit_length(), exponent) == (3_072, 65_537)


def test_moduli_of_the_flawed_chips_are_refused() -> None:
    # The structure of CVE-2017-15361: each factor is a power of 65537 modulo the product of small primes.
    primorial = 1
    for prime in (p for p in range(2, 168) if all(p % d for d in range(2, p))):
        primorial *= prime
    flawed = (pow(65_537, 1_234, primorial) + primorial * 2**820) * (
        pow(65_537, 77, primorial) + primorial * 2**810
    )
    assert flawed.bit_length() in range(2_048, 8_193)
    with pytest.raises(ValueError, match="factors"):
        check(flawed, 65_537)
    for _ in range(3):
        check(rsa.generate_private_key(65_537, 2_048).public_key().public_numbers().n, 65_537)


def groups(corpora: Path, name: str) -> list[dict[str, Any]]:
    suite = json.loads((corpora / "wycheproof" / f"{name}_test.json").read_bytes())
    found: list[dict[str, Any]] = suite["testGroups"]
    return found


def ec_key(group: dict[str, Any], crv: str) -> PublicKey:
    point = bytes.fromhex(group["publicKey"]["uncompressed"])
    size = len(point) // 2
    x, y = (encode(half).decode() for half in (point[1 : 1 + size], point[1 + size :]))
    return PublicKey.from_jwk({"kty": "EC", "crv": crv, "x": x, "y": y})


def ed_key(group: dict[str, Any]) -> PublicKey:
    x = encode(bytes.fromhex(group["publicKey"]["pk"])).decode()
    return PublicKey.from_jwk({"kty": "OKP", "crv": "Ed25519", "x": x})


def rsa_key(group: dict[str, Any]) -> PublicKey:
    n, e = (
        encode(bytes.fromhex(group["publicKey"][name]).lstrip(b"\0")).decode()
        for name in ("modulus", "publicExponent")
    )
    return PublicKey.from_jwk({"kty": "RSA", "n": n, "e": e})


KEYS: dict[str, tuple[Callable[[dict[str, Any]], PublicKey], int]] = {
    "ecdsa_secp256r1_sha256_p1363": (lambda group: ec_key(group, "P-256"), 262),
    "ecdsa_secp384r1_sha384_p1363": (lambda group: ec_key(group, "P-384"), 280),
    "ed25519": (ed_key, 151),
    "rsa_signature_2048_sha256": (rsa_key, 259),
}


@pytest.mark.corpora
@pytest.mark.parametrize("name", KEYS)
def test_wycheproof(corpora: Path, name: str) -> None:
    """No false accept and no false reject: `acceptable` signatures are held to be none, by every row."""
    read_key, cases = KEYS[name]
    met = 0
    for group in groups(corpora, name):
        key = read_key(group)
        for case in group["tests"]:
            accepted = key.verify(bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
            assert accepted == (case["result"] == "valid"), case
            met += 1
    assert met == cases


def test_numbers_have_one_spelling(signers: dict[str, ThrowAway]) -> None:
    """RFC 7518, 6.2.1.2 and 6.3.1.1: a leading zero would give one key two thumbprints."""
    for alg, member in (("RS256", "n"), ("RS256", "e"), ("ES256", "x"), ("ES384", "y"), ("EdDSA", "x")):
        jwk = msgspec.to_builtins(signers[alg].public.jwk)
        jwk[member] = encode(b"\0" + decode(jwk[member].encode())).decode()
        with pytest.raises(ValueError, match=r"key\.malformed"):
            PublicKey.from_jwk(jwk)


@given(st.sampled_from([32, 48]), st.data())
def test_both_forms_of_an_ecdsa_signature_are_the_librarys(size: int, data: st.DataObject) -> None:
    edges = st.sampled_from([0, 1, 127, 128, 255, 256, 2 ** (8 * size - 1) - 1, 2 ** (8 * size) - 1])
    r, s = (data.draw(edges | st.integers(0, 2 ** (8 * size) - 1)) for _ in range(2))
    raw, der = r.to_bytes(size) + s.to_bytes(size), encode_dss_signature(r, s)
    assert dss.to_der(raw) == der
    assert dss.from_der(der, size) == raw
