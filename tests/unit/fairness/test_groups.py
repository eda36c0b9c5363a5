"""Protected attributes: opted into, withdrawn, unreadable in a dump, told only as counts of large groups."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid4

import pytest

from issuer.assessments import store as assessments
from issuer.assessments.store import StoredSession
from issuer.db.pool import Pool, transaction
from issuer.fairness.groups import count, declare, store
from issuer.fairness.groups.store import Question
from issuer.fairness.impact import FEWEST, Group, shown
from issuer.organizations.create import person_in
from issuer.people.enroll import find_or_create
from issuer.people.erase import erase
from issuer.settings import Settings
from keys.stores.file import FileStore
from schemas.problems import ProblemError
from tests.unit.fairness.sittings import ASSESSMENT, AT, Sittings, found

GENDER = Question("gender", ("woman", "man", "another"), "To see whether questions treat people alike.", AT)
Clock = Callable[[], datetime]


@pytest.fixture
async def by(north: Sittings, pool: Pool) -> UUID:
    async with transaction(pool) as db:
        principal = await person_in(db, north.organization_id, "works council", at=AT)
        await declare.ask(db, "north", GENDER, by=principal)
    return principal


async def people(pool: Pool, keystore: FileStore, option: str, awards: int, none: int = 0) -> list[UUID]:
    """People of a group with an outcome each."""
    made = []
    async with transaction(pool) as db:
        for number in range(awards + none):
            person = await find_or_create(db, keystore, "north", "Kim", f"{uuid4()}@example.org", AT)
            session = StoredSession("north", uuid4(), ASSESSMENT, 1, AT, None, None, None)
            await assessments.insert_session(db, session, person.id)
            outcome, level = ("award", "basic") if number < awards else ("not_yet", None)
            await assessments.finish_session(db, "north", session.id, outcome=outcome, level=level, at=AT)
            await declare.declare(db, keystore, "north", person.id, ("gender", option), own=True)
            made.append(person.id)
    return made


async def counted(pool: Pool, keystore: FileStore) -> count.Counted:
    return count.Counted(*shown(await count.outcomes(pool, keystore, "north", "twelve", GENDER)))


@pytest.mark.usefixtures("by")
async def test_only_large_groups_leave(pool: Pool, keystore: FileStore) -> None:
    women = await people(pool, keystore, "woman", 12, 10)
    await people(pool, keystore, "man", 10, 12)
    await people(pool, keystore, "another", FEWEST - 1)
    told = await counted(pool, keystore)
    # A group that is too small would follow from the whole: the smallest of the others goes with it.
    assert told == count.Counted({"woman": Group(22, 12)}, 22 + FEWEST - 1)
    assert {row["option_sealed"] for row in await pool.fetch("SELECT option_sealed FROM group_answer")}
    lengths = await pool.fetch("SELECT DISTINCT length(option_sealed) AS bytes FROM group_answer")
    assert [row["bytes"] for row in lengths] == [1 + 12 + 1 + 16]
    upto = dict.fromkeys(GENDER.options, AT)
    members = await count.members(pool, keystore, "north", "twelve", GENDER, upto)
    assert len(members) == 44 + FEWEST - 1
    async with transaction(pool) as db:
        for person in women[:2]:
            await declare.declare(db, keystore, "north", person, ("gender", None), own=True)
    await erase(pool, "north", women[2], at=AT)
    assert (await counted(pool, keystore)).groups == {"man": Group(22, 10)}


async def test_a_person_s_own_act_stands_against_an_import(by: UUID, pool: Pool, keystore: FileStore) -> None:
    async with transaction(pool) as db:
        ada = await find_or_create(db, keystore, "north", "Ada", "ada@example.org", AT)
        ben = await find_or_create(db, keystore, "north", "Ben", "ben@example.org", AT)
        answers = {"Ada@example.org": "woman", "ben@example.org": "man"}
        assert await declare.bring(db, keystore, "north", "gender", answers, by=by, at=AT) == 2
        assert await declare.own_option(db, keystore, "north", ada.id, GENDER) == "woman"
        assert await declare.declare(db, keystore, "north", ada.id, ("gender", None), own=True)
        assert await declare.own_option(db, keystore, "north", ada.id, GENDER) is None
        assert await declare.bring(db, keystore, "north", "gender", answers, by=by, at=AT) == 1
        assert await declare.own_option(db, keystore, "north", ada.id, GENDER) is None
        assert await declare.own_option(db, keystore, "north", ben.id, GENDER) == "man"
    rows = await pool.fetch("SELECT reference FROM audit WHERE action LIKE 'groups.%' ORDER BY sequence")
    assert [row["reference"] for row in rows] == ["gender"] * 3


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"ada@example.org": "woman", "ghost@example.org": "man"}, "person.unknown"),
        ({"ada@example.org": "robot"}, "groups.option"),
    ],
)
async def test_an_import_is_all_or_nothing(
    by: UUID, pool: Pool, keystore: FileStore, answers: dict[str, str], code: str
) -> None:
    await find_or_create(pool, keystore, "north", "Ada", "ada@example.org", AT)
    with pytest.raises(ProblemError) as refused:
        async with transaction(pool) as db:
            await declare.bring(db, keystore, "north", "gender", answers, by=by, at=AT)
    assert refused.value.code == code
    assert await pool.fetchval("SELECT count(*) FROM group_answer") == 0


async def test_to_stop_asking_deletes_every_answer(by: UUID, pool: Pool, keystore: FileStore) -> None:
    await people(pool, keystore, "woman", 1)
    async with transaction(pool) as db:
        with pytest.raises(ProblemError, match=r"groups\.asked"):
            await declare.ask(db, "north", GENDER, by=by)
        await declare.stop_asking(db, "north", "gender", by=by, at=AT)
        with pytest.raises(ProblemError, match=r"groups\.unknown"):
            await declare.stop_asking(db, "north", "gender", by=by, at=AT)
        with pytest.raises(ProblemError, match=r"groups\.unknown"):
            await declare.declare(db, keystore, "north", uuid4(), ("gender", "woman"), own=True)
    assert await pool.fetchval("SELECT count(*) FROM group_answer") == 0


async def test_another_organisation_sees_and_changes_nothing(
    by: UUID, pool: Pool, keystore: FileStore, settings: Settings
) -> None:
    await found(pool, keystore, settings, "south")
    await people(pool, keystore, "woman", 25)
    assert await store.questions(pool, "south") == ()
    assert await count.outcomes(pool, keystore, "south", "twelve", GENDER) == {}
    async with transaction(pool) as db:
        with pytest.raises(ProblemError, match=r"groups\.unknown"):
            await declare.stop_asking(db, "south", "gender", by=by, at=AT)


@pytest.mark.parametrize(
    "unfit",
    [
        Question("Gender!", ("a", "b"), "Why.", AT),
        Question("gender", ("a",), "Why.", AT),
        Question("gender", ("a", "a"), "Why.", AT),
        Question("gender", ("a", "b"), "  ", AT),
        Question("gender", ("a", "b\n"), "Why.", AT),
        Question("gender", tuple(map(str, range(21))), "Why.", AT),
    ],
)
async def test_what_cannot_be_asked(north: Sittings, pool: Pool, unfit: Question) -> None:
    async with transaction(pool) as db:
        principal = await person_in(db, north.organization_id, "works council", at=AT)
        with pytest.raises(ProblemError, match=r"groups\.question"):
            await declare.ask(db, "north", unfit, by=principal)
