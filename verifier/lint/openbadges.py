"""Rules of Open Badges 3.0 (final, context 3.0.3)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from schemas.report import Reason
from schemas.times import TimeRefused, date_time_stamp
from verifier.lint.profile import BADGE, MODEL_2
from verifier.lint.rule import (
    Rule,
    Severity,
    Spot,
    achievements,
    each,
    is_text,
    is_url,
    objects,
    subjects,
    types,
)

CONTEXT = re.compile(r"https://purl\.imsglobal\.org/spec/ob/v3p0/context(-3\.0\.[0-9]+)?\.json")
BADGE_TYPES = {"OpenBadgeCredential", "AchievementCredential"}
HASH = re.compile(r"(sha256\$[0-9a-f]{64}|md5\$[0-9a-f]{32})")
# Member of an achievement or profile -> the type its objects must carry.
_TYPED = {"resultDescription": "ResultDescription", "otherIdentifier": "IdentifierEntry"}


def badge_context(document: Mapping[str, Any]) -> Iterator[Spot]:
    """The second context is Open Badges 3.0's."""
    contexts = document.get("@context")
    second = contexts[1] if isinstance(contexts, list) and len(contexts) > 1 else None
    if not isinstance(second, str) or not CONTEXT.fullmatch(second):
        yield "/@context", "The second context must be the one of Open Badges 3.0."


def badge_type(document: Mapping[str, Any]) -> Iterator[Spot]:
    """The type names an Open Badge."""
    if not types(document) & BADGE_TYPES:
        yield "/type", "The type must include OpenBadgeCredential."


def badge_id(document: Mapping[str, Any]) -> Iterator[Spot]:
    """A badge has an id."""
    if "id" not in document:
        yield "/id", "An Open Badge must have an id."


def issuer_profile(document: Mapping[str, Any]) -> Iterator[Spot]:
    """The issuer is a typed profile."""
    issuer = document.get("issuer")
    if not isinstance(issuer, dict) or "Profile" not in types(issuer):
        yield "/issuer", "The issuer must be an object of type Profile."


def subject_recipient(document: Mapping[str, Any]) -> Iterator[Spot]:
    """One subject of type AchievementSubject, with an id or an identifier, and an achievement."""
    if isinstance(document.get("credentialSubject"), list):
        yield "/credentialSubject", "An Open Badge has exactly one credentialSubject."
    for where, subject in subjects(document):
        if "AchievementSubject" not in types(subject):
            yield f"{where}/type", "The subject's type must include AchievementSubject."
        if "id" not in subject and not list(objects(subject, "identifier")):
            yield where, "The subject must have an id or an identifier."
        if not isinstance(subject.get("achievement"), dict):
            yield f"{where}/achievement", "The subject must have one achievement."


def times_present(document: Mapping[str, Any]) -> Iterator[Spot]:
    """There is a validFrom; awardedDate is a dateTimeStamp."""
    if "validFrom" not in document:
        yield "/validFrom", "An Open Badge must have a validFrom."
    try:
        if "awardedDate" in document:
            date_time_stamp(document["awardedDate"])
    except TimeRefused as refused:
        yield "/awardedDate", f"awardedDate is {refused}."


def status_single(document: Mapping[str, Any]) -> Iterator[Spot]:
    """Unlike VC 2.0, Open Badges allows one status object."""
    if isinstance(document.get("credentialStatus"), list):
        yield "/credentialStatus", "An Open Badge has a single credentialStatus object."


def achievement_complete(document: Mapping[str, Any]) -> Iterator[Spot]:
    """An achievement has id, type, name, description and criteria."""
    for where, achievement in achievements(document):
        if not is_url(achievement.get("id")):
            yield f"{where}/id", "An achievement must have a URL as its id."
        if "Achievement" not in types(achievement):
            yield f"{where}/type", "An achievement's type must include Achievement."
        for member in ("name", "description"):
            if not is_text(achievement.get(member)):
                yield f"{where}/{member}", f"An achievement must have a {member}."
        criteria = achievement.get("criteria")
        if not isinstance(criteria, dict) or not (
            is_url(criteria.get("id")) or is_text(criteria.get("narrative"))
        ):
            yield f"{where}/criteria", "An achievement's criteria must have an id or a narrative."


def members_typed(document: Mapping[str, Any]) -> Iterator[Spot]:
    """Result descriptions, identifiers and evidence carry their own types."""
    holders = [*achievements(document), *objects(document, "issuer")]
    for where, holder in holders:
        for member, expected in _TYPED.items():
            for spot, value in each(holder, member, where):
                if not isinstance(value, dict) or expected not in types(value):
                    yield spot, f"This must be an object of type {expected}."
    for spot, evidence in objects(document, "evidence"):
        if "Evidence" not in types(evidence):
            yield spot, "This must be an object of type Evidence."


