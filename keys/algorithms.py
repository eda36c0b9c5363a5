"""The signature algorithms, as one table: a new algorithm is one row here and nothing elsewhere."""

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from keys import dss, moduli
from keys.base64url import decode, encode
from keys.edwards import check_point
from schemas.jwk import Jwk

P = TypeVar("P")
S = TypeVar("S")

_RSA_BITS, _RSA_EXPONENT = 3_072, 65_537


class Algorithm(NamedTuple, Generic[P, S]):
    """One row, for public keys of kind P and private ones of kind S; signatures have JOSE's form (r||s).

    `names` are the JOSE names, ours first. `crv` is None and `multikey` (the multicodec prefix) empty where
    there is no such thing; `signature_bytes` is None where the key determines the length. `load` reads a JWK
    and `unpack` a Multikey's bytes without prefix; both raise ValueError for what is not such a key.
    `private` is S again, for key stores to recognise what they read.
    """

    names: tuple[str, ...]
    kty: str
    crv: str | None
    signature_bytes: int | None
    load: Callable[[Jwk], P]
    jwk: Callable[[P], Jwk]
    verify: Callable[[P, bytes, bytes], bool]
    generate: Callable[[], S]
    sign: Callable[[S, bytes], bytes]
    private: type[Any]
    multikey: bytes = b""
    unpack: Callable[[bytes], P] | None = None
    pack: Callable[[P], bytes] | None = None

    @property
    def jose(self) -> str:
        """The name that we write."""
        return self.names[0]


class _Ecdsa(NamedTuple):
    """ECDSA on one curve (RFC 7518, section 3.4; SEC 1, section 2.3 for the points of a Multikey)."""

    crv: str
    curve: ec.EllipticCurve
    scheme: ec.ECDSA
    size: int

    def load(self, jwk: Jwk) -> ec.EllipticCurvePublicKey:
        x, y = (int.from_bytes(_octets(value, self.size)) for value in (jwk.x, jwk.y))
        return ec.EllipticCurvePublicNumbers(x, y, self.curve).public_key()

    def jwk(self, key: ec.EllipticCurvePublicKey) -> Jwk:
        point = key.public_numbers()
        x, y = (_text(number.to_bytes(self.size)) for number in (point.x, point.y))
        return Jwk(kty="EC", crv=self.crv, x=x, y=y)

    def verify(self, key: ec.EllipticCurvePublicKey, message: bytes, signature: bytes) -> bool:
        try:
            key.verify(dss.to_der(signature), message, self.scheme)
        except InvalidSignature:
            return False
        return True

    def generate(self) -> ec.EllipticCurvePrivateKey:
        return ec.generate_private_key(self.curve)

    def sign(self, private: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
        return dss.from_der(private.sign(message, self.scheme), self.size)

    def unpack(self, raw: bytes) -> ec.EllipticCurvePublicKey:
        if len(raw) != 1 + self.size:
            raise ValueError("not a compressed point")
        return ec.EllipticCurvePublicKey.from_encoded_point(self.curve, raw)

    def pack(self, key: ec.EllipticCurvePublicKey) -> bytes:
        point = key.public_numbers()
        return bytes((2 + point.y % 2,)) + point.x.to_bytes(self.size)


def _ecdsa(
    name: str, on: _Ecdsa, multikey: bytes
) -> Algorithm[ec.EllipticCurvePublicKey, ec.EllipticCurvePrivateKey]:
    return Algorithm(
        names=(name,),
        kty="EC",
        crv=on.crv,
        signature_bytes=2 * on.size,
        load=on.load,
        jwk=on.jwk,
        verify=on.verify,
        generate=on.generate,
        sign=on.sign,
        private=ec.EllipticCurvePrivateKey,
        multikey=multikey,
        unpack=on.unpack,
        pack=on.pack,
    )


def _load_ed25519(raw: bytes) -> ed25519.Ed25519PublicKey:
    check_point(raw)
    return ed25519.Ed25519PublicKey.from_public_bytes(raw)


def _verify_ed25519(key: ed25519.Ed25519PublicKey, message: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _load_rsa(jwk: Jwk) -> rsa.RSAPublicKey:
    n, e = (int.from_bytes(_octets(value)) for value in (jwk.n, jwk.e))
    moduli.check(n, e)
    return rsa.RSAPublicNumbers(e, n).public_key()


def _jwk_rsa(key: rsa.RSAPublicKey) -> Jwk:
    numbers = key.public_numbers()
    n, e = (_text(value.to_bytes((value.bit_length() + 7) // 8)) for value in (numbers.n, numbers.e))
    return Jwk(kty="RSA", n=n, e=e)


def _verify_rs256(key: rsa.RSAPublicKey, message: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _octets(text: str | None, length: int | None = None) -> bytes:
    """Octets of exactly `length`, or a number without leading zeros (RFC 7518, sections 2 and 6)."""
    raw = decode((text or "").encode())
    if not raw or (raw[0] == 0 if length is None else len(raw) != length):
        raise ValueError("a number of the wrong length")
    return raw


def _text(raw: bytes) -> str:
    return encode(raw).decode()


ALGORITHMS: tuple[Algorithm[Any, Any], ...] = (
    _ecdsa("ES256", _Ecdsa("P-256", ec.SECP256R1(), ec.ECDSA(hashes.SHA256()), 32), b"\x80\x24"),
    Algorithm[ed25519.Ed25519PublicKey, ed25519.Ed25519PrivateKey](
        names=("EdDSA", "Ed25519"),  # RFC 8037; RFC 9864's name says the curve too
        kty="OKP",
        crv="Ed25519",
        signature_bytes=64,
        load=lambda jwk: _load_ed25519(_octets(jwk.x, 32)),
        jwk=lambda key: Jwk(kty="OKP", crv="Ed25519", x=_text(key.public_bytes_raw())),
        verify=_verify_ed25519,
        generate=ed25519.Ed25519PrivateKey.generate,
        sign=lambda private, message: private.sign(message),
        private=ed25519.Ed25519PrivateKey,
        multikey=b"\xed\x01",
        unpack=_load_ed25519,
        pack=lambda key: key.public_bytes_raw(),
    ),
    _ecdsa("ES384", _Ecdsa("P-384", ec.SECP384R1(), ec.ECDSA(hashes.SHA384()), 48), b"\x81\x24"),
    Algorithm[rsa.RSAPublicKey, rsa.RSAPrivateKey](
        names=("RS256",),
        kty="RSA",
        crv=None,
        signature_bytes=None,
        load=_load_rsa,
        jwk=_jwk_rsa,
        verify=_verify_rs256,
        generate=lambda: rsa.generate_private_key(_RSA_EXPONENT, _RSA_BITS),
        sign=lambda private, message: private.sign(message, padding.PKCS1v15(), hashes.SHA256()),
        private=rsa.RSAPrivateKey,
    ),
)

BY_NAME = {name: algorithm for algorithm in ALGORITHMS for name in algorithm.names}
