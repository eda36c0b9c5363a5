"""What panellists gave, from CSV: the columns that every method has, and that nobody is missing.

Columns go by the names in the first line, in any order. Comma, semicolon or tab; UTF-8, with or without a
byte order mark.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import NamedTuple

from issuer.assessments.kinds.choice import ID
from issuer.assessments.standard.refused import StandardRefused

MAX_BYTES = 50_000_000
MOST_ROUNDS = 20
FEWEST_PANELLISTS = 2
_SHOWN = 40
_WHOLE = re.compile(r"[1-9][0-9]{0,5}")


class Row(NamedTuple):
    """One line: whose judgement, of which level, in which round (1 where nothing is said), and the rest."""

    line: int
    panellist: str
    level: str
    round: int
    cells: Mapping[str, str]


class Seat(NamedTuple):
    """A panellist at one level in one round: where one complete judgement is due."""

    panellist: str
    level: str
    round: int


def rows(document: bytes, columns: tuple[str, ...], optional: tuple[str, ...] = ()) -> Iterator[Row]:
    """The lines of a CSV file with `panellist`, `level`, `round` (may be left away) and these columns.

    A panellist is one person however the name is written in capitals and spaces. Raises StandardRefused:
    standard.size, standard.encoding, standard.csv, standard.header, standard.ragged, standard.panellist,
    standard.level, standard.round.
    """
    lines = _table(document)
    head = [cell.strip().casefold() for cell in next(lines, [])]
    needed = ("panellist", "level", *columns)
    unknown = [name for name in head if name not in {*needed, "round", *optional}]
    if unknown or len(set(head)) < len(head) or not set(needed) <= set(head):
        raise StandardRefused(
            "standard.header",
            f"The first line must name the columns {', '.join(needed)}, each once; "
            f"{', '.join(('round', *optional))} may be there too, and nothing else.",
        )
    for number, line in enumerate(lines, start=2):
        if not any(cell.strip() for cell in line):
            continue
        if len(line) != len(head):
            raise StandardRefused(
                "standard.ragged", f"Line {number} has {len(line)} cells; the first line has {len(head)}."
            )
        yield _row(number, dict(zip(head, (cell.strip() for cell in line), strict=True)))


def seats(found: Iterable[Seat]) -> list[Seat]:
    """Every panellist at every level in every round, sorted.

    Raises StandardRefused: standard.none, standard.one_panellist, standard.round, standard.missing.
    """
    held = set(found)
    if not held:
        raise StandardRefused("standard.none", "There is no rating in there.")
    panellists = sorted({seat.panellist for seat in held})
    levels = sorted({seat.level for seat in held})
    numbers = sorted({seat.round for seat in held})
    if len(panellists) < FEWEST_PANELLISTS:
        raise StandardRefused(
            "standard.one_panellist",
            "All ratings are by one panellist. A panel is two persons at least: the cut's error comes from "
            "how they differ.",
        )
    if numbers != list(range(1, len(numbers) + 1)):
        raise StandardRefused("standard.round", "Rounds are counted 1, 2, 3 and so on, and none is left out.")
    wanted = [Seat(*one) for one in product(panellists, levels, numbers)]
    for seat in wanted:
        if seat not in held:
            raise StandardRefused("standard.missing", f"{told(seat)}: nothing was given.")
    return wanted


def told(seat: Seat) -> str:
    """A seat for a sentence."""
    return f"Panellist {seat.panellist!r}, level {seat.level}, round {seat.round}"


def digest(judgements: Mapping[Seat, Iterable[str]]) -> str:
    """SHA-256 of what the panel gave, hexadecimal: whose it was, and any order, plays no part.

    The canonical form is UTF-8 text: for each panellist the lines `level,round,judgement`, sorted by code
    point, each ended by a line feed; then these blocks, sorted too, each ended by a line feed.
    """
    blocks: dict[str, list[str]] = {}
    for seat, given in judgements.items():
        blocks.setdefault(seat.panellist, []).extend(f"{seat.level},{seat.round},{one}\n" for one in given)
    text = "".join(f"{block}\n" for block in sorted("".join(sorted(lines)) for lines in blocks.values()))
    return hashlib.sha256(text.encode()).hexdigest()


def _row(number: int, cells: dict[str, str]) -> Row:
    panellist = " ".join(cells["panellist"].split()).casefold()
    if not panellist:
        raise StandardRefused("standard.panellist", f"Line {number} names no panellist.")
    if not ID.fullmatch(cells["level"]):
        raise StandardRefused(
            "standard.level",
            f"Line {number}: {cells['level'][:_SHOWN]!r} is no level's code, as in `working`.",
        )
    given = cells.get("round", "1")
    if not _WHOLE.fullmatch(given) or int(given) > MOST_ROUNDS:
        raise StandardRefused(
            "standard.round",
            f"Line {number}: {given[:_SHOWN]!r} is no round. Rounds are counted from 1 to {MOST_ROUNDS}.",
        )
    return Row(number, panellist, cells["level"], int(given), cells)


def _table(document: bytes) -> Iterator[list[str]]:
    if len(document) > MAX_BYTES:
        raise StandardRefused("standard.size", f"The file is larger than {MAX_BYTES // 1_000_000} MB.")
    try:
        text = document.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StandardRefused(
            "standard.encoding", f"The file is not UTF-8 text (byte {error.start}). Save it as CSV UTF-8."
        ) from error
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error as error:
        raise StandardRefused("standard.csv", f"The file is not CSV: {error}.") from error
