"""The badge as a PNG picture: whatever the names, with whatever fonts there are."""

import io

import pytest
from PIL import Image, ImageFont

from issuer.sharing import badge_png as drawing
from issuer.sharing.badge_png import badge_png


def drawn(organization: str = "Northwind", achievement: str = "SQL", level: str = "Fluent") -> Image.Image:
    picture = Image.open(io.BytesIO(badge_png(organization, achievement, level, (2, 3), struck=False)))
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGBA", (600, 600))
    return picture


def ink(picture: Image.Image, box: tuple[int, int, int, int], *, light: bool) -> int:
    """How much of a part is light (or dark)."""
    values = picture.crop(box).convert("L").histogram()
    return sum(values[200:]) if light else sum(values[:100])


RING, CORE = (40, 20, 560, 160), (180, 200, 420, 320)


def test_it_says_who_what_and_how_well() -> None:
    bare = drawn("", "", "")
    full = drawn("Northwind Analytics (demonstration)", "SQL for analysts", "Working")
    assert ink(full, RING, light=True) > ink(bare, RING, light=True) + 1000
    assert ink(full, CORE, light=False) > ink(bare, CORE, light=False) + 1000
    assert full.getpixel((0, 0)) == (0, 0, 0, 0)
    edges = [
        full.getpixel((300, 1)),
        full.getpixel((300, 598)),
        full.getpixel((1, 300)),
        full.getpixel((598, 300)),
    ]
    assert all(edge[3] == 0 for edge in edges if isinstance(edge, tuple))  # nothing is cut off


@pytest.mark.parametrize(
    "name",
    [
        "x" * 300,
        "Universität für angewandte Wissenschaften und Künste Hildesheim",
        "a\u0301e\u0301",
        "東京大学",
        "مرحبا",
        "\ud800\x00<b>",
        " ",
    ],
)
def test_any_name(name: str) -> None:
    drawn(name, name, name)


def test_where_no_font_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object) -> None:
        raise OSError("cannot open resource")

    plain = ImageFont.load_default(20)
    assert isinstance(plain, ImageFont.FreeTypeFont)
    brought = plain.font_bytes
    drawing._font.cache_clear()
    badge_png.cache_clear()
    monkeypatch.setattr(drawing, "_FONTS", {"regular": ("none.ttf",), "bold": ("none.ttf",)})
    assert brought is not None
    assert ink(drawn(), CORE, light=False) > ink(drawn(level=""), CORE, light=False) + 1000
    drawing._font.cache_clear()
    badge_png.cache_clear()
