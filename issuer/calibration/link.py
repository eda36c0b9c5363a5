"""From the scale of these people to that of an older bank version, by the items that both have.

Stocking and Lord (1983): theta_old = slope * theta + shift such that the expected scores on all anchors,
added up, agree best with the old ones over N(0, 1). An anchor whose difficulty moved against the others
(robust z above 3: median and MAD) and whose curve moved by .05 and more has drifted; the link is found again
without it. With Rasch the slope follows from the two common discriminations.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from issuer.calibration.calibrate import Calibrated
from issuer.calibration.curves import Flags, Floats, Items, expected_scores, nodes, normal_weights
from issuer.calibration.information import Errors
from issuer.calibration.refused import CalibrationRefused, named
from schemas.items import Parameters

FEWEST = 10
"""Anchors that must be left to carry a scale."""

MOST_DRIFT = 0.2  # share of the anchors; beyond it nobody can say which side moved
ROBUST_Z = 3.0
MAD_TO_SD = 1.4826
MOVED = 0.05  # of a curve, root mean square over N(0, 1), as a share of the points


class Link(NamedTuple):
    """How the scales are linked: theta_old = slope * theta + shift; anchors used, and those that drifted."""

    slope: float
    shift: float
    anchors: tuple[str, ...]
    drifting: tuple[str, ...]


def link(calibrated: Calibrated, old: Mapping[str, Parameters]) -> Link:
    """Find the link to the scale of `old`, by item id.

    Raises CalibrationRefused: link.model, link.too_few_anchors, link.drift.
    """
    names = calibrated.responses.items
    at = [j for j, name in enumerate(names) if name in old]
    for j in at:
        if old[names[j]].model != calibrated.setting.model:
            raise CalibrationRefused(
                "link.model", f"Item {names[j]} has the model {old[names[j]].model} on the old scale."
            )
    _enough(len(at))
    new, before = _some(calibrated.fitted.items, np.array(at)), _old([old[names[j]] for j in at])
    common = calibrated.setting.model == "rasch"
    kept = np.ones(len(at), dtype=bool)
    while True:
        slope, shift = _stocking_lord(_some(new, kept), _some(before, kept), common=common)
        drifted = kept & _drifted(transformed(new, slope, shift), before, kept)
        if not drifted.any():
            break
        kept &= ~drifted
        gone = [names[at[n]] for n in np.flatnonzero(~kept)]
        if len(gone) > MOST_DRIFT * len(at):
            raise CalibrationRefused(
                "link.drift", f"Too many anchors moved against the others to carry a scale: {named(gone)}."
            )
        _enough(int(kept.sum()))
    anchors, drifting = (tuple(names[at[n]] for n in np.flatnonzero(which)) for which in (kept, ~kept))
    return Link(slope, shift, anchors, drifting)


def linked(calibrated: Calibrated, found: Link) -> Calibrated:
    """The estimates on the old scale, with their errors; that of the link itself is not in them."""
    items, errors = calibrated.fitted.items, calibrated.errors
    moved = transformed(items, found.slope, found.shift)
    state = calibrated.fitted.state._replace(mean=found.shift, sd=found.slope)
    scaled = Errors(
        errors.slope / found.slope, errors.difficulties * found.slope, errors.intercepts, errors.asymptote
    )
    return calibrated._replace(fitted=calibrated.fitted._replace(items=moved, state=state), errors=scaled)


def transformed(items: Items, slope: float, shift: float) -> Items:
    """Items on the scale slope * theta + shift."""
    a = items.slope / slope
    intercepts = np.where(items.exists, items.intercepts - a[:, None] * shift, 0.0)
    return Items(a, intercepts, items.asymptote, items.thresholds)


def _enough(anchors: int) -> None:
    if anchors < FEWEST:
        raise CalibrationRefused(
            "link.too_few_anchors",
            f"A scale needs {FEWEST} items that both versions have; these have {anchors}.",
        )


def _some(items: Items, which: "Flags | np.ndarray[tuple[int], np.dtype[np.int64]]") -> Items:
    return Items(items.slope[which], items.intercepts[which], items.asymptote[which], items.thresholds[which])


def _old(anchors: list[Parameters]) -> Items:
    thresholds = [one.b if isinstance(one.b, tuple) else (one.b,) for one in anchors]
    most = max(map(len, thresholds))
    slope = np.array([one.a for one in anchors])
    b = np.array([(*each, *[0.0] * (most - len(each))) for each in thresholds])
    return Items(
        slope,
        -slope[:, None] * b,
        np.array([one.c for one in anchors]),
        np.array([len(each) for each in thresholds], dtype=np.int64),
    )


def _stocking_lord(new: Items, old: Items, *, common: bool) -> tuple[float, float]:
    grid = nodes(0)
    weights = normal_weights(grid, 0.0, 1.0)
    wanted = expected_scores(old, grid).sum(axis=0)
    first = float(new.slope.mean() / old.slope.mean())
    begin = [float(old.difficulties[:, 0].mean() - first * new.difficulties[:, 0].mean())]

    def off(at: Floats) -> float:
        moved = transformed(new, first * (1.0 if common else float(np.exp(at[1]))), float(at[0]))
        return float(weights @ (expected_scores(moved, grid).sum(axis=0) - wanted) ** 2)

    found = minimize(
        off, begin if common else [*begin, 0.0], method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-12}
    )
    return first * (1.0 if common else float(np.exp(found.x[1]))), float(found.x[0])


def _drifted(new: Items, old: Items, kept: Flags) -> Flags:
    moved = (new.difficulties - old.difficulties).sum(axis=1) / old.thresholds
    middle = np.median(moved[kept])
    spread = MAD_TO_SD * np.median(np.abs(moved[kept] - middle))
    grid = nodes(0)
    apart = (expected_scores(new, grid) - expected_scores(old, grid)) / old.thresholds[:, None]
    size = np.sqrt(apart**2 @ normal_weights(grid, 0.0, 1.0))
    found: Flags = (np.abs(moved - middle) > ROBUST_Z * spread) & (size >= MOVED)
    return found
