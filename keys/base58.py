"""Base58btc (Controlled Identifiers 1.0, section 2.4): exactly one text for each sequence of bytes."""

from operator import mul

ALPHABET = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
# Conversion takes quadratic time; keys and signatures have 132 characters at most.
MAX_TEXT = 256

_BASE = len(ALPHABET)
_POWERS = tuple(_BASE**place for place in range(MAX_TEXT))
_VALUES = bytes.maketrans(ALPHABET, bytes(range(_BASE)))


class Base58Error(ValueError):
    """Not base58btc, or too long; says nothing of the content."""


def encode(raw: bytes) -> bytes:
    """The one text of these bytes, ASCII; a leading zero byte is a leading `1`."""
    number, text = int.from_bytes(raw), bytearray()
    while number:
        number, value = divmod(number, _BASE)
        text.append(ALPHABET[value])
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    return ALPHABET[:1] * zeros + bytes(reversed(text))


def decode(text: bytes) -> bytes:
    """The bytes of this text; other characters and more than MAX_TEXT of them raise Base58Error."""
    if len(text) > MAX_TEXT or text.translate(None, ALPHABET):
        raise Base58Error("not base58btc of a key or signature")
    digits = text.lstrip(ALPHABET[:1])
    number: int = sum(map(mul, digits.translate(_VALUES)[::-1], _POWERS))
    return bytes(len(text) - len(digits)) + number.to_bytes((number.bit_length() + 7) // 8)
