"""Base64url without padding (RFC 7515, section 2), canonical: exactly one text for each sequence of bytes."""

import binascii

import pybase64

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

# What is missing to a multiple of four characters.
_PADDING = (b"", b"===", b"==", b"=")
# By length modulo 4: the last characters whose bits beyond the last byte are zero.
_LAST = {0: ALPHABET, 2: b"AQgw", 3: b"AEIMQUYcgkosw048"}


class Base64UrlError(ValueError):
    """Not canonical base64url; says nothing of the content."""


def encode(raw: bytes) -> bytes:
    """The one text of these bytes, ASCII, without padding."""
    return pybase64.urlsafe_b64encode(raw).rstrip(b"=")


def decode(text: bytes) -> bytes:
    """The bytes of this text; padding, other characters, non-zero unused bits raise Base64UrlError."""
    remainder = len(text) % 4
    if text and text[-1:] not in _LAST.get(remainder, b""):
        raise Base64UrlError("not canonical")
    # The library still lets the other alphabet's characters pass.
    if b"+" in text or b"/" in text:
        raise Base64UrlError("not base64url")
    try:
        return pybase64.b64decode(text + _PADDING[remainder], altchars=b"-_", validate=True)
    except binascii.Error:
        raise Base64UrlError("not base64url") from None
