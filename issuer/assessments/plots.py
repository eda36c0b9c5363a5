"""Small drawings of a technical report, without a script: a curve over a scale, and bars. Pure.

Each is an image with a name for who cannot see it; the figures stand in a table beside it.
"""

from collections.abc import Iterable, Sequence

from markupsafe import Markup

WIDTH, HEIGHT = 480.0, 180.0
LEFT, RIGHT, TOP, BOTTOM = 40.0, 12.0, 12.0, 28.0
DASHES = ("", "6 4", "2 4")

Pairs = Sequence[tuple[float, float]]


def curves(lines: Sequence[Pairs], cuts: Iterable[float], label: str) -> Markup:
    """Several curves over one scale, each dashed in its own way, with an upright line at each cut."""
    every = [pair for line in lines for pair in line]
    low, high = min(x for x, _ in every), max(x for x, _ in every)
    top = max(y for _, y in every) or 1.0

    def across(x: float) -> float:
        return LEFT + (x - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def up(y: float) -> float:
        return HEIGHT - BOTTOM - y / top * (HEIGHT - TOP - BOTTOM)

    paths = Markup("").join(
        Markup('<path stroke="currentColor" stroke-width="2" stroke-dasharray="{}" d="M{}"/>').format(
            DASHES[n % len(DASHES)], " ".join(f"{across(x):.1f} {up(y):.1f}" for x, y in line)
        )
        for n, line in enumerate(lines)
    )
    ticks = Markup("").join(
        Markup('<path class="cut" d="M{0:.1f} {1}V{2}"/>').format(across(cut), TOP, HEIGHT - BOTTOM)
        for cut in cuts
        if low <= cut <= high
    )
    marks = ((low, f"{low:g}"), ((low + high) / 2, f"{(low + high) / 2:g}"), (high, f"{high:g}"))
    named = Markup("").join(_below(across(x), text) for x, text in marks)
    return _image(label, paths + ticks + named + _beside(up(top), f"{top:.2g}") + _beside(up(0), "0"))


def bars(counts: Sequence[tuple[float, float, int]], label: str) -> Markup:
    """A bar for each (from, to, count), which follow one another."""
    low, high, most = counts[0][0], counts[-1][1], max(count for _, _, count in counts)
    each = (WIDTH - LEFT - RIGHT) / len(counts)
    drawn = Markup("").join(
        Markup('<rect class="score" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
            LEFT + n * each + 1, HEIGHT - BOTTOM - tall, each - 2, tall
        )
        for n, (_, _, count) in enumerate(counts)
        for tall in [count / most * (HEIGHT - TOP - BOTTOM)]
    )
    ends = _below(LEFT, f"{low:g}") + _below(WIDTH - RIGHT, f"{high:g}")
    return _image(label, drawn + ends + _beside(TOP, str(most)) + _beside(HEIGHT - BOTTOM, "0"))


def _image(label: str, inside: Markup) -> Markup:
    axis = Markup('<path class="line" d="M{} {}H{}"/>').format(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT)
    return Markup(
        '<svg class="scale" viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">{}{}</svg>'
    ).format(WIDTH, HEIGHT, label, axis, inside)


def _below(x: float, text: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(x, HEIGHT - 10, text)


def _beside(y: float, text: str) -> Markup:
    return Markup('<text x="{}" y="{:.1f}" text-anchor="end">{}</text>').format(LEFT - 6, y + 4, text)
