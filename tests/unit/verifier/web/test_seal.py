"""The badge: complete, within its circle, whatever the names."""

import math
from typing import get_args
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.web.seal import (
    CORE,
    CORE_SIZES,
    GLYPHS,
    VerdictKind,
    advance,
    badge_svg,
    chord,
    fit,
    legible,
    shorten,
    verdict_seal,
    width,
)

SVG = "{http://www.w3.org/2000/svg}"
LONG = "The International Federation of Institutes for the Measurement of Everything and Anything at All"


def parsed(drawing: str) -> ET.Element:
    return ET.fromstring(drawing)  # noqa: S314 — our own drawing


def texts(drawing: str) -> list[str]:
    root = parsed(drawing)
    return ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]


def test_ring_and_centre_say_who_what_and_how_well() -> None:
    drawing = badge_svg("Northwind Analytics", "SQL for analysts", "Practitioner")
    assert texts(drawing) == ["Northwind Analytics", "SQL for analysts", "Practitioner"]
    assert "<title>SQL for analysts, Practitioner: Northwind Analytics</title>" in drawing
    assert "style" not in drawing
    assert "script" not in drawing


def test_the_place_on_the_scale_is_dots() -> None:
    plain, placed = (
        badge_svg("a", "b", "c", position=position).count("<circle") for position in (None, (2, 3))
    )
    assert placed == plain + 3


def test_a_struck_badge_differs() -> None:
    assert badge_svg("a", "b", "c", struck=True).count("<path") == badge_svg("a", "b", "c").count("<path") + 2


def test_long_names_shrink_and_then_end_in_an_ellipsis_but_the_title_has_them_whole() -> None:
    drawing = badge_svg(LONG, LONG, LONG)
    assert LONG in (parsed(drawing).findtext(f"{SVG}title") or "")
    assert sum(text.endswith("…") for text in texts(drawing)) >= 2
    sizes = [float(text.attrib["font-size"]) for text in parsed(badge_svg(LONG, "x", "y")).iter(f"{SVG}text")]
    assert sizes[0] < float(next(parsed(badge_svg("a", "x", "y")).iter(f"{SVG}text")).attrib["font-size"])


@pytest.mark.parametrize(
    "level", ["C", "Practitioner", "Advanced independent practitioner", "超上級者", LONG, "x" * 300]
)
def test_the_level_stays_within_the_core(level: str) -> None:
    size, lines = fit(level)
    assert size in CORE_SIZES
    assert 1 <= len(lines) <= 3
    assert all(width(line) * size <= chord(0) for line in lines)
    assert chord(CORE * 2) < chord(0)


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=60), st.none() | st.just((2, 5)))
def test_any_text_gives_a_well_formed_badge(a: str, b: str, c: str, position: tuple[int, int] | None) -> None:
    root = parsed(badge_svg(a, b, c, position=position))
    assert root.findtext(f"{SVG}title") == f"{legible(b)}, {legible(c)}: {legible(a)}"


@given(st.text(max_size=60), st.floats(0.5, 30))
def test_shortening_keeps_within_the_room(text: str, room: float) -> None:
    assert shorten(text, room) == text or width(shorten(text, room)) <= max(room, width("…"))


def test_widths() -> None:
    assert advance("\u0301") == 0
    assert advance("字") > advance("W") > advance("H") > advance("h") > advance("i")
    assert legible(" a\n\tb\x00\ud800 ") == "a b"
    assert legible("") == "-"


def test_every_verdict_has_its_own_drawing() -> None:
    kinds = get_args(VerdictKind)
    drawings = {kind: str(verdict_seal(kind)) for kind in kinds}
    assert set(GLYPHS) | {"broken"} == set(kinds)
    assert len(set(drawings.values())) == len(kinds)
    for kind, drawing in drawings.items():
        root = parsed(drawing)
        assert root.attrib["aria-hidden"] == "true", kind
        assert not list(root.iter("text")), kind


def test_the_broken_seals_halves_stand_within_its_view() -> None:
    root = parsed(str(verdict_seal("broken")))
    low, _, size, _ = map(float, root.attrib["viewBox"].split())
    reach = 278 + math.hypot(34, 14)  # the tips of the lobes, moved; the rotation is about the middle
    assert low <= 300 - reach
    assert low + size >= 300 + reach
