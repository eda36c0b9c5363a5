"""Baked PNG pictures: the credential stands in one iTXt chunk. Found, and baked.

Open Badges 3.0, 5.3.1 (keyword `openbadgecredential`); Open Badges 2.0, baking (`openbadges`); PNG, third
edition, 5.3 and 11.3.3.4. Only the badge's chunk is looked into: no picture is decoded here.
"""

import re
import struct
import zlib
from collections.abc import Iterator

from schemas.report import Reason
from verifier.carriers.found import Found, refused
from verifier.carriers.inside import MAX_EVIDENCE, inside

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORD = b"openbadgecredential"
_KEYWORDS = (KEYWORD, b"openbadges")
_PLACE = "Baked into a PNG picture"
_CHUNKS = 10_000
_AROUND = 12  # bytes of each besides its data: length, type, checksum
_HEADER = len(SIGNATURE) + _AROUND + 13  # the end of IHDR, which comes first
# Keyword, compression flag and method, language tag, translated keyword.
_ITXT = re.compile(rb"[^\0]*\0([\0\1])\0[^\0]*\0[^\0]*\0")


class _Refused(Exception):  # noqa: N818 — the house's name: what a refusal is, not that it is an error
    """A badge chunk that cannot be read: a reason and a sentence."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.found = refused(reason, detail)


def find(evidence: bytes) -> Found | None:
    """Find the one badge chunk; a picture without any may still show a QR code."""
    if not evidence.startswith(SIGNATURE):
        return None
    try:
        return _find(evidence)
    except _Refused as error:
        return error.found


def _find(evidence: bytes) -> Found:
    openings = tuple(keyword + b"\0" for keyword in _KEYWORDS)
    badges = [(data, sound) for data, sound in _texts(evidence) if data.startswith(openings)]
    if not badges:
        return Found("picture", evidence, "A PNG picture.")
    if len(badges) > 1:
        raise _Refused(Reason.CARRIER_AMBIGUOUS, "More than one credential is baked into this picture.")
    ((data, sound),) = badges
    if not sound:
        raise _Refused(Reason.CARRIER_DAMAGED, "The credential in this picture has a wrong checksum.")
    return inside(_text(data), _PLACE)


def _texts(evidence: bytes) -> Iterator[tuple[bytes, bool]]:
    """Each whole iTXt chunk before IEND: its data, and whether its checksum is right."""
    at = len(SIGNATURE)
    for _ in range(_CHUNKS):
        if at + _AROUND > len(evidence):
            return
        length, kind = struct.unpack_from(">I4s", evidence, at)
        end = at + _AROUND + length
        if end > len(evidence) or kind == b"IEND":
            return
        if kind == b"iTXt":
            (checksum,) = struct.unpack_from(">I", evidence, end - 4)
            yield evidence[at + 8 : end - 4], checksum == zlib.crc32(evidence[at + 4 : end - 4])
        at = end
    raise _Refused(Reason.CARRIER_DAMAGED, f"This picture has more than {_CHUNKS} parts.")


def _text(data: bytes) -> bytes:
    """The text of an iTXt chunk; if compressed, which a badge's must not be, little more than may be read."""
    parts = _ITXT.match(data)
    if parts is None:
        raise _Refused(Reason.CARRIER_DAMAGED, "The place of the credential in this picture is malformed.")
    content = data[parts.end() :]
    if parts[1] == b"\0":
        return content
    inflate = zlib.decompressobj()
    try:
        content = inflate.decompress(content, MAX_EVIDENCE + 1)
    except zlib.error:
        content = b""
    if not inflate.eof and len(content) <= MAX_EVIDENCE:
        raise _Refused(Reason.CARRIER_DAMAGED, "The credential in this picture is damaged.")
    return content


def bake(picture: bytes, credential: bytes) -> bytes:
    """Return the PNG picture with the credential (compact token or JSON text, UTF-8) in it.

    Raises ValueError for what is no PNG picture, or holds a credential already: there must be only one.
    """
    found = find(picture)
    if found is None or found.kind != "picture" or len(picture) < _HEADER or picture[12:16] != b"IHDR":
        raise ValueError("not a PNG picture without a credential")
    data = KEYWORD + b"\0\0\0\0\0" + credential  # not compressed, in no language
    chunk = struct.pack(">I", len(data)) + b"iTXt" + data + struct.pack(">I", zlib.crc32(b"iTXt" + data))
    return picture[:_HEADER] + chunk + picture[_HEADER:]
