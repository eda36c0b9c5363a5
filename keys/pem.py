"""Keys as PEM text (RFC 7468, section 13): how Open Badges 2.0 publishes them (`publicKeyPem`)."""

from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from keys.algorithms import BY_NAME
from keys.public import KeyRefused, PublicKey

_BEGINS = "-----BEGIN "
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384"}


def public_key(text: str) -> PublicKey:
    """The one key that the text holds, judged like any JWK; raises KeyRefused."""
    if text.count(_BEGINS) != 1 or not text.lstrip().startswith(_BEGINS):
        raise KeyRefused("key.malformed", "The PEM text does not hold just one key.")
    try:
        found = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise KeyRefused("key.malformed", "The PEM text does not hold a public key.") from None
    name = _algorithm(found)
    if name is None:
        raise KeyRefused("key.algorithm", "The PEM text's type of key is not in our table.")
    return PublicKey.from_jwk(BY_NAME[name].jwk(found))


def _algorithm(found: Any) -> str | None:
    """Our name for what a key of this type signs with."""
    if isinstance(found, rsa.RSAPublicKey):
        return "RS256"
    if isinstance(found, ed25519.Ed25519PublicKey):
        return "EdDSA"
    return _CURVES.get(found.curve.name) if isinstance(found, ec.EllipticCurvePublicKey) else None
