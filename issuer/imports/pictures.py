"""Pictures in an item's text: read from the package, and shown below it by number."""

import base64
from collections.abc import Callable
from typing import Final, TypeAlias, get_args

from issuer.assessments.kinds.picture import MAX_BYTES, MOST, media_type
from issuer.imports.characters import clean
from issuer.imports.markup import Element
from issuer.imports.refusals import ImportRefused, named
from schemas.items import MediaType, Picture

Read: TypeAlias = Callable[[str], bytes]
"""How to read what an item refers to; raises ImportRefused."""


def is_picture(element: Element) -> bool:
    """Whether an element shows a picture that may be kept."""
    return element.name == "img" or (element.name == "object" and element.get("type") in _TYPES)


_TYPES: Final = frozenset(get_args(MediaType))


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
        """Keep an `img`, or an `object` with a picture, and return the mark that stands for it in the text.

        Raises ImportRefused.
        """
        source, alt = image.get("src") or image.get("data"), image.get("alt") or clean(image.text())
        alt = " ".join(alt.split())
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
