"""The holder hears of every change of standing, once, without the reason and without a link."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from issuer.issuance.desk import Desk
from issuer.issuance.issue import issue
from issuer.jobs import drain_outbox
from issuer.people.erase import erase
from issuer.status.change import reinstate, revoke, suspend

ORG = "demo"
REASON = "We doubt a date."
Finished = Callable[..., Awaitable[UUID]]


def mailed(desk: Desk) -> list[str]:
    files = (desk.settings.data_dir / "mail").glob("*.eml")
    return [file.read_text() for file in files if "About your credential" in file.read_text()]


async def test_each_change_is_told_once(desk: Desk, finished: Finished, clock: Any) -> None:
    award = (await issue(desk, ORG, await finished())).award_id
    for news, change in (
        ("It was put on hold on 23 November 2026.", suspend(desk, ORG, award, REASON)),
        ("It is no longer on hold: since 23 November 2026", reinstate(desk, ORG, award)),
        ("It was withdrawn on 23 November 2026.", revoke(desk, ORG, award, REASON)),
    ):
        before = mailed(desk)
        await change
        await drain_outbox(desk)
        (letter,) = [text for text in mailed(desk) if text not in before]
        assert news in letter
        assert "SQL for analysts" in letter
        assert REASON not in letter
        assert "http" not in letter
        clock.advance(minutes=1)
    await revoke(desk, ORG, award, REASON)
    await drain_outbox(desk)
    assert len(mailed(desk)) == 3


async def test_nobody_is_told_of_an_erased_persons_credential(desk: Desk, finished: Finished) -> None:
    award = (await issue(desk, ORG, await finished())).award_id
    person = await desk.pool.fetchval("SELECT person_id FROM award WHERE id = $1", award)
    await erase(desk.pool, ORG, person, at=desk.clock())
    await revoke(desk, ORG, award, REASON)
    await drain_outbox(desk)
    assert mailed(desk) == []
