"""ECDSA signatures in their two forms: JOSE's r||s (RFC 7518, section 3.4) and the DER that OpenSSL takes.

Ten lines of our own, because the library's way over integers costs a tenth of a signature. They hold for
curves up to 496 bits, where a SEQUENCE has a length of one byte; tests compare them with the library.
"""


def to_der(signature: bytes) -> bytes:
    """The SEQUENCE of two INTEGERs; `signature` has an even length."""
    half = len(signature) // 2
    body = _integer(signature[:half]) + _integer(signature[half:])
    return b"\x30%c%b" % (len(body), body)


def from_der(der: bytes, size: int) -> bytes:
    """R||s, each of `size` bytes, of a SEQUENCE that OpenSSL wrote."""
    end = 4 + der[3]
    return der[4:end][-size:].rjust(size, b"\0") + der[end + 2 :][-size:].rjust(size, b"\0")


def _integer(number: bytes) -> bytes:
    digits = number.lstrip(b"\0") or b"\0"
    if digits[0] & 0x80:
        digits = b"\0" + digits
    return b"\x02%c%b" % (len(digits), digits)
