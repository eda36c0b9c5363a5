"""Differential item functioning: do people of the same ability, of two groups, answer an item alike?

Mantel and Haenszel's common odds ratio over strata of ability, with the error of Robins, Breslow and
Greenland, on the delta scale of ETS: D = -2.35 ln(odds of the reference group over those of the focal one):
below 0 the item is harder for the focal group. Matching is on the ability estimated from the answers, which
serves complete and adaptive data alike. Items found to differ are left out of it, but for the item itself,
without which equal abilities would look unequal; and that again, until a round finds the same items
(iterative purification: Lord 1980; Candell and Drasgow 1988).
"""

from collections.abc import Mapping
from itertools import chain
from math import log, sqrt
from typing import Literal

import numpy as np
from msgspec import Struct

from issuer.calibration.calibrate import Calibrated, rounded
from issuer.calibration.curves import Flags, Floats, Integers, normal_weights, probabilities
from issuer.calibration.refused import CalibrationRefused, named
from issuer.calibration.responses import NOT_MET, Responses, table

FEWEST = 200
"""People of each group who met an item, below which nothing is said of it."""

STRATA = 20
ROUNDS_AT_MOST = 10  # where two sets of items take turns; three are usual
PER_LOGIT = -2.35
NORMAL_95 = 1.959964
NORMAL_ONE_SIDED = 1.644854

Class = Literal["A", "B", "C", "insufficient data", "not computed"]


class Dif(Struct, frozen=True, kw_only=True):
    """An item between two groups: D with its 95 % interval, and the class of ETS.

    A: negligible. B: at least 1 and different from 0. C: at least 1.5 and more than 1 for certain. `B` and
    `C` are for somebody to look at. `insufficient data`: fewer than 200 of a group met it, or no ability has
    both. `not computed`: the item gives more than one point.
    """

    id: str
    group: str
    n_reference: int
    n_focal: int
    d: float | None
    low: float | None
    high: float | None
    found: Class

    @property
    def acts(self) -> bool:
        """Whether somebody is to look at it."""
        return self.found in {"B", "C"}


def read_groups(document: bytes) -> dict[str, str]:
    """Each person's group, from a CSV of person and group with a head; no group where none is stated.

    Raises CalibrationRefused: groups.size, groups.encoding, groups.csv, groups.header, groups.ragged,
        groups.duplicate.
    """
    lines = table(document, "groups")
    if len(next(lines, [])) != 2:  # noqa: PLR2004 - told in the sentence
        raise CalibrationRefused("groups.header", "The file has two columns, person and group, and a head.")
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=2):
        if not any(map(str.strip, line)):
            continue
        if len(line) != 2:  # noqa: PLR2004 - likewise
            raise CalibrationRefused("groups.ragged", f"Line {number} has {len(line)} cells, not two.")
        person, group = map(str.strip, line)
        if person in found:
            raise CalibrationRefused("groups.duplicate", f"Line {number}: this person is there already.")
        found[person] = group
    return found


def members(responses: Responses, groups: Mapping[str, str], reference: str) -> dict[str, Flags]:
    """Which rows of the responses are of each group, the reference group first; the others by name.

    Raises CalibrationRefused: dif.empty_group.
    """
    own = np.array([groups.get(person, "") for person in responses.persons])
    stated = sorted(set(groups.values()) - {"", reference})
    found = {name: own == name for name in (reference, *stated)}
    empty = [name for name, rows in found.items() if not rows.any()]
    if empty or not stated:
        raise CalibrationRefused(
            "dif.empty_group",
            f"Nobody with responses is in {named(empty)}."
            if empty
            else "There is no group but the reference.",
        )
    return found


def dif(calibrated: Calibrated, groups: Mapping[str, Flags]) -> tuple[Dif, ...]:
    """Each item, for each group against the first one, which is the reference."""
    (_, reference), *focal = groups.items()
    return tuple(chain.from_iterable(_settled(calibrated, reference, rows, name) for name, rows in focal))


