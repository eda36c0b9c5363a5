"""Pictures in an item's text: read from the package, and shown below it by number."""

import base64
from collections.abc import Callable
from typing import TypeAlias

from issuer.assessments.kinds.picture import MAX_BYTES, MOST, media_type
from issuer.imports.markup import Element
from issuer.imports.refusals import ImportRefused, named
from schemas.items import Picture

Read: TypeAlias = Callable[[str], bytes]
"""How to read what an item refers to; raises ImportRefused."""


class Room:
    """How many characters of pictures the bank has left: thousands of items may show one and the same."""

    def __init__(self, characters: int) -> None:
        self.left = characters


class Pictures:
    """The pictures of one item, as its texts are read."""

    def __init__(self, read: Read, room: Room, found: list[Picture] | None = None) -> None:
        self.found = [] if found is None else found
        self.read = read
        self._room = room

    def of(self, href: str) -> "Pictures":
        """The same pictures, for a file of the package that refers to more of them from where it stands."""
        folder = href.rpartition("/")[0]
        read = self.read
        return Pictures(lambda to: read(f"{folder}/{to}" if folder else to), self._room, self.found)

    def add(self, image: Element) -> str:
        """Keep an `img`, and return the mark that stands for it in the text; raises ImportRefused."""
        source, alt = image.get("src"), " ".join(image.get("alt").split())
        if len(self.found) == MOST:
            raise ImportRefused("item.media", f"The item has more than {MOST} pictures.")
        if not alt:
            raise ImportRefused("item.media", f"No text stands for the picture {named(source)}.")
        content = self.read(source)
        kind = media_type(content)
        if kind is None or len(content) > MAX_BYTES:
            raise ImportRefused(
                "item.media", f"The picture {named(source)} is no PNG or JPEG of {MAX_BYTES} bytes at most."
            )
        data = base64.b64encode(content).decode()
        self._room.left -= len(data)
        if self._room.left < 0:
            raise ImportRefused("item.media", "All items' pictures together are more than a bank holds.")
        self.found.append(Picture(kind, data, alt))
        return f"[Picture {len(self.found)}]"
