"""Base64url without padding (RFC 7515, section 2), canonical: exactly one text for each sequence of bytes."""

import base64
import binascii

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
# By length modulo 4: the last characters whose bits beyond the last byte are zero.
_LAST = {0: ALPHABET, 2: b"AQgw", 3: b"AEIMQUYcgkosw048"}


class Base64UrlError(ValueError):
    """Not canonical base64url; says nothing of the content."""


def encode(raw: bytes) -> bytes:
    """The one text of these bytes, ASCII, without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def decode(text: bytes) -> bytes:
    """The bytes of this text; padding, other characters, non-zero unused bits raise Base64UrlError."""
    if text.translate(None, ALPHABET):
        raise Base64UrlError("not base64url")
    remainder = len(text) % 4
    if text and text[-1:] not in _LAST.get(remainder, b""):
        raise Base64UrlError("not canonical")
    return binascii.a2b_base64(text.translate(_TO_STANDARD) + b"=" * (-remainder % 4))
