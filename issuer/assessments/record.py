"""The assessment record: one public, content-addressed document per bank version and set of levels.

A credential's evidence names it and pins its digest. It says how the result came about and what it cannot
bear; it holds nothing about any person.
"""

import base64
import hashlib
from typing import Any, Literal

import msgspec
from msgspec import Struct

from issuer.assessments import stated
from issuer.assessments.scoring import ENGINE_VERSION
from issuer.assessments.stated import Basis
from schemas.assessment import Assurance, Bank, LevelCut

MEDIA_TYPE = "application/json"
ASSURANCE_SENTENCES: dict[Assurance, str] = {
    "unsupervised": "Taken without supervision: help from people or AI tools not excluded.",
    "identity-checked": "The taker's identity was checked; taken without supervision: help not excluded.",
    "supervised": "Taken under supervision.",
    "confirmed": "Taken without supervision and confirmed by a short supervised sitting on unseen items.",
}


class Level(Struct, frozen=True, rename="camel"):
    """A level as the record states it: code, name, meaning, cut (proportion of the bank answered right)."""

    code: str
    name: str
    description: str
    cut: float

    @property
    def level_cut(self) -> LevelCut:
        """What scoring needs of it."""
        return LevelCut(self.code, self.cut)


class SimulatedRates(Struct, frozen=True, rename="camel"):
    """Error rates of one level: the share of its awards that are false, of the qualified who go without it.

    None when no simulated person was awarded the level, or qualified for it.
    """

    level: str
    false_among_awards: float | None
    qualified_missed: float | None


class Simulation(Struct, frozen=True, rename="camel"):
    """How error rates came about (`world`, people a seed, seeds) and what they are: the worst seed's.

    `false_among_awards` is over all levels, `rates` are level by level, `mean_items` is over all seeds.
    """

    world: str
    people: int
    seeds: int
    figures: Literal["the worst seed"]
    mean_items: float
    false_among_awards: float | None
    rates: tuple[SimulatedRates, ...]


RULE = (
    "A level is reached when, at the end of a step, the posterior probability that the true "
    "proportion of right answers is at or above the level's cut is at least the threshold t, and "
    "not reached when it is at most 1 - t; each level is decided by the first of the two and "
    "stays so. The highest level reached is awarded. Flat Beta(1, 1) prior, the same for "
    "everyone; evidence pooled over all steps so far."
)
NOT_ALONE = "Not the sole basis of a decision about a person."
LIMITS = (
    "Error rates, where stated, are simulated and hold for people and items like the simulated.",
    "The result speaks for the areas listed here on the day it was taken, and for no other skill.",
)


class Plan(Struct, frozen=True, rename="camel"):
    """What an organisation chooses around a bank: levels (ascending), rule, length, conditions."""

    levels: tuple[Level, ...]
    threshold: float
    items_per_step: int
    items_at_most: int
    assurance: Assurance
    permitted_aids: str


def assessment_record(
    bank: Bank,
    bank_digest: str,
    plan: Plan,
    simulation: Simulation | None = None,
    basis: Basis | None = None,
) -> bytes:
    """The record as canonical bytes: the same arguments give the same bytes on every machine.

    `bank_digest` is SHA-256 in hexadecimal. Error rates that nobody simulated are stated as "unstated".
    Without a `basis` the record is that of an uncalibrated bank's whole forms, as it was before there was
    anything else.
    """
    members = document(bank, bank_digest, plan, simulation, basis)
    if basis is not None and basis.reports:
        members["technicalReport"] = msgspec.to_builtins(basis.reports)
    return msgspec.json.encode(members, order="sorted")


def document(
    bank: Bank, bank_digest: str, plan: Plan, simulation: Simulation | None, basis: Basis | None
) -> dict[str, Any]:
    """What record and technical report both say, as JSON's members."""
    members = _plain(bank, bank_digest, plan, simulation)
    if basis is not None:
        members["form"] |= stated.form(bank, basis.conditions) | stated.tasks(bank, basis)
        members["rule"] |= stated.rule(bank, basis, plan.threshold)
        members["conditions"] |= stated.conditions(bank, basis.conditions)
        if basis.figures is not None:
            members["errorRates"] = stated.error_rates(basis.figures)
        members["bank"]["liveItems"] = sum(item.state == "live" for item in bank.items)
    return members


def _plain(bank: Bank, bank_digest: str, plan: Plan, simulation: Simulation | None) -> dict[str, Any]:
    """What every record has."""
    members: dict[str, Any] = {
        "type": "AssessmentRecord",
        "measures": measures(bank),
        "bank": {
            "id": bank.id,
            "version": bank.version,
            "digest": f"sha256-{bank_digest}",
            "items": len(bank.items),
            "calibration": bank.tier,
            "itemParameters": stated.item_parameters(bank),
        },
        "form": {
            "selection": "unseen items, balanced over the areas, chosen and ordered by the session's seed",
            "itemsPerStep": plan.items_per_step,
            "itemsAtMost": plan.items_at_most,
            "itemScoring": "all or nothing",
            "engine": ENGINE_VERSION,
        },
        "rule": {
            "tier": bank.tier,
            "statement": RULE,
            "threshold": plan.threshold,
            "levels": msgspec.to_builtins(plan.levels),
            "standardSetting": bank.standard_setting,
        },
        "errorRates": msgspec.to_builtins(simulation) if simulation else "unstated",
        "conditions": {
            "assurance": plan.assurance,
            "assuranceStatement": ASSURANCE_SENTENCES[plan.assurance],
            "permittedAids": plan.permitted_aids,
        },
        "limits": (NOT_ALONE, *stated.limits(bank), *LIMITS),
    }
    if stated.synthetic(bank):
        members["notice"] = stated.SYNTHETIC
    return members


def measures(bank: Bank) -> dict[str, object]:
    """What the bank asks about, area by area."""
    areas = [
        {
            "name": area.name,
            "description": area.description,
            "items": sum(item.area == area.id for item in bank.items),
        }
        for area in bank.areas
    ]
    return {
        "title": bank.title,
        "description": bank.description,
        "language": bank.language,
        "areas": areas,
    }


def panel_of(record: bytes) -> str | None:
    """Who set the cuts, as a published record says it in a few words; None where no panel did."""
    setting = msgspec.json.decode(record)["rule"]["standardSetting"]
    if isinstance(setting, str):
        return None
    return f"a panel of {setting['panel']['size']} persons ({setting['method'].capitalize()})"


def record_digest(record: bytes) -> str:
    """SHA-256 of the record, hexadecimal: its name where it is published."""
    return hashlib.sha256(record).hexdigest()


def digest_sri(record: bytes) -> str:
    """The `digestSRI` of a `relatedResource` (VC Data Model 2.0, section 5.3; W3C SRI)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(record).digest()).decode()
