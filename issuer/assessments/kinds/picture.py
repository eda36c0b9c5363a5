"""Pictures of an item: PNG or JPEG, small, with the text that stands for each."""

import base64
import binascii
from collections.abc import Iterator
from typing import Final

from issuer.assessments.kinds.kind import ShownPicture, Texts
from schemas.items import Item, MediaType, Picture, Task

MOST = 4
MAX_BYTES = 262_144  # of one picture
MAX_SIDE = 4_096  # pixels: a small file can unpack to a large picture in a taker's browser
LONGEST = 500  # characters of the text that stands for it
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
# The markers of a JPEG's frame header, which has its size (ITU T.81, table B.1).
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
_SEGMENT = 4  # bytes: a marker and its length


def media_type(content: bytes) -> MediaType | None:
    """What kind of picture these bytes are, by how they begin; None for any that is not shown."""
    if content.startswith(_PNG):
        return "image/png"
    return "image/jpeg" if content.startswith(_JPEG) else None


def size(content: bytes) -> tuple[int, int] | None:
    """Width and height in pixels, as the header says; None where there is no such header."""
    if content.startswith(_PNG):
        sides = content[16:24]
        header = len(sides) == 8 and content[12:16] == b"IHDR"  # noqa: PLR2004 - two numbers of four bytes
        return (int.from_bytes(sides[:4]), int.from_bytes(sides[4:])) if header else None
    at = 2
    while at + _SEGMENT <= len(content) and content[at] == 0xFF:  # noqa: PLR2004 - every marker begins so
        if content[at + 1] in _FRAMES:
            sides = content[at + 5 : at + 9]
            return int.from_bytes(sides[2:]), int.from_bytes(sides[:2])
        at += 2 + max(int.from_bytes(content[at + 2 : at + 4]), 2)
    return None


def lint(item: Item) -> Iterator[str]:
    """What can be wrong with an item's pictures."""
    where = f"Item {item.id}"
    if item.pictures and isinstance(item, Task):
        yield f"{where} is a task, and its raters see no pictures; leave them out."
    if len(item.pictures) > MOST:
        yield f"{where} has more than {MOST} pictures."
    for number, picture in enumerate(item.pictures, 1):
        yield from (f"{where}, picture {number}, {finding}" for finding in _lint(picture))


def _lint(picture: Picture) -> Iterator[str]:
    if not picture.alt.strip() or len(picture.alt) > LONGEST:
        yield f"needs a text (alt) of 1 to {LONGEST} characters that stands for it."
    try:
        content = base64.b64decode(picture.data, validate=True)
    except (binascii.Error, ValueError):
        yield "is not in base64."
        return
    if media_type(content) != picture.media_type:
        yield f"does not begin as {picture.media_type} does."
    elif len(content) > MAX_BYTES:
        yield f"has more than {MAX_BYTES} bytes."
    elif not all(0 < side <= MAX_SIDE for side in size(content) or (0, 0)):
        yield f"must say its size, of 1 to {MAX_SIDE} pixels a side."


def places(item: Item) -> dict[str, str]:
    """The texts that stand for the pictures, by place."""
    return {f"pictures.{number}": picture.alt for number, picture in enumerate(item.pictures)}


def shown(item: Item, texts: Texts) -> tuple[ShownPicture, ...]:
    """The pictures as a taker's browser gets them."""
    return tuple(
        ShownPicture(f"data:{picture.media_type};base64,{picture.data}", texts[f"pictures.{number}"])
        for number, picture in enumerate(item.pictures)
    )
