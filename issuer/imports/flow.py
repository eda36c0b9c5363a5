"""An item's body as plain text: paragraphs with the places of interactions in them, and exhibits.

What plain text can carry is carried: inline code between backticks, lists with marks, raised and lowered
digits as such characters, mathematics in a line, tables and preformatted text as an exhibit. The rest is
refused by name.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from msgspec import Struct

from issuer.imports.characters import LOWERED, RAISED, clean
from issuer.imports.markup import QTI, Element
from issuer.imports.mathematics import mathematics
from issuer.imports.pictures import Pictures, is_picture
from issuer.imports.refusals import ImportRefused, named

_SPACE = re.compile("[ \t\r\n]+")
_SPACES = re.compile(" +")
_AROUND_BREAK = re.compile(" ?\n ?")
MAX_TEXT = 20_000  # characters of an item's texts, each
_MEDIA: Final = frozenset(
    {"img", "picture", "object", "audio", "video", "qti-media-interaction", "svg", "embed"}
)
_BLOCKS: Final = frozenset(
    {"p", "div", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "header", "footer"}
    | {"aside", "main", "address", "figure", "figcaption", "ul", "ol", "li", "dl", "dt", "dd", "hr"}
    | {"qti-content-body", "qti-rubric-block"}
)
_INLINE: Final = frozenset(
    {"span", "em", "strong", "b", "i", "u", "a", "abbr", "acronym", "cite", "dfn", "q", "small", "big"}
    | {"bdi", "bdo", "mark", "time", "label", "ruby", "rb", "rt"}
)
_MARKS: Final = {"rt": (" (", ")"), "q": ("“", "”")}
_CODE: Final = frozenset({"code", "kbd", "samp", "tt", "var"})
_FEEDBACK: Final = frozenset({"qti-feedback-inline", "qti-feedback-block"})
_UNSEEN: Final = frozenset({"qti-stylesheet", "rp", "qti-catalog-info"})


class Spot(Struct, frozen=True):
    """Where an interaction, a gap or a hot text stands in the text."""

    element: Element


class Feedback(Struct, frozen=True):
    """A text that is shown, or hidden, when an outcome has (or holds) an identifier; None if it is none."""

    outcome: str
    identifier: str
    shows: bool
    text: str | None


Paragraph = list[str | Spot]


class Flow:
    """The paragraphs of a body, its exhibits, the feedback in it, and what was left out."""

    def __init__(self, pictures: Pictures | None = None) -> None:
        self.pictures = pictures
        self.paragraphs: list[Paragraph] = []
        self.exhibits: list[str] = []
        self.feedback: list[Feedback] = []
        self.lost: list[str] = []
        self._open: Paragraph = []
        self._mark = ""

    def add(self, piece: str | Spot) -> None:
        """Go on in the paragraph that is open, after its mark in a list."""
        if self._mark and (isinstance(piece, Spot) or piece.strip()):
            self._open.append(self._mark)
            self._mark = ""
        self._open.append(piece)

    def mark(self, text: str) -> None:
        """What the next paragraph begins with."""
        self._mark = text

    def end(self) -> None:
        """Close the paragraph; an empty one is none."""
        tidy = _tidy(self._open)
        if tidy:
            self.paragraphs.append(tidy)
        self._open = []


def read_flow(element: Element, spots: Iterable[str], pictures: Pictures | None = None) -> Flow:
    """What stands in an element; elements of the names in `spots` become Spots, and `pictures` are kept.

    Raises ImportRefused, for a picture too where none can be kept.
    """
    flow = Flow(pictures)
    _children(element, flow, frozenset(spots))
    flow.end()
    return flow


def plain(element: Element, pictures: Pictures | None = None) -> tuple[str, Flow]:
    """The text of an element that holds no interaction, and the flow that it came from."""
    flow = read_flow(element, (), pictures)
    if flow.exhibits:
        raise ImportRefused("item.markup", f"A table or preformatted text stands in {named(element.name)}.")
    return written(flow.paragraphs, lambda _: ""), flow


def written(paragraphs: Iterable[Paragraph], spot: Callable[[Spot], str]) -> str:
    """Paragraphs as one text, an empty line between them."""
    texts = ("".join(piece if isinstance(piece, str) else spot(piece) for piece in one) for one in paragraphs)
    text = "\n\n".join(text for text in texts if text.strip())
    if len(text) > MAX_TEXT:
        raise ImportRefused("item.text", f"A text has more than {MAX_TEXT} characters.")
    return text


def _children(element: Element, flow: Flow, spots: frozenset[str]) -> None:
    for child in element.children:
        if isinstance(child, str):
            flow.add(_SPACE.sub(" ", clean(child)))
        else:
            _element(child, flow, spots)


def _element(element: Element, flow: Flow, spots: frozenset[str]) -> None:
    name = element.name
    _refuse_foreign(element)
    if name in spots:
        flow.add(Spot(element))
    elif name in _FEEDBACK:
        flow.feedback.append(feedback(element))
    elif name in _UNSEEN:
        flow.lost.append(f"{name} is left out")
    elif name == "qti-rubric-block" and "candidate" not in element.get("view", "candidate").split():
        flow.lost.append(f"a rubric for {element.get('view')} is left out")
    elif name in _BLOCKS:
        _block(element, flow, spots)
    elif name == "table" and any(inner.name in spots for inner in element.walk()):
        _laid_out(element, flow, spots)
    elif name in {"pre", "table"}:
        flow.end()
        flow.exhibits.append(_preformatted(element) if name == "pre" else _table(element))
    else:
        _inline(element, flow, spots)


def _refuse_foreign(element: Element) -> None:
    if element.space != QTI and element.name not in {"math", "svg"}:
        raise ImportRefused("item.markup", f"{named(element.name)} is in a namespace that is not QTI 3's.")
    if element.get("dir") == "rtl" and element.name == "bdo":
        raise ImportRefused("item.markup", "The text turns the direction of writing (bdo).")


def _why(element: Element) -> tuple[str, str]:
    """Code and sentence for an element that has no place in a text."""
    name = element.name
    if name in _MEDIA:
        return "item.media", (
            f"The item shows {named(name)} where ours cannot: "
            "only pictures (PNG, JPEG) are kept, in the question and not in what is chosen."
        )
    if name == "math":
        return "item.mathematics", "Mathematical notation (MathML) stands where only characters can."
    if name.endswith("-interaction"):
        return "item.interaction", f"{named(name)} stands where no interaction is read."
    if name == "qti-printed-variable" or name.startswith("qti-template"):
        return "item.template", f"The text depends on a variable ({named(name)})."
    return "item.markup", f"The markup {named(name)} has no form in plain text."


def _block(element: Element, flow: Flow, spots: frozenset[str]) -> None:
    flow.end()
    if element.name == "li":
        flow.mark("- ")
    if element.name == "ol":
        for number, child in enumerate(element.elements("li"), 1):
            flow.end()
            flow.mark(f"{number}. ")
            _children(child, flow, spots)
    else:
        _children(element, flow, spots)
    flow.end()


def _laid_out(table: Element, flow: Flow, spots: frozenset[str]) -> None:
    """A table in which something is asked: a paragraph for each row, its cells beside each other."""
    flow.end()
    for row in _rows(table):
        for place, cell in enumerate(row.elements("td", "th")):
            flow.add(" " if place else "")
            _children(cell, flow, spots)
        flow.end()


def _rows(table: Element) -> Iterator[Element]:
    """A table's own rows: those of a table in one of its cells come with that cell, and only there."""
    waiting = [table]
    while waiting:
        element = waiting.pop()
        if element.name == "tr":
            yield element
        else:
            waiting.extend(reversed(element.elements()))


