"""The job that watches items: each answer counts once, an alarm takes the item out, and somebody is told."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from issuer import audit
from issuer.assessments.bank import digest
from issuer.db import outbox
from issuer.db.pool import Pool, transaction
from issuer.fairness import store
from issuer.fairness.charts import ItemChart
from issuer.fairness.suspend import lift, name_contact
from issuer.fairness.watch import watch
from issuer.mail import FolderRoute
from issuer.organizations.create import person_in
from issuer.people.erase import erase
from issuer.people.letters import deliver
from issuer.settings import Settings
from keys.stores.file import FileStore
from schemas.problems import ProblemError
from tests.unit.fairness.sittings import CAPPED, ITEMS, Sittings, bank_document, found

Clock = Callable[[], datetime]
LEAKED = ITEMS[0]


async def charts(pool: Pool, organization_id: str = "north") -> dict[str, ItemChart]:
    return {kept.item_id: kept.chart for kept in await store.charts(pool, organization_id, "twelve")}


async def leak(north: Sittings, keystore: FileStore, clock: Clock) -> store.Suspension:
    """People who know one item and little else, until a chart finds it."""
    for _ in range(12):
        await north.decided(right=[LEAKED])
    await watch(north.pool, keystore, clock)
    (found,) = await store.suspensions(north.pool, "north")
    return found


async def test_every_answer_is_counted_once(
    north: Sittings, pool: Pool, keystore: FileStore, clock: Clock
) -> None:
    session = await north.decided(ITEMS[:3], ITEMS[:5], outcome="continue")
    assert await watch(pool, keystore, clock) == 1
    first = await charts(pool)
    assert {name: (one.shown, one.leak.responses) for name, one in first.items()} == dict.fromkeys(
        ITEMS[:5], (1, 1)
    )
    assert first[ITEMS[0]].leak.sum > 0
    assert first[ITEMS[4]].leak.sum == 0
    assert await watch(pool, keystore, clock) == 0
    await north.decided(ITEMS[5:7], ITEMS[5:10], session_id=session)
    assert await watch(pool, keystore, clock) == 1
    second = await charts(pool)
    assert {name: second[name] for name in ITEMS[:5]} == first
    assert {one.leak.responses for one in second.values()} == {1}
    assert await pool.fetchval("SELECT sessions FROM bank_chart") == 1


async def test_an_uncalibrated_session_teaches_what_is_to_be_expected(
    north: Sittings, pool: Pool, keystore: FileStore, clock: Clock
) -> None:
    await north.decided(ITEMS[:6], scale="proportion")
    await watch(pool, keystore, clock)
    chart = (await charts(pool))[ITEMS[0]]
    assert chart.leak.responses == 0
    assert (chart.learned.people, chart.learned.right) == ((0, 1, 0, 0, 0), (0, 1, 0, 0, 0))


async def test_killed_while_it_writes_it_has_counted_nothing(
    north: Sittings, pool: Pool, keystore: FileStore, clock: Clock
) -> None:
    await north.decided(ITEMS[:3])
    await pool.execute("ALTER TABLE item_chart ADD CONSTRAINT none CHECK (shown < 1)")
    assert await watch(pool, keystore, clock) == 0
    await pool.execute("ALTER TABLE item_chart DROP CONSTRAINT none")
    assert await pool.fetchval("SELECT count(*) FROM bank_chart") == 0
    assert await watch(pool, keystore, clock) == 1
    assert (await charts(pool))[LEAKED].leak.responses == 1


async def test_a_session_that_cannot_be_read_holds_up_no_other(
    north: Sittings, pool: Pool, keystore: FileStore, clock: Clock
) -> None:
    lost = await north.decided()
    await pool.execute(
        "UPDATE session_event SET body = convert_to(replace(convert_from(body, 'UTF8'), $2, $3), 'UTF8')"
        " WHERE session_id = $1 AND kind = 'started'",
        lost,
        digest(bank_document()),
        "0" * 64,
    )
    await north.decided()
    assert await watch(pool, keystore, clock, batch=1) == 1
    assert await store.waiting(pool, "north", after=UUID(int=0), limit=9) == (lost,)


async def test_an_erased_person_s_answers_are_not_counted_again(
    north: Sittings, pool: Pool, keystore: FileStore, clock: Clock
) -> None:
    session = await north.decided(ITEMS[:3])
    await watch(pool, keystore, clock)
    person = await pool.fetchval("SELECT person_id FROM session_person WHERE session_id = $1", session)
    await erase(pool, "north", person, at=clock())
    assert await watch(pool, keystore, clock) == 0


async def test_a_leak_takes_the_item_out_and_tells_the_contact(
    north: Sittings, pool: Pool, keystore: FileStore, settings: Settings, clock: Clock, tmp_path: Path
) -> None:
    async with transaction(pool) as db:
        await name_contact(db, keystore, "north", "Ren", "ren@example.org", at=clock())
    found = await leak(north, keystore, clock)
    assert (found.bank_id, found.item_id, found.reason) == ("twelve", LEAKED, "leak")
    assert found.suspended_by is None
    (job,) = await outbox.claim(pool, clock())
    await deliver(pool, keystore, settings, FolderRoute(tmp_path), job, clock())
    text = (tmp_path / f"{job.id}.eml").read_text()
    assert "To: ren@example.org" in text
    assert f"{LEAKED} in Twelve questions" in text
    assert f"assay fairness lift {found.id}" in text
    assert "kim" not in text.lower()
    actions = await pool.fetch("SELECT action, reference FROM audit WHERE action LIKE 'item.%'")
    assert [tuple(row) for row in actions] == [("item.suspended", str(found.id))]
    before = (await charts(pool))[LEAKED]
    await north.decided(right=[LEAKED])
    await watch(pool, keystore, clock)
    assert (await charts(pool))[LEAKED] == before
    assert len(await store.suspensions(pool, "north")) == 1


async def test_a_person_lifts_a_suspension_and_the_charts_begin_anew(
    north: Sittings, pool: Pool, keystore: FileStore, clock: Clock
) -> None:
    found = await leak(north, keystore, clock)
    async with transaction(pool) as db:
        by = await person_in(db, "north", "test manager", at=clock())
        assert await person_in(db, "north", "test manager", at=clock()) == by
        assert await lift(db, "north", found.id, by=by, at=clock()) == ("twelve", LEAKED)
    assert await store.suspensions(pool, "north") == ()
    await north.decided(right=[LEAKED])
    await watch(pool, keystore, clock)
    chart = (await charts(pool))[LEAKED]
    assert (chart.shown, chart.leak.responses, chart.sessions_before) == (1, 1, 12)
    assert await store.suspensions(pool, "north") == ()
    async with transaction(pool) as db:
        with pytest.raises(ProblemError, match=r"suspension\.unknown"):
            await lift(db, "north", found.id, by=by, at=clock())
    assert await pool.fetchval("SELECT principal_id FROM audit WHERE action = 'item.suspension_lifted'") == by
    await audit.verify_chain(pool, "north")


async def test_an_item_shown_more_often_than_its_cap_is_taken_out(
    north: Sittings, pool: Pool, keystore: FileStore, clock: Clock
) -> None:
    await store.count_session(pool, "north", "twelve", more=99)
    chart = ItemChart(0, shown=39)
    await store.keep_charts(pool, "north", "twelve", [store.Kept(CAPPED, clock(), chart)])
    await north.decided(right=ITEMS[::2], asked=(*ITEMS[:4], CAPPED))
    await watch(pool, keystore, clock)
    (found,) = await store.suspensions(pool, "north")
    assert (found.item_id, found.reason) == (CAPPED, "exposure")


async def test_another_organisation_s_sessions_change_nothing(
    north: Sittings, pool: Pool, keystore: FileStore, settings: Settings, clock: Clock
) -> None:
    south = await found(pool, keystore, settings, "south")
    suspended = await leak(north, keystore, clock)
    await south.decided(right=[LEAKED])
    await watch(pool, keystore, clock)
    assert (await charts(pool, "south"))[LEAKED].leak.responses == 1
    assert await store.suspensions(pool, "south") == ()
    async with transaction(pool) as db:
        with pytest.raises(ProblemError, match=r"suspension\.unknown"):
            await lift(db, "south", suspended.id, by=uuid4(), at=clock())


async def test_the_charts_know_no_session_and_no_person(
    north: Sittings, pool: Pool, keystore: FileStore, clock: Clock
) -> None:
    session = await north.decided(ITEMS[:3])
    await watch(pool, keystore, clock)
    person: UUID = await pool.fetchval("SELECT person_id FROM session_person")
    rows = [*await pool.fetch("SELECT * FROM item_chart"), *await pool.fetch("SELECT * FROM bank_chart")]
    assert rows
    for row in rows:
        assert not {str(session), str(person)} & set(map(str, row.values()))
