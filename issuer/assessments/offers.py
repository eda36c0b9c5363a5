"""Publish an assessment from one document: the skill, what is recognised at which levels, and the conditions.

Nobody needs the database to be an issuer: whoever leads learning writes the document, and one command makes
skill, achievement and assessment of it, or their next revision and version.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from statistics import fmean
from typing import Annotated
from uuid import UUID, uuid4

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from issuer.assessments import kinds, store
from issuer.assessments.bank import digest
from issuer.assessments.begin import stated_cut
from issuer.assessments.create import create_assessment, fit_bank
from issuer.assessments.sitting import open_achievement
from issuer.assessments.standard.document import lint_standard
from issuer.assessments.targets import Evidence, Intended, Judge, judge
from issuer.db.pool import Connection
from issuer.simulation.figures import Figures
from issuer.skills.create import create_achievement, create_skill
from issuer.skills.store import Achievement, Level, Skill, SkillAlignment, load_skill
from schemas.assessment import Bank, Conditions
from schemas.problems import ProblemError
from schemas.standard import Standard
from schemas.strict_json import StrictJsonError, loads

MAX_BYTES = 256 * 1024
SHORTEST, LONGEST = 0.80, 0.99  # thresholds
_SLUG = re.compile(r"[a-z][a-z0-9-]{1,60}")
_CODE = re.compile(r"[a-z][a-z0-9-]{0,40}")

Text = Annotated[str, Meta(min_length=1, max_length=2000)]


class OfferedSkill(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What is measured, and what frameworks call it."""

    name: Text
    description: Text
    alignments: tuple[SkillAlignment, ...] = ()


