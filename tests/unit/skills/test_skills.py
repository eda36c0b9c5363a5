from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid4

import msgspec
import pytest

from issuer import audit
from issuer.db.pool import Pool, transaction
from issuer.skills.create import create_achievement, create_skill
from issuer.skills.documents import achievement_document, achievement_path, achievement_url
from issuer.skills.store import (
    Achievement,
    Level,
    Skill,
    SkillAlignment,
    load_achievement,
    load_skill,
)
from schemas.contexts import undefined_terms
from schemas.openbadges import Achievement as AchievementDocument
from schemas.problems import ProblemError

BASE = "https://assay.example"
SKILL = Skill(
    "north",
    UUID("00000000-0000-4000-8000-000000000001"),
    "SQL",
    "Asking a database.",
    (
        SkillAlignment("SQL", "https://frameworks.example/sql", "A framework", "ext:Skill", "42"),
        SkillAlignment("Databases", "https://frameworks.example/db", "A framework", "ext:Skill"),
    ),
)
ACHIEVEMENT = Achievement(
    "north",
    UUID("00000000-0000-4000-8000-000000000002"),
    1,
    SKILL.id,
    "SQL for analysts",
    "Can ask.",
    "Answered right.",
    0.95,
    24,
    (Level("working", "Working", "On their own.", 0.6), Level("proficient", "Proficient", "Surely.", 0.8)),
)
URL = f"{BASE}/o/north/achievements/{ACHIEVEMENT.id}/1"


@pytest.fixture
async def north(pool: Pool, clock: Callable[[], datetime]) -> Pool:
    for organization_id in ("north", "south"):
        await pool.execute(
            "INSERT INTO organization (id, name, created_at) VALUES ($1, $1, $2)", organization_id, clock()
        )
    async with transaction(pool) as db:
        await create_skill(db, SKILL, principal_id=None, at=clock())
        await create_achievement(db, ACHIEVEMENT, BASE, principal_id=None, at=clock())
    return pool


async def test_what_was_created_is_read_back(north: Pool) -> None:
    assert await load_skill(north, "north", SKILL.id) == SKILL
    assert await load_achievement(north, "north", ACHIEVEMENT.id, 1) == ACHIEVEMENT
    assert ACHIEVEMENT.level("proficient").cut == 0.8
    assert (await audit.verify_chain(north, "north")).sequence == 2


@pytest.mark.parametrize(("organization_id", "revision"), [("south", 1), ("north", 2), ("nobody", 1)])
async def test_nothing_is_found_elsewhere(north: Pool, organization_id: str, revision: int) -> None:
    with pytest.raises(ProblemError) as caught:
        await load_achievement(north, organization_id, ACHIEVEMENT.id, revision)
    assert caught.value.code == "achievement.unknown"
    with pytest.raises(ProblemError) as caught:
        await load_skill(north, "south", SKILL.id)
    assert caught.value.code == "skill.unknown"


def test_the_document_says_levels_cuts_rule_and_assurance() -> None:
    document = achievement_document(BASE, ACHIEVEMENT, SKILL)
    assert document.id == URL == achievement_url(f"{BASE}/", ACHIEVEMENT)
    level, *others = document.result_description
    assert (level.id, level.result_type, level.required_level) == (
        f"{URL}#level",
        "RubricCriterionLevel",
        f"{URL}#working",
    )
    assert [one.id for one in level.rubric_criterion_level] == [f"{URL}#working", f"{URL}#proficient"]
    assert {one.id: (one.result_type, one.required_value) for one in others if one.required_value} == {
        f"{URL}#cut-working": ("ext:CutScore", "0.60"),
        f"{URL}#cut-proficient": ("ext:CutScore", "0.80"),
        f"{URL}#award-rule": ("ext:AwardRule", "0.95"),
    }
    assert {one.id: one.allowed_value[0] for one in others if one.allowed_value} == {
        f"{URL}#tier": "uncalibrated",
        f"{URL}#assurance": "unstated",
    }
    assert document.result_description[-2].allowed_value[-1] == "unstated"
    assert [one.target_url for one in document.alignment] == [goal.url for goal in SKILL.alignments]
    ids = [one.id for one in document.result_description] + [one.id for one in level.rubric_criterion_level]
    assert len(ids) == len(set(ids))


async def test_the_published_document_uses_stock_terms_only(north: Pool) -> None:
    row = await north.fetchrow("SELECT * FROM publication")
    assert row is not None
    assert row["path"] == achievement_path("north", ACHIEVEMENT.id, 1) == URL.removeprefix(BASE)
    assert row["media_type"] == "application/ld+json"
    document = msgspec.json.decode(row["body"])
    assert undefined_terms(document) == []
    assert document.pop("@context")
    assert msgspec.convert(document, AchievementDocument).id == document["id"]
    assert "null" not in row["body"].decode()


async def test_an_edit_is_a_new_revision_and_the_old_one_stays(
    north: Pool, clock: Callable[[], datetime]
) -> None:
    edited = msgspec.structs.replace(ACHIEVEMENT, revision=2, description="Can ask more.")
    async with transaction(north) as db:
        await create_achievement(db, edited, BASE, principal_id=None, at=clock())
    assert await load_achievement(north, "north", ACHIEVEMENT.id, 1) == ACHIEVEMENT
    assert await load_achievement(north, "north", ACHIEVEMENT.id, 2) == edited
    assert await north.fetchval("SELECT count(*) FROM publication") == 2


@pytest.mark.parametrize("cuts", [(), (0.8, 0.6), (0.6, 0.6)])
async def test_levels_ascend(north: Pool, clock: Callable[[], datetime], cuts: tuple[float, ...]) -> None:
    levels = tuple(Level(f"l{number}", "L", "L", cut) for number, cut in enumerate(cuts))
    wrong = msgspec.structs.replace(ACHIEVEMENT, id=uuid4(), levels=levels)

    async def create() -> None:
        async with transaction(north) as db:
            await create_achievement(db, wrong, BASE, principal_id=None, at=clock())

    with pytest.raises(ValueError, match="ascending"):
        await create()


def test_a_revision_of_before_outside_results_stays_as_it_was_published() -> None:
    before = achievement_document(BASE, msgspec.structs.replace(ACHIEVEMENT, outside=False), SKILL)
    assert [one.allowed_value for one in before.result_description if one.allowed_value] == [
        ("uncalibrated", "rasch", "2pl", "3pl", "graded-response"),
        ("unsupervised", "identity-checked", "supervised", "confirmed"),
    ]
