"""did:key and did:jwk, whose identifiers are their documents, and the table of methods."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.base64url import encode
from keys.did import DidRefused, locate, parse, resolve
from keys.did.jwk import did_jwk
from keys.did.key import did_key, document
from keys.methods import public_key
from keys.stores.memory import ThrowAway
from schemas.did import assertion_methods, authentication_methods


def code(did: str) -> str:
    with pytest.raises(DidRefused) as refused:
        resolve(did)
    return refused.value.code


@pytest.mark.parametrize(
    ("did", "alg", "x"),
    [
        # The did:key draft's own examples.
        (
            "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
            "EdDSA",
            "Lm_M42cB3HkUiODQsXRcweM6TByfzEHGO9ND274JcOY",
        ),
        (
            "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169",
            "ES256",
            "fyNYMN0976ci7xqiSdag3buk-ZCwgXU4kz9XNkBlNUI",
        ),
        (
            "did:key:z82Lm1MpAkeJcix9K8TMiLd5NMAhnwkjjCBeWHXyu3U4oT2MVJJKXkcVBgjGhnLBn2Kaau9",
            "ES384",
            "lInTxl8fjLKp_UCrxI0WDklahi-7-_6JbtiHjiRvMvhedhKVdHBfi2HCY8t_QJyc",
        ),
    ],
)
def test_keys_of_the_draft(did: str, alg: str, x: str) -> None:
    assert locate(did) is None
    found = resolve(did)
    (method,) = assertion_methods(found)
    assert method.id == f"{did}#{did.removeprefix('did:key:')}"
    assert (method.type, method.controller) == ("Multikey", did)
    key = public_key(method)
    assert (key.algorithm, key.jwk.x) == (alg, x)
    assert did_key(key) == did
    assert document(key) == found
    assert authentication_methods(found) == (method,)


@pytest.mark.parametrize(
    ("did", "expected"),
    [
        ("did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme", "did.method"),  # secp256k1
        ("did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc", "did.method"),  # X25519
        ("did:key:", "did.method"),
        ("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2do", "did.method"),  # cut off: another prefix
        ("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK#k", "did.malformed"),
        ("did:key:z" + "1" * 300, "did.malformed"),
        ("did:key:" + "1" * 4_000, "did.malformed"),
        ("did:jwk:", "did.malformed"),
        ("did:jwk:e30=", "did.malformed"),
        ("did:jwk:W10", "did.malformed"),
        ("did:jwk:\ud800", "did.malformed"),
        ("did:key:z\ud800", "did.malformed"),
        ("did:jwk:" + encode(b'{"kty":"EC","kty":"EC"}').decode(), "did.malformed"),
    ],
)
def test_refused(did: str, expected: str) -> None:
    assert code(did) == expected


def test_keys_of_low_order_and_second_spellings_are_refused() -> None:
    p = 2**255 - 19
    y8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
    for y in (0, 1, p - 1, p, p + 1, y8, p - y8, p + 3):
        for sign in (0, 1 << 255):
            x = encode((y | sign).to_bytes(32, "little")).decode()
            text = encode(json.dumps({"kty": "OKP", "crv": "Ed25519", "x": x}).encode()).decode()
            (method,) = assertion_methods(resolve(f"did:jwk:{text}"))
            with pytest.raises(ValueError, match=r"key\.malformed"):
                public_key(method)


def test_did_jwk_of_the_draft() -> None:
    did = (
        "did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6OTFQSDZDZE"
        "gyVjAiLCJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9"
    )
    assert locate(did) is None
    (method,) = assertion_methods(resolve(did))
    assert (method.id, method.type) == (f"{did}#0", "JsonWebKey")
    assert public_key(method).jwk.x == "acbIQiuMs3i8_uszEjJ2tpTtRM4EU3yz91PH6CdH2V0"


def test_did_jwk_of_each_row(signers: dict[str, ThrowAway]) -> None:
    for signer in signers.values():
        (method,) = assertion_methods(resolve(did_jwk(signer.public)))
        assert public_key(method) == signer.public


def test_use_is_honoured(signers: dict[str, ThrowAway]) -> None:
    jwk = msgspec.to_builtins(signers["ES256"].public.jwk)
    for use, methods in (("sig", 1), ("enc", 0), (7, 0)):
        text = encode(json.dumps({**jwk, "use": use}).encode()).decode()
        found = resolve(f"did:jwk:{text}")
        assert len(assertion_methods(found)) == len(authentication_methods(found)) == methods


def test_rsa_has_no_did_key(signers: dict[str, ThrowAway]) -> None:
    with pytest.raises(DidRefused, match=r"did\.method"):
        did_key(signers["RS256"].public)


def test_methods_by_their_names() -> None:
    assert locate("did:web:example.org") == "https://example.org/.well-known/did.json"
    assert parse(b'{"id":"did:web:example.org"}', "did:web:example.org").id == "did:web:example.org"
    for did in ("did:ion:abc", "did:", "did", "urn:web:example.org", "https://example.org", ""):
        with pytest.raises(DidRefused, match=r"did\.method"):
            locate(did)


@pytest.mark.parametrize("method", ["did:key:", "did:jwk:"])
def test_a_did_is_read_up_to_its_greatest_length(method: str) -> None:
    longest = method.ljust(2_560, "z")
    assert locate(longest) is None
    assert code(longest + "z") == "did.malformed"


@given(st.text(max_size=80), st.sampled_from(["did:key:", "did:key:z", "did:jwk:", "did:web:", "did:", ""]))
def test_total_over_text(text: str, prefix: str) -> None:
    did = prefix + text
    try:
        if locate(did) is None:
            resolve(did)
    except DidRefused:
        return