class OfferedLevel(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A level; `cut` is the proportion of the bank answered right, left out where a panel set it."""

    code: str
    name: Text
    description: Text
    cut: float | None = None


class OfferedAchievement(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What is recognised: levels from the lowest, and the probability that awards one."""

    name: Text
    description: Text
    criteria: Text
    levels: tuple[OfferedLevel, ...]
    threshold: float = 0.95
    valid_months: Annotated[int, Meta(ge=1, le=120)] = 24


class Offer(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The document: `assessment` is the short name that people use for it."""

    assessment: str
    skill: OfferedSkill
    achievement: OfferedAchievement
    conditions: Conditions


def read_offer(document: bytes) -> Offer:
    """The offer in these bytes; raises problem `offer.invalid`, naming the first thing that is wrong."""
    try:
        offer = msgspec.convert(loads(document, max_bytes=MAX_BYTES), Offer)
    except StrictJsonError as error:
        raise ProblemError("offer.invalid", f"It is not strict JSON: {error.detail}") from error
    except msgspec.ValidationError as error:
        raise ProblemError("offer.invalid", f"It does not have the form of an offer: {error}.") from error
    for finding in _lint(offer):
        raise ProblemError("offer.invalid", finding)
    return offer


class Fitting(Struct, frozen=True):
    """An offer held against its bank, its panel's cuts and its simulation: what may be published."""

    offer: Offer
    bank_document: bytes
    levels: tuple[Level, ...]
    evidence: Evidence
    standard: Standard | None = None


def fit(
    offer: Offer,
    bank_document: bytes,
    *,
    standard: Standard | None = None,
    figures: Figures | None = None,
    judge: Judge = judge,
) -> Fitting:
    """Hold an offer against its bank, a panel's cuts and simulated figures; before calibration some seconds.

    Raises problem `offer.invalid`, `standard.unfit`, `bank.…`, `figures.…`.
    """
    intended = intend(offer, bank_document, standard=standard)
    return Fitting(offer, bank_document, intended.levels, judge(intended, figures), standard)


def intend(offer: Offer, bank_document: bytes, *, standard: Standard | None = None) -> Intended:
    """What the offer means to publish; raises problem `offer.invalid`, `standard.unfit`, `bank.…`."""
    bank, bank_digest = fit_bank(bank_document, offer.conditions), digest(bank_document)
    if standard is not None:
        _refuse(standard, bank, bank_digest)
    levels = _levels(offer, bank, standard)
    return Intended(bank, bank_digest, levels, offer.achievement.threshold, offer.conditions)


async def publish_offer(
    db: Connection,
    base_url: str,
    organization_id: str,
    fitting: Fitting,
    *,
    principal_id: UUID | None,
    at: datetime,
) -> store.Assessment:
    """Make the offer's assessment, or its next version, in the caller's transaction.

    Under a name that is known, what is recognised stays the same achievement: unchanged it keeps its
    revision, changed it gets the next one. Raises problem `bank.unfit` and `bank.synthetic`.
    """
    offer = fitting.offer
    await store.lock_organization(db, organization_id)
    before = await store.assessment_by_slug(db, organization_id, offer.assessment)
    held = None if before is None else await open_achievement(db, before)
    skill = await _skill(db, organization_id, offer.skill, held, principal_id, at)
    stated = offer.achievement
    achievement = Achievement(
        organization_id,
        *((uuid4(), 1) if held is None else (held.id, held.revision + 1)),
        skill.id,
        stated.name,
        stated.description,
        stated.criteria,
        stated.threshold,
        stated.valid_months,
        fitting.levels,
    )
    if held is not None and replace(achievement, revision=held.revision) == held:
        achievement = held
    else:
        await create_achievement(db, achievement, base_url, principal_id=principal_id, at=at)
    return await create_assessment(
        db,
        achievement,
        fitting.bank_document,
        offer.assessment,
        offer.conditions,
        principal_id=principal_id,
        at=at,
        standard=fitting.standard,
        simulation=fitting.evidence.simulation,
        figures=fitting.evidence.figures,
    )


def _refuse(standard: Standard, bank: Bank, bank_digest: str) -> None:
    if standard.bank != bank_digest:
        raise ProblemError("standard.unfit", "The panel judged another version of the bank.")
    for finding in lint_standard(standard, bank):
        raise ProblemError("standard.unfit", f"The standard cannot be: {finding}")


async def _skill(
    db: Connection,
    organization_id: str,
    offered: OfferedSkill,
    held: Achievement | None,
    principal_id: UUID | None,
    at: datetime,
) -> Skill:
    """The skill as it is known already, or a new one."""
    skill = Skill(organization_id, uuid4(), offered.name, offered.description, offered.alignments)
    if held is not None:
        known = await load_skill(db, organization_id, held.skill_id)
        if replace(skill, id=known.id) == known:
            return known
    await create_skill(db, skill, principal_id=principal_id, at=at)
    return skill


def _levels(offer: Offer, bank: Bank, standard: Standard | None) -> tuple[Level, ...]:
    levels = tuple(_level(level, bank, standard) for level in offer.achievement.levels)
    if any(low.cut >= high.cut for low, high in pairwise(levels)):
        raise ProblemError("offer.invalid", "The levels' cuts must ascend: a higher level asks for more.")
    low = levels[0]
    guessed = fmean(kinds.chance(item) for item in bank.items if item.state == "live")
    if bank.tier == "uncalibrated" and low.cut <= guessed:
        raise ProblemError(
            "offer.invalid",
            f"Level {low.code!r} has the cut {low.cut:g}, and whoever guesses at everything is right at "
            f"{guessed:.0%} of the bank. Ask for more, or make guessing harder.",
        )
    return levels


def _level(level: OfferedLevel, bank: Bank, standard: Standard | None) -> Level:
    """The level with its cut as a proportion of the bank: the offer's, or the panel's."""
    cut = level.cut
    if standard is not None:
        found = next((one for one in standard.levels if one.code == level.code), None)
        if found is None or cut is not None:
            what = "set no cut for it" if found is None else "and the offer both set its cut"
            raise ProblemError("standard.unfit", f"Level {level.code!r}: the panel {what}.")
        cut = stated_cut(bank, found)
    if cut is None:
        raise ProblemError("offer.invalid", f"Level {level.code!r} has no cut, and no panel set one.")
    return Level(level.code, level.name, level.description, cut)


def _lint(offer: Offer) -> Iterator[str]:
    if not _SLUG.fullmatch(offer.assessment):
        yield "The short name has 2 to 61 lower-case letters, digits and hyphens: sql-for-analysts."
    achievement = offer.achievement
    if not SHORTEST <= achievement.threshold <= LONGEST:
        yield f"The threshold is {achievement.threshold:g}; it lies from {SHORTEST} to {LONGEST}."
    codes = [level.code for level in achievement.levels]
    if not codes:
        yield "An achievement needs a level."
    for code in codes:
        if not _CODE.fullmatch(code) or codes.count(code) > 1:
            yield f"The level code {code!r} is no short name, or is used twice."
    for level in achievement.levels:
        if level.cut is not None and not 0 < level.cut < 1:
            yield f"Level {level.code!r} has the cut {level.cut:g}; a share of the bank lies between 0 and 1."
    for alignment in offer.skill.alignments:
        if not alignment.url.startswith(("https://", "http://")):
            yield f"The alignment {alignment.name!r} has no web address."
