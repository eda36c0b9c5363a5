"""Bookmark: in a booklet of the items from easy to hard, where somebody who just reaches the level stops.

Each page has the ability at which its item is answered right with the response probability (.67). A bookmark
is the first page on which that probability is no longer reached, so the panellist's cut lies between this
page's ability and the one before; it is taken in the middle. Needs item parameters: nobody can order a
booklet before.
"""

from collections.abc import Mapping
from fractions import Fraction
from math import log
from typing import NamedTuple

from issuer.assessments.standard.panel import DECIMALS, ascending, by_round, panel
from issuer.assessments.standard.ratings import Seat, digest, rows, seats
from issuer.assessments.standard.refused import StandardRefused
from issuer.measurement.ability import LARGEST_CUT
from issuer.measurement.characteristic import cut_on_proportion
from schemas.assessment import Bank
from schemas.items import Parameters
from schemas.standard import SetLevel, Standard

RESPONSE_PROBABILITY = 0.67
_SHOWN = 40


class Page(NamedTuple):
    """A page of the booklet: an item, the points that are asked of it, and the ability that it takes."""

    item: str
    points: int
    ability: float


def booklet(bank: Bank, response_probability: float = RESPONSE_PROBABILITY) -> tuple[Page, ...]:
    """The live items from easy to hard; one in points has a page for each point.

    Raises StandardRefused: standard.uncalibrated, standard.guessing.
    """
    if bank.calibration == "uncalibrated":
        raise StandardRefused(
            "standard.uncalibrated",
            "Bookmarks need a calibrated bank: without recorded responses nobody knows which item is harder. "
            "Use Angoff until then.",
        )
    pages = [
        Page(item.id, points, ability)
        for item in bank.items
        if item.state == "live" and item.parameters is not None
        for points, ability in _abilities(item.id, item.parameters, response_probability)
    ]
    return tuple(sorted(pages, key=lambda page: (page.ability, page.item, page.points)))


def bookmark(
    document: bytes,
    bank: Bank,
    bank_digest: str,
    name: str,
    response_probability: float = RESPONSE_PROBABILITY,
) -> Standard:
    """The standard that the bookmarks in a CSV file (panellist, level, round, item, points) set on a bank.

    Each panellist has one bookmark for each level in each round; `points` may be left away but for items in
    points. Raises StandardRefused as `booklet`, `ratings.rows` and `ratings.seats` do, and
    standard.unknown_item, standard.not_live, standard.points, standard.first_page, standard.duplicate,
    standard.cut, standard.levels, standard.panel_name.
    """
    pages = booklet(bank, response_probability)
    marks = _read(document, bank, pages)
    cuts = {seat: _cut(pages, at) for seat, at in marks.items()}
    parameters = [item.parameters for item in bank.items if item.state == "live" and item.parameters]
    levels = []
    for code, rounds in by_round(cuts).items():
        if abs(rounds[-1].cut) > LARGEST_CUT:
            raise StandardRefused(
                "standard.cut",
                f"The cut of the level {code} is {rounds[-1].cut:g}; the scale ends at {LARGEST_CUT:g}.",
            )
        theta, error = rounds[-1].cut, rounds[-1].error
        levels.append(SetLevel(code, theta, "ability", error, *cut_on_proportion(parameters, theta, error)))
    return Standard(
        bank=bank_digest,
        method="bookmark",
        levels=ascending(levels),
        panel=panel(name, cuts),
        items=len(pages),
        ratings=digest({seat: [f"{pages[at].item},{pages[at].points}"] for seat, at in marks.items()}),
        response_probability=response_probability,
    )


def _read(document: bytes, bank: Bank, pages: tuple[Page, ...]) -> Mapping[Seat, int]:
    """By seat, the index of the page that is marked."""
    places = {(page.item, str(page.points)): at for at, page in enumerate(pages)}
    only = {item: points for item, points in places if (item, "2") not in places}
    marks: dict[Seat, int] = {}
    for row in rows(document, ("item",), ("points",)):
        item = row.cells["item"]
        points = row.cells.get("points") or only.get(item, "")
        where = f"Line {row.line}, item {item[:_SHOWN]}"
        if bank.item(item) is None:
            raise StandardRefused(
                "standard.unknown_item", f"Line {row.line}: the bank has no item {item[:_SHOWN]!r}."
            )
        if (item, "1") not in places:
            raise StandardRefused("standard.not_live", f"{where}: it is not live, so it is on no page.")
        if (item, points) not in places:
            raise StandardRefused(
                "standard.points",
                f"{where}: {points[:_SHOWN]!r} is no page of it. An item in points has a page for each, and "
                "the column `points` says which.",
            )
        if places[item, points] == 0:
            raise StandardRefused(
                "standard.first_page",
                f"{where}: a bookmark on the first page puts the level below every item, and says not where.",
            )
        seat = Seat(row.panellist, row.level, row.round)
        if seat in marks:
            raise StandardRefused(
                "standard.duplicate", f"{where}: this panellist has a bookmark at this level in this round."
            )
        marks[seat] = places[item, points]
    seats(marks)
    return marks


def _cut(pages: tuple[Page, ...], at: int) -> Fraction:
    """Halfway between the marked page and the one before."""
    return (Fraction(repr(pages[at - 1].ability)) + Fraction(repr(pages[at].ability))) / 2


def _abilities(item: str, parameters: Parameters, wanted: float) -> list[tuple[int, float]]:
    """For each number of points, the ability at which it is reached with the wanted probability."""
    if wanted <= parameters.c:
        raise StandardRefused(
            "standard.guessing",
            f"Item {item} is answered right with {parameters.c:g} by guessing; the response probability must "
            "lie above that.",
        )
    above = (wanted - parameters.c) / (1 - parameters.c)
    thresholds = parameters.b if isinstance(parameters.b, tuple) else (parameters.b,)
    step = log(above / (1 - above)) / parameters.a
    return [(points, round(b + step, DECIMALS)) for points, b in enumerate(thresholds, 1)]
