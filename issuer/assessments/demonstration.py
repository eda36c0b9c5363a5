"""The demonstration organisation: a real issuer with real assessments, made on the first start."""

from collections.abc import Callable
from datetime import datetime
from functools import cache

import msgspec

from issuer.assessments import store
from issuer.assessments.bank import shipped
from issuer.assessments.invite import Wanted, invite
from issuer.assessments.offers import Fitting, fit, publish_offer, read_offer
from issuer.db.pool import Connection, Db, Pool, transaction
from issuer.organizations.create import create_machine, create_organization, machine
from issuer.organizations.store import Organization
from issuer.people.enroll import find
from issuer.settings import Settings
from issuer.simulation.figures import Figures
from keys.stores.file import FileStore

ORGANIZATION_ID = "demo"
ASSESSMENT = "sql-for-analysts"
OFFERED = (ASSESSMENT, "working-with-ai", "synthetic")
FIGURES = {"synthetic": "synthetic.figures"}
PERSON_NAME = "Robin Marsh"
PERSON_EMAIL = "robin.marsh@example.org"


async def ensure_demonstration(
    pool: Pool, keystore: FileStore, settings: Settings, clock: Callable[[], datetime]
) -> bool:
    """Create the demonstration organisation, all of it or nothing; False if it is there.

    What a later release offers besides is published where it is missing.
    """
    at = clock()
    async with transaction(pool) as db:
        # Two processes that start at once: the second waits here, then finds the organisation.
        await db.execute("SELECT pg_advisory_xact_lock(hashtext('assay demonstration'))")
        known = await db.fetchval("SELECT true FROM organization WHERE id = $1", ORGANIZATION_ID)
        if not known:
            organization = Organization(
                ORGANIZATION_ID, "Northwind Analytics (demonstration)", None, demo=True, created_at=at
            )
            await create_organization(db, keystore, settings, organization)
            await create_machine(db, ORGANIZATION_ID, "first start", ("owner",), at=at)
        for name in OFFERED:
            if await store.assessment_by_slug(db, ORGANIZATION_ID, name) is None:
                await _publish(db, settings.base_url, name, at)
    return not known


async def _publish(db: Connection, base_url: str, name: str, at: datetime) -> None:
    principal_id = await machine(db, ORGANIZATION_ID, "first start", at=at)
    await publish_offer(db, base_url, ORGANIZATION_ID, _fitted(name), principal_id=principal_id, at=at)


@cache
def _fitted(name: str) -> Fitting:
    figures = msgspec.json.decode(shipped(FIGURES[name]), type=Figures) if name in FIGURES else None
    return fit(read_offer(shipped(f"{name}.offer")), shipped(name), figures=figures)


async def demo_invitation(
    pool: Pool,
    keystore: FileStore,
    settings: Settings,
    clock: Callable[[], datetime],
    assessment: str = ASSESSMENT,
) -> str:
    """Return a fresh link into a demonstration assessment, for whoever starts the service.

    It goes on with the session that is under way; once that is finished, it is another person's.
    """
    async with transaction(pool) as db:
        principal_id = await machine(db, ORGANIZATION_ID, "first start", at=clock())
        email = await _free_email(db, keystore, assessment)
    wanted = Wanted(assessment, PERSON_NAME, email)
    return (await invite(pool, keystore, settings, ORGANIZATION_ID, principal_id, wanted, at=clock())).link


async def _free_email(db: Db, keystore: FileStore, assessment: str) -> str:
    """Return the first of robin.marsh@, robin.marsh+2@, robin.marsh+3@ … whose assessment is not finished."""
    mailbox, _, domain = PERSON_EMAIL.partition("@")
    number, email = 1, PERSON_EMAIL
    while (person_id := await find(db, keystore, ORGANIZATION_ID, email)) is not None and (
        await store.has_finished(db, ORGANIZATION_ID, person_id, assessment)
    ):
        number += 1
        email = f"{mailbox}+{number}@{domain}"
    return email
