"""`assay conformance jose`: results as the W3C's suite reads them, for keys that everybody may know."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from keys.base64url import encode
from keys.proofs.jose import read
from keys.public import KeyRefused, PublicKey
from keys.stores.disclosed import Disclosed
from verifier.conformance import cli

V2 = "https://www.w3.org/ns/credentials/v2"
ISSUER = "https://issuer.example/suite"
Ask = Callable[..., tuple[str, str]]


def text(raw: bytes) -> str:
    return encode(raw).decode()


def ed25519_jwk() -> dict[str, Any]:
    key = ed25519.Ed25519PrivateKey.generate()
    x, d = key.public_key().public_bytes_raw(), key.private_bytes_raw()
    return {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": text(x), "d": text(d)}


def ec_jwk(curve: ec.EllipticCurve, crv: str, alg: str) -> dict[str, Any]:
    numbers = ec.generate_private_key(curve).private_numbers()
    size = (curve.key_size + 7) // 8
    point = numbers.public_numbers
    x, y, d = (text(number.to_bytes(size)) for number in (point.x, point.y, numbers.private_value))
    return {"kty": "EC", "crv": crv, "alg": alg, "x": x, "y": y, "d": d}


JWKS = {
    "EdDSA": ed25519_jwk(),
    "ES256": ec_jwk(ec.SECP256R1(), "P-256", "ES256"),
    "ES384": ec_jwk(ec.SECP384R1(), "P-384", "ES384"),
    "ES512": ec_jwk(ec.SECP521R1(), "P-521", "ES512"),
}
CREDENTIAL = {
    "@context": [V2],
    "type": ["VerifiableCredential"],
    "issuer": ISSUER,
    "credentialSubject": {"id": "did:example:subject"},
}
PRESENTATION = {
    "@context": [V2],
    "type": ["VerifiablePresentation"],
    "holder": ISSUER,
    "verifiableCredential": {
        "@context": V2,
        "type": "EnvelopedVerifiableCredential",
        "id": "data:application/vc+jwt,eyJ.e30.AA",
    },
}


def method(jwk: dict[str, Any]) -> dict[str, Any]:
    public = {name: value for name, value in jwk.items() if name != "d"}
    made = {"id": f"{ISSUER}#key", "type": "JsonWebKey", "controller": ISSUER}
    return {**made, "publicKeyJwk": public, "secretKeyJwk": jwk}


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Run the command on this input; returns result and data."""

    def run(
        verb: str, given: Any, jwk: dict[str, Any], feature: str = "credential_jose", *more: str
    ) -> tuple[str, str]:
        files = {name: tmp_path / name for name in ("input", "key", "output")}
        files["input"].write_text(given if isinstance(given, str) else json.dumps(given))
        files["key"].write_text(json.dumps(method(jwk)))
        options = [part for name, file in files.items() for part in (f"--{name}", str(file))]
        done = CliRunner().invoke(cli.conformance, ["jose", verb, *options, "--feature", feature, *more])
        assert done.exit_code == 0, done.output
        answer = json.loads(files["output"].read_text())
        return answer["result"], answer["data"]

    return run


@pytest.mark.parametrize("alg", ["EdDSA", "ES256", "ES384"])
@pytest.mark.parametrize(
    ("document", "feature", "typ"),
    [(CREDENTIAL, "credential_jose", "vc+jwt"), (PRESENTATION, "presentation_jose", "vp+jwt")],
)
def test_what_is_issued_is_verified(ask: Ask, alg: str, document: Any, feature: str, typ: str) -> None:
    result, token = ask("issue", document, JWKS[alg], feature)
    assert result == "success"
    secured = read(token)
    assert (secured.alg, secured.typ, secured.kid) == (alg, typ, f"{ISSUER}#key")
    assert (secured.header["cty"], secured.document) == (typ[:2], document)
    assert ask("verify", token + "\n", JWKS[alg], feature)[0] == "success"
    assert ask("verify", token[:-4] + "AAAA", JWKS[alg], feature)[0] == "failure"
    other = "presentation_jose" if feature == "credential_jose" else "credential_jose"
    assert ask("verify", token, JWKS[alg], other)[0] == "failure"


def test_another_key_is_no_success(ask: Ask) -> None:
    _, token = ask("issue", CREDENTIAL, JWKS["EdDSA"])
    assert ask("verify", token, ed25519_jwk())[0] == "failure"
    assert read(token).kid == method(JWKS["EdDSA"])["id"]


@pytest.mark.parametrize(
    ("document", "feature", "result"),
    [
        ({**CREDENTIAL, "type": []}, "credential_jose", "failure"),
        ({**CREDENTIAL, "@context": [V2, "https://example.org/c"]}, "credential_jose", "indeterminate"),
        ({**PRESENTATION, "verifiableCredential": CREDENTIAL}, "presentation_jose", "failure"),
        ({**CREDENTIAL, "vc": {}}, "credential_jose", "failure"),
        ([], "credential_jose", "failure"),
        ("once upon a time", "credential_jose", "failure"),
        (CREDENTIAL, "credential_cose", "indeterminate"),
        (CREDENTIAL, "credential_sdjwt", "indeterminate"),
    ],
)
def test_what_is_not_issued(ask: Ask, document: Any, feature: str, result: str) -> None:
    assert ask("issue", document, JWKS["ES256"], feature, "--sd", "[]")[0] == result


@pytest.mark.parametrize(
    ("token", "feature", "result"),
    [
        (json.dumps(CREDENTIAL), "credential_jose", "failure"),
        ("a.b.c", "presentation_jose", "failure"),
        ("a.b.c", "presentation_cose", "indeterminate"),
    ],
)
def test_what_is_not_verified(ask: Ask, token: str, feature: str, result: str) -> None:
    assert ask("verify", token, JWKS["ES256"], feature)[0] == result


def test_keys_that_we_do_not_have(ask: Ask) -> None:
    assert ask("issue", CREDENTIAL, JWKS["ES512"])[0] == "failure"
    _, token = ask("issue", CREDENTIAL, JWKS["ES256"])
    assert ask("verify", token, JWKS["ES512"])[0] == "indeterminate"


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    good, key = tmp_path / "input", tmp_path / "key"
    good.write_text(json.dumps(CREDENTIAL))
    key.write_text(json.dumps(method(JWKS["EdDSA"])))
    missing = tmp_path / "missing" / "x"
    for given, named, output in (
        (missing, key, good),
        (good, good, good),
        (good, missing, good),
        (good, key, missing),
    ):
        options = ["--input", str(given), "--key", str(named), "--output", str(output)]
        done = CliRunner().invoke(
            cli.conformance, ["jose", "issue", *options, "--feature", "credential_jose"]
        )
        assert done.exit_code == 66
    assert CliRunner().invoke(cli.conformance, ["jose", "verify"]).exit_code == 64


@pytest.mark.parametrize(
    "change",
    [
        {"d": "AA"},
        {"d": "="},
        {"d": JWKS["ES384"]["d"]},
        {"d": None},
        {"d": ed25519_jwk()["d"]},
        {"x": "AA"},
    ],
)
def test_halves_that_do_not_belong_together(change: dict[str, Any]) -> None:
    with pytest.raises(KeyRefused):
        Disclosed({**JWKS["EdDSA"], **change})


def test_a_private_key_of_a_type_that_is_not_read() -> None:
    jwk = msgspec.to_builtins(PublicKey.from_jwk({n: v for n, v in JWKS["ES256"].items() if n != "d"}).jwk)
    with pytest.raises(KeyRefused):
        Disclosed({**jwk, "d": "AA"})
