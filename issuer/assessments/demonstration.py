"""The demonstration organisation: a real issuer with a real assessment, made on the first start."""

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from issuer.assessments import store
from issuer.assessments.bank import shipped
from issuer.assessments.create import create_assessment
from issuer.assessments.invite import Wanted, invite
from issuer.db.pool import Db, Pool, transaction
from issuer.organizations.create import create_machine, create_organization, machine
from issuer.organizations.store import Organization
from issuer.people.enroll import find
from issuer.settings import Settings
from issuer.skills.create import create_achievement, create_skill
from issuer.skills.store import Achievement, Level, Skill, SkillAlignment
from keys.stores.file import FileStore
from schemas.assessment import Conditions

ORGANIZATION_ID = "demo"
ASSESSMENT = "sql-for-analysts"
PERSON_NAME = "Robin Marsh"
PERSON_EMAIL = "robin.marsh@example.org"

LEVELS = (
    Level(
        "working",
        "Working",
        "Answers everyday questions with SQL alone: filters, joins, groups and dates, and notices when "
        "a result cannot be right.",
        0.5,
    ),
    Level(
        "proficient",
        "Proficient",
        "Is sure in SQL where it is easy to be wrong: missing values, rows multiplied by joins, window "
        "functions, and results that others build on.",
        0.7,
    ),
)
ALIGNMENTS = (
    SkillAlignment(
        name="SQL",
        url="http://data.europa.eu/esco/skill/598de5b0-5b58-4ea7-8058-a4bc4d18c742",
        framework="ESCO: European Skills, Competences, Qualifications and Occupations",
        type="ext:ESCOSkill",
    ),
)
AIDS = (
    "Allowed: the documentation of any database, own notes, paper and pencil. Not allowed: AI tools, running "
    "queries, other people."
)


async def ensure_demonstration(
    pool: Pool, keystore: FileStore, settings: Settings, clock: Callable[[], datetime]
) -> bool:
    """Create the demonstration organisation, all of it or nothing; False if it is there."""
    at = clock()
    async with transaction(pool) as db:
        # Two processes that start at once: the second waits here, then finds the organisation.
        await db.execute("SELECT pg_advisory_xact_lock(hashtext('assay demonstration'))")
        if await db.fetchval("SELECT true FROM organization WHERE id = $1", ORGANIZATION_ID):
            return False
        organization = Organization(
            ORGANIZATION_ID, "Northwind Analytics (demonstration)", None, demo=True, created_at=at
        )
        await create_organization(db, keystore, settings, organization)
        principal_id = await create_machine(db, ORGANIZATION_ID, "first start", ("owner",), at=at)
        skill = Skill(
            ORGANIZATION_ID,
            uuid4(),
            "SQL for analysts",
            "Getting reliable answers out of a relational database with SQL.",
            ALIGNMENTS,
        )
        await create_skill(db, skill, principal_id=principal_id, at=at)
        achievement = Achievement(
            ORGANIZATION_ID,
            uuid4(),
            1,
            skill.id,
            "SQL for analysts",
            "Can query, combine and summarise data in a relational database with SQL, and judge the result.",
            "Answers questions from five areas of SQL, in steps of 20. A level is awarded when the answers "
            "make it at least 95 % likely that this person would get half (Working) or 70 % (Proficient) of "
            "such questions right.",
            0.95,
            24,
            LEVELS,
        )
        await create_achievement(db, achievement, settings.base_url, principal_id=principal_id, at=at)
        conditions = Conditions(permitted_aids=AIDS)
        bank = shipped(ASSESSMENT)
        await create_assessment(
            db, achievement, bank, ASSESSMENT, conditions, principal_id=principal_id, at=at
        )
    return True


async def demo_invitation(
    pool: Pool, keystore: FileStore, settings: Settings, clock: Callable[[], datetime]
) -> str:
    """Return a fresh link into the demonstration assessment, for whoever starts the service.

    It goes on with the session that is under way; once that is finished, it is another person's.
    """
    async with transaction(pool) as db:
        principal_id = await machine(db, ORGANIZATION_ID, "first start", at=clock())
        email = await _free_email(db, keystore)
    wanted = Wanted(ASSESSMENT, PERSON_NAME, email)
    return (await invite(pool, keystore, settings, ORGANIZATION_ID, principal_id, wanted, at=clock())).link


async def _free_email(db: Db, keystore: FileStore) -> str:
    """Return the first of robin.marsh@, robin.marsh+2@, robin.marsh+3@ … whose assessment is not finished."""
    mailbox, _, domain = PERSON_EMAIL.partition("@")
    number, email = 1, PERSON_EMAIL
    while (person_id := await find(db, keystore, ORGANIZATION_ID, email)) is not None and (
        await store.has_finished(db, ORGANIZATION_ID, person_id, ASSESSMENT)
    ):
        number += 1
        email = f"{mailbox}+{number}@{domain}"
    return email
