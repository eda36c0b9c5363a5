import msgspec
import pytest

from schemas.jwk import Jwk, JwkSet, thumbprint


def test_thumbprint_of_rfc_8037() -> None:
    # RFC 8037, appendix A.3.
    jwk = Jwk(kty="OKP", crv="Ed25519", x="11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", kid="any", use="sig")
    assert thumbprint(jwk) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_thumbprint_ignores_what_is_not_required() -> None:
    plain = Jwk(kty="EC", crv="P-256", x="a", y="b")
    assert thumbprint(plain) == thumbprint(Jwk(kty="EC", crv="P-256", x="a", y="b", alg="ES256", kid="k"))
    assert thumbprint(plain) != thumbprint(Jwk(kty="EC", crv="P-256", x="a", y="c"))


@pytest.mark.parametrize("member", ["d", "k"])
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
