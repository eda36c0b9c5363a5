"""Which 32 bytes are an Ed25519 public key that proves something (RFC 8032, section 5.1).

OpenSSL takes any 32 bytes. A key of low order makes one signature fit many messages, and a second spelling of
a key gives it a second thumbprint, so both are refused wherever a key comes from outside. (Bytes that are no
point at all verify nothing.)
"""

LENGTH = 32

_P = 2**255 - 19
_Y_BITS = 2**255 - 1
# The y of the points whose order divides eight: the neutral element, orders 2, 4, and 8 (two of them).
_Y8 = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
_LOW_ORDER = frozenset((1, _P - 1, 0, _Y8, _P - _Y8))


def check_point(raw: bytes) -> None:
    """Raise ValueError unless this is 32 bytes with a canonical y, and that not of a point of low order."""
    y = int.from_bytes(raw, "little") & _Y_BITS
    if len(raw) != LENGTH or y >= _P:
        raise ValueError("not the canonical encoding of a point")
    if y in _LOW_ORDER:
        raise ValueError("a point of low order")
