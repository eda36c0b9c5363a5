"""What would make a bank unfit to use: a sentence for each thing, naming the place.

`issuer.assessments.kinds` says what is wrong with an item by itself; here is what concerns the whole bank.
"""

import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from math import ceil

from issuer.assessments import kinds
from issuer.assessments.kinds.choice import ID
from issuer.assessments.kinds.inline import gaps_of
from issuer.measurement.selection import ROOM
from schemas.assessment import Area, Bank, Conditions, Translation
from schemas.items import Inline, Item, Model, Parameters, Task, Text
from schemas.wording import many

FEWEST_RESPONSES: dict[Model, int] = {"rasch": 100, "2pl": 500, "3pl": 1000, "grm": 1000}
"""How many recorded responses an item needs before a model may be used for it."""

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")


def lint(bank: Bank) -> Iterator[str]:
    """A sentence for each thing that would make the bank unfit to use."""
    if not bank.areas or not bank.items:
        yield "The bank needs at least one area and one item."
    for name, text in (("title", bank.title), ("version", bank.version)):
        if not text.strip():
            yield f"The bank has no {name}."
    yield from _found(bank)
    if not _LANGUAGE.fullmatch(bank.language):
        yield f"The bank's language {bank.language!r} is no language tag such as en or de-AT."
    ids = [area.id for area in bank.areas] + [item.id for item in bank.items]
    yield from (f"The id {name!r} is used more than once." for name, n in Counter(ids).items() if n > 1)
    yield from (
        f"The id {name!r} may hold lower-case letters, digits, '.', '_', '-' only."
        for name in (bank.id, *ids)
        if not ID.fullmatch(name)
    )
    for area in bank.areas:
        yield from _area(bank, area)
    items = {item.id: item for item in bank.items}
    for item in bank.items:
        yield from kinds.lint(item)
        yield from _place(bank, item, items)
        yield from _parameters(bank, item)
        if isinstance(item, Text):
            yield from _accepted(bank, item)
    if bank.tier == "rasch" and len({item.parameters.a for item in bank.items if item.parameters}) > 1:
        yield "The bank's model is Rasch, and its items differ in a."
    for language, translation in bank.translations.items():
        yield from _translation(bank, language, translation)


def _found(bank: Bank) -> Iterator[str]:
    """Findings of a calibration that cannot be."""
    if bank.calibration == "uncalibrated":
        return
    fit = bank.calibration.fit
    if fit is not None and (not 0 <= fit.misfits <= fit.items or not fit.criterion.strip()):
        yield f"The calibration says: {fit.misfits} of {fit.items} items do not fit, by {fit.criterion!r}."
    for one in bank.calibration.dif:
        if min(one.a, one.b, one.c, one.insufficient, one.not_computed) < 0 or not one.comparison.strip():
            yield f"The calibration's comparison {one.comparison!r} has no name or counts below 0."


def lint_tier(bank: Bank) -> Iterator[str]:
    """A sentence for each live item that too few people answered for the bank's model."""
    if bank.calibration == "uncalibrated":
        return
    needed = FEWEST_RESPONSES[bank.calibration.model]
    for item in bank.items:
        if item.state == "live" and item.parameters is not None and item.parameters.n < needed:
            yield (
                f"Item {item.id} has {item.parameters.n} responses; the model {bank.calibration.model} needs "
                f"{needed}. Keep it as a pilot item until then."
            )


def lint_conditions(bank: Bank, conditions: Conditions) -> Iterator[str]:
    """A sentence for each thing that makes no sense in the conditions, or that the bank has too little of."""
    yield from _bounds(conditions)
    if conditions.delivery == "adaptive" and bank.tier == "uncalibrated":
        yield "An adaptive session needs items that are calibrated from responses; these are not."
    live = [item for item in bank.items if item.state == "live"]
    tasks = sum(isinstance(item, Task) for item in live)
    asked = conditions.items_at_least if conditions.delivery == "adaptive" else conditions.items_per_step
    choices = len(live) - tasks
    if choices < asked:
        yield f"A step asks at least {many(asked, 'item')}; live in the bank: {choices}."
    if tasks < conditions.tasks:
        yield f"The first step asks {many(conditions.tasks, 'task')}; live in the bank: {tasks}."
    pilots = sum(item.state == "pilot" for item in bank.items)
    if pilots < conditions.pilots_per_step:
        yield f"A step tries out {many(conditions.pilots_per_step, 'pilot item')}; in the bank: {pilots}."
    if conditions.exposure_cap is not None:
        yield from _exposure(choices, asked, conditions.exposure_cap)


