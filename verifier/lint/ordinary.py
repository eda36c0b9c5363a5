"""The ordinary badge: written in the nouns of `schemas.openbadges`, and so plain that no rule finds anything.

Nearly every badge is one, and seeing that takes a fortieth of the time that the rules take one by one. The
test is narrower than the rules, never wider: what passes has no finding (a property test), what does not pass
is no worse for it and is examined rule by rule.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from schemas.contexts import known_digests
from schemas.credential import CREDENTIALS_V2, RelatedResource
from schemas.openbadges import (
    OPEN_BADGES_3,
    Achievement,
    AchievementSubject,
    Evidence,
    OpenBadgeToken,
    Result,
    ResultDescription,
)
from schemas.status import BitstringStatusListEntry
from schemas.times import TimeRefused, date_time_stamp
from verifier.lint.openbadges import HASH
from verifier.lint.profile import Profile

_CONTEXTS = (CREDENTIALS_V2, OPEN_BADGES_3)
_TYPES = ("VerifiableCredential", "OpenBadgeCredential")
_SHORTEST = len("https://")
# Within a string its quotes would be escaped; written with a space, it is merely not counted.
_TYPE = b'"type":'
_INDEX = re.compile(r"0|[1-9][0-9]*", re.ASCII)
# The schemes that badges use, and what no IRI may hold (see verifier.lint.rule.is_url).
_SCHEMES = ("https://", "http://", "urn:", "did:")
_NEVER = bytes((*range(0x21), *b'<>"{}|^`\\\x7f'))


class _Entry(BitstringStatusListEntry, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing but the members that the rules know."""


