import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import jwt
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.base64url import ALPHABET, encode
from keys.proofs.jose import (
    MAX_KID,
    MAX_TOKEN_BYTES,
    Draft,
    Failure,
    JoseRefused,
    Jws,
    Secured,
    draft,
    read,
    readable,
    take_apart,
)
from keys.public import KeyRefused, PublicKey
from keys.stores.file import FileSigner, FileStore

PAYLOAD = msgspec.json.encode({"iss": "did:web:example.org", "jti": "urn:uuid:1", "name": "Zoë 😀", "nbf": 1})
KID = "https://example.org/o/demo/keys/1"
CHARACTERS = ALPHABET.decode() + ".=+/ \n%é\0"


def secure(signer: FileSigner, payload: bytes = PAYLOAD, typ: str = "JWT") -> str:
    prepared = draft(payload, typ=typ, kid=KID)
    return prepared.finish(asyncio.run(signer.sign(prepared.signing_input)))


def compact(header: bytes | dict[str, Any], payload: bytes = b"{}", signature: bytes = b"\0" * 64) -> bytes:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return b".".join(encode(part) for part in (raw, payload, signature))


def refused(token: bytes | str) -> str:
    with pytest.raises(JoseRefused) as refusal:
        read(token)
    assert str(refusal.value) == f"{refusal.value.code}: {refusal.value.detail}"
    return refusal.value.code


@pytest.fixture(scope="module")
def token(signer: FileSigner) -> str:
    return secure(signer)


def test_what_is_drafted_reads_back_and_verifies(token: str, public: PublicKey) -> None:
    for form in (token, token.encode()):
        secured = read(form)
        assert secured.header == {"alg": "ES256", "kid": KID, "typ": "JWT"}
        assert list(secured.header) == ["alg", "kid", "typ"]
        assert (secured.alg, secured.kid, secured.typ) == ("ES256", KID, "JWT")
        assert secured.payload == PAYLOAD
        assert secured.document == json.loads(PAYLOAD)
        assert secured.signing_input == token.rpartition(".")[0].encode()
        assert len(secured.signature) == 64
        assert secured.check(public) is None


def test_another_key_and_another_algorithm_fail(token: str, store: FileStore, public: PublicKey) -> None:
    secured = read(token)
    failure = secured.check(store.create())
    assert isinstance(failure, Failure)
    assert failure.code == "signature.invalid"
    other = msgspec.structs.replace(secured, alg="EdDSA").check(public)
    assert other is not None
    assert other.code == "proof.algorithm"


@given(st.data())
def test_any_single_character_change_is_refused_or_fails(
    token: str, public: PublicKey, data: st.DataObject
) -> None:
    position = data.draw(st.integers(0, len(token) - 1))
    character = data.draw(st.sampled_from([c for c in CHARACTERS if c != token[position]]))
    kind = data.draw(st.sampled_from(["replace", "insert", "delete"]))
    put = "" if kind == "delete" else character
    after = position + (kind != "insert")
    changed = token[:position] + put + token[after:]
    try:
        secured = read(changed)
    except JoseRefused:
        return
    failure = secured.check(public)
    # Inserting what stands there already, or deleting one of a pair, is the only way to the same text again.
    assert (failure is None) == (changed == token)


def test_every_position_of_the_signature_counts(token: str, public: PublicKey) -> None:
    start = token.rindex(".") + 1
    for position in range(start, len(token)):
        for character in "AQgw-_":
            changed = token[:position] + character + token[position + 1 :]
            try:
                failure = read(changed).check(public)
            except JoseRefused:
                continue
            assert (failure is None) == (changed == token)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers(-(2**53), 2**53)))
def test_a_library_that_is_not_ours_verifies_what_we_sign(
    signer: FileSigner, document: dict[str, int]
) -> None:
    payload = json.dumps(document, ensure_ascii=False).encode()
    key = jwt.PyJWK(msgspec.to_builtins(signer.public.jwk))
    complete = jwt.PyJWS().decode_complete(secure(signer, payload, "vc+jwt"), key, algorithms=["ES256"])
    assert complete["payload"] == payload
    assert complete["header"] == {"alg": "ES256", "kid": KID, "typ": "vc+jwt"}


def test_we_verify_what_a_library_that_is_not_ours_signs() -> None:
    key = jwt.PyJWK(
        {
            "kty": "EC",
            "crv": "P-256",
            # RFC 7515, appendix A.3.
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
        }
    )
    token = jwt.encode({"iss": "joe"}, key, algorithm="ES256", headers={"kid": "k"})
    public = PublicKey.from_jwk(json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.key.public_key())))
    assert read(token).check(public) is None


