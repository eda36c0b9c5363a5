"""Read a stranger's XML into a small tree: no document types, no entities, nothing fetched, all counted."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from defusedxml import DefusedXmlException  # type: ignore[import-untyped] # no types
from defusedxml.ElementTree import DefusedXMLParser  # type: ignore[import-untyped] # no types

MAX_FILE = 1_048_576  # bytes
MAX_ELEMENTS = 20_000
MAX_DEPTH = 64
MAX_ATTRIBUTES = 64  # of one element
MAX_ATTRIBUTE = 8_192  # characters, all of one element's

_DECLARED = re.compile(r"""^<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_ENCODINGS = {"utf-8", "utf8", "utf-16", "us-ascii", "ascii"}


class XmlRefused(Exception):  # noqa: N818 - a refusal with a stable code, not an error of ours
    """`code` is xml.…; `detail` is a sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Element:
    """An element: its local `name`, its namespace, its attributes, and text and elements in order."""

    __slots__ = ("attributes", "children", "name", "space")

    def __init__(self, space: str, name: str, attributes: Mapping[str, str]) -> None:
        self.space = space
        self.name = name
        self.attributes = dict(attributes)
        self.children: list[Element | str] = []

    def get(self, name: str, default: str = "") -> str:
        """An attribute's value without white space around it."""
        return self.attributes.get(name, default).strip()

    def elements(self, *names: str) -> list["Element"]:
        """The child elements, or those of these names."""
        found = [child for child in self.children if isinstance(child, Element)]
        return [child for child in found if child.name in names] if names else found

    def first(self, name: str) -> "Element | None":
        """The first child element of this name."""
        return next(iter(self.elements(name)), None)

    def walk(self) -> Iterator["Element"]:
        """This element and all below it, in document order."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(reversed(element.elements()))

    def text(self) -> str:
        """All character data below, as it stands."""
        pieces: list[str] = []
        waiting: list[Element | str] = [self]
        while waiting:
            one = waiting.pop()
            if isinstance(one, str):
                pieces.append(one)
            else:
                waiting.extend(reversed(one.children))
        return "".join(pieces)


class _Tree:
    """Receives the parser's events; comments and processing instructions never reach it."""

    def __init__(self, most: int) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._text: list[str] = []
        self._most = most
        self._count = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._flush()
        self._count += 1
        if self._count > self._most:
            raise XmlRefused("xml.too_large", f"The file has more than {self._most} elements.")
        if len(self._open) >= MAX_DEPTH:
            raise XmlRefused("xml.too_deep", f"The file is nested deeper than {MAX_DEPTH} elements.")
        size = sum(len(name) + len(value) for name, value in attributes.items())
        if len(attributes) > MAX_ATTRIBUTES or size > MAX_ATTRIBUTE:
            raise XmlRefused(
                "xml.too_large",
                f"An element has over {MAX_ATTRIBUTES} attributes or {MAX_ATTRIBUTE} characters in them.",
            )
        space, _, name = tag[1:].rpartition("}") if tag.startswith("{") else ("", "", tag)
        element = Element(space, name, attributes)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _tag: str) -> None:
        self._flush()
        self._open.pop()

    def data(self, content: str) -> None:
        self._text.append(content)

    def _flush(self) -> None:
        if self._open and self._text:
            self._open[-1].children.append("".join(self._text))
        self._text.clear()

    def close(self) -> None:
        """The document ended as it should."""


def parse(content: bytes, *, times: int = 1) -> Element:
    """The root element; raises XmlRefused. The file may have `times` the bytes and elements of others."""
    if len(content) > MAX_FILE * times:
        raise XmlRefused("xml.too_large", f"The file has more than {MAX_FILE * times} bytes.")
    _encoding(content)
    tree = _Tree(MAX_ELEMENTS * times)
    parser: Any = DefusedXMLParser(target=tree, forbid_dtd=True)
    try:
        parser.feed(content)
        parser.close()
    except DefusedXmlException as error:
        raise XmlRefused(
            "xml.declares", "The file declares a document type or an entity, which no item needs."
        ) from error
    except (
        ValueError,
        LookupError,
    ) as error:  # pragma: no cover - what expat may say of encodings; checked above
        raise XmlRefused("xml.encoding", "The file is in an encoding that is not read here.") from error
    except SyntaxError as error:
        line = getattr(error, "position", (0, 0))[0]
        raise XmlRefused("xml.malformed", f"The file is no well-formed XML (line {line}).") from error
    if tree.root is None:  # pragma: no cover - the parser refuses a document without an element itself
        raise XmlRefused("xml.malformed", "The file has no element.")
    return tree.root


def _encoding(content: bytes) -> None:
    """XML 1.0 has every processor read UTF-8 and UTF-16; another encoding only makes two readers differ."""
    wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise XmlRefused("xml.encoding", "The file is neither valid UTF-8 nor valid UTF-16.") from error
    declared = _DECLARED.match(text)
    if declared is None:
        return
    name = declared[1].lower()
    if name not in _ENCODINGS or wide != name.startswith("utf-16"):
        raise XmlRefused("xml.encoding", f"The file declares the encoding {name!r}, and is not in it.")
