"""What a record states besides bank, levels and rule, once an assessment is more than a whole form. Pure.

Each member is there only where it applies. What nobody found out is "unstated", never guessed.
"""

from typing import Any

import msgspec
from msgspec import Struct

from issuer.assessments.kinds.task import Agreement
from issuer.measurement.epochs import GROWTH_VARIANCE, GROWTH_VARIANCE_OF_PROPORTION, threshold
from issuer.measurement.selection import AMONG_THE_BEST, EXPOSURE_CAP
from issuer.simulation.figures import Figures, WorldFigures
from schemas.assessment import Bank, Calibration, Conditions, LevelCut
from schemas.items import Task
from schemas.standard import Standard

Members = dict[str, Any]

SYNTHETIC = (
    "SYNTHETIC: the items' parameters come from simulated responses. No person answered, so a result "
    "measures nobody. For demonstrations only."
)
SELECTION = {
    "fixed": "the same items for everybody, balanced over the areas; the session's seed orders options",
    "on_the_fly": "unseen items, balanced over the areas, chosen and ordered by the session's seed",
    "adaptive": (
        "after each answer, of the area covered least for its weight, one at random among the "
        f"{AMONG_THE_BEST} unseen items with the most information at the estimate, within the exposure cap"
    ),
}
RULE_ON_ABILITY = (
    "A level is reached when the posterior probability that the ability is at or above the level's cut is at "
    "least the threshold t, and not reached when it is at most 1 - t; each level is decided by the first of "
    "the two and stays so. {look} The highest level reached is awarded. The posterior follows from the "
    "items' parameters and the answers; its prior is normal with mean 0 and standard deviation 1, the same "
    "for everyone; evidence pooled over all steps so far."
)
EPOCHS = (
    "Whoever went without may begin again after the cool-down, with unseen items. The k-th time the "
    "threshold is 1 - (1 - t) / 2^(k - 1), and the prior is what was held at the end of the time before, "
    "with {growth:g} more variance on the scale of {scale}, for what people may have learnt."
)
ACCOMMODATION = (
    "Where a person needs more time, their limits are longer by a factor. The session keeps the factor and "
    "never the reason, and the credential neither."
)
RATERS = (
    "Each task is rated on a published rubric by two persons who do not see each other's points; where they "
    "disagree on whether a criterion is met, a third decides."
)


class Linked(Struct, frozen=True, rename="camel"):
    """Another published document: its address, relative to the record's own, its media type and digest."""

    href: str
    media_type: str
    digest: str


class Basis(Struct, frozen=True, kw_only=True):
    """What stands behind an assessment besides its bank and plan.

    `cuts` are the levels' on the scale of its sessions. `standard` is None where the author chose the cuts,
    `figures` where nobody simulated, `agreement` (over all tasks' criteria) where too few works were rated.
    `reports` are the forms of the technical report.
    """

    conditions: Conditions
    cuts: tuple[LevelCut, ...]
    standard: Standard | None = None
    figures: Figures | None = None
    agreement: Agreement | None = None
    reports: tuple[Linked, ...] = ()


def item_parameters(bank: Bank) -> Members | str:
    """Where the items' parameters come from."""
    found = bank.calibration
    if not isinstance(found, Calibration):
        return "none"
    members: Members = {
        "model": found.model,
        "source": found.source,
        "people": found.people,
        "responses": f"sha256-{found.responses}",
        "logLikelihood": found.log_likelihood,
    }
    if found.linked_to is not None:
        members["onTheScaleOf"] = f"sha256-{found.linked_to}"
    return members


def form(bank: Bank, conditions: Conditions) -> Members:
    """How items are chosen, how many, and how often an item may be seen."""
    adaptive = conditions.delivery == "adaptive"
    members: Members = {
        "delivery": conditions.delivery,
        "selection": SELECTION[conditions.delivery],
        "itemsPerStep": conditions.items_per_step,
        "itemsAtMost": conditions.items_at_most,
    }
    if adaptive:
        members |= {
            "itemsInTheFirstStepAtMost": conditions.items_at_first,
            "itemsBeforeADecisionAtLeast": conditions.items_at_least,
        }
    if adaptive or conditions.exposure_cap is not None:
        members["exposureCap"] = EXPOSURE_CAP if conditions.exposure_cap is None else conditions.exposure_cap
    if any(item.enemies for item in bank.items):
        members["enemies"] = "never asked together"
    if conditions.pilots_per_step:
        members["unscoredItemsPerStep"] = conditions.pilots_per_step
    if bank.tier == "graded-response":
        members["itemScoring"] = "in points where an item has them, otherwise all or nothing"
    return members


