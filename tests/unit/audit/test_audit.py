import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from issuer import audit
from issuer.db.pool import Pool, transaction

AT = datetime(2026, 11, 23, 10, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
async def log(pool: Pool) -> Pool:
    """Two organisations; the first with five lines, written in three transactions."""
    for organization_id in ("north", "south"):
        await pool.execute(
            "INSERT INTO organization (id, name, created_at) VALUES ($1, $1, $2)", organization_id, AT
        )
    async with transaction(pool) as db:
        await audit.append(db, "north", "organization.created", "north", at=AT)
        await audit.append(db, "south", "organization.created", "south", at=AT)
    async with transaction(pool) as db:
        principal = uuid4()
        for number in range(3):
            at = AT + timedelta(seconds=number)
            await audit.append(
                db, "north", "credential.signing", f"urn:{number}", principal_id=principal, digest=b"d", at=at
            )
    async with transaction(pool) as db:
        await audit.append(db, "north", "person.erased", "a", at=AT)
    return pool


async def broken(pool: Pool, at_least: audit.Head | None = None) -> int:
    with pytest.raises(audit.AuditBroken) as caught:
        await audit.verify_chain(pool, "north", at_least=at_least)
    assert str(caught.value).startswith(f"audit line {caught.value.sequence}: ")
    await audit.verify_chain(pool, "south")
    return caught.value.sequence


async def test_what_was_written_verifies(log: Pool) -> None:
    head = await audit.verify_chain(log, "north")
    assert head.sequence == 5
    assert len(head.chain) == 32
    assert (await audit.verify_chain(log, "south")).sequence == 1
    assert (await audit.verify_chain(log, "nobody")).sequence == 0


@pytest.mark.parametrize(
    "change",
    [
        "action = 'credential.released'",
        "reference = reference || 'x'",
        "at = at + interval '1 microsecond'",
        "principal_id = NULL",
        "digest = NULL",
        "digest = ''::bytea",
        "chain = sha256('x')",
    ],
)
async def test_an_edited_line_is_found(log: Pool, change: str) -> None:
    statement = "UPDATE audit SET {} WHERE organization_id = 'north' AND sequence = 3"
    await log.execute(statement.format(change))
    assert await broken(log) == 3


async def test_a_removed_line_is_found_also_when_the_others_close_the_gap(log: Pool) -> None:
    await log.execute("DELETE FROM audit WHERE organization_id = 'north' AND sequence = 2")
    assert await broken(log) == 2
    for sequence in (3, 4, 5):
        await log.execute(
            "UPDATE audit SET sequence = sequence - 1 WHERE organization_id = 'north' AND sequence = $1",
            sequence,
        )
    assert await broken(log) == 2


async def test_reordered_lines_are_found(log: Pool) -> None:
    for old, new in ((2, 99), (3, 2), (99, 3)):
        await log.execute(
            "UPDATE audit SET sequence = $2 WHERE organization_id = 'north' AND sequence = $1", old, new
        )
    assert await broken(log) == 2


async def test_a_line_of_another_organisation_does_not_fit(log: Pool) -> None:
    await log.execute("DELETE FROM audit WHERE organization_id = 'north'")
    await log.execute("UPDATE audit SET organization_id = 'north' WHERE organization_id = 'south'")
    assert await broken(log) == 1


async def test_a_head_noted_elsewhere_shows_missing_newest_lines_and_a_rewritten_log(log: Pool) -> None:
    noted = await audit.verify_chain(log, "north")
    await audit.verify_chain(log, "north", at_least=noted)
    await log.execute("DELETE FROM audit WHERE organization_id = 'north' AND sequence = 5")
    assert (await audit.verify_chain(log, "north")).sequence == 4
    assert await broken(log, noted) == 5
    async with transaction(log) as db:
        await audit.append(db, "north", "person.erased", "somebody else", at=AT)
    await audit.verify_chain(log, "north")
    assert await broken(log, noted) == 5


async def test_many_writers_at_once_make_one_chain(log: Pool) -> None:
    async def write(number: int) -> None:
        async with transaction(log) as db:
            await audit.append(db, "north", "test", str(number), at=AT)

    await asyncio.gather(*(write(number) for number in range(40)))
    assert (await audit.verify_chain(log, "north")).sequence == 45


async def test_a_line_shares_the_fate_of_its_change(log: Pool) -> None:
    async def fails() -> None:
        async with transaction(log) as db:
            await audit.append(db, "north", "test", "x", at=AT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    assert (await audit.verify_chain(log, "north")).sequence == 5
    with pytest.raises(RuntimeError):
        await audit.append(log, "north", "test", "x", at=AT)
    async with log.acquire() as db:
        with pytest.raises(RuntimeError):
            await audit.append(db, "north", "test", "x", at=AT)
