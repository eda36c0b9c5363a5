"""The seal that we draw: a badge with its ring and level, and the same drawing as a verdict.

Everything is presentation attributes and plain shapes: no style, no script, no font of our own.
It works as a file, as an image and inline, at 64 px, at 1,200 px and printed in grey.
"""

import functools
import itertools
import math
import re
import unicodedata
from typing import Literal

from markupsafe import Markup

SIZE = 600
CENTRE = SIZE / 2
INK = "#1b2f55"
PAPER = "#fdfbf6"
BRASS = "#a8843c"
FONT = "Georgia, 'Iowan Old Style', 'Palatino Linotype', 'Noto Serif', 'DejaVu Serif', serif"
RING = 246  # radius of the middle of the lettering
RING_SIZES = range(38, 21, -1)
GAP = 26.0  # degrees on each side between organisation and achievement
CORE = 140  # radius inside which the level stands
CORE_SIZES = range(76, 23, -2)
LEADING = 1.14
CAP_HEIGHT = 0.7
BOLD = 1.12  # how much wider the level's letters are

# Control characters too, which XML 1.0 allows and nobody can read.
FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

VerdictKind = Literal["mark", "seal", "outline", "question", "clock", "pause", "caution", "struck", "broken"]


def badge_svg(
    organization: str,
    achievement: str,
    level: str,
    *,
    position: tuple[int, int] | None = None,
    struck: bool = False,
) -> str:
    """Return the badge as an SVG document.

    `position` is the level's place and the number of levels (2, 3): dots below the level. `struck` is for a
    withdrawn credential. Long names shrink, then end in an ellipsis; the title has them in full.
    """
    whole = Markup("{}, {}: {}").format(*(legible(part) for part in (achievement, level, organization)))
    parts = [
        Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            'viewBox="0 0 {0} {0}" role="img"><title>{1}</title>'
        ).format(SIZE, whole),
        Markup('<path d="{}" fill="{}" stroke="{}" stroke-width="3"/>').format(scallop(296, 48), INK, BRASS),
        Markup('<circle cx="{0}" cy="{0}" r="276" fill="none" stroke="{1}" stroke-width="2.5"/>').format(
            CENTRE, BRASS
        ),
        Markup('<circle cx="{0}" cy="{0}" r="214" fill="{1}" stroke="{2}" stroke-width="5"/>').format(
            CENTRE, PAPER, BRASS
        ),
        guilloche(),
        Markup('<circle cx="{0}" cy="{0}" r="{1}" fill="{2}" stroke="{3}" stroke-width="3"/>').format(
            CENTRE, CORE + 14, PAPER, INK
        ),
        lettering(legible(organization), legible(achievement)),
        core(legible(level), position),
    ]
    if struck:
        parts.append(
            Markup('<path d="M92 508 508 92" stroke="{}" stroke-width="44"/>').format(PAPER)
            + Markup('<path d="M92 508 508 92" stroke="#a01c1c" stroke-width="24"/>')
        )
    return str(Markup("").join(parts) + Markup("</svg>"))


def verdict_seal(kind: VerdictKind) -> Markup:
    """Return the verdict's seal for use inside a page: in the colour of the text, and decoration only."""
    filled = kind in {"seal", "struck", "broken", "pause", "clock", "caution"}
    lobes = 14 if kind == "mark" else 28
    # The halves of the broken seal stand apart, beyond the whole one's edge.
    room = 20 if kind == "broken" else 0
    open_tag = Markup(
        '<svg class="seal seal-{0}" viewBox="{1} {1} {2} {2}" aria-hidden="true" focusable="false">'
    ).format(kind, -room, SIZE + 2 * room)
    if kind == "broken":
        return open_tag + broken(lobes) + Markup("</svg>")
    body = Markup(
        '<path d="{}" fill="{}" stroke="currentColor" stroke-width="{}" stroke-linejoin="round"/>'
    ).format(scallop(278, lobes), "currentColor" if filled else "none", 4 if filled else 26)
    ring = Markup("")
    if kind != "mark":
        ring = Markup(
            '<circle class="{}" cx="300" cy="300" r="206" fill="none" stroke="{}" stroke-width="9"{}/>'
        ).format(
            "on" if filled else "",
            "#fff" if filled else "currentColor",
            Markup(' stroke-dasharray="1 22" stroke-linecap="round"') if kind == "outline" else "",
        )
    glyph = Markup(
        '<path class="{}" d="{}" fill="none" stroke="{}" stroke-width="{}" stroke-linecap="round" '
        'stroke-linejoin="round"/>'
    ).format(
        "on" if filled else "",
        GLYPHS[kind],
        "#fff" if filled else "currentColor",
        58 if kind == "mark" else 40,
    )
    return open_tag + body + ring + glyph + Markup("</svg>")


