"""The public document of an achievement (Open Badges 3.0), the same inside every credential of it.

Its id is an address that never changes its content; levels and result descriptions are fragments of that id.
"""

from uuid import UUID

import msgspec

from issuer.skills.store import Achievement, Skill
from schemas.credential import CREDENTIALS_V2
from schemas.openbadges import OPEN_BADGES_3, Criteria, ResultDescription, RubricCriterionLevel
from schemas.openbadges import Achievement as AchievementDocument
from schemas.openbadges import Alignment as AlignmentDocument

MEDIA_TYPE = "application/ld+json"
TIERS = ("uncalibrated", "rasch", "2pl", "3pl", "graded-response")
ASSURANCES = ("unsupervised", "identity-checked", "supervised", "confirmed")
# What an outside provider does not say; documents of older revisions have no place for it. Last in one list
# and first in the other: at the end of both, no canonicalisation could tell the two ends apart.
UNSTATED = ("unstated",)


def achievement_path(organization_id: str, achievement_id: UUID, revision: int) -> str:
    """Return where a revision is published, below the base URL."""
    return f"/o/{organization_id}/achievements/{achievement_id}/{revision}"


def achievement_url(base_url: str, achievement: Achievement) -> str:
    """Return a revision's id: the address of its document."""
    path = achievement_path(achievement.organization_id, achievement.id, achievement.revision)
    return base_url.rstrip("/") + path


def achievement_document(base_url: str, achievement: Achievement, skill: Skill) -> AchievementDocument:
    """Return the achievement with its alignments and the descriptions of every result it can have.

    Fragments: `#<code>` a level, `#level` the level reached, `#cut-<code>` its cut (proportion of the bank
    answered right), `#tier` how the questions were calibrated, `#award-rule` the posterior probability that
    is required, `#assurance` how the taking was supervised.
    """
    url = achievement_url(base_url, achievement)
    return AchievementDocument(
        id=url,
        name=achievement.name,
        description=achievement.description,
        criteria=Criteria(narrative=achievement.criteria),
        achievement_type="Assessment",
        version=str(achievement.revision),
        alignment=tuple(
            AlignmentDocument(
                target_name=target.name,
                target_url=target.url,
                target_code=target.code,
                target_framework=target.framework,
                target_type=target.type,
            )
            for target in skill.alignments
        ),
        result_description=_results(url, achievement),
    )


def proportion(value: float) -> str:
    """A cut or threshold as decimals: two, or up to six where it takes them to say what decides."""
    return f"{value:.6f}".rstrip("0").ljust(4, "0")


def _results(url: str, achievement: Achievement) -> tuple[ResultDescription, ...]:
    unstated = UNSTATED if achievement.outside else ()
    return (
        _levels(url, achievement),
        *(
            ResultDescription(
                id=f"{url}#cut-{level.code}",
                name=f"Cut score of the level {level.name}",
                result_type="ext:CutScore",
                required_value=proportion(level.cut),
            )
            for level in achievement.levels
        ),
        ResultDescription(
            id=f"{url}#award-rule",
            name="Probability of being at or above the cut score that awards a level",
            result_type="ext:AwardRule",
            required_value=proportion(achievement.threshold),
        ),
        ResultDescription(
            id=f"{url}#tier",
            name="How the questions were calibrated",
            result_type="ext:CalibrationTier",
            allowed_value=TIERS + unstated,
        ),
        ResultDescription(
            id=f"{url}#assurance",
            name="How the assessment was supervised",
            result_type="ext:Assurance",
            allowed_value=unstated + ASSURANCES,
        ),
    )


def _levels(url: str, achievement: Achievement) -> ResultDescription:
    return ResultDescription(
        id=f"{url}#level",
        name="Level",
        result_type="RubricCriterionLevel",
        required_level=f"{url}#{achievement.levels[0].code}",
        rubric_criterion_level=tuple(
            RubricCriterionLevel(
                id=f"{url}#{level.code}",
                name=level.name,
                description=level.description,
                level=str(position),
            )
            for position, level in enumerate(achievement.levels, 1)
        ),
    )


def publication(document: AchievementDocument) -> bytes:
    """Return the document as it is published: JSON-LD with the contexts that a credential would give it."""
    context = {"@context": [CREDENTIALS_V2, OPEN_BADGES_3]}
    return msgspec.json.encode({**context, **msgspec.to_builtins(document)})
