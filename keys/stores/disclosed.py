"""A private key that everybody may know: the JWK of a test suite.

For conformance runs only; what it signs proves nothing.
"""

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from keys.algorithms import BY_NAME
from keys.base64url import Base64UrlError, decode
from keys.public import KeyRefused, PublicKey

_CURVES: dict[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}


class Disclosed:
    """A signer made from a private JWK (RFC 7517); raises KeyRefused as `PublicKey.from_jwk` does."""

    __slots__ = ("_algorithm", "_private", "public")

    def __init__(self, jwk: Mapping[str, Any]) -> None:
        """Read `d`; the public half must be the JWK's own."""
        self.public = PublicKey.from_jwk({name: value for name, value in jwk.items() if name != "d"})
        self._algorithm = BY_NAME[self.public.algorithm]
        try:
            self._private = _private(str(jwk.get("crv")), decode(str(jwk.get("d")).encode()))
        except (Base64UrlError, ValueError, KeyError):
            raise KeyRefused("key.malformed", "The JWK's d is not a private key of its curve.") from None
        if PublicKey(self._algorithm, self._private.public_key()) != self.public:
            raise KeyRefused("key.malformed", "The JWK's d does not belong to its public numbers.")

    async def sign(self, message: bytes) -> bytes:
        """The signature in JOSE's form."""
        return self._algorithm.sign(self._private, message)


def _private(crv: str, d: bytes) -> Any:
    if crv == "Ed25519":
        return ed25519.Ed25519PrivateKey.from_private_bytes(d)
    return ec.derive_private_key(int.from_bytes(d), _CURVES[crv])
