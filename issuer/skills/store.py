"""SQL for skills, their alignment to frameworks, achievements and levels."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from issuer.db.pool import Db
from schemas.problems import ProblemError


class SkillAlignment(Struct, frozen=True):
    """A target in somebody's framework (OB 3.0 Alignment); `type` as AlignmentTargetType, or `ext:…`."""

    name: str
    url: str
    framework: str
    type: str
    code: str | None = None


class Skill(Struct, frozen=True):
    """What can be measured, in the organisation's words, with what others call it."""

    organization_id: str
    id: UUID
    name: str
    description: str
    alignments: tuple[SkillAlignment, ...]


class Level(Struct, frozen=True):
    """A level: `code` is the fragment of its id, `cut` the proportion of the bank answered right (0 to 1)."""

    code: str
    name: str
    description: str
    cut: float


class Achievement(Struct, frozen=True):
    """One revision of an achievement; `levels` ascend, `threshold` is the probability that awards one.

    `outside`: its document has a place for what an outside provider leaves unstated.
    """

    organization_id: str
    id: UUID
    revision: int
    skill_id: UUID
    name: str
    description: str
    criteria: str
    threshold: float
    valid_months: int
    levels: tuple[Level, ...]
    outside: bool = True

    def level(self, code: str) -> Level:
        """Return the level with this code; an unknown one is a defect of the caller."""
        return next(level for level in self.levels if level.code == code)


async def insert_skill(db: Db, skill: Skill, *, at: datetime) -> None:
    """Insert a skill with its alignments, in their order."""
    await db.execute(
        "INSERT INTO skill (organization_id, id, name, description, created_at) VALUES ($1, $2, $3, $4, $5)",
        skill.organization_id,
        skill.id,
        skill.name,
        skill.description,
        at,
    )
    await db.executemany(
        "INSERT INTO skill_alignment (organization_id, skill_id, position, target_name, target_url,"
        " target_framework, target_code, target_type) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        [
            (
                skill.organization_id,
                skill.id,
                position,
                goal.name,
                goal.url,
                goal.framework,
                goal.code,
                goal.type,
            )
            for position, goal in enumerate(skill.alignments, 1)
        ],
    )


async def insert_achievement(db: Db, achievement: Achievement, *, at: datetime) -> None:
    """Insert one revision of an achievement with its levels."""
    await db.execute(
        "INSERT INTO achievement (organization_id, id, revision, skill_id, name, description, criteria,"
        " threshold, valid_months, created_at, outside)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        achievement.organization_id,
        achievement.id,
        achievement.revision,
        achievement.skill_id,
        achievement.name,
        achievement.description,
        achievement.criteria,
        achievement.threshold,
        achievement.valid_months,
        at,
        achievement.outside,
    )
    await db.executemany(
        "INSERT INTO achievement_level (organization_id, achievement_id, revision, position, code, name,"
        " description, cut) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        [
            (
                achievement.organization_id,
                achievement.id,
                achievement.revision,
                position,
                level.code,
                level.name,
                level.description,
                level.cut,
            )
            for position, level in enumerate(achievement.levels, 1)
        ],
    )


async def load_skill(db: Db, organization_id: str, skill_id: UUID) -> Skill:
    """Return a skill with its alignments; raises problem `skill.unknown`."""
    row = await db.fetchrow(
        "SELECT name, description FROM skill WHERE organization_id = $1 AND id = $2",
        organization_id,
        skill_id,
    )
    if row is None:
        raise ProblemError("skill.unknown")
    targets = await db.fetch(
        "SELECT target_name, target_url, target_framework, target_code, target_type FROM skill_alignment"
        " WHERE organization_id = $1 AND skill_id = $2 ORDER BY position",
        organization_id,
        skill_id,
    )
    alignments = tuple(
        SkillAlignment(
            name=target["target_name"],
            url=target["target_url"],
            framework=target["target_framework"],
            type=target["target_type"],
            code=target["target_code"],
        )
        for target in targets
    )
    return Skill(organization_id, skill_id, row["name"], row["description"], alignments)


async def load_achievement(db: Db, organization_id: str, achievement_id: UUID, revision: int) -> Achievement:
    """Return one revision with its levels, lowest first; raises problem `achievement.unknown`."""
    row = await db.fetchrow(
        "SELECT skill_id, name, description, criteria, threshold, valid_months, outside FROM achievement"
        " WHERE organization_id = $1 AND id = $2 AND revision = $3",
        organization_id,
        achievement_id,
        revision,
    )
    if row is None:
        raise ProblemError("achievement.unknown")
    levels = await db.fetch(
        "SELECT code, name, description, cut FROM achievement_level"
        " WHERE organization_id = $1 AND achievement_id = $2 AND revision = $3 ORDER BY position",
        organization_id,
        achievement_id,
        revision,
    )
    return Achievement(
        organization_id,
        achievement_id,
        revision,
        row["skill_id"],
        row["name"],
        row["description"],
        row["criteria"],
        row["threshold"],
        row["valid_months"],
        tuple(Level(level["code"], level["name"], level["description"], level["cut"]) for level in levels),
        row["outside"],
    )


async def achievements(db: Db, organization_id: str) -> tuple[Achievement, ...]:
    """Return the newest revision of each achievement, in the order of their names."""
    rows = await db.fetch(
        "SELECT id, max(revision) AS revision FROM achievement WHERE organization_id = $1"
        " GROUP BY id ORDER BY min(name), id",
        organization_id,
    )
    return tuple([await load_achievement(db, organization_id, row["id"], row["revision"]) for row in rows])
