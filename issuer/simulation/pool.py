"""What is asked in a simulation, as arrays: J items in A areas, with the parameters that scoring believes."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from issuer.calibration.curves import Flags, Floats, Integers, Items
from issuer.measurement.ability import NODES, table
from issuer.measurement.models import most
from issuer.simulation.refused import SimulationRefused
from schemas.assessment import Bank
from schemas.items import Model, Parameters, Task

MODELS: tuple[Model, ...] = ("rasch", "2pl", "3pl", "grm")
_LARGEST_SLOPE = 10.0
_LARGEST_DIFFICULTY = 20.0


class Pool(NamedTuple):
    """Items by column: `area` (J) counts areas from 0, `weights` (A) are their shares of a form.

    `hostile` (J, J) marks items that are never asked together, `caps` (J) an item's own exposure cap, NaN
    where the plan's holds.
    """

    ids: tuple[str, ...]
    area: Integers
    weights: Floats
    hostile: Flags
    caps: Floats
    parameters: tuple[Parameters, ...]

    @property
    def model(self) -> Model:
        """The model that describes all the items."""
        used = {one.model for one in self.parameters}
        return max(used, key=MODELS.index)

    def only(self, kept: Flags, parameters: tuple[Parameters, ...]) -> "Pool":
        """The same with some of the items, under other parameters."""
        ids = tuple(np.array(self.ids, dtype=object)[kept])
        hostile = self.hostile[np.ix_(kept, kept)]
        return Pool(ids, self.area[kept], self.weights, hostile, self.caps[kept], parameters)


def pool_of(bank: Bank) -> Pool:
    """A calibrated bank's live items but for tasks, which raters score.

    Raises SimulationRefused: simulation.no_items, simulation.no_parameters, simulation.parameters.
    """
    items = [item for item in bank.items if item.state == "live" and not isinstance(item, Task)]
    if not items:
        raise SimulationRefused("simulation.no_items", "The bank has no live items that could be asked.")
    place = {item.id: n for n, item in enumerate(items)}
    hostile = np.zeros((len(items), len(items)), dtype=bool)
    for n, item in enumerate(items):
        for enemy in set(item.enemies) & place.keys():
            hostile[n, place[enemy]] = hostile[place[enemy], n] = True
    caps = np.array([np.nan if item.exposure_cap is None else item.exposure_cap for item in items])
    areas = {area.id: n for n, area in enumerate(bank.areas)}
    parameters: list[Parameters] = []
    for item in items:
        if item.parameters is None:
            raise SimulationRefused(
                "simulation.no_parameters",
                f"Item {item.id} is live in a calibrated bank and has no parameters. Calibrate it, or keep "
                "it as a pilot item.",
            )
        parameters.append(item.parameters)
    _check(list(place), parameters)
    return Pool(
        tuple(place),
        np.array([areas[item.area] for item in items], dtype=np.int64),
        np.array([area.weight for area in bank.areas], dtype=float),
        hostile,
        caps,
        tuple(parameters),
    )


def pool_from(ids: Sequence[str], areas: Sequence[str], parameters: Sequence[Parameters]) -> Pool:
    """Items from a list of parameters; every area has the same share of a form.

    Raises SimulationRefused: simulation.no_items, simulation.duplicate, simulation.parameters.
    """
    if not ids:
        raise SimulationRefused("simulation.no_items", "There are no items.")
    twice = next((name for name in ids if ids.count(name) > 1), None)
    if twice is not None:
        raise SimulationRefused("simulation.duplicate", f"Item {twice} is there more than once.")
    _check(ids, parameters)
    names = sorted(set(areas))
    size = len(ids)
    return Pool(
        tuple(ids),
        np.array([names.index(area) for area in areas], dtype=np.int64),
        np.ones(len(names)),
        np.zeros((size, size), dtype=bool),
        np.full(size, np.nan),
        tuple(parameters),
    )


def _check(ids: Sequence[str], parameters: Sequence[Parameters]) -> None:
    """Hold each item's parameters to what its model knows, and all of them to one another."""
    for name, own in zip(ids, parameters, strict=True):
        thresholds = own.b if isinstance(own.b, tuple) else (own.b,)
        if (own.model == "grm") != isinstance(own.b, tuple) or not thresholds:
            wanted = "a list of thresholds" if own.model == "grm" else "one number"
            raise SimulationRefused("simulation.parameters", f"Item {name}: with {own.model}, b is {wanted}.")
        if not 0 < own.a <= _LARGEST_SLOPE or max(map(abs, thresholds)) > _LARGEST_DIFFICULTY:
            raise SimulationRefused(
                "simulation.parameters",
                f"Item {name}: a lies above 0 and is {_LARGEST_SLOPE:g} at most, b lies within "
                f"{_LARGEST_DIFFICULTY:g} of 0.",
            )
        if any(low >= high for low, high in pairwise(thresholds)):
            raise SimulationRefused("simulation.parameters", f"Item {name}: its thresholds do not ascend.")
        if not 0 <= own.c < 1 or (own.c and own.model != "3pl"):
            raise SimulationRefused(
                "simulation.parameters", f"Item {name}: c is 0 or more and below 1, and only 3pl has one."
            )
    if {"3pl", "grm"} <= {own.model for own in parameters}:
        raise SimulationRefused(
            "simulation.models", "Items of 3pl and of grm are in one list; a bank has one model."
        )


