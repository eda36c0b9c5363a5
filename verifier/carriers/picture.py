"""Pictures that show a QR code: photographs and screenshots. They are decoded in the sandbox, never here."""

import json
from typing import Final

from schemas.report import Reason
from verifier.carriers.found import Found, refused
from verifier.carriers.inside import inside
from verifier.sandbox import LARGEST, Done, Undone

# Bytes at most.
MAX_PICTURE: Final = LARGEST["picture"]
# ISO/IEC 23008-12: what some telephones make of a photograph unless they are asked for JPEG.
_HEIF = (b"heic", b"heix", b"mif1", b"msf1", b"avif")
_PLACE = "In the QR code of a picture"


def find(evidence: bytes) -> Found | None:
    """Recognise a JPEG, GIF, WebP or HEIF file by its first bytes; PNG is `png`'s."""
    if evidence.startswith(b"\xff\xd8\xff"):
        return Found("picture", evidence, "A JPEG picture.")
    if evidence.startswith((b"GIF87a", b"GIF89a")):
        return Found("picture", evidence, "A GIF picture.")
    if evidence[:4] == b"RIFF" and evidence[8:12] == b"WEBP":
        return Found("picture", evidence, "A WebP picture.")
    if evidence[4:8] == b"ftyp" and evidence[8:12] in _HEIF:
        detail = "This is a HEIC or AVIF picture, which this version does not decode. Choose JPEG or PNG."
        return Found("unsupported", b"", detail)
    return None


def decoded(answer: Done | Undone) -> Found:
    """Say what the sandbox found in a picture: its one credential, or why there is none."""
    if isinstance(answer, Undone):
        if answer.code == "picture.unreadable":
            return refused(Reason.CARRIER_DAMAGED, answer.detail)
        return refused(Reason.CARRIER_NOT_DECODED, answer.detail)
    texts = json.loads(answer.data)
    found = [inside(text.encode("utf-8", "replace"), _PLACE) for text in texts]
    held = {each.data: each for each in found if each.kind != "refused"}
    if len(held) > 1:
        return refused(Reason.CARRIER_AMBIGUOUS, "The picture shows more than one credential. Show only one.")
    if held:
        return next(iter(held.values()))
    if found:
        return found[0]
    return refused(Reason.CARRIER_UNRECOGNISED, "There is no QR code in this picture that we can read.")