def _bounds(conditions: Conditions) -> Iterator[str]:
    """What no bank can mend: numbers that are too small, or in the wrong order."""
    if not conditions.permitted_aids.strip():
        yield "Say what help is permitted, or that none is."
    if conditions.assurance == "confirmed":
        yield "No assessment is confirmed as a whole: a supervised sitting confirms one credential."
    counts = {
        "items_per_step": (conditions.items_per_step, 1),
        "items_at_most": (conditions.items_at_most, conditions.items_per_step),
        "pilots_per_step": (conditions.pilots_per_step, 0),
        "tasks": (conditions.tasks, 0),
        "pauses": (conditions.pauses, 0),
        "epochs": (conditions.epochs, 1),
        "cool_down_days": (conditions.cool_down_days, 0),
        "items_to_confirm": (conditions.items_to_confirm, 10),
    }
    if conditions.delivery == "adaptive":
        counts["items_at_least"] = (conditions.items_at_least, 1)
        counts["items_at_first"] = (conditions.items_at_first, conditions.items_at_least)
        counts["items_at_most"] = (conditions.items_at_most, conditions.items_at_first)
    for name, (number, least) in counts.items():
        if number < least:
            yield f"{name} is {number}; it must be {least} or more."
    minutes = conditions.minutes_per_step
    if minutes is not None and minutes <= 0:
        yield f"A time limit of {minutes:g} minutes leaves no time; leave it out for none."


def _exposure(choices: int, asked: int, cap: float) -> Iterator[str]:
    """Mean exposure is what a session asks over the bank's size; the cap must leave room to choose."""
    if not 0 < cap <= 1:
        yield f"An exposure cap lies above 0 and is 1 at most; this is {cap:g}."
        return
    needed = ceil(asked / (Fraction(repr(ROOM)) * Fraction(repr(cap))))
    if choices < needed:
        yield (
            f"With at least {many(asked, 'item')} a session and an exposure cap of {cap:g}, it takes "
            f"{many(needed, 'live item')}; the bank has {choices}."
        )


def _area(bank: Bank, area: Area) -> Iterator[str]:
    own = [item for item in bank.items if item.area == area.id]
    if not own:
        yield f"Area {area.id} has no items."
    elif not any(item.state == "live" and not isinstance(item, Task) for item in own):
        yield f"Area {area.id} has no live items besides tasks."
    if not area.name.strip():
        yield f"Area {area.id} has no name."
    if area.weight < 1:
        yield f"Area {area.id} has the weight {area.weight}; it must be 1 or more."
    if any(not link.url.startswith("https://") for link in area.links):
        yield f"Area {area.id} has a link that is not https."


def _place(bank: Bank, item: Item, items: dict[str, Item]) -> Iterator[str]:
    """What is wrong with an item's place among the others."""
    if item.area not in {area.id for area in bank.areas}:
        yield f"Item {item.id} is in an area that the bank does not have."
    for enemy in item.enemies:
        if enemy == item.id:
            yield f"Item {item.id} is its own enemy."
        elif enemy not in items:
            yield f"Item {item.id} has the enemy {enemy!r}, which the bank does not have."
    if len(set(item.enemies)) < len(item.enemies):
        yield f"Item {item.id} names an enemy twice."
    for skill in item.skills:
        if not _URI.fullmatch(skill):
            yield f"Item {item.id} has the skill {skill!r}, which is no absolute URI."
    if item.exposure_cap is not None and not 0 < item.exposure_cap <= 1:
        yield f"Item {item.id} has the exposure cap {item.exposure_cap:g}; it lies above 0 and is 1 at most."


