"""What stands inside a picture: a token, JSON or a link, and nothing that would have to be opened again."""

import msgspec

from schemas.report import Reason
from verifier.carriers import text, url
from verifier.carriers.found import Found, refused

# Bytes; a credential is rarely larger than 100 kB, and every one of them costs its reader time.
MAX_EVIDENCE = 262_144


def inside(content: bytes, place: str) -> Found:
    """Recognise what stood at a place, such as "Baked into a PNG picture"."""
    if len(content) > MAX_EVIDENCE:
        return refused(Reason.CARRIER_TOO_LARGE, f"{place}: longer than {MAX_EVIDENCE} bytes.")
    found = url.find(content) or text.find(content)
    if found is None:
        return refused(Reason.CARRIER_UNRECOGNISED, f"{place}: something that is no credential.")
    return msgspec.structs.replace(found, detail=f"{place}: {found.detail[:1].lower()}{found.detail[1:]}")
