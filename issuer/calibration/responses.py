"""A response matrix from CSV, strictly and with kind refusals; its digest; how many responses a model needs.

The first column names the person, each further one an item: a whole number of points from 0 where the item
was answered, nothing where it was not met. Comma, semicolon or tab; UTF-8, with or without a byte order mark.
"""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from issuer.calibration.curves import Flags, Integers
from issuer.calibration.refused import CalibrationRefused, named
from schemas.items import Model

FEWEST: dict[Model, int] = {"rasch": 100, "2pl": 500, "3pl": 1_000, "grm": 1_000}
"""Responses that each item needs before a bank may carry its parameters."""

MAX_BYTES = 200_000_000
MOST_POINTS = 20
NOT_MET = -1
_WHOLE = {str(points): points for points in range(MOST_POINTS + 1)}
# Programs that know an empty cell as "not a number" write whole numbers with a point.
_CELLS = {"": NOT_MET} | _WHOLE | {f"{written}.0": points for written, points in _WHOLE.items()}
_WRITTEN = {NOT_MET: ""} | {points: written for written, points in _WHOLE.items()}
_DELIMITERS = ",;\t"


class Responses(NamedTuple):
    """Persons x items: points, or -1 where an item was not met; every person met one.

    `dropped` counts the persons who met none.
    """

    persons: tuple[str, ...]
    items: tuple[str, ...]
    scores: Integers
    dropped: int

    @property
    def met(self) -> Integers:
        """How many persons met each item: (J)."""
        counted: Integers = (self.scores != NOT_MET).sum(axis=0)
        return counted

    def without(self, items: Iterable[str]) -> "Responses":
        """The same without some items, and without whoever met none of the others.

        Raises CalibrationRefused: responses.unknown_item, responses.none.
        """
        left_out = set(items)
        unknown = sorted(left_out - set(self.items))
        if unknown:
            raise CalibrationRefused(
                "responses.unknown_item",
                f"There are no responses to {named(unknown)}, so nothing to leave out.",
            )
        kept = np.array([item not in left_out for item in self.items])
        ids = tuple(item for item in self.items if item not in left_out)
        made = matrix(self.persons, ids, self.scores[:, kept])
        return made._replace(dropped=made.dropped + self.dropped)

    def digest(self) -> str:
        """SHA-256 of the canonical form, hexadecimal: whose answers they were, and any order, plays no part.

        The canonical form is UTF-8 text: the item ids, sorted, as a JSON list without spaces; then a line for
        each person, the points in the order of those ids joined by commas, nothing where not met; lines
        sorted by code point, each ended by a line feed.
        """
        order = np.argsort(np.array(self.items))
        head = json.dumps([self.items[n] for n in order], separators=(",", ":"), ensure_ascii=False)
        lines = sorted(",".join(map(_WRITTEN.__getitem__, row)) for row in self.scores[:, order].tolist())
        return hashlib.sha256("".join(f"{line}\n" for line in (head, *lines)).encode()).hexdigest()


def matrix(persons: Sequence[str], items: Sequence[str], scores: Integers) -> Responses:
    """Responses of those who met any item.

    Raises CalibrationRefused: responses.none.
    """
    answered: Flags = (scores != NOT_MET).any(axis=1) if scores.size else np.zeros(len(persons), dtype=bool)
    if not answered.any():
        raise CalibrationRefused("responses.none", "There is no response in there.")
    kept = tuple(person for person, any_answer in zip(persons, answered, strict=True) if any_answer)
    return Responses(kept, tuple(items), scores[answered], len(persons) - len(kept))


def read(document: bytes) -> Responses:
    """The responses in a CSV file.

    Raises CalibrationRefused: responses.size, responses.encoding, responses.csv, responses.header,
        responses.ragged, responses.person, responses.duplicate, responses.score, responses.none.
    """
    lines = table(document, "responses")
    head = [cell.strip() for cell in next(lines, [])]
    items = head[1:]
    if not items or "" in items:
        raise CalibrationRefused(
            "responses.header",
            "The first line must name a column for the person and one column for each item.",
        )
    twice = [item for item, times in Counter(items).items() if times > 1]
    if twice:
        raise CalibrationRefused("responses.header", f"The first line names {named(twice)} more than once.")
    persons: dict[str, int] = {}
    rows = []
    for number, line in enumerate(lines, start=2):
        if not any(map(str.strip, line)):
            continue  # spreadsheets end files with lines of separators only
        if len(line) != len(head):
            raise CalibrationRefused(
                "responses.ragged", f"Line {number} has {len(line)} cells; the first line has {len(head)}."
            )
        person = line[0].strip()
        if not person:
            raise CalibrationRefused("responses.person", f"Line {number} names no person.")
        if person in persons:
            raise CalibrationRefused(
                "responses.duplicate",
                f"Lines {persons[person]} and {number} are both of the same person. Each has one line.",
            )
        persons[person] = number
        rows.append(_points(line[1:], items, number))
    scores = np.array(rows, dtype=np.int64).reshape(len(rows), len(items))
    return matrix(tuple(persons), items, scores)