def results_described(document: Mapping[str, Any]) -> Iterator[Spot]:
    """Results refer to descriptions, and levels to levels, by id."""
    for where, subject in subjects(document):
        described = {}  # its levels' ids, by its own
        for spot, achievement in objects(subject, "achievement", where):
            for place, description in objects(achievement, "resultDescription", spot):
                levels = (level.get("id") for _, level in objects(description, "rubricCriterionLevel"))
                described[str(description.get("id"))] = {name for name in levels if isinstance(name, str)}
                if not is_url(description.get("id")) or not is_text(description.get("name")):
                    yield place, "A result description must have a URL as its id, and a name."
                if not is_text(description.get("resultType")):
                    yield f"{place}/resultType", "A result description must have a resultType."
        for spot, result in each(subject, "result", where):
            yield from _result(result, described, spot)


def _result(result: Any, described: Mapping[str, set[str]], where: str) -> Iterator[Spot]:
    if not isinstance(result, dict) or "Result" not in types(result):
        yield where, "This must be an object of type Result."
        return
    if "resultDescription" not in result:
        return
    levels = described.get(str(result["resultDescription"]))
    if levels is None:
        yield f"{where}/resultDescription", "No result description of the achievement has this id."
        return
    if "achievedLevel" in result and str(result["achievedLevel"]) not in levels:
        yield f"{where}/achievedLevel", "The result description has no level of this id."


def identity_objects(document: Mapping[str, Any]) -> Iterator[Spot]:
    """An IdentityObject says of which kind it is, and a hash looks like one."""
    for where, subject in subjects(document):
        for spot, identity in each(subject, "identifier", where):
            if not isinstance(identity, dict) or "IdentityObject" not in types(identity):
                yield spot, "This must be an object of type IdentityObject."
                continue
            value, hashed = identity.get("identityHash"), identity.get("hashed")
            if (
                not isinstance(hashed, bool)
                or not is_text(value)
                or not is_text(identity.get("identityType"))
            ):
                yield spot, "An identity must have hashed, identityHash and identityType."
            elif hashed and not HASH.fullmatch(str(value)):
                yield f"{spot}/identityHash", "A hashed identity must be sha256$ and 64 hexadecimal digits."


def alignments(document: Mapping[str, Any]) -> Iterator[Spot]:
    """An alignment has a type, a name and a target URL."""
    for where, achievement in achievements(document):
        for spot, alignment in each(achievement, "alignment", where):
            if not isinstance(alignment, dict) or "Alignment" not in types(alignment):
                yield spot, "This must be an object of type Alignment."
            elif not is_text(alignment.get("targetName")) or not is_url(alignment.get("targetUrl")):
                yield spot, "An alignment must have a targetName and a targetUrl."


_OB = "Open Badges 3.0, "

RULES = (
    Rule(Reason.SHAPE_CONTEXT, Severity.ERROR, _OB + "data model, OpenBadgeCredential", badge_context, BADGE),
    Rule(Reason.SHAPE_TYPE, Severity.ERROR, _OB + "data model, OpenBadgeCredential", badge_type, BADGE),
    Rule(Reason.SHAPE_ID, Severity.ERROR, _OB + "data model, OpenBadgeCredential", badge_id, BADGE),
    Rule(Reason.SHAPE_ISSUER, Severity.ERROR, _OB + "data model, Profile", issuer_profile, BADGE),
    Rule(
        Reason.SHAPE_SUBJECT, Severity.ERROR, _OB + "data model, AchievementSubject", subject_recipient, BADGE
    ),
    Rule(
        Reason.SHAPE_TIMES,
        Severity.ERROR,
        _OB + "data model, OpenBadgeCredential",
        times_present,
        BADGE & MODEL_2,
    ),
    Rule(Reason.SHAPE_STATUS, Severity.ERROR, _OB + "data model, OpenBadgeCredential", status_single, BADGE),
    Rule(
        Reason.SHAPE_ACHIEVEMENT, Severity.ERROR, _OB + "data model, Achievement", achievement_complete, BADGE
    ),
    Rule(Reason.SHAPE_TYPED, Severity.ERROR, _OB + "data model, ResultDescription", members_typed, BADGE),
    Rule(Reason.SHAPE_RESULT, Severity.ERROR, _OB + "data model, Result", results_described, BADGE),
    Rule(Reason.SHAPE_IDENTITY, Severity.ERROR, _OB + "data model, IdentityObject", identity_objects, BADGE),
    Rule(Reason.SHAPE_ALIGNMENT, Severity.ERROR, _OB + "data model, Alignment", alignments, BADGE),
)