def test_the_token_of_rfc_7515_verifies() -> None:
    # Appendix A.3.1: white space and line breaks inside the signed payload are part of what was signed.
    token = (
        "eyJhbGciOiJFUzI1NiJ9"
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    )
    public = PublicKey.from_jwk(
        {
            "kty": "EC",
            "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        }
    )
    secured = read(token)
    assert (secured.typ, secured.kid) == (None, None)
    assert secured.check(public) is None


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("", "proof.malformed"),
        ("a.b", "proof.malformed"),
        ("a.b.c.d", "proof.malformed"),
        (b"YQ.YQ.YQ\n", "proof.malformed"),
        (" YQ.YQ.YQ", "proof.malformed"),
        ("YQ==.YQ.YQ", "proof.malformed"),
        ("YQ.Y+/Q.YQ", "proof.malformed"),
        ("YQ.YQ.Y\u0430", "proof.malformed"),
        ("YQ.YQ.Y\ud800", "proof.malformed"),
        ("YR.YQ.YQ", "proof.encoding"),
        ("YQ.Y.YQ", "proof.encoding"),
        ("A" * (MAX_TOKEN_BYTES + 1), "proof.size"),
        ("..", "json.syntax"),
        (compact(b"[]"), "proof.header"),
        (compact(b"not json"), "json.syntax"),
        (compact(b'{"alg":"ES256"}' + b" " * 8_192), "json.size"),
        (compact(b'{"alg":"none","alg":"ES256"}'), "json.duplicate_key"),
        (compact(b'{"alg":"ES256","\\u0061lg":"ES256"}'), "json.duplicate_key"),
        (compact({}), "proof.algorithm"),
        (compact({"alg": None}), "proof.algorithm"),
        (compact({"alg": ["ES256"]}), "proof.algorithm"),
        (compact({"alg": "none"}, signature=b""), "proof.algorithm"),
        (compact({"alg": "es256"}), "proof.algorithm"),
        (compact({"alg": "HS256"}), "proof.algorithm"),
        (compact({"alg": "RS512"}), "proof.unsupported"),
        (compact({"alg": "ES256K"}), "proof.unsupported"),
        (compact({"alg": "ES256", "typ": "vc+ld+jwt"}), "proof.unsupported"),
        (compact({"alg": "ES256", "crit": []}), "proof.critical"),
        (compact({"alg": "ES256", "b64": False}), "proof.critical"),
        (compact({"alg": "ES256", "typ": None}), "proof.type"),
        (compact({"alg": "ES256", "typ": ["JWT"]}), "proof.type"),
        (compact({"alg": "ES256", "typ": "jwt"}), "proof.type"),
        (compact({"alg": "ES256", "typ": "at+jwt"}), "proof.type"),
        (compact({"alg": "ES256", "kid": None}), "proof.header"),
        (compact({"alg": "ES256", "kid": ""}), "proof.header"),
        (compact({"alg": "ES256", "kid": 1}), "proof.header"),
        (compact({"alg": "ES256", "kid": "k" * (MAX_KID + 1)}), "proof.header"),
        (compact({"alg": "ES256"}, b""), "json.syntax"),
        (compact({"alg": "ES256"}, b"[]"), "payload.object"),
        (compact({"alg": "ES256"}, b"null"), "payload.object"),
        (compact({"alg": "ES256"}, b'{"a":{"b":1,"b":1}}'), "json.duplicate_key"),
        (compact({"alg": "ES256"}, b"[" * 60), "json.syntax"),
        (compact({"alg": "ES256"}, b"[" * 100), "json.depth"),
        (compact({"alg": "ES256"}, b"\xff"), "json.utf8"),
    ],
)
def test_refused_with_a_code(token: bytes | str, code: str) -> None:
    assert refused(token) == code


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_total_over_bytes_and_text(token: bytes | str) -> None:
    with pytest.raises(JoseRefused):
        read(token)


def test_keys_in_the_header_are_shown_and_never_used(signer: FileSigner, store: FileStore) -> None:
    own = msgspec.to_builtins(signer.public.jwk)
    header = json.dumps({"alg": "ES256", "jwk": own, "jku": "https://example.org"}).encode()
    signing_input = encode(header) + b"." + encode(b"{}")
    secured = read(signing_input + b"." + encode(asyncio.run(signer.sign(signing_input))))
    assert secured.header["jwk"] == secured.jwk == own
    assert read(compact({"alg": "ES256", "jwk": "key"})).jwk is None
    assert secured.check(signer.public) is None
    assert secured.check(store.create()) is not None


@pytest.mark.parametrize(
    ("payload", "typ", "kid", "alg", "code"),
    [
        (b"[]", "JWT", "k", "ES256", "payload.object"),
        (b'{"a":1,"a":1}', "JWT", "k", "ES256", "json.duplicate_key"),
        (b"{}", "at+jwt", "k", "ES256", "proof.type"),
        (b"{}", "JWT", "", "ES256", "proof.header"),
        (b"{}", "JWT", "k", "none", "proof.algorithm"),
    ],
)
def test_nothing_is_drafted_that_would_not_be_read(
    payload: bytes, typ: str, kid: str, alg: str, code: str
) -> None:
    with pytest.raises(JoseRefused) as refusal:
        draft(payload, typ=typ, kid=kid, alg=alg)
    assert refusal.value.code == code


