"""Angoff: each panellist says of each item how probably somebody who just reaches the level gets it right.

A panellist's cut is the mean over the items, the panel's the mean over the panellists of the last round. Of
an item in points, or a task, the rating is the share of its points that such a person is expected to get. On
a calibrated bank the cut goes over to ability through the test characteristic curve.
"""

import re
from collections.abc import Mapping
from fractions import Fraction
from math import sqrt

from issuer.assessments.standard.panel import DECIMALS, Agreed, ascending, by_round, panel
from issuer.assessments.standard.ratings import Seat, digest, rows, seats, told
from issuer.assessments.standard.refused import StandardRefused
from issuer.measurement.arithmetic import total
from issuer.measurement.characteristic import cut_on_ability
from issuer.measurement.models import expected
from schemas.assessment import Bank
from schemas.items import Parameters
from schemas.standard import SetLevel, Standard

_RATING = re.compile(r"0?[.,][0-9]{1,6}|[01]([.,]0{1,6})?")
_SHOWN = 40

Ratings = dict[Seat, dict[str, Fraction]]


def angoff(document: bytes, bank: Bank, bank_digest: str, name: str) -> Standard:
    """The standard that the ratings in a CSV file (panellist, item, level, round, rating) set on a bank.

    Every panellist rates every live item at every level in every round. Raises StandardRefused as
    `ratings.rows` and `ratings.seats` do, and standard.unknown_item, standard.not_live, standard.rating,
    standard.duplicate, standard.missing, standard.cut, standard.levels, standard.panel_name.
    """
    live = {item.id for item in bank.items if item.state == "live"}
    given = read(document, live, {item.id for item in bank.items})
    cuts = {seat: sum(own.values(), Fraction(0)) / len(own) for seat, own in given.items()}
    parameters = {item.id: item.parameters for item in bank.items if item.id in live and item.parameters}
    last = max(seat.round for seat in given)
    levels = [
        _level(code, rounds[-1], parameters, _means(given, code, last))
        for code, rounds in by_round(cuts).items()
    ]
    return Standard(
        bank=bank_digest,
        method="angoff",
        levels=ascending(levels),
        panel=panel(name, cuts),
        items=len(live),
        ratings=digest(
            {seat: [f"{i},{float(r):.{DECIMALS}f}" for i, r in own.items()] for seat, own in given.items()}
        ),
    )


def read(document: bytes, live: set[str], known: set[str]) -> Ratings:
    """By seat, the rating of each live item; raises as `angoff` does."""
    given: Ratings = {}
    for row in rows(document, ("item", "rating")):
        item, rating = row.cells["item"], row.cells["rating"]
        where = f"Line {row.line}, item {item[:_SHOWN]}"
        if item not in known:
            raise StandardRefused(
                "standard.unknown_item", f"Line {row.line}: the bank has no item {item[:_SHOWN]!r}."
            )
        if item not in live:
            raise StandardRefused(
                "standard.not_live", f"{where}: it is not live, so no result depends on it."
            )
        if not _RATING.fullmatch(rating):
            raise StandardRefused(
                "standard.rating",
                f"{where}: {rating[:_SHOWN]!r} is no probability. Write a number from 0 to 1 with up to six "
                "decimals, such as 0.65.",
            )
        own = given.setdefault(Seat(row.panellist, row.level, row.round), {})
        if item in own:
            raise StandardRefused(
                "standard.duplicate",
                f"{where}: this panellist has rated it before at this level in this round.",
            )
        own[item] = Fraction(rating.replace(",", "."))
    for seat in seats(given):
        missing = sorted(live - given[seat].keys())
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            raise StandardRefused("standard.missing", f"{told(seat)}: no rating of item {missing[0]}{more}.")
    return given


def _means(given: Ratings, level: str, last: int) -> dict[str, float]:
    """The panel's mean rating of each item, at one level in the last round."""
    own = [ratings for seat, ratings in given.items() if (seat.level, seat.round) == (level, last)]
    return {item: float(sum((one[item] for one in own), Fraction(0)) / len(own)) for item in own[0]}


def _level(
    code: str, found: Agreed, parameters: Mapping[str, Parameters], means: Mapping[str, float]
) -> SetLevel:
    if not 0 < found.cut < 1:
        raise StandardRefused(
            "standard.cut", f"The cut of the level {code} is {found.cut:g}; it must lie between 0 and 1."
        )
    if not parameters:
        return SetLevel(code, found.cut, "proportion", found.error)
    try:
        theta, error = cut_on_ability(list(parameters.values()), found.cut, found.error)
    except ValueError as refused:
        raise StandardRefused("standard.cut", f"The cut of the level {code}: {refused}.") from refused
    squares = total((means[item] - expected(own, theta)) ** 2 for item, own in parameters.items())
    misfit = round(sqrt(squares / len(parameters)), DECIMALS)
    return SetLevel(code, theta, "ability", error, found.cut, found.error, misfit)
