"""A bank's next version, with the parameters of a calibration and where they come from."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from issuer.assessments import kinds
from issuer.assessments.lint import lint, lint_tier
from issuer.assessments.versions import lint_version
from issuer.calibration.calibrate import Calibrated, rounded
from issuer.calibration.report import Report, dif_summaries, fit_summary
from issuer.calibration.responses import FEWEST
from schemas.assessment import Bank, Calibration
from schemas.items import Item, Parameters

Source = Literal["recorded", "simulated"]
SYNTHETIC = "synthetic"


def points(bank: Bank) -> dict[str, int]:
    """The most points of each item that people can have answered, by its id: drafts are asked of nobody."""
    return {item.id: kinds.most(item) for item in bank.items if item.state != "draft"}


def synthetic(bank: Bank) -> bool:
    """Whether id or title says that nobody answered: only such a bank may hold simulated parameters."""
    return SYNTHETIC in bank.id.lower() or SYNTHETIC in bank.title.lower()


def parameters(calibrated: Calibrated) -> dict[str, Parameters]:
    """What a bank holds of each item, on the scale where people are N(0, 1); by id."""
    items, errors, model = calibrated.fitted.items, calibrated.errors, calibrated.setting.model
    found = {}
    for j, (name, met) in enumerate(
        zip(calibrated.responses.items, calibrated.responses.met.tolist(), strict=True)
    ):
        last = int(items.thresholds[j])
        b = tuple(map(rounded, items.difficulties[j, :last]))
        se_b = tuple(map(rounded, errors.difficulties[j, :last]))
        found[name] = Parameters(
            model,
            a=rounded(items.slope[j]),
            b=b if model == "grm" else b[0],
            c=rounded(items.asymptote[j]),
            se_a=rounded(errors.slope[j]),
            se_b=se_b if model == "grm" else se_b[0],
            n=met,
        )
    return found


def next_version(
    bank: Bank, version: str, calibration: Calibration, found: Mapping[str, Parameters]
) -> tuple[Bank, tuple[str, ...]]:
    """The bank with parameters, and the ids of pilot items that too few people met to have any yet.

    What was not calibrated now keeps its parameters where the scale stays the same (`linked_to`), and has
    none otherwise.
    """
    fewest = FEWEST[calibration.model]
    short = tuple(
        item.id
        for item in bank.items
        if item.state == "pilot" and item.id in found and found[item.id].n < fewest
    )
    stays = calibration.linked_to is not None and bank.tier != "uncalibrated"

    def of(item: Item) -> Parameters | None:
        kept = item.parameters if stays else None
        return kept if item.id in short else found.get(item.id, kept)

    items = tuple(replace(item, parameters=of(item)) for item in bank.items)
    return replace(bank, version=version, calibration=calibration, items=items), short


def lint_next(old: Bank, new: Bank) -> Iterator[str]:
    """A sentence for each thing that makes the version unfit to use, or that the change may not do."""
    yield from lint_version(old, new)
    yield from lint(new)
    yield from lint_tier(new)


def written(document: bytes, new: Bank) -> bytes:
    """The version's document: the old one's, in its order, with version, calibration and parameters."""
    raw: dict[str, Any] = json.loads(document)
    raw["version"] = new.version
    raw["calibration"] = msgspec.to_builtins(new.calibration)
    for entry, item in zip(raw["items"], new.items, strict=True):
        entry.pop("parameters", None)
        if item.parameters is not None:
            entry["parameters"] = msgspec.to_builtins(item.parameters)
    return (json.dumps(raw, ensure_ascii=False, indent=2) + "\n").encode()


def calibration_of(
    calibrated: Calibrated, printed: Report, reference: str | None, source: Source, linked_to: str | None
) -> Calibration:
    """What a bank says of where its parameters come from, and of how its items fit.

    `reference` is the group that others were compared with, if any were.
    """
    return Calibration(
        model=calibrated.setting.model,
        source=source,
        people=len(calibrated.responses.persons),
        responses=calibrated.responses.digest(),
        log_likelihood=rounded(calibrated.fitted.log_likelihood),
        linked_to=linked_to,
        fit=fit_summary(printed),
        dif=() if reference is None else dif_summaries(printed, reference),
    )
