"""Creating skills and achievements; an edit of an achievement is a new revision under a new id."""

from datetime import datetime
from itertools import pairwise
from uuid import UUID

from issuer import audit
from issuer.db.pool import Db
from issuer.publications.store import publish
from issuer.skills.documents import MEDIA_TYPE, achievement_document, achievement_path, publication
from issuer.skills.store import Achievement, Skill, insert_achievement, insert_skill, load_skill


async def create_skill(db: Db, skill: Skill, *, principal_id: UUID | None, at: datetime) -> None:
    """Create a skill, in the caller's transaction."""
    await insert_skill(db, skill, at=at)
    await audit.append(
        db, skill.organization_id, "skill.created", str(skill.id), principal_id=principal_id, at=at
    )


async def create_achievement(
    db: Db, achievement: Achievement, base_url: str, *, principal_id: UUID | None, at: datetime
) -> None:
    """Create one revision of an achievement and publish its document, in the caller's transaction.

    Levels must ascend by their cuts: a higher level is one that asks for more.
    """
    cuts = [level.cut for level in achievement.levels]
    if not cuts or any(low >= high for low, high in pairwise(cuts)):
        raise ValueError("an achievement needs levels in ascending order of their cuts")
    skill = await load_skill(db, achievement.organization_id, achievement.skill_id)
    await insert_achievement(db, achievement, at=at)
    reference = f"{achievement.id}/{achievement.revision}"
    await audit.append(
        db, achievement.organization_id, "achievement.created", reference, principal_id=principal_id, at=at
    )
    await publish(
        db,
        achievement.organization_id,
        achievement_path(achievement.organization_id, achievement.id, achievement.revision),
        MEDIA_TYPE,
        publication(achievement_document(base_url, achievement, skill)),
        at=at,
    )