class _Related(RelatedResource, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Likewise."""


class _Badge(OpenBadgeToken, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A badge all of whose nouns refuse other members."""

    credential_status: _Entry | None = None
    related_resource: tuple[_Related, ...] = ()


def ordinary(document: Mapping[str, Any], profile: Profile, raw: bytes) -> bool:
    """Whether no rule of this profile can find anything; `raw` is the text of the document."""
    if b"null" in raw or "@context" not in document:  # the nouns take null for absence, and put in a context
        return False
    try:
        badge = msgspec.convert(document, _Badge)
    except msgspec.ValidationError:
        return False
    subject, status = badge.credential_subject, badge.credential_status
    images = (badge.image, badge.issuer.image, subject.achievement.image)
    ids = [badge.id, badge.issuer.id]
    return (
        raw.count(_TYPE) == _nodes(badge)  # the nouns put in a type that is missing
        and badge.context == _CONTEXTS
        and badge.type == _TYPES
        and badge.issuer.type == ("Profile",)
        and not badge.issuer.other_identifier
        and _timely(badge)
        and _claims(badge, profile)
        and _subject(subject, ids)
        and (status is None or _status(status, ids))
        and _evidence(badge.evidence, ids)
        and _related_resources(badge.related_resource, ids)
        and all(image is None or image.type == "Image" for image in images)
        and _absolute(ids)
    )


def _nodes(badge: _Badge) -> int:
    """How many nouns have a type, the badge, its issuer, subject and achievement among them."""
    subject = badge.credential_subject
    achievement = subject.achievement
    lists = (subject.identifier, subject.result, achievement.alignment, badge.evidence)
    images = (badge.image, badge.issuer.image, achievement.image)
    return (
        4
        + sum(map(len, lists))
        + sum(1 + len(one.rubric_criterion_level) for one in achievement.result_description)
        + sum(image is not None for image in images)
        + (badge.credential_status is not None)
    )


def _timely(badge: _Badge) -> bool:
    try:
        start = date_time_stamp(badge.valid_from)
        end = start if badge.valid_until is None else date_time_stamp(badge.valid_until)
        if badge.awarded_date is not None:
            date_time_stamp(badge.awarded_date)
    except TimeRefused:
        return False
    return start <= end


def _claims(badge: _Badge, profile: Profile) -> bool:
    """The JWT form repeats ids and times; the other forms go without."""
    claims = (badge.iss, badge.sub, badge.jti, badge.nbf, badge.exp)
    if profile is not Profile.OPEN_BADGES_JWT:
        return profile in _OTHERS and claims == (None, None, None, None, None)
    end = None if badge.valid_until is None else date_time_stamp(badge.valid_until).timestamp()
    ids = (badge.issuer.id, badge.credential_subject.id, badge.id)
    return badge.sub is not None and claims == (*ids, date_time_stamp(badge.valid_from).timestamp(), end)


_OTHERS = (Profile.OPEN_BADGES_JOSE, Profile.OPEN_BADGES_PROOF)


def _subject(subject: AchievementSubject, ids: list[str]) -> bool:
    if subject.type != ("AchievementSubject",) or (subject.id is None and not subject.identifier):
        return False
    if subject.id is not None:
        ids.append(subject.id)
    for identity in subject.identifier:
        if identity.type != "IdentityObject" or not _said(identity.identity_hash, identity.identity_type):
            return False
        if identity.hashed and HASH.fullmatch(identity.identity_hash) is None:
            return False
    return _achievement(subject.achievement, subject.result, ids)


def _achievement(achievement: Achievement, results: tuple[Result, ...], ids: list[str]) -> bool:
    narrative = achievement.criteria.narrative
    if achievement.type != ("Achievement",) or achievement.creator or achievement.other_identifier:
        return False
    if narrative is None or not _said(achievement.name, achievement.description, narrative):
        return False
    ids.append(achievement.id)
    for alignment in achievement.alignment:
        ids.append(alignment.target_url)
        if alignment.type != ("Alignment",) or not _said(alignment.target_name):
            return False
    levels: dict[str | None, list[str]] = {}
    for description in achievement.result_description:
        own = levels[description.id] = [level.id for level in description.rubric_criterion_level]
        ids += (description.id, *own)
        if not _description(description):
            return False
    return _results(results, levels)


def _description(description: ResultDescription) -> bool:
    for level in description.rubric_criterion_level:
        if level.type != ("RubricCriterionLevel",) or level.alignment:
            return False
    if description.type != ("ResultDescription",) or description.alignment:
        return False
    return _said(description.name, description.result_type)


def _results(results: tuple[Result, ...], levels: Mapping[str | None, list[str]]) -> bool:
    for result in results:
        described = levels.get(result.result_description)
        if result.type != ("Result",) or result.alignment or described is None:
            return False
        if result.achieved_level is not None and result.achieved_level not in described:
            return False
    return True


def _status(entry: BitstringStatusListEntry, ids: list[str]) -> bool:
    ids.append(entry.status_list_credential)
    if entry.id is not None:
        ids.append(entry.id)
    return (
        entry.type == "BitstringStatusListEntry"
        and (entry.status_size, entry.status_message) == (None, None)
        and entry.id != entry.status_list_credential
        and _INDEX.fullmatch(entry.status_list_index) is not None
    )


def _evidence(evidence: tuple[Evidence, ...], ids: list[str]) -> bool:
    ids += [one.id for one in evidence if one.id is not None]
    return all(one.type == ("Evidence",) for one in evidence)


def _related_resources(related: tuple[_Related, ...], ids: list[str]) -> bool:
    own = [one.id for one in related]
    ids += own
    # Of what we hold, the digest would have to be compared.
    return len(set(own)) == len(own) and not any(
        one.digest_sri is None or known_digests(one.id) for one in related
    )


def _absolute(ids: list[str]) -> bool:
    """Whether all of them are absolute IRIs, by one look at their characters instead of twenty."""
    together = "".join(ids).encode("utf-8", "surrogatepass")
    return len(together.translate(None, _NEVER)) == len(together) and all(
        len(one) > _SHORTEST and one.startswith(_SCHEMES) for one in ids
    )


def _said(*texts: str) -> bool:
    """Whether each of them says something."""
    return all(map(str.strip, texts))
