"""What `assay assessment simulate` simulates: a file of items, a bank by itself, or a bank as offered.

Read only, without NumPy: a bank before calibration is simulated without it.
"""

from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from issuer.assessments.bank import digest
from issuer.assessments.create import bounded, choices, plan_of
from issuer.assessments.files import bank_in, read, standard_in
from issuer.assessments.offers import intend, read_offer
from issuer.assessments.record import Plan
from issuer.organizations.command import refusal
from issuer.settings import StartRefused
from issuer.simulation.refused import SimulationRefused
from issuer.skills.store import Level
from schemas.assessment import Bank, Conditions, LevelCut
from schemas.items import Model, Parameters
from schemas.problems import ProblemError
from schemas.strict_json import StrictJsonError, loads
from schemas.wording import many

CUT, THRESHOLD, CAP = 0.5, 0.95, 0.25
MOST_BYTES = 8 * 1024 * 1024


class Chosen(NamedTuple):
    """What the command line chooses around the items: None is the usual, or what the offer says."""

    cut: float | None
    threshold: float | None
    cap: float | None
    examinees: int
    seed: int
    seeds: int | None

    @property
    def certainty(self) -> float:
        """The threshold; raises StartRefused."""
        chosen = THRESHOLD if self.threshold is None else self.threshold
        if not CUT < chosen < 1:
            raise StartRefused("simulation.threshold", "A threshold lies between .5 and 1.")
        return chosen

    @property
    def conditions(self) -> Conditions:
        """Adaptive, as long as usual, under the cap; raises StartRefused."""
        cap = CAP if self.cap is None else self.cap
        if not 0 < cap <= 1:
            raise StartRefused("simulation.cap", "An exposure cap lies above 0 and is 1 at most.")
        return Conditions(permitted_aids="as published", delivery="adaptive", exposure_cap=cap)


class Before(NamedTuple):
    """An assessment before calibration: all that is known of its items is how many there are."""

    plan: Plan
    items: int


class ListedItem(Struct, frozen=True):
    """An item of a parameter file: logistic metric, D = 1, ability N(0, 1); `b` ascends in a graded item."""

    id: str
    a: float
    b: float | tuple[float, ...]
    model: Model = "2pl"
    area: str = "all"
    c: float = 0.0

    @property
    def parameters(self) -> Parameters:
        """The same without name and place."""
        return Parameters(self.model, self.a, self.b, self.c)


class Listed(Struct, frozen=True):
    """A parameter file; the cut is on the ability scale."""

    items: tuple[ListedItem, ...]
    cut: float


class After(NamedTuple):
    """A calibrated assessment: a bank or a list of items, and the levels with their cuts on ability.

    `source` is the SHA-256 (hexadecimal) of the bank or file, for the figures to name.
    """

    items: Bank | Listed
    levels: tuple[LevelCut, ...]
    threshold: float
    conditions: Conditions
    source: str


def of_parameters(path: Path, chosen: Chosen) -> After:
    """The items of a parameter file; raises StartRefused."""
    document = read(path, "parameters", MOST_BYTES)
    try:
        listed = msgspec.convert(loads(document, max_bytes=MOST_BYTES), Listed)
    except StrictJsonError as error:
        raise StartRefused("simulation.json", f"{path} is not strict JSON: {error.detail}") from error
    except msgspec.ValidationError as error:
        raise StartRefused("simulation.shape", f"{path} does not list items and a cut: {error}.") from error
    levels = (LevelCut("cut", listed.cut if chosen.cut is None else chosen.cut),)
    return After(listed, levels, chosen.certainty, chosen.conditions, digest(document))


def of_bank(path: Path, chosen: Chosen) -> After | Before:
    """A bank by itself, with one level; raises StartRefused and SimulationRefused."""
    document = read(path, "bank")
    bank, cut = bank_in(document, path), CUT if chosen.cut is None else chosen.cut
    certainty, conditions = chosen.certainty, chosen.conditions
    if bank.tier != "uncalibrated":
        levels = (LevelCut("cut", cut),)
        return After(bank, levels, certainty, conditions, digest(document))
    if not 0 < cut < 1:
        raise SimulationRefused("simulation.cut", f"The cut is {cut:g}; a share lies between 0 and 1.")
    return _before(bank, (Level("cut", "Cut", "", cut),), certainty, Conditions(permitted_aids=""))


def of_offer(path: Path, offer: Path, standard: Path | None, chosen: Chosen) -> After | Before:
    """A bank exactly as the offer would publish it; raises StartRefused and SimulationRefused."""
    if (chosen.cut, chosen.threshold, chosen.cap) != (None, None, None):
        raise StartRefused("simulation.offer", "The offer says cuts, threshold and cap; leave them away.")
    document = read(path, "bank")
    panel = None if standard is None else standard_in(standard)
    try:
        intended = intend(read_offer(read(offer, "offer")), document, standard=panel)
        levels = intended.placed
    except ProblemError as problem:
        raise refusal(problem) from problem
    bank, conditions = intended.bank, bounded(intended.bank, intended.conditions)
    if bank.tier == "uncalibrated":
        return _before(bank, intended.levels, intended.threshold, conditions)
    return After(bank, levels, intended.threshold, conditions, intended.bank_digest)


def _before(bank: Bank, levels: tuple[Level, ...], threshold: float, conditions: Conditions) -> Before:
    items = choices(bank)
    if items < conditions.items_per_step:
        raise SimulationRefused(
            "simulation.items",
            f"A step asks {many(conditions.items_per_step, 'item')}; live in the bank: {items}.",
        )
    return Before(plan_of(levels, threshold, bounded(bank, conditions)), items)
