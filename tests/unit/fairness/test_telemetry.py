"""Signals about how somebody answers: nothing of them is in the database until they are switched on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from issuer import audit
from issuer.assessments import telemetry
from issuer.db.pool import Pool, transaction
from issuer.fairness.watch import watch
from issuer.organizations.create import person_in
from issuer.people.erase import erase
from keys.stores.file import FileStore
from schemas.problems import ProblemError
from tests.unit.fairness.sittings import AT, ITEMS, Sittings

Clock = Callable[[], datetime]
DAY = datetime(2026, 11, 23, tzinfo=UTC)


async def moments(pool: Pool) -> set[datetime]:
    return {row["at"] for row in await pool.fetch("SELECT at FROM session_event")}


async def fits(pool: Pool) -> int:
    counted: int = await pool.fetchval("SELECT count(*) FROM session_fit")
    return counted


async def switch(
    pool: Pool, signal: telemetry.Signal, purpose: str | None = "To find hard questions.", at: datetime = AT
) -> None:
    async with transaction(pool) as db:
        by = await person_in(db, "north", "test manager", at=at)
        if purpose is None:
            await telemetry.switch_off(db, "north", signal, by=by, at=at)
        else:
            await telemetry.switch_on(db, "north", signal, purpose, by=by, at=at)


async def test_off_means_that_nothing_is_in_the_database(
    north: Sittings, pool: Pool, keystore: FileStore, clock: Clock
) -> None:
    await north.decided(ITEMS[:5])
    await watch(pool, keystore, clock)
    assert await moments(pool) == {DAY}
    assert await fits(pool) == 0
    assert await telemetry.switched(pool, "north") == ()


async def test_on_it_is_recorded_and_off_again_deleted(
    north: Sittings, pool: Pool, keystore: FileStore, clock: Clock
) -> None:
    for signal in telemetry.SIGNALS:
        await switch(pool, signal)
    await north.decided(ITEMS[:5])
    await watch(pool, keystore, clock)
    assert await moments(pool) == {AT}
    assert await fits(pool) == 1
    for signal in telemetry.SIGNALS:
        await switch(pool, signal, None)
    assert await moments(pool) == {DAY}
    assert await fits(pool) == 0
    with pytest.raises(ProblemError, match=r"telemetry\.off"):
        await switch(pool, "fit", None)
    rows = await pool.fetch(
        "SELECT action, reference, digest IS NOT NULL AS purpose, principal_id IS NOT NULL AS whose"
        " FROM audit WHERE action LIKE 'telemetry.%' ORDER BY sequence"
    )
    assert [tuple(row) for row in rows] == [
        ("telemetry.on", "response-times", True, True),
        ("telemetry.on", "fit", True, True),
        ("telemetry.off", "response-times", False, True),
        ("telemetry.off", "fit", False, True),
    ]
    await audit.verify_chain(pool, "north")


async def test_a_session_that_began_before_records_nothing(
    north: Sittings, pool: Pool, keystore: FileStore, clock: Clock
) -> None:
    for signal in telemetry.SIGNALS:
        await switch(pool, signal, at=AT + timedelta(seconds=1))
    await north.decided(ITEMS[:5])
    await watch(pool, keystore, clock)
    assert await moments(pool) == {DAY}
    assert await fits(pool) == 0


async def test_erasing_a_person_erases_their_signals(
    north: Sittings, pool: Pool, keystore: FileStore, clock: Clock
) -> None:
    for signal in telemetry.SIGNALS:
        await switch(pool, signal)
    await north.decided(ITEMS[:5])
    await watch(pool, keystore, clock)
    await erase(pool, "north", await pool.fetchval("SELECT person_id FROM session_person"), at=AT)
    assert await moments(pool) == {DAY}
    assert await fits(pool) == 0


@pytest.mark.parametrize("purpose", ["", "  ", "x" * 501, "with\x07bell"])
async def test_without_a_purpose_nothing_is_switched_on(north: Sittings, pool: Pool, purpose: str) -> None:
    with pytest.raises(ProblemError, match=r"telemetry\.purpose"):
        await switch(pool, "fit", purpose)
    assert await telemetry.switched(pool, north.organization_id) == ()
