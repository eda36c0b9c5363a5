import msgspec
import pytest

from schemas.jwk import Jwk, JwkSet, thumbprint


def test_thumbprint_of_rfc_8037() -> None:
    # RFC 8037, appendix A.3.
    jwk = Jwk(kty="OKP", crv="Ed25519", x="11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", kid="any", use="sig")
    assert thumbprint(jwk) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_thumbprint_of_rfc_7638() -> None:
    # RFC 7638, section 3.1.
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCi"
        "FV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb"
        "9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls"
        "1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    jwk = Jwk(kty="RSA", n=n, e="AQAB", alg="RS256", kid="2011-04-29")
    assert thumbprint(jwk) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


@pytest.mark.parametrize(
    "jwk", [Jwk(kty="oct"), Jwk(kty="EC", crv="P-256", x="a"), Jwk(kty="RSA", n="a"), Jwk(kty="OKP", x="a")]
)
def test_an_incomplete_key_has_no_thumbprint(jwk: Jwk) -> None:
    with pytest.raises(ValueError, match="required"):
        thumbprint(jwk)


def test_thumbprint_ignores_what_is_not_required() -> None:
    plain = Jwk(kty="EC", crv="P-256", x="a", y="b")
    assert thumbprint(plain) == thumbprint(Jwk(kty="EC", crv="P-256", x="a", y="b", alg="ES256", kid="k"))
    assert thumbprint(plain) != thumbprint(Jwk(kty="EC", crv="P-256", x="a", y="c"))


@pytest.mark.parametrize("member", ["d", "k", "p", "q", "dp", "dq", "qi", "oth"])
def test_private_members_do_not_decode(member: str) -> None:
    raw = msgspec.json.encode({"keys": [{"kty": "EC", "crv": "P-256", "x": "a", "y": "b", member: "secret"}]})
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.json.decode(raw, type=JwkSet)
    assert "secret" not in str(refused.value)


def test_absent_members_are_not_written() -> None:
    assert msgspec.to_builtins(Jwk(kty="EC", crv="P-256", x="a", y="b")) == {
        "kty": "EC",
        "crv": "P-256",
        "x": "a",
        "y": "b",
    }