def _points(cells: list[str], items: list[str], number: int) -> list[int]:
    try:
        return [_CELLS[cell] for cell in cells]
    except KeyError:
        pass  # spaces around it, or something else
    try:
        return [_CELLS[cell.strip()] for cell in cells]
    except KeyError:
        at = next(n for n, cell in enumerate(cells) if cell.strip() not in _CELLS)
        shown = cells[at].strip()[:20]
        raise CalibrationRefused(
            "responses.score",
            f"Line {number}, item {items[at]}: {shown!r} is no score. Write a whole number of points from 0 "
            f"to {MOST_POINTS}, and nothing where the item was not met.",
        ) from None


def table(document: bytes, prefix: str) -> Iterator[list[str]]:
    """The lines of a CSV file as cells, lazily; the delimiter is the one that the first line has most of.

    Raises CalibrationRefused: <prefix>.size, <prefix>.encoding, <prefix>.csv.
    """
    if len(document) > MAX_BYTES:
        raise CalibrationRefused(f"{prefix}.size", f"The file is larger than {MAX_BYTES // 1_000_000} MB.")
    try:
        text = document.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CalibrationRefused(
            f"{prefix}.encoding", f"The file is not UTF-8 text (byte {error.start}). Save it as CSV UTF-8."
        ) from error
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    return _lines(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), prefix)


def _lines(reader: Iterable[list[str]], prefix: str) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise CalibrationRefused(f"{prefix}.csv", f"The file is not CSV: {error}.") from error


def check(responses: Responses, model: Model, most: Mapping[str, int] | None = None) -> None:
    """Hold responses against the model, and against a bank's items where `most` has the points they can give.

    Raises CalibrationRefused: responses.unknown_item, responses.score, calibration.points,
        calibration.separation, calibration.empty_category, calibration.too_few_items.
    """
    if most is not None:
        _check_bank(responses, most)
    highest = dict(zip(responses.items, responses.scores.max(axis=0).tolist(), strict=True))
    in_points = [item for item, points in highest.items() if (most or {}).get(item, points) > 1]
    if in_points and model != "grm":
        raise CalibrationRefused(
            "calibration.points",
            f"Scored in points, which only the graded response model describes: {named(in_points)}.",
        )
    constant = [
        item
        for item, column in zip(responses.items, responses.scores.T, strict=True)
        if len(set(column[column != NOT_MET].tolist())) < 2  # noqa: PLR2004 - two different scores at least
    ]
    if constant:
        raise CalibrationRefused(
            "calibration.separation",
            f"Everybody who met it has the same score, or nobody met it: {named(constant)}. Such an item has "
            "no difficulty that could be estimated; leave it out.",
        )
    for item, column in zip(responses.items, responses.scores.T, strict=True):
        gaps = sorted(set(range(highest[item] + 1)) - set(column.tolist()))
        if gaps:
            raise CalibrationRefused(
                "calibration.empty_category",
                f"Item {item}: nobody scored {', '.join(map(str, gaps))} although somebody scored "
                f"{highest[item]}; a threshold between them cannot be estimated. Join scores, "
                "or leave it out.",
            )
    if len(responses.items) < 3:  # noqa: PLR2004 - told in the sentence
        raise CalibrationRefused(
            "calibration.too_few_items", "A latent ability needs responses to three items at least."
        )


def _check_bank(responses: Responses, most: Mapping[str, int]) -> None:
    unknown = [item for item in responses.items if item not in most]
    if unknown:
        raise CalibrationRefused("responses.unknown_item", f"The bank has no item {named(unknown)}.")
    limits = np.array([most[item] for item in responses.items])
    wrong = np.argwhere(responses.scores > limits)
    if len(wrong):
        row, column = wrong[0]
        raise CalibrationRefused(
            "responses.score",
            f"Person number {row + 1}, item {responses.items[column]}: {responses.scores[row, column]} "
            f"points, but the item gives {limits[column]} at most.",
        )
