"""The badge of `verifier.web.seal` as a PNG picture, to bake a credential into: the same sizes and colours.

Drawn three times as large and reduced. Letters come from a font of this machine, or else from the one that
Pillow brings (Latin); text that it has no letters for is left out: the credential in the picture has it.
"""

import functools
import io
import math
import unicodedata
from collections.abc import Iterator
from typing import cast

from PIL import Image, ImageDraw, ImageFont

from verifier.web.seal import (
    BRASS,
    CAP_HEIGHT,
    CENTRE,
    CORE,
    GAP,
    INK,
    LEADING,
    PAPER,
    RING,
    RING_SIZES,
    SIZE,
    chord,
    fit,
    legible,
    polar,
)

# Drawing is the work of a quarter of a second, and the same badge is asked for again.
KEPT = 64
_LARGER = 3
_FONTS = {
    "regular": ("DejaVuSerif.ttf", "NotoSerif-Regular.ttf", "LiberationSerif-Regular.ttf"),
    "bold": ("DejaVuSerif-Bold.ttf", "NotoSerif-Bold.ttf", "LiberationSerif-Bold.ttf"),
}
_LOBES = 48
_INNER = 279.5  # so that the lobes end within the picture
_STRUCK = "#a01c1c"
_MISSING = "\U0010ffff"  # no font has a letter for it: how it looks is how every missing letter looks
_WAVES = ((30, 24, 4), (45, 15, 3))
_TINT = "#5a6885"  # ink at 72 % on paper

Font = ImageFont.FreeTypeFont


