"""A public key that verifies: made from a JWK, and only from one whose every member allows it."""

from collections.abc import Mapping
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from keys.algorithms import ALGORITHMS, Algorithm
from keys.base64url import Base64UrlError, decode, encode
from schemas.jwk import Jwk, thumbprint


class KeyRefused(ValueError):  # noqa: N818 — the house's name: what a refusal is, not that it is an error
    """A key that must not be used: key.malformed, key.algorithm (not in the table), key.use."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class PublicKey:
    """A key with its one algorithm.

    `kid` is the RFC 7638 thumbprint; `jwk` is what we publish of it (kid, alg and use included).
    """

    __slots__ = ("_algorithm", "_key", "algorithm", "jwk", "kid")

    def __init__(self, algorithm: Algorithm, key: ec.EllipticCurvePublicKey, jwk: Jwk) -> None:
        """Use `from_jwk`: it checks what this takes on trust."""
        self._algorithm = algorithm
        self._key = key
        self.algorithm = algorithm.jose
        self.kid = thumbprint(jwk)
        self.jwk = Jwk(
            kty=jwk.kty, crv=jwk.crv, x=jwk.x, y=jwk.y, kid=self.kid, alg=algorithm.jose, use="sig"
        )

    @classmethod
    def from_jwk(cls, jwk: Jwk | Mapping[str, Any]) -> "PublicKey":
        """Check kty, crv, alg, use, key_ops (RFC 7517, section 4) and the coordinates; raises KeyRefused."""
        if not isinstance(jwk, Jwk):
            try:
                jwk = msgspec.convert(jwk, Jwk)
            except msgspec.ValidationError as error:
                raise KeyRefused("key.malformed", f"The JWK is not a public key: {error}.") from None
        algorithm = _row(jwk)
        x, y = _coordinate(jwk.x, algorithm), _coordinate(jwk.y, algorithm)
        try:
            key = algorithm.public(x, y)
        except ValueError:
            raise KeyRefused("key.malformed", "The JWK's coordinates are not a point on its curve.") from None
        return cls(algorithm, key, jwk)

    @classmethod
    def from_key(cls, algorithm: Algorithm, key: ec.EllipticCurvePublicKey) -> "PublicKey":
        """The public half of a key of our own, for key stores."""
        numbers = key.public_numbers()
        x, y = (encode(n.to_bytes(algorithm.coordinate_bytes)).decode() for n in (numbers.x, numbers.y))
        return cls(algorithm, key, Jwk(kty=algorithm.kty, crv=algorithm.crv, x=x, y=y))

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` (JOSE form: r||s) is this key's over `message`; never raises on bytes."""
        if len(signature) != self._algorithm.signature_bytes:
            return False
        return self._algorithm.verify(self._key, message, signature)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and other.kid == self.kid and other.algorithm == self.algorithm

    def __hash__(self) -> int:
        return hash((self.kid, self.algorithm))

    def __repr__(self) -> str:
        return f"PublicKey({self.algorithm}, {self.kid})"


def _row(jwk: Jwk) -> Algorithm:
    """The key's row of the table; a key is used with exactly one algorithm and for signatures only."""
    for algorithm in ALGORITHMS:
        if (jwk.kty, jwk.crv) == (algorithm.kty, algorithm.crv) and jwk.alg in (None, algorithm.jose):
            break
    else:
        raise KeyRefused("key.algorithm", "The JWK's key type, curve and algorithm are not in our table.")
    if jwk.use not in (None, "sig"):
        raise KeyRefused("key.use", "The JWK is not meant for signatures (use).")
    operations = jwk.key_ops
    if operations is not None and ("verify" not in operations or len(set(operations)) != len(operations)):
        raise KeyRefused("key.use", "The JWK is not meant to verify signatures (key_ops).")
    return algorithm


def _coordinate(value: str | None, algorithm: Algorithm) -> bytes:
    try:
        raw = decode((value or "").encode())
    except Base64UrlError:
        raise KeyRefused("key.malformed", "A coordinate of the JWK is not base64url.") from None
    if len(raw) != algorithm.coordinate_bytes:
        raise KeyRefused("key.malformed", "A coordinate of the JWK has the wrong length.")
    return raw
