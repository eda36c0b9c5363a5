"""A public key that verifies: made from a JWK or a Multikey whose every part allows it."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from keys import base58
from keys.algorithms import ALGORITHMS, Algorithm
from schemas.jwk import Jwk, thumbprint

_REMEMBERED = 512


class KeyRefused(ValueError):  # noqa: N818 — the house's name: what a refusal is, not that it is an error
    """A key that must not be used: key.malformed, key.algorithm (not in the table), key.use."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class PublicKey:
    """A key with its one algorithm.

    `algorithm` is the JOSE name that we write, `kid` the RFC 7638 thumbprint, `jwk` what we publish of it
    (kid, alg and use included), `signature_bytes` the length of each of its signatures.
    """

    __slots__ = ("_key", "_multibase", "_row", "algorithm", "jwk", "kid", "signature_bytes")

    def __init__(self, row: Algorithm[Any, Any], key: Any, multibase: str | None = None) -> None:
        """For key stores; whatever comes from outside is checked by `from_jwk` and `from_multibase`."""
        jwk = row.jwk(key)
        self._row = row
        self._key = key
        self._multibase = multibase
        self.algorithm = row.jose
        self.signature_bytes = row.signature_bytes or (key.key_size + 7) // 8
        self.kid = thumbprint(jwk)
        self.jwk = msgspec.structs.replace(jwk, kid=self.kid, alg=row.jose, use="sig")

    @classmethod
    def from_jwk(cls, jwk: Jwk | Mapping[str, Any]) -> "PublicKey":
        """Check kty, crv, alg, use, key_ops (RFC 7517, section 4) and the numbers; raises KeyRefused."""
        if not isinstance(jwk, Jwk):
            try:
                jwk = msgspec.convert(jwk, Jwk)
            except msgspec.ValidationError as error:
                raise KeyRefused("key.malformed", f"The JWK is not a public key: {error}.") from None
        row = _row(jwk)
        try:
            return cls(row, row.load(jwk))
        except ValueError:
            raise KeyRefused("key.malformed", "The JWK's numbers are not a key of its type.") from None

    @classmethod
    def from_multibase(cls, text: str) -> "PublicKey":
        """The key of a `publicKeyMultibase` (Multikey: base58btc, z6Mk…, zDn…, z82…); raises KeyRefused.

        The text is the whole of the key, so one that was read before is not read again.
        """
        return _of_multibase(text)

    @property
    def multibase(self) -> str | None:
        """The key as `publicKeyMultibase`; None where Multikey has no form for its type (RSA)."""
        if self._multibase is None and self._row.pack is not None:
            raw = self._row.multikey + self._row.pack(self._key)
            self._multibase = "z" + base58.encode(raw).decode()
        return self._multibase

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` (JOSE form: r||s) is this key's over `message`; never raises on bytes."""
        return len(signature) == self.signature_bytes and self._row.verify(self._key, message, signature)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and other.kid == self.kid and other.algorithm == self.algorithm

    def __hash__(self) -> int:
        return hash((self.kid, self.algorithm))

    def __repr__(self) -> str:
        return f"PublicKey({self.algorithm}, {self.kid})"


@lru_cache(_REMEMBERED)
def _of_multibase(text: str) -> PublicKey:
    try:
        raw = base58.decode(text.removeprefix("z").encode()) if text.startswith("z") else b""
        for row in ALGORITHMS:
            if row.unpack is not None and raw.startswith(row.multikey):
                return PublicKey(row, row.unpack(raw.removeprefix(row.multikey)), text)
    except ValueError:
        raise KeyRefused("key.malformed", "The Multikey does not hold a key of its type.") from None
    raise KeyRefused("key.algorithm", "The Multikey's type of key is not in our table.")


def _row(jwk: Jwk) -> Algorithm[Any, Any]:
    """The key's row of the table; a key is used with exactly one algorithm and for signatures only."""
    for row in ALGORITHMS:
        if (jwk.kty, jwk.crv) == (row.kty, row.crv) and (jwk.alg is None or jwk.alg in row.names):
            break
    else:
        raise KeyRefused("key.algorithm", "The JWK's key type, curve and algorithm are not in our table.")
    if jwk.use not in (None, "sig"):
        raise KeyRefused("key.use", "The JWK is not meant for signatures (use).")
    operations = jwk.key_ops
    if operations is not None and ("verify" not in operations or len(set(operations)) != len(operations)):
        raise KeyRefused("key.use", "The JWK is not meant to verify signatures (key_ops).")
    return row
