"""A credential as text: a compact token (white space from mail and terminals aside) or a JSON document."""

import re

from verifier.carriers.found import Found

_SPACE = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"
# Three parts, of which only the first may not be empty: a token with a damaged character is still one.
_TOKEN = re.compile(rb"[^\s.]+\.[^\s.]*\.[^\s.]*")
_SD_JWT = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+~[A-Za-z0-9_~.-]*")
# A JSON object in base64url starts so: `{"`.
_HEADER = b"eyJ"
_NOT_IN_TOKENS = (b" ", b"\t", b"\r", b"\n", b"~")


def find_token(evidence: bytes) -> Found | None:
    """A token as it is written, which most evidence is: nothing before it, no white space in it."""
    if evidence.startswith(_HEADER) and not any(one in evidence for one in _NOT_IN_TOKENS):
        return Found("token", evidence, "A compact token.")
    return None


def find(evidence: bytes) -> Found | None:
    """Recognise by the first characters; whether it is well formed is the next step's question."""
    body = evidence.strip(_SPACE)
    if body.startswith((b"{", b"[", _BOM + b"{")):
        return Found("json", body, "A JSON document.")
    unwrapped = body.translate(None, _SPACE)
    if _SD_JWT.fullmatch(unwrapped):
        detail = "This is an SD-JWT, which this version does not read yet. Ask for it in another form."
        return Found("unsupported", b"", detail)
    if unwrapped.startswith(_HEADER) or _TOKEN.fullmatch(body):
        return Found("token", unwrapped, "A compact token.")
    return None
