"""A score on its scale, with the levels' cuts: drawn, and the same in words for who cannot see it."""

from collections.abc import Sequence
from typing import Protocol

from markupsafe import Markup

WIDTH = 320.0
MARGIN = 12.0


class Cut(Protocol):
    """What the scale needs of a level: its name and its cut, a proportion from 0 to 1."""

    @property
    def name(self) -> str:
        """What the level is called."""
        ...

    @property
    def cut(self) -> float:
        """Where the level begins, a proportion."""
        ...


def score_scale(levels: Sequence[Cut], score: float, error: float) -> Markup:
    """Return the drawing: a line from 0 to 100 %, a tick at each cut, the score with its standard error."""
    low, high = max(0.0, score - error), min(1.0, score + error)
    ticks = Markup("").join(
        Markup(
            '<path class="cut" d="M{0:.1f} 20V44"/><text x="{0:.1f}" y="60" text-anchor="middle">{1}</text>'
        ).format(across(level.cut), round(level.cut * 100))
        for level in levels
    )
    return Markup(
        '<svg class="scale" viewBox="0 0 {:.0f} 66" aria-hidden="true" focusable="false">'
        '<path class="line" d="M{:.1f} 32H{:.1f}"/>{}'
        '<path class="error" d="M{:.1f} 32H{:.1f}"/><circle class="score" cx="{:.1f}" cy="32" r="7"/></svg>'
    ).format(WIDTH, across(0), across(1), ticks, across(low), across(high), across(score))


def across(proportion: float) -> float:
    """Return where a proportion stands on the drawing."""
    return MARGIN + proportion * (WIDTH - 2 * MARGIN)