def items_of(parameters: Sequence[Parameters]) -> Items:
    """Parameters as arrays of response curves."""
    listed = [one.b if isinstance(one.b, tuple) else (one.b,) for one in parameters]
    thresholds = np.array([len(b) for b in listed], dtype=np.int64)
    slope = np.array([one.a for one in parameters])
    intercepts = np.zeros((len(listed), int(thresholds.max())))
    for n, b in enumerate(listed):
        intercepts[n, : len(b)] = -slope[n] * np.array(b)
    return Items(slope, intercepts, np.array([one.c for one in parameters]), thresholds)


def parameters_of(model: Model, items: Items) -> tuple[Parameters, ...]:
    """Response curves as parameters, as a calibration writes them."""
    return tuple(
        Parameters(model, float(a), tuple(b[:k].tolist()) if model == "grm" else float(b[0]), float(c))
        for a, b, c, k in zip(
            items.slope, items.difficulties, items.asymptote, items.thresholds.tolist(), strict=True
        )
    )


def likelihoods(parameters: Sequence[Parameters]) -> Floats:
    """The engine's own tables: (J, K + 1, Q), by item, score and node; 0 for a score that is none."""
    scores = 1 + max(map(most, parameters))
    found = np.zeros((len(parameters), scores, len(NODES)))
    for n, one in enumerate(parameters):
        own = table(one)
        found[n, : len(own)] = own
    return found


def information(items: Items, theta: Floats) -> Floats:
    """Fisher information about theta: (n, J) for abilities (n, 1) or (n, J) and items (J) or (n, J)."""
    z = items.slope[..., None] * theta[..., None] + items.intercepts
    exists = np.arange(items.intercepts.shape[-1]) < items.thresholds[..., None]
    above = np.where(exists, 1 / (1 + np.exp(-z)), 0.0)
    if above.shape[-1] == 1:
        c, one = items.asymptote, above[..., 0]
        found: Floats = items.slope**2 * (1 - c) * one**2 * (1 - one) / (c + (1 - c) * one)
        return found
    slopes = items.slope[..., None] * above * (1 - above)
    edge = np.zeros((*above.shape[:-1], 1))
    probabilities = -np.diff(np.concatenate([edge + 1, above, edge], axis=-1), axis=-1)
    changes = -np.diff(np.concatenate([edge, slopes, edge], axis=-1), axis=-1)
    terms = np.divide(changes**2, probabilities, out=np.zeros_like(changes), where=probabilities > 0)
    graded: Floats = terms.sum(axis=-1)
    return graded
