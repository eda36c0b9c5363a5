"""Nothing that people write becomes markup: naughty strings through every field of every page."""

import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from verifier.web.seal import badge_svg

Gallery = Callable[..., dict[str, bytes]]
# What `backticks` and blank lines may make of a text, and no more.
HARMLESS = {"p", "code"}
VOID = {"meta", "link", "input", "img", "br"}
MARKERS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "%(x)s %s %",
    "</textarea><svg onload=alert(1)>",
    "javascript:alert(1)",
    "<!-- --><![CDATA[ ]]>&lt;&#60;\x00\x0b\u202e\u2066",
    "a `b <b>` c\n\nd\r\n\r\ne",
    "\u2068<b>\u2069\u2069\u2068",
)


class Structure(HTMLParser):
    """Elements with their attributes' names, ids, classes and addresses; text is left out."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, ...]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not any(name.startswith("on") or name == "style" for name, _ in attrs), (tag, attrs)
        if tag not in HARMLESS:
            fixed = [
                f"{name}={value}"
                for name, value in attrs
                if name in {"href", "src", "class", "action", "type"}
            ]
            self.found.append((tag, *sorted(name for name, _ in attrs), *fixed))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, *sorted(name for name, _ in attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def parsed(drawing: str) -> ET.Element:
    return ET.fromstring(drawing)  # noqa: S314 — our own drawing


def harmless(_text: str) -> str:
    return "harmless"


def without_bdi(structure: Structure) -> list[tuple[str, ...]]:
    return [found for found in structure.found if found[0] != "bdi"]


@pytest.fixture(scope="module")
def usual(gallery: Gallery) -> dict[str, list[tuple[str, ...]]]:
    """The structure of every page around a harmless text, which no other text may change."""
    return {name: without_bdi(Structure(page)) for name, page in gallery(harmless).items()}


def test_pages_are_well_formed_and_bare_of_inline_code(gallery: Gallery) -> None:
    for name, page in gallery().items():
        structure = Structure(page)
        assert structure.open == [], name
        elements = [found[0] for found in structure.found]
        assert elements.count("h1") == 1, name
        assert elements.count("main") == elements.count("header") == elements.count("footer") == 1, name
        assert "style" not in elements, name
        assert all(
            part.startswith("src=/static/")
            for found in structure.found
            if found[0] == "script"
            for part in found
            if part.startswith("src=")
        ), name


def test_no_page_asks_anybody_else(gallery: Gallery) -> None:
    for name, page in gallery().items():
        for found in Structure(page).found:
            loads = [
                part for part in found if part.startswith("src=") or (found[0] == "link" and "href=" in part)
            ]
            assert all(part.partition("=")[2].startswith("/") for part in loads if "=" in part), (name, found)


@pytest.mark.parametrize("marker", MARKERS)
def test_markers_stay_text(gallery: Gallery, usual: dict[str, list[tuple[str, ...]]], marker: str) -> None:
    for name, page in gallery(lambda _text: marker).items():
        assert without_bdi(Structure(page)) == usual[name], name


def test_a_marker_is_shown_as_it_is_written(gallery: Gallery) -> None:
    for name, page in gallery(lambda _text: "<i>Zoë & 'Söhne'</i>").items():
        if b"&lt;i&gt;" in page:
            assert "<i>Zoë & 'Söhne'</i>" in "".join(Structure(page).texts), name


@pytest.mark.corpora
def test_the_big_list_of_naughty_strings(
    gallery: Gallery, usual: dict[str, list[tuple[str, ...]]], corpora: Path
) -> None:
    strings = json.loads((corpora / "blns" / "blns.json").read_bytes())
    assert len(strings) > 500
    for start in range(0, len(strings), 40):
        text = " ".join(strings[start : start + 40])
        for name, page in gallery(lambda _text, text=text: text).items():
            assert without_bdi(Structure(page)) == usual[name], (name, start)


@pytest.mark.corpora
def test_naughty_strings_on_the_badge(corpora: Path) -> None:
    strings = json.loads((corpora / "blns" / "blns.json").read_bytes())
    usual = [element.tag for element in parsed(badge_svg("a", "b", "c", position=(1, 3))).iter()]
    for string in strings:
        drawn = parsed(badge_svg(string, string, string, position=(1, 3)))
        tags = [element.tag for element in drawn.iter()]
        assert set(tags) == set(usual), string
        assert not any(name[:2] == "on" for element in drawn.iter() for name in element.attrib), string