def _settled(calibrated: Calibrated, reference: Flags, focal: Flags, group: str) -> list[Dif]:
    """All items, matched on those alone that do not differ."""
    kept = np.ones(len(calibrated.responses.items), dtype=bool)
    found = _round(calibrated, reference, focal, group, kept)
    for _ in range(ROUNDS_AT_MOST - 1):
        alike = np.array([not one.acts for one in found])
        if (alike == kept).all() or not alike.any():
            break
        kept = alike
        found = _round(calibrated, reference, focal, group, kept)
    return found


def _round(calibrated: Calibrated, reference: Flags, focal: Flags, group: str, kept: Flags) -> list[Dif]:
    """All items, with abilities from the items that are `kept` and the item itself."""
    scores, grid = calibrated.responses.scores, calibrated.fitted.grid
    logs = np.log(probabilities(calibrated.fitted.items, grid))
    likelihood = np.log(normal_weights(grid, 0.0, 1.0)) + sum(
        (scores[:, kept] == k) @ logs[kept, k] for k in range(logs.shape[1])
    )
    both = reference | focal
    found = []
    strata = _strata(likelihood, grid, both)
    for j, item in enumerate(calibrated.responses.items):
        own = scores[:, j]
        met = own != NOT_MET
        sizes = int((met & reference).sum()), int((met & focal).sum())
        if calibrated.data.thresholds[j] > 1:
            found.append(_silent(item, group, sizes, "not computed"))
            continue
        if min(sizes) < FEWEST:
            found.append(_silent(item, group, sizes, "insufficient data"))
            continue
        if not kept[j]:
            mine = likelihood + np.where(met[:, None], logs[j][np.maximum(own, 0)], 0.0)
            used = _strata(mine, grid, both)
        else:
            used = strata
        found.append(_item(item, group, sizes, _tables(used, own, met & reference, met & focal)))
    return found


def _strata(likelihood: Floats, grid: Floats, both: Flags) -> Integers:
    """Everybody's stratum: twenty of equal size, by expected ability."""
    weights = np.exp(likelihood - likelihood.max(axis=1, keepdims=True))
    ability = weights @ grid / weights.sum(axis=1)
    edges = np.quantile(ability[both], np.linspace(0, 1, STRATA + 1)[1:-1])
    found: Integers = np.searchsorted(edges, ability).astype(np.int64)
    return found


def _tables(strata: Integers, own: Integers, reference: Flags, focal: Flags) -> Floats:
    """In each stratum, of the reference group right and wrong, of the focal group right and wrong: (4, S)."""
    return np.stack(
        [
            np.bincount(strata[rows & (own == score)], minlength=STRATA).astype(float)
            for rows in (reference, focal)
            for score in (1, 0)
        ]
    )


def _item(item: str, group: str, sizes: tuple[int, int], tables: Floats) -> Dif:
    right_r, wrong_r, right_f, wrong_f = tables[:, tables.sum(axis=0) > 0]
    people = right_r + wrong_r + right_f + wrong_f
    for_reference, for_focal = right_r * wrong_f / people, wrong_r * right_f / people
    over, under = float(for_reference.sum()), float(for_focal.sum())
    if over == 0 or under == 0:
        return _silent(item, group, sizes, "insufficient data")
    agree, differ = (right_r + wrong_f) / people, (wrong_r + right_f) / people
    variance = (
        float(agree @ for_reference) / (2 * over**2)
        + float(agree @ for_focal + differ @ for_reference) / (2 * over * under)
        + float(differ @ for_focal) / (2 * under**2)
    )
    d, error = PER_LOGIT * log(over / under), abs(PER_LOGIT) * sqrt(variance)
    return Dif(
        id=item,
        group=group,
        n_reference=sizes[0],
        n_focal=sizes[1],
        d=rounded(d),
        low=rounded(d - NORMAL_95 * error),
        high=rounded(d + NORMAL_95 * error),
        found=_class(abs(d), error),
    )


def _class(size: float, error: float) -> Class:
    if size < 1 or size <= NORMAL_95 * error:
        return "A"
    return "C" if size >= 1.5 and size - 1 > NORMAL_ONE_SIDED * error else "B"  # noqa: PLR2004 - ETS


def _silent(item: str, group: str, sizes: tuple[int, int], found: Class) -> Dif:
    return Dif(
        id=item, group=group, n_reference=sizes[0], n_focal=sizes[1], d=None, low=None, high=None, found=found
    )