def _parameters(bank: Bank, item: Item) -> Iterator[str]:
    own = item.parameters
    if bank.calibration == "uncalibrated":
        if own is not None:
            yield f"Item {item.id} has parameters, and the bank is uncalibrated."
        return
    if own is None:
        if item.state == "live":
            yield f"Item {item.id} is live without parameters in a calibrated bank."
        return
    if own.model != bank.calibration.model:
        yield f"Item {item.id} has the model {own.model}, and the bank's is {bank.calibration.model}."
    yield from _sense(f"Item {item.id}", own, kinds.most(item))


def _sense(where: str, own: Parameters, most: int) -> Iterator[str]:
    """What makes no sense in an item's parameters; `most` is its most points."""
    if own.a <= 0:
        yield f"{where} has a = {own.a:g}; a discrimination lies above 0."
    if not 0 <= own.c < 1:
        yield f"{where} has c = {own.c:g}; a lower asymptote is 0 or more and below 1."
    elif own.c and own.model != "3pl":
        yield f"{where} has a lower asymptote, which the model {own.model} does not have."
    if own.n < 0:
        yield f"{where} counts {own.n} responses."
    thresholds = own.b if isinstance(own.b, tuple) else (own.b,)
    errors = own.se_b if isinstance(own.se_b, tuple) else (own.se_b,)
    if (own.model == "grm") != isinstance(own.b, tuple):
        yield f"{where} must have b as " + ("thresholds, in a list." if own.model == "grm" else "one number.")
    elif own.model == "grm" and len(thresholds) != most:
        yield f"{where} has {len(thresholds)} thresholds, and {most} points can be had."
    if any(low >= high for low, high in pairwise(thresholds)):
        yield f"{where} has thresholds that do not ascend."
    if own.se_b is not None and len(errors) != len(thresholds):
        yield f"{where} has a standard error of b for another number of thresholds."
    if any(error is not None and error < 0 for error in (own.se_a, *errors)):
        yield f"{where} has a standard error below 0."


def _translation(bank: Bank, language: str, translation: Translation) -> Iterator[str]:
    where = f"The translation {language!r}"
    if not _LANGUAGE.fullmatch(language) or language == bank.language:
        yield f"{where} is not in another language, by a tag such as de or pt-BR."
    for name, text in (("title", translation.title), ("description", translation.description)):
        if not text.strip():
            yield f"{where} has no {name}."
    areas = {area.id: {"name": area.name, "description": area.description} for area in bank.areas}
    items = {item.id: kinds.places(item) for item in bank.items}
    yield from _complete(where, "area", areas, translation.areas)
    yield from _complete(where, "item", items, translation.items)
    for item in bank.items:
        text = translation.items.get(item.id, {}).get("text", "")
        if isinstance(item, Inline) and text and sorted(gaps_of(text)) != sorted(gaps_of(item.text)):
            yield f"{where}, item {item.id}, does not name each of its gaps once in 'text'."


def _accepted(bank: Bank, item: Text) -> Iterator[str]:
    """Whoever is asked in a language of the bank can be right in it, and get as many points."""
    for accepted in item.accepted:
        if accepted.language is not None and accepted.language not in bank.languages:
            yield (
                f"Item {item.id} accepts {accepted.text!r} in {accepted.language!r}, which is no language of "
                "the bank."
            )
    best = [one.language for one in item.accepted if one.points == kinds.most(item)]
    for language in bank.languages:
        if best and not {None, language} & set(best):
            yield f"Item {item.id} accepts no answer in {language!r} that has all its points."


def _complete(
    where: str, what: str, wanted: dict[str, dict[str, str]], given: dict[str, dict[str, str]]
) -> Iterator[str]:
    yield from (
        f"{where} has the {what} {name!r}, which the bank does not have."
        for name in given
        if name not in wanted
    )
    for name, places in wanted.items():
        texts = given.get(name, {})
        for place, original in places.items():
            if original.strip() and not texts.get(place, "").strip():
                yield f"{where}, {what} {name}, lacks {place!r}."
        yield from (
            f"{where}, {what} {name}, has a text at {place!r}, which is no place of it."
            for place in texts
            if place not in places
        )
