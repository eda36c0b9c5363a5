"""How sure a session can be, by ability or true proportion, before anybody took it. Pure.

On ability the information of a session of n items, spread over the areas as a form is: of an adaptive one
the best of each area, which is the most that its choice could reach, of the others what an average item
gives. The posterior standard deviation is about 1 / sqrt(1 + information), with the prior's 1.
"""

from collections.abc import Iterator, Sequence
from math import sqrt

from msgspec import Struct

from issuer.measurement import proportion
from issuer.measurement.arithmetic import exp, total
from issuer.measurement.models import information
from schemas.assessment import Bank
from schemas.items import Parameters, Task

ABILITIES = tuple(step / 4 for step in range(-16, 17))
PROPORTIONS = tuple(step / 20 for step in range(1, 20))
DECIMALS = 3


class Point(Struct, frozen=True, rename="camel"):
    """At an ability or true proportion, the standard error that a session has on average."""

    at: float
    standard_error: float


class Session(Struct, frozen=True, rename="camel"):
    """A session of so many items; `reliability` is for abilities distributed N(0, 1), None on proportion."""

    items: int
    reliability: float | None
    points: tuple[Point, ...]


def session(bank: Bank, items: int, *, adaptive: bool) -> Session:
    """How sure a session of `items` is, on the scale of the bank's sessions."""
    if bank.calibration == "uncalibrated":
        found = (Point(at, _of_proportion(at, items)) for at in PROPORTIONS)
        return Session(items, None, tuple(found))
    variances = [1 / (1 + _information(bank, items, at, adaptive=adaptive)) for at in ABILITIES]
    weights = [exp(-at * at / 2) for at in ABILITIES]
    held = total(weight * one for weight, one in zip(weights, variances, strict=True)) / total(weights)
    points = tuple(
        Point(at, round(sqrt(one), DECIMALS)) for at, one in zip(ABILITIES, variances, strict=True)
    )
    return Session(items, round(1 - held, DECIMALS), points)


def bank_information(bank: Bank) -> tuple[tuple[float, float], ...]:
    """The test information of all live items, by ability."""
    own = [one for area in _areas(bank) for one in area]
    return tuple((at, round(total(information(one, at) for one in own), DECIMALS)) for at in ABILITIES)


def _of_proportion(at: float, items: int) -> float:
    """The posterior's standard deviation, with as many right as expected."""
    return round(proportion.standard_error(round(at * items), items), DECIMALS)


def _information(bank: Bank, items: int, at: float, *, adaptive: bool) -> float:
    shares = sum(area.weight for area in bank.areas)
    found = 0.0
    for area, own in zip(bank.areas, _areas(bank), strict=True):
        wanted = min(items * area.weight / shares, len(own))
        given = sorted((information(one, at) for one in own), reverse=True)
        if not adaptive:
            found += total(given) / max(len(given), 1) * wanted
            continue
        whole = int(wanted)
        found += total(given[:whole]) + (wanted - whole) * total(given[whole : whole + 1])
    return found


def _areas(bank: Bank) -> Iterator[Sequence[Parameters]]:
    """By area, the parameters of the items that a form draws from."""
    for area in bank.areas:
        yield [
            item.parameters
            for item in bank.items
            if item.area == area.id
            and item.state == "live"
            and item.parameters is not None
            and not isinstance(item, Task)
        ]
