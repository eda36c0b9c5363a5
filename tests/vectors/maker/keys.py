"""TEST KEYS, derived from words that stand here: never trust anything that they signed.

Every key and every signature is the same in each run: Ed25519 and RSASSA-PKCS1-v1_5 are deterministic, ECDSA
is made so by RFC 6979.
"""

import base64
import hashlib
import json
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_CURVES: dict[str, tuple[ec.EllipticCurve, str, int, Any, bytes]] = {
    "ES256": (ec.SECP256R1(), "P-256", 32, hashes.SHA256(), b"\x80\x24"),
    "ES384": (ec.SECP384R1(), "P-384", 48, hashes.SHA384(), b"\x81\x24"),
}
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_SMALL = [n for n in range(3, 5_000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2))]


def segment(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def base58(raw: bytes) -> str:
    """Base58 of bitcoin's alphabet."""
    number, text = int.from_bytes(raw), ""
    while number:
        number, digit = divmod(number, 58)
        text = _BASE58[digit] + text
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + text


def unbase58(text: str) -> bytes:
    """The bytes of base58 text."""
    number = 0
    for letter in text:
        number = number * 58 + _BASE58.index(letter)
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)


def compact(value: Any) -> bytes:
    """JSON without white space, members in their order."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _seed(label: str, length: int) -> bytes:
    return hashlib.shake_256(f"assay test vectors, never trust: {label}".encode()).digest(length)


class Key:
    """A test key of one algorithm: ES256, ES384, RS256 or EdDSA (Ed25519)."""

    def __init__(self, label: str, alg: str) -> None:
        self.alg = alg
        if alg == "EdDSA":
            self.private: Any = Ed25519PrivateKey.from_private_bytes(_seed(label, 32))
            self.raw = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
            self.jwk = {"kty": "OKP", "crv": "Ed25519", "x": segment(self.raw)}
            prefix = b"\xed\x01"
        elif alg == "RS256":
            self.private = _rsa(label)
            n = self.private.public_key().public_numbers().n
            self.jwk = {"kty": "RSA", "n": segment(n.to_bytes(256)), "e": "AQAB"}
            self.raw, prefix = b"", b""
        else:
            curve, name, size, _, prefix = _CURVES[alg]
            number = int.from_bytes(_seed(label, size)) >> 1
            self.private = ec.derive_private_key(number, curve)
            public = self.private.public_key()
            point = public.public_numbers()
            x, y = (segment(value.to_bytes(size)) for value in (point.x, point.y))
            self.jwk = {"kty": "EC", "crv": name, "x": x, "y": y}
            self.raw = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        self.multibase = "z" + base58(prefix + self.raw)

    @property
    def thumbprint(self) -> str:
        """RFC 7638."""
        ordered = json.dumps(dict(sorted(self.jwk.items())), separators=(",", ":"))
        return segment(hashlib.sha256(ordered.encode()).digest())

    @property
    def did_key(self) -> str:
        return f"did:key:{self.multibase}"

    @property
    def did_jwk(self) -> str:
        return f"did:jwk:{segment(compact(self.jwk))}"

    def sign(self, message: bytes) -> bytes:
        """The signature in JOSE's form."""
        if self.alg == "EdDSA":
            return bytes(self.private.sign(message))
        if self.alg == "RS256":
            return bytes(self.private.sign(message, padding.PKCS1v15(), hashes.SHA256()))
        _, _, size, digest, _ = _CURVES[self.alg]
        r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(digest, deterministic_signing=True)))
        return r.to_bytes(size) + s.to_bytes(size)

    def token(self, header: dict[str, Any] | bytes, payload: Any) -> str:
        """A compact JWS over any payload, under any header."""
        first = header if isinstance(header, bytes) else compact(header)
        second = payload if isinstance(payload, bytes) else compact(payload)
        covered = f"{segment(first)}.{segment(second)}"
        return f"{covered}.{segment(self.sign(covered.encode()))}"


@cache
def key(label: str, alg: str = "ES256") -> Key:
    """The key of this name."""
    return Key(f"{label} {alg}", alg)


def _rsa(label: str) -> rsa.RSAPrivateKey:
    p, q = (_prime(f"{label} {part}") for part in "pq")
    e, phi = 65_537, (p - 1) * (q - 1)
    d = pow(e, -1, phi)
    numbers = rsa.RSAPublicNumbers(e, p * q)
    private = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), numbers)
    return private.private_key()


def _prime(label: str) -> int:
    """The first probable prime of 1,024 bits after a seed, by Fermat's test to four bases."""
    number = int.from_bytes(_seed(label, 128)) | 3 << 1022 | 1
    while not (
        all(number % small for small in _SMALL) and all(pow(b, number - 1, number) == 1 for b in (2, 3, 5, 7))
    ):
        number += 2
    return number