GLYPHS = {
    "mark": "M190 312 268 388 414 222",
    "seal": "M206 308 272 372 398 236",
    # A hand's signature: somebody signed, and that is all we know.
    "outline": "M186 350C226 236 268 214 266 262S206 372 244 362 292 286 306 296 286 356 314 350 "
    "346 300 362 312 352 348 414 336",
    "question": "M240 250C240 176 360 176 360 250 360 300 300 296 300 350M300 416V417",
    "clock": "M300 196V306L372 350",
    "pause": "M256 226V374M344 226V374",
    "caution": "M300 196V330M300 400V401",
    "struck": "M164 436 436 164",
}


@functools.cache  # the same few outlines in every drawing
def scallop(radius: float, lobes: int) -> str:
    """Return a closed path of outward bumps, `radius` at their tips."""
    inner = radius - 2.1 * radius / lobes
    points = [polar(inner, 360 * index / lobes) for index in range(lobes)]
    bump = math.pi * inner / lobes * 1.04
    arcs = "".join(f"A{bump:.1f} {bump:.1f} 0 0 1 {x:.1f} {y:.1f}" for x, y in [*points[1:], points[0]])
    return f"M{points[0][0]:.1f} {points[0][1]:.1f}{arcs}Z"


def broken(lobes: int) -> Markup:
    """Return the seal in two halves, moved apart along a crack."""
    inner = 278 - 2.1 * 278 / lobes
    bump = math.pi * inner / lobes * 1.04
    crack = "L332 128 276 222 338 300 270 384 318 470"
    right = "L318 470 270 384 338 300 276 222 332 128"
    halves = []
    for first, back, move in (
        (0, right, "translate(34 14) rotate(5 300 300)"),
        (lobes // 2, crack, "translate(-34 -14) rotate(-3 300 300)"),
    ):
        points = [polar(inner, 360 * (first + index) / lobes) for index in range(lobes // 2 + 1)]
        arcs = "".join(f"A{bump:.1f} {bump:.1f} 0 0 1 {x:.1f} {y:.1f}" for x, y in points[1:])
        halves.append(
            Markup('<path d="M{:.1f} {:.1f}{}{}Z" transform="{}" fill="currentColor"/>').format(
                *points[0], arcs, back, move
            )
        )
    return Markup("").join(halves)


@functools.cache  # the same in every badge, and most of the work of drawing one
def guilloche() -> Markup:
    """Return the rosette between ring and core: waves of two frequencies that become a tone when small."""
    paths = Markup("").join(
        Markup('<path d="{}"/>').format(wave(184, amplitude, periods, phase))
        for periods, amplitude, phases in ((30, 24, 4), (45, 15, 3))
        for phase in [index / phases for index in range(phases)]
    )
    return Markup('<g fill="none" stroke="{}" stroke-width="1.7" opacity="0.72">{}</g>').format(INK, paths)


def wave(radius: float, amplitude: float, periods: int, phase: float) -> str:
    """Return a closed sine wave around the centre, one cubic for each half period; `phase` in periods."""
    half = 180 / periods
    handle = 0.3642 * radius * math.radians(half)
    points = []
    for index in range(2 * periods + 1):
        angle = half * (index + 2 * phase)
        x, y = polar(radius + (amplitude if index % 2 else -amplitude), angle)
        points.append((x, y, handle * math.cos(math.radians(angle)), handle * math.sin(math.radians(angle))))
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x0, y0, dx0, dy0), (x1, y1, dx1, dy1) in itertools.pairwise(points):
        path += f"C{x0 + dx0:.1f} {y0 + dy0:.1f} {x1 - dx1:.1f} {y1 - dy1:.1f} {x1:.1f} {y1:.1f}"
    return path + "Z"


def polar(radius: float, degrees: float) -> tuple[float, float]:
    """Return the point at `degrees` clockwise from twelve o'clock."""
    angle = math.radians(degrees)
    return CENTRE + radius * math.sin(angle), CENTRE - radius * math.cos(angle)


def lettering(top: str, bottom: str) -> Markup:
    """Return the ring's text: organisation above, achievement below, in one size that fits both."""
    room = math.radians(360 - 2 * GAP) * RING
    size = next((size for size in RING_SIZES if (width(top) + width(bottom)) * size <= room), RING_SIZES[-1])
    # At the smallest size each may have what the other leaves, but never less than half.
    share = max(room / 2, room - width(bottom) * size), max(room / 2, room - width(top) * size)
    top, bottom = shorten(top, share[0] / size), shorten(bottom, share[1] / size)
    spans = [min(math.degrees(width(text) * size / RING) * 1.12 + 6, 300) for text in (top, bottom)]
    shift = size * CAP_HEIGHT / 2
    upper = arc(RING - shift, -spans[0] / 2, spans[0] / 2, clockwise=True)
    lower = arc(RING + shift, 180 + spans[1] / 2, 180 - spans[1] / 2, clockwise=False)
    drawn = Markup("").join(
        Markup(
            '<path id="{0}" d="{1}" fill="none"/><text font-family="{2}" font-size="{3}" fill="{4}" '
            'text-anchor="middle" letter-spacing="0.6"><textPath href="#{0}" xlink:href="#{0}" '
            'startOffset="50%">{5}</textPath></text>'
        ).format(name, path, FONT, size, PAPER, text)
        for name, path, text in (("upper", upper, top), ("lower", lower, bottom))
    )
    middle = 90 + (spans[0] - spans[1]) / 4
    dots = Markup("").join(
        Markup('<circle cx="{:.1f}" cy="{:.1f}" r="5.5" fill="{}"/>').format(*polar(RING, angle), BRASS)
        for angle in (middle, -middle)
    )
    return drawn + dots


def arc(radius: float, start: float, end: float, *, clockwise: bool) -> str:
    """Return an open arc between two angles in degrees."""
    (x0, y0), (x1, y1) = polar(radius, start), polar(radius, end)
    large = int(abs(end - start) > 180)  # noqa: PLR2004 - half a turn, SVG's large-arc flag
    return f"M{x0:.1f} {y0:.1f}A{radius:.1f} {radius:.1f} 0 {large} {int(clockwise)} {x1:.1f} {y1:.1f}"


def core(level: str, position: tuple[int, int] | None) -> Markup:
    """Return the level, on as many lines as its words need, with its place on the scale as dots below."""
    size, lines = fit(level)
    top = CENTRE - (len(lines) - 1) * size * LEADING / 2 + size * CAP_HEIGHT / 2 - (14 if position else 0)
    text = Markup("").join(
        Markup(
            '<text x="{}" y="{:.1f}" font-family="{}" font-size="{}" font-weight="bold" fill="{}" '
            'text-anchor="middle">{}</text>'
        ).format(CENTRE, top + index * size * LEADING, FONT, size, INK, line)
        for index, line in enumerate(lines)
    )
    if position is None:
        return text
    place, of = position
    bottom = top + (len(lines) - 1) * size * LEADING + 44
    step = min(32.0, 150 / of)
    dots = Markup("").join(
        Markup('<circle cx="{:.1f}" cy="{:.1f}" r="{:.1f}" fill="{}" stroke="{}" stroke-width="3"/>').format(
            CENTRE + (index - (of - 1) / 2) * step, bottom, step * 0.28, INK if index < place else PAPER, INK
        )
        for index in range(of)
    )
    return text + dots


def fit(level: str) -> tuple[int, list[str]]:
    """Return the largest size, and the lines, at which the level fits into the core."""
    wrapped = [wrap(level, count) for count in (1, 2, 3)]
    widest = [max(width(line) for line in lines) for lines in wrapped]
    for size in CORE_SIZES:
        for lines, wide in zip(wrapped, widest, strict=True):
            deepest = (len(lines) * LEADING / 2) * size
            if deepest < CORE and wide <= chord(deepest - size * 0.4) / (BOLD * size):
                return size, lines
    size = CORE_SIZES[-1]
    return size, [shorten(line, chord(size) / (BOLD * size)) for line in wrapped[-1]]


def chord(offset: float) -> float:
    """Return how wide the core is at a distance from its middle."""
    return 2 * math.sqrt(max(CORE**2 - max(offset, 0) ** 2, 1))


def wrap(text: str, count: int) -> list[str]:
    """Return the words on at most `count` lines, as even as words allow."""
    words = text.split(" ")
    lines: list[str] = []
    budget = width(text) / count
    for word in words:
        if lines and (width(f"{lines[-1]} {word}") <= budget * 1.15 or len(lines) == count):
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines


def shorten(text: str, room: float) -> str:
    """Return the text, or its beginning with an ellipsis, within `room` (in units of the font size)."""
    if width(text) <= room:
        return text
    while text and width(text + "…") > room:
        text = text[:-1]
    return text.rstrip() + "…"


def width(text: str) -> float:
    """Return an estimate, on the wide side, of a text's width in units of the font size."""
    return sum(advance(character) for character in text)


@functools.lru_cache(4096)  # one text is measured many times, and texts share their letters
def advance(character: str) -> float:
    """Return an estimate of one character's width in units of the font size."""
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.05
    if character in "ijlI.,:;'|!()[] ":
        return 0.34
    if character in "mwMW@%":
        return 0.95
    return 0.74 if character.isupper() else 0.57


def legible(text: str) -> str:
    """Return the text on one line without what XML forbids; markup is escaped where it is drawn."""
    return " ".join(FORBIDDEN.sub(" ", text).split()) or "-"
