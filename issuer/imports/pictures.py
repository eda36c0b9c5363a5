"""Pictures in an item's text: read from the package, and shown below it by number."""

import base64
from collections.abc import Callable

from issuer.assessments.kinds.picture import media_type
from issuer.imports.markup import Element
from issuer.imports.refusals import ImportRefused, named
from schemas.items import Picture


class Pictures:
    """The pictures of one item, as its texts are read; `read` gives the bytes that a reference names."""

    def __init__(self, read: Callable[[str], bytes], found: list[Picture] | None = None) -> None:
        self.found = [] if found is None else found
        self._read = read

    def of(self, href: str) -> "Pictures":
        """The same pictures, for a file of the package that refers to more of them from where it stands."""
        folder = href.rpartition("/")[0]
        return Pictures(lambda source: self._read(f"{folder}/{source}" if folder else source), self.found)

    def add(self, image: Element) -> str:
        """Keep an `img`, and return the mark that stands for it in the text; raises ImportRefused."""
        source, alt = image.get("src"), " ".join(image.get("alt").split())
        if not alt:
            raise ImportRefused("item.media", f"No text stands for the picture {named(source)}.")
        content = self._read(source)
        kind = media_type(content)
        if kind is None:
            raise ImportRefused("item.media", f"The picture {named(source)} is neither PNG nor JPEG.")
        self.found.append(Picture(kind, base64.b64encode(content).decode(), alt))
        return f"[Picture {len(self.found)}]"
