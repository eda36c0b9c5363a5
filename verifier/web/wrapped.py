"""Prose that was wrapped by hand: its lines flow again, so that they fit a narrow page. Pure.

What could be code, a table or a list stays line by line: a paragraph flows only where a sentence goes on in
small letters behind a full line of some length.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

LONG = 40
"""Shorter lines fit a phone as they are."""
_LABEL = re.compile(r"\S{1,9} {2,3}(?=\S)")  # a longer one would leave a phone no room
_COLON = re.compile(r"\S{1,9}: (?=\S)")
_GOES_ON = re.compile(r"[^\W\d_]|\d+([.,]\d+)* [^\W\d_]")
_CODE = re.compile(r" {2}|[\t=<>{}|_\\\[\]]|;$")
_ENDS = re.compile(r"[.!?:][\"')\u201d\u2019]*$")


class Line(NamedTuple):
    """A line to show: what it is indented by, or its label; its text; and whether that wraps right under it.

    Otherwise what is wrapped is indented, so that nobody takes it for a line of its own.
    """

    before: str
    text: str
    under: bool


def unwrapped(lines: Sequence[str]) -> Iterator[Line]:
    """The lines of a block, none of them blank; full lines of a paragraph together."""
    at = 0
    while at < len(lines):
        label = _label(*lines[at : at + 2])
        paragraph = [lines[at].removeprefix(label)]
        for line in lines[at + 1 :]:
            text = line[len(label) :]
            if line[: len(label)].strip() or text[0].isspace() or _LABEL.match(text):
                break
            paragraph.append(text)
        shown = _joined(paragraph)
        first, *rest = shown or paragraph
        yield Line(label, first, under=True) if label or shown else as_it_is(first)
        yield from (Line(" " * len(label), text, under=bool(label or shown)) for text in rest)
        at += len(paragraph)


def _label(line: str, after: str = "") -> str:
    """A line's label with the spaces behind it: two, or one behind a colon if the next is indented so."""
    if found := _LABEL.match(line):
        return found[0]
    found = _COLON.match(line)
    return found[0] if found and len(after) - len(after.lstrip()) == len(found[0]) else ""


def as_it_is(line: str) -> Line:
    """A line with its own indentation, which may wrap under it."""
    text = line.lstrip()
    return Line(line.removesuffix(text), text, under=False)


def _goes_on(text: str) -> bool:
    """Whether a text begins in small letters, perhaps behind a number."""
    found = _GOES_ON.match(text)
    return found is not None and found[0][-1].islower()


def _joined(lines: list[str]) -> list[str] | None:
    """A paragraph with its full lines joined to the next ones; None where it is no prose that was wrapped."""
    width = max(map(len, lines))
    if width < LONG or any(map(_CODE.search, lines)) or not _ENDS.search(lines[-1]):
        return None
    full = [len(one) + 1 + len(after.partition(" ")[0]) > width for one, after in pairwise(lines)]
    goes_on = [_goes_on(after) and not _ENDS.search(one) for one, after in pairwise(lines)]
    if not any(both == (True, True) for both in zip(full, goes_on, strict=True)):
        return None
    found = lines[:1]
    for follows, line in zip(full, lines[1:], strict=True):
        found[-1:] = [f"{found[-1]} {line}"] if follows else [found[-1], line]
    return found