@functools.lru_cache(maxsize=KEPT)
def badge_png(
    organization: str, achievement: str, level: str, position: tuple[int, int], *, struck: bool
) -> bytes:
    """Return the badge as a PNG picture of 600 by 600 pixels, transparent around the seal."""
    picture = Image.new("RGBA", (SIZE * _LARGER, SIZE * _LARGER), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    _seal(draw)
    _lettering(picture, legible(organization), legible(achievement))
    _core(draw, legible(level), position)
    if struck:
        for colour, width in ((PAPER, 44), (_STRUCK, 24)):
            ends = [(92 * _LARGER, 508 * _LARGER), (508 * _LARGER, 92 * _LARGER)]
            draw.line(ends, fill=colour, width=width * _LARGER)
    out = io.BytesIO()
    picture.reduce(_LARGER).save(out, "PNG")
    return out.getvalue()


def _seal(draw: ImageDraw.ImageDraw) -> None:
    bump = math.pi * _INNER / _LOBES
    for colour, more in ((BRASS, 1.5), (INK, -1.5)):
        for lobe in range(_LOBES):
            _disc(draw, polar(_INNER, 360 * (lobe + 0.5) / _LOBES), bump + more, colour)
        _disc(draw, (CENTRE, CENTRE), _INNER + more, colour)
    for radius, colour in ((277.25, BRASS), (274.75, INK), (216.5, BRASS), (211.5, PAPER)):
        _disc(draw, (CENTRE, CENTRE), radius, colour)
    for periods, amplitude, phases in _WAVES:
        for phase in range(phases):
            draw.line(list(_wave(periods, amplitude, phase / phases)), fill=_TINT, width=5, joint="curve")
    for radius, colour in ((CORE + 15.5, INK), (CORE + 12.5, PAPER)):
        _disc(draw, (CENTRE, CENTRE), radius, colour)


def _disc(draw: ImageDraw.ImageDraw, centre: tuple[float, float], radius: float, colour: str) -> None:
    x, y = centre
    draw.ellipse([_LARGER * edge for edge in (x - radius, y - radius, x + radius, y + radius)], fill=colour)


def _wave(periods: int, amplitude: int, phase: float) -> Iterator[tuple[float, float]]:
    """A closed sine wave around the centre."""
    steps = periods * 24
    for step in range(steps + 1):
        turn = step / steps
        x, y = polar(184 - amplitude * math.cos(2 * math.pi * (periods * turn - phase)), 360 * turn)
        yield x * _LARGER, y * _LARGER


def _lettering(picture: Image.Image, top: str, bottom: str) -> None:
    """The ring's text: organisation above, achievement below, in one size that fits both."""
    top, bottom = (text if _drawable(text, "regular") else "" for text in (top, bottom))
    room = math.radians(360 - 2 * GAP) * RING * _LARGER
    fonts = (_font("regular", size) for size in RING_SIZES)
    fitting = (font for font in fonts if font.getlength(top) + font.getlength(bottom) <= room * 0.94)
    font = next(fitting, _font("regular", RING_SIZES[-1]))
    # At the smallest size each may have what the other leaves, but never less than half.
    shares = max(room / 2, room - font.getlength(bottom)), max(room / 2, room - font.getlength(top))
    top, bottom = (_clipped(font, *text) for text in zip((top, bottom), shares, strict=True))
    spans = [math.degrees(font.getlength(text) / (RING * _LARGER)) for text in (top, bottom)]
    _around(picture, top, font, -spans[0] / 2, 1)
    _around(picture, bottom, font, 180 + spans[1] / 2, -1)
    draw = ImageDraw.Draw(picture)
    middle = 90 + (spans[0] - spans[1]) / 4
    for angle in (middle, -middle):
        _disc(draw, polar(RING, angle), 5.5, BRASS)


def _clipped(font: Font, text: str, room: float) -> str:
    """The text, or its beginning with an ellipsis."""
    shown = text
    while text and font.getlength(shown) > room:
        text = text[:-1]
        shown = text.rstrip() + "…"
    return shown


def _around(picture: Image.Image, text: str, font: Font, start: float, way: int) -> None:
    """Set text on the ring from an angle on, clockwise or the other way, each letter upright on it."""
    before = 0.0
    for end, letter in _letters(text):
        after = font.getlength(text[:end])
        angle = start + way * math.degrees((before + after) / 2 / (RING * _LARGER))
        side = int(font.size * 2)
        tile = Image.new("L", (side, side))
        baseline = side / 2 + font.size * CAP_HEIGHT / 2
        ImageDraw.Draw(tile).text((side / 2, baseline), letter, font=font, fill=255, anchor="ms")
        turned = tile.rotate(-angle if way > 0 else 180 - angle, Image.Resampling.BICUBIC)
        x, y = polar(RING, angle)
        picture.paste(PAPER, (round(x * _LARGER - side / 2), round(y * _LARGER - side / 2)), turned)
        before = after


def _letters(text: str) -> Iterator[tuple[int, str]]:
    """Each letter with the marks that combine with it, and where it ends."""
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or not unicodedata.combining(text[end]):
            yield end, text[start:end]
            start = end


def _core(draw: ImageDraw.ImageDraw, level: str, position: tuple[int, int]) -> None:
    """The level, on as many lines as its words need, with its place on the scale as dots below."""
    size, lines = fit(level) if _drawable(level, "bold") else (24, [])
    room = chord(len(lines) * LEADING / 2 * size) * _LARGER
    while size > 12 and any(_font("bold", size).getlength(line) > room for line in lines):  # noqa: PLR2004 — legible
        size -= 2
    font = _font("bold", size)
    top = CENTRE - (len(lines) - 1) * size * LEADING / 2 + size * CAP_HEIGHT / 2 - 14
    for index, line in enumerate(lines):
        where = (CENTRE * _LARGER, (top + index * size * LEADING) * _LARGER)
        draw.text(where, line, font=font, fill=INK, anchor="ms")
    place, of = position
    bottom = top + max(len(lines) - 1, 0) * size * LEADING + 44
    step = min(32.0, 150 / of)
    for index in range(of):
        centre = CENTRE + (index - (of - 1) / 2) * step, bottom
        _disc(draw, centre, step * 0.28 + 1.5, INK)
        _disc(draw, centre, step * 0.28 - 1.5, INK if index < place else PAPER)


@functools.lru_cache(maxsize=128)
def _font(weight: str, size: int) -> Font:
    for name in _FONTS[weight]:
        try:
            return ImageFont.truetype(name, size * _LARGER)
        except OSError:
            continue
    return cast("Font", ImageFont.load_default(size * _LARGER))  # with a size it is never the bitmap font


def _drawable(text: str, weight: str) -> bool:
    """Whether the font has a letter for every character, set one after the other from left to right."""
    font = _font(weight, 24)
    missing = bytes(font.getmask(_MISSING))
    return all(
        character.isspace()
        or (
            unicodedata.bidirectional(character) not in {"R", "AL"}
            and bytes(font.getmask(character)) != missing
        )
        for character in text
    )
