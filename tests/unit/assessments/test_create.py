"""Creating assessments, and the demonstration that a first start makes."""

import asyncio
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from issuer.assessments import store, take
from issuer.assessments.bank import digest, read_bank, shipped
from issuer.assessments.create import create_assessment
from issuer.assessments.demonstration import ASSESSMENT, demo_invitation, ensure_demonstration
from issuer.assessments.documents import record_path
from issuer.assessments.sitting import open_sitting
from issuer.db.pool import Pool, transaction
from issuer.demo import right
from issuer.people.enroll import load
from issuer.settings import Settings
from issuer.skills.store import load_achievement
from keys.stores.file import FileStore
from schemas.assessment import Conditions
from schemas.problems import ProblemError


async def test_the_demonstration_is_made_once_by_whoever_is_first(
    pool: Pool, keystore: FileStore, settings: Settings, clock: Any
) -> None:
    made = await asyncio.gather(*(ensure_demonstration(pool, keystore, settings, clock) for _ in range(3)))
    assert sorted(made) == [False, False, True]
    assessment = await store.assessment_by_slug(pool, "demo", ASSESSMENT)
    assert assessment is not None
    assert assessment.bank_digest == digest(shipped(ASSESSMENT))
    assert (assessment.conditions.items_per_step, assessment.conditions.items_at_most) == (20, 80)
    links = [await demo_invitation(pool, keystore, settings, clock) for _ in range(2)]
    sittings = [await open_sitting(pool, link.rpartition("/")[2]) for link in links]
    assert sittings[0].invitation.person_id == sittings[1].invitation.person_id
    assert sittings[0].invitation.id != sittings[1].invitation.id


async def test_whoever_starts_again_after_the_end_takes_it_as_somebody_new(
    pool: Pool, keystore: FileStore, settings: Settings, clock: Any
) -> None:
    await ensure_demonstration(pool, keystore, settings, clock)

    async def start_again() -> tuple[str, str]:
        token = (await demo_invitation(pool, keystore, settings, clock)).rpartition("/")[2]
        person = (await open_sitting(pool, token)).invitation.person_id
        return token, (await load(pool, keystore, "demo", person)).email

    first, email = await start_again()
    assert email == "robin.marsh@example.org"
    await take.start(pool, first, clock)
    again, email = await start_again()
    assert email == "robin.marsh@example.org"
    assert (await open_sitting(pool, again)).current is not None
    for number in (2, 3):
        while (current := (await open_sitting(pool, again)).current) is not None:
            item = (await open_sitting(pool, again)).bank.item(current.item)
            assert item is not None
            await take.answer(pool, keystore, again, current.item, right(item), clock)
        again, email = await start_again()
        assert email == f"robin.marsh+{number}@example.org"
        assert (await open_sitting(pool, again)).session is None
        await take.start(pool, again, clock)
    assert (await open_sitting(pool, first)).finished


async def test_the_record_is_published_by_its_digest(pool: Pool, house: Any) -> None:
    path = record_path("acme", house.assessment.record_digest)
    body = await pool.fetchval("SELECT body FROM publication WHERE path = $1", path)
    record = msgspec.json.decode(body)
    assert digest(body) == house.assessment.record_digest
    assert record["bank"]["digest"] == f"sha256-{house.assessment.bank_digest}"


async def test_a_bank_that_cannot_be_used_creates_nothing(pool: Pool, house: Any, clock: Any) -> None:
    achievement = await load_achievement(
        pool, "acme", house.assessment.achievement_id, house.assessment.achievement_revision
    )
    terms = Conditions(permitted_aids="None.", items_per_step=4, items_at_most=12)
    with pytest.raises(ProblemError) as refused:
        async with transaction(pool) as db:
            await create_assessment(db, achievement, b"{}", "other", terms, principal_id=None, at=clock())
    assert refused.value.code == "bank.invalid"
    assert await store.assessment_by_slug(pool, "acme", "other") is None


async def test_no_more_is_asked_than_the_bank_holds(
    pool: Pool, house: Any, clock: Any, bank_bytes: bytes
) -> None:
    achievement = await load_achievement(
        pool, "acme", house.assessment.achievement_id, house.assessment.achievement_revision
    )

    async def create(**chosen: Any) -> store.Assessment:
        terms = Conditions(permitted_aids="None.", assurance="supervised", **chosen)
        async with transaction(pool) as db:
            return await create_assessment(
                db, achievement, bank_bytes, "longer", terms, principal_id=None, at=clock()
            )

    made = await create(items_per_step=12)
    assert made.conditions.items_at_most == len(read_bank(bank_bytes).items)
    assert (made.version, (await create(items_per_step=6)).version) == (1, 2)
    latest = await store.assessment_by_slug(pool, "acme", "longer")
    assert latest is not None
    assert (latest.version, latest.conditions.items_per_step) == (2, 6)
    with pytest.raises(ProblemError) as refused:
        await create(items_per_step=13)
    assert refused.value.code == "bank.unfit"
    assert await store.assessment_by_id(pool, "acme", uuid4()) is None
    assert await store.bank_document(pool, "acme", "0" * 64) is None
