"""The technical report of an assessment: everything that the record says, and how good the measurement is.

JSON, content-addressed like the record, which names it. No item is in it, neither id nor text: only how many
there are and how their parameters are distributed.
"""

from collections import Counter
from collections.abc import Iterable
from statistics import fmean, median, quantiles, stdev
from typing import Any

import msgspec

from issuer.assessments import precision
from issuer.assessments.record import Plan, Simulation, document
from issuer.assessments.stated import Basis
from issuer.assessments.versions import STATES
from issuer.simulation.figures import Figures
from schemas.assessment import Bank

DECIMALS = 3
BIN = 0.5
_FEWEST_FOR_A_SPREAD = 2


def technical_report(
    bank: Bank, bank_digest: str, plan: Plan, basis: Basis, *, simulation: Simulation | None = None
) -> bytes:
    """The report as canonical bytes: the same arguments give the same bytes.

    Takes what the record takes; where something is unknown it says "unstated".
    """
    report = document(bank, bank_digest, plan, simulation, basis)
    found = None if bank.calibration == "uncalibrated" else bank.calibration
    report |= {
        "type": "TechnicalReport",
        "itemCounts": _counts(bank),
        "itemStatistics": _statistics(bank),
        "precision": _precision(bank, plan, basis),
        "itemFit": msgspec.to_builtins(found.fit) if found and found.fit else "unstated",
        "differentialItemFunctioning": msgspec.to_builtins(found.dif) if found and found.dif else "unstated",
    }
    if basis.figures is not None:
        report["errorRates"] |= _by_ability(basis.figures)
    return msgspec.json.encode(report, order="sorted")


def _counts(bank: Bank) -> dict[str, Any]:
    by_state = Counter(item.state for item in bank.items)
    return {
        "byState": {state: by_state[state] for state in STATES},
        "byKind": dict(Counter(item.kind for item in bank.items if item.state == "live")),
        "byArea": [
            {
                "area": area.name,
                "weight": area.weight,
                "live": sum(item.area == area.id and item.state == "live" for item in bank.items),
            }
            for area in bank.areas
        ],
    }


def _statistics(bank: Bank) -> dict[str, Any] | str:
    """How the live items' parameters, their errors and the responses behind them are distributed."""
    own = [item.parameters for item in bank.items if item.state == "live" and item.parameters]
    if not own:
        return "none"
    difficulties = [b for one in own for b in _several(one.b)]
    errors = [error for one in own for error in _several(one.se_b) if error is not None]
    return {
        "responsesPerItem": _distribution(one.n for one in own),
        "discrimination": _distribution(one.a for one in own),
        "discriminationError": _distribution(one.se_a for one in own if one.se_a is not None),
        "difficulty": _distribution(difficulties),
        "difficultyError": _distribution(errors),
        "lowerAsymptote": _distribution(one.c for one in own if one.model == "3pl"),
        "difficulties": _bins(difficulties),
    }


def _several(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _distribution(values: Iterable[float]) -> dict[str, float | None] | str:
    found = sorted(values)
    if not found:
        return "unstated"
    many = len(found) >= _FEWEST_FOR_A_SPREAD
    low, _, high = quantiles(found, n=4, method="inclusive") if many else (found[0], 0.0, found[0])
    return {
        "mean": round(fmean(found), DECIMALS),
        "sd": round(stdev(found), DECIMALS) if many else None,
        "least": round(found[0], DECIMALS),
        "lowerQuartile": round(low, DECIMALS),
        "median": round(median(found), DECIMALS),
        "upperQuartile": round(high, DECIMALS),
        "most": round(found[-1], DECIMALS),
    }


def _bins(values: Iterable[float]) -> list[dict[str, float | int]]:
    """How many difficulties (thresholds, of items in points) lie in each half unit of ability."""
    found = Counter(int(value // BIN) for value in values)
    return [
        {"from": at * BIN, "to": (at + 1) * BIN, "count": found[at]}
        for at in range(min(found), max(found) + 1)
    ]


def _precision(bank: Bank, plan: Plan, basis: Basis) -> dict[str, Any]:
    conditions, adaptive = basis.conditions, basis.conditions.delivery == "adaptive"
    lengths = {plan.items_at_most, conditions.items_at_least if adaptive else plan.items_per_step}
    if basis.figures is not None:
        lengths.add(round(basis.figures.worlds[0].mean_items))
    told: dict[str, Any] = {
        "statement": "by judgement alone: nobody knows yet how hard each item is"
        if bank.calibration == "uncalibrated"
        else "from the items' parameters, at best: as if the most informative items were always free"
        if adaptive
        else "from the items' parameters",
        "sessions": [
            msgspec.to_builtins(precision.session(bank, items, adaptive=adaptive))
            for items in sorted(lengths)
        ],
    }
    if bank.calibration != "uncalibrated":
        told["bankInformation"] = [
            {"at": at, "information": found} for at, found in precision.bank_information(bank)
        ]
    return told


def _by_ability(figures: Figures) -> dict[str, Any]:
    """Error by ability and the calibration of confidence in the true world."""
    true = figures.worlds[0]
    return {
        "errorByAbility": [
            {
                "from": band.low,
                "to": band.high,
                "people": band.people,
                "bias": band.bias,
                "rmse": band.rmse,
                "statedError": band.stated,
                "awarded": band.awarded,
                "items": band.items,
            }
            for band in true.error_by_ability
        ],
        "confidence": [
            {"from": one.low, "to": one.high, "people": one.people, "said": one.said, "true": one.true}
            for one in true.confidence_bins
        ],
    }
