"""The signature algorithms, as one table: a new algorithm is one row here and nothing elsewhere."""

from collections.abc import Callable
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

_ES256 = ec.ECDSA(hashes.SHA256())
_HALF = 32


class Algorithm(NamedTuple):
    """One row; `public` raises ValueError for a point off the curve; signatures have JOSE's form (r||s)."""

    jose: str
    kty: str
    crv: str
    coordinate_bytes: int
    signature_bytes: int
    public: Callable[[bytes, bytes], ec.EllipticCurvePublicKey]
    verify: Callable[[ec.EllipticCurvePublicKey, bytes, bytes], bool]
    generate: Callable[[], ec.EllipticCurvePrivateKey]
    sign: Callable[[ec.EllipticCurvePrivateKey, bytes], bytes]


def _p256(x: bytes, y: bytes) -> ec.EllipticCurvePublicKey:
    numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), ec.SECP256R1())
    return numbers.public_key()


def _verify_es256(public: ec.EllipticCurvePublicKey, message: bytes, signature: bytes) -> bool:
    r, s = int.from_bytes(signature[:_HALF]), int.from_bytes(signature[_HALF:])
    try:
        public.verify(encode_dss_signature(r, s), message, _ES256)
    except InvalidSignature:
        return False
    return True


def _sign_es256(private: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    r, s = decode_dss_signature(private.sign(message, _ES256))
    return r.to_bytes(_HALF) + s.to_bytes(_HALF)


def _generate_p256() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


ALGORITHMS: tuple[Algorithm, ...] = (
    Algorithm("ES256", "EC", "P-256", 32, 64, _p256, _verify_es256, _generate_p256, _sign_es256),
)

BY_NAME = {algorithm.jose: algorithm for algorithm in ALGORITHMS}