def _inline(element: Element, flow: Flow, spots: frozenset[str]) -> None:
    name = element.name
    if name == "br":
        flow.add("\n")
    elif name in _CODE:
        flow.add(_code(element))
    elif name in {"sub", "sup"}:
        flow.add(_shifted(element))
    elif name == "math":
        flow.add(mathematics(element))
    elif flow.pictures is not None and is_picture(element):
        flow.add(flow.pictures.add(element))
    elif name in _INLINE:
        before, after = _MARKS.get(name, ("", ""))
        flow.add(before)
        _children(element, flow, spots)
        flow.add(after)
    else:
        raise ImportRefused(*_why(element))


def _characters(element: Element) -> str:
    """The text of an element that holds inline markup at most."""
    for inner in element.walk():
        if inner is not element and (inner.space != QTI or inner.name not in _INLINE | _CODE | {"br"}):
            raise ImportRefused(*_why(inner))
    return clean(element.text())


def _code(element: Element) -> str:
    text = " ".join(_characters(element).split())
    return f"`{text}`" if text else ""


def _shifted(element: Element) -> str:
    forms = RAISED if element.name == "sup" else LOWERED
    text = "".join(_characters(element).split())
    if any(one not in forms for one in text):
        raise ImportRefused("item.markup", f"{named(text)} is raised or lowered, and has no such characters.")
    return "".join(forms[one] for one in text)


def _preformatted(element: Element) -> str:
    return _bounded(_characters(element).strip("\n"))


def _bounded(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise ImportRefused("item.text", f"A text has more than {MAX_TEXT} characters.")
    return text


def _table(element: Element) -> str:
    rows: list[list[str]] = []
    heads = 0
    for inner in element.walk():
        if inner.name in {"td", "th"} and (
            inner.get("colspan", "1") != "1" or inner.get("rowspan", "1") != "1"
        ):
            raise ImportRefused("item.markup", "A table has cells that span rows or columns.")
        if inner.name in {"caption", "colgroup", "col"}:
            raise ImportRefused("item.markup", f"A table has {named(inner.name)}.")
        if inner.name == "tr":
            cells = inner.elements()
            rows.append([" ".join(plain(cell)[0].split()) for cell in cells])
            heads += len(rows) == 1 and bool(cells) and all(cell.name == "th" for cell in cells)
    widths = [
        max(len(row[at]) for row in rows if at < len(row)) for at in range(max(map(len, rows), default=0))
    ]
    lines = [
        " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip()
        for row in rows
    ]
    if heads:
        lines.insert(1, "-+-".join("-" * width for width in widths))
    return _bounded("\n".join(lines))


def feedback(element: Element) -> Feedback:
    """A feedback element with its text."""
    try:
        text, _ = plain(element)
    except ImportRefused:
        text = None
    shows = element.get("show-hide", "show") == "show"
    return Feedback(element.get("outcome-identifier"), element.get("identifier"), shows, text)


def _tidy(pieces: Paragraph) -> Paragraph:
    """Spaces joined as a browser does, line breaks kept, neither at the ends."""
    tidy: Paragraph = []
    for spot, run in itertools.groupby(pieces, key=lambda piece: isinstance(piece, Spot)):
        if spot:
            tidy += run
        else:
            tidy.append(_AROUND_BREAK.sub("\n", _SPACES.sub(" ", "".join(map(str, run)))))
    if tidy and isinstance(tidy[0], str):
        tidy[0] = tidy[0].lstrip(" \n")
    if tidy and isinstance(tidy[-1], str):
        tidy[-1] = tidy[-1].rstrip(" \n")
    return [piece for piece in tidy if piece]