def test_a_header_that_was_read_is_shared_and_cannot_be_written(token: str) -> None:
    header = read(token).header
    assert read(token).header is header
    with pytest.raises(TypeError):
        header["alg"] = "none"  # type: ignore[index] # that is what is tested


def test_a_long_header_is_read_and_not_kept(signer: FileSigner) -> None:
    header = json.dumps({"alg": "ES256", "pad": "p" * 2_000}).encode()
    signing_input = encode(header) + b"." + encode(b"{}")
    token = signing_input + b"." + encode(asyncio.run(signer.sign(signing_input)))
    assert read(token).header is not read(token).header
    assert read(token).check(signer.public) is None


def test_a_payload_that_was_read_is_not_read_again() -> None:
    payload = readable(PAYLOAD)
    assert draft(payload, typ="JWT", kid=KID) == draft(PAYLOAD, typ="JWT", kid=KID)
    with pytest.raises(JoseRefused, match=r"json\.duplicate_key"):
        readable(b'{"a":1,"a":1}')


@pytest.mark.parametrize(("typ", "cty"), [("vc+jwt", "vc"), ("vp+jwt", "vp"), ("JWT", None)])
def test_the_content_type_stands_beside_the_type(typ: str, cty: str | None) -> None:
    signed = read(draft(b"{}", typ=typ, kid=KID, cty=cty).finish(b"\1" * 64))
    assert signed.typ == typ
    assert signed.header == {"alg": "ES256", "kid": KID, "typ": typ, **({"cty": cty} if cty else {})}


def test_a_signature_of_another_length_finishes_nothing() -> None:
    with pytest.raises(ValueError, match="length"):
        Draft(signing_input=b"a.b", signature_bytes=64).finish(b"\0" * 70)
    with pytest.raises(ValueError, match="length"):
        Draft(signing_input=b"a.b", signature_bytes=None).finish(b"")
    assert Draft(signing_input=b"a.b", signature_bytes=None).finish(b"\0" * 256).startswith("a.b.AAA")


# Genuine tokens that we refuse, by what their header or form says, and why.
_PRIVATE = ("d", "p", "q", "dp", "dq", "qi")
_REFUSED_BY_DECISION = {
    ("proof.algorithm", "HS"): "a verifier that could check a MAC could have made it: no HMAC here",
    ("proof.unsupported", "RS384"): "not of our table: no profile of badges signs with it",
    ("proof.unsupported", "RS512"): "likewise",
    ("proof.unsupported", "PS"): "likewise",
    ("proof.unsupported", "ES512"): "likewise (P-521)",
    ("proof.malformed", "HS"): "a character outside base64url: one text for each token",
    ("proof.malformed", ""): "a JWE, which is encrypted and not signed",
}


def accepted(jws: Any, keys: list[dict[str, Any]]) -> bool | str:
    """Whether any of the keys (public halves) verifies the token, or the code with which it was refused."""
    try:
        read_token = take_apart(jws if isinstance(jws, str) else json.dumps(jws))
    except JoseRefused as refusal:
        return refusal.code
    verdict = False
    for jwk in keys:
        try:
            public = PublicKey.from_jwk({n: value for n, value in jwk.items() if n not in _PRIVATE})
        except KeyRefused:
            continue
        verdict = verdict or read_token.check(public) is None
    return verdict


@pytest.mark.corpora
@pytest.mark.parametrize(
    ("file", "cases", "valid"),
    [("json_web_signature", 401, 10), ("json_web_key", 26, 1), ("json_web_crypto", 83, 2)],
)
def test_wycheproof(corpora: Path, file: str, cases: int, valid: int) -> None:
    suite = json.loads((corpora / "wycheproof" / f"{file}_test.json").read_bytes())
    assert suite["numberOfTests"] == cases
    met = 0
    for group in suite["testGroups"]:
        given_keys = group.get("public") or group["private"]
        keys = given_keys.get("keys", [given_keys])
        for case in group["tests"]:
            jws = case.get("jws", case.get("jwe"))
            outcome = accepted(jws, keys)
            if case["result"] == "valid" and outcome is not True:
                assert any(
                    outcome == code and header_alg(jws).startswith(alg) for code, alg in _REFUSED_BY_DECISION
                ), case
            else:
                assert outcome is True or case["result"] != "valid", case
                assert outcome is not True or case["result"] == "valid", case
                met += outcome is True
    assert met == valid


def header_alg(jws: str) -> str:
    """The algorithm of a signed token's header, as a lenient reader would find it."""
    header, *rest = jws.split(".")
    padded = header.replace("?", "") + "=" * (-len(header.replace("?", "")) % 4)
    return str(json.loads(base64.urlsafe_b64decode(padded))["alg"]) if len(rest) == 2 else ""


def test_secured_is_what_read_gives(token: str) -> None:
    assert type(read(token)) is Secured
    apart = take_apart(token)
    assert type(apart) is Jws
    assert (apart.payload, apart.signature) == (read(token).payload, read(token).signature)