def tasks(bank: Bank, basis: Basis) -> Members:
    """How performance tasks are rated; nothing where none is asked."""
    if not basis.conditions.tasks:
        return {}
    live = [item for item in bank.items if item.state == "live" and isinstance(item, Task)]
    return {
        "performanceTasks": {
            "perSession": basis.conditions.tasks,
            "rating": RATERS,
            "withAidsOfTheirOwn": sum(task.aids is not None for task in live),
            "agreement": msgspec.to_builtins(basis.agreement) if basis.agreement else "unstated",
        }
    }


def rule(bank: Bank, basis: Basis, first: float) -> Members:
    """Scale, later epochs and standard setting; on ability, the rule and the cuts' places too."""
    conditions = basis.conditions
    on_ability = bank.tier != "uncalibrated"
    growth = GROWTH_VARIANCE if on_ability else GROWTH_VARIANCE_OF_PROPORTION
    members: Members = {"scale": "ability" if on_ability else "proportion"}
    if on_ability:
        look = "Levels are looked at when a step ends."
        if conditions.delivery == "adaptive":
            look = f"Levels are looked at after every answer from number {conditions.items_at_least} on."
        members["statement"] = RULE_ON_ABILITY.format(look=look)
        members["cutsOnAbility"] = msgspec.to_builtins(basis.cuts)
    if conditions.epochs > 1:
        members["epochs"] = {
            "atMost": conditions.epochs,
            "coolDownDays": conditions.cool_down_days,
            "thresholds": [threshold(first, epoch) for epoch in range(1, conditions.epochs + 1)],
            "statement": EPOCHS.format(growth=growth, scale=members["scale"]),
        }
    if basis.standard is not None:
        members["standardSetting"] = standard_setting(basis.standard)
    return members


def standard_setting(standard: Standard) -> Members:
    """The panel's method, size, rounds and spread, and the cuts with their errors; nobody is named."""
    members: Members = msgspec.to_builtins(standard)
    del members["bank"]
    members["ratings"] = f"sha256-{standard.ratings}"
    return members


def error_rates(figures: Figures) -> Members:
    """The simulated error rates of every world: the mean of the seeds, and the worst seed."""
    return {
        "examinees": figures.examinees,
        "seeds": len(figures.seeds),
        "firstSeed": figures.seeds[0],
        "threshold": figures.threshold,
        "model": figures.model,
        "worlds": [_world(world) for world in figures.worlds],
    }


def _world(world: WorldFigures) -> Members:
    return {
        "name": world.name,
        "says": world.says,
        "accuracyAtTheCut": world.accuracy,
        "falseAmongAwards": world.false_among_awards,
        "qualifiedMissed": world.qualified_missed,
        "meanItems": world.mean_items,
        "maxExposure": world.max_exposure,
        "confidenceOffBy": world.confidence,
        "worstSeed": {
            "accuracyAtTheCut": world.worst.accuracy,
            "falseAmongAwards": world.worst.false_among_awards,
            "qualifiedMissed": world.worst.qualified_missed,
        },
        "levels": [
            {
                "level": level.code,
                "falseAmongAwards": level.false_among_awards,
                "qualifiedMissed": level.qualified_missed,
            }
            for level in world.levels
        ],
    }


def conditions(bank: Bank, chosen: Conditions) -> Members:
    """Time, accommodation, languages; for a confirmed result how short the confirmation is."""
    members: Members = {
        "time": {"minutesPerStep": chosen.minutes_per_step, "pauses": chosen.pauses}
        if chosen.minutes_per_step is not None
        else "no limit",
        "accommodation": ACCOMMODATION,
        "languages": [bank.language, *sorted(bank.translations)],
    }
    if bank.translations:
        members["translation"] = (
            "The bank's author had all texts translated; the person chooses the language of the sitting, and "
            "its log keeps it. Whether items are equally hard in every language was not examined: that a "
            "result means the same in each is not established."
        )
    if chosen.assurance == "confirmed":
        members["itemsToConfirm"] = chosen.items_to_confirm
    return members


def synthetic(bank: Bank) -> bool:
    """Whether the items' parameters come from no person's responses."""
    return isinstance(bank.calibration, Calibration) and bank.calibration.source == "simulated"


def limits(bank: Bank) -> tuple[str, ...]:
    """What a calibrated bank's parameters cannot bear."""
    found = bank.calibration
    if not isinstance(found, Calibration):
        return ("No item is calibrated from recorded responses; difficulty is the author's judgement.",)
    if found.source == "simulated":
        return (SYNTHETIC,)
    said = (
        f"Item parameters are estimated from the recorded responses of {found.people:,} persons and have "
        "errors; the model is an approximation, and real answers depart from it."
    )
    return (said,)
