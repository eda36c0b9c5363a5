"""By no timing does somebody hold both an annulled basis and an assurance that was raised on it."""

import asyncio
from typing import Any

import asyncpg
import pytest

from issuer.assessments.demonstration import ORGANIZATION_ID
from issuer.assessments.rating.raters import forget_rater
from issuer.confirmation.basis.now import judged_now
from issuer.confirmation.begin import enter
from issuer.confirmation.cases import decide, waiting_for
from issuer.confirmation.lift import settle_all
from issuer.db import pool as pools
from issuer.db.pool import transaction
from issuer.issuance.desk import Desk
from issuer.review.annulments.approve import approve
from issuer.review.annulments.execute import execute
from issuer.sharing.aftermath import aftermath
from issuer.status.change import reinstate, revoke, suspend
from schemas.problems import ProblemError
from tests.unit.confirmation.conftest import WRONG, Hold, Who
from tests.unit.confirmation.test_confirmation import assurance_of, of_award, refusal
from tests.unit.confirmation.test_evidence import WHY, annul, propose_, right_of

__all__ = ["annul", "propose_"]  # fixtures


async def waits_for_advisory(desk: Desk) -> None:
    sql = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"
    async with asyncio.timeout(20):
        while not await desk.pool.fetchval(sql):
            pass


async def test_a_code_and_an_execution_at_once_wait_in_no_circle(
    desk: Desk, holder: Hold, opened: Any, propose_: Any, who: Who, database_url: str
) -> None:
    """The execution holds off those who decide, then writes its audit line; so must whoever enters a code."""
    one = await holder()
    await holder(email="lee@example.org", slug="plain-60-unsupervised")
    code = (await opened(one.award)).code
    proposal = await propose_((await right_of(desk, one.session))[:1])
    for role in ("head", "deputy"):
        by = await who(role)
        await approve(desk.pool, by, proposal.id, proposal.digest, withdraw=True, at=desk.clock())
    gate = await asyncpg.connect(database_url)
    try:
        # The execution stops at the rows of annulments, holding everybody off; then the code is entered.
        held = gate.transaction()
        await held.start()
        await gate.execute("SELECT id FROM annulment FOR UPDATE")
        executing = asyncio.create_task(execute(desk, ORGANIZATION_ID, proposal.id))
        async with asyncio.timeout(20):
            while not await desk.pool.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                pass
        entering = asyncio.create_task(enter(desk.pool, desk.keystore, one.token, code, desk.clock))
        await waits_for_advisory(desk)
        await held.rollback()
        done = await asyncio.gather(executing, entering, return_exceptions=True)
    finally:
        await gate.close()
    assert [one for one in done if isinstance(one, BaseException)] == []


async def test_a_decision_to_raise_does_not_outlive_the_answers_it_was_made_on(
    desk: Desk, holder: Hold, sat: Any, annul: Any, who: Who
) -> None:
    """On hold: a person decides to raise, nearly all of it is annulled, and it is free again."""
    one = await holder()
    await sat(one, 10)
    found = await of_award(desk, one)
    assert (found.verdict, found.session_id is None) == ("inconsistent", False)
    await suspend(desk, ORGANIZATION_ID, one.award, "A look.")
    by = await who("reviewer")
    assert await decide(desk.pool, desk.keystore, by, found.id, "raise", WHY, at=desk.clock())
    assert found.session_id is not None
    lines = await annul(await right_of(desk, found.session_id, given=WRONG))  # two answers are left
    await reinstate(desk, ORGANIZATION_ID, one.award)
    await settle_all(desk, aftermath(desk).issue)
    assert found.session_id not in lines  # nothing was raised yet: so nothing may be later
    assert await assurance_of(desk, one) == "unsupervised"
    (case,) = await waiting_for(desk.pool, by, limit=5)
    assert case.id == found.id
    again = decide(desk.pool, desk.keystore, by, case.id, "raise", WHY, at=desk.clock())
    assert await refusal(again) == "confirmation.unfinished"
    async with transaction(desk.pool) as db:
        await forget_rater(db, ORGANIZATION_ID, found.supervisor, at=desk.clock())
    same = await who("head of exams", email="invigilator@people.example")
    assert await waiting_for(desk.pool, same, limit=5) == ()


async def test_whoever_decides_to_raise_waits_for_an_execution_or_it_for_them(
    desk: Desk, holder: Hold, sat: Any, propose_: Any, who: Who, database_url: str
) -> None:
    one = await holder()
    await sat(one, 10)
    found = await of_award(desk, one)
    assert found.session_id is not None
    proposal = await propose_(await right_of(desk, found.session_id, given=WRONG))
    for role in ("head", "deputy"):
        await approve(
            desk.pool, await who(role), proposal.id, proposal.digest, withdraw=True, at=desk.clock()
        )
    by = await who("reviewer")
    gate = await asyncpg.connect(database_url)
    try:
        held = gate.transaction()
        await held.start()
        await gate.execute("SELECT FROM organization FOR NO KEY UPDATE")  # before the audit line, decided
        deciding = asyncio.create_task(
            decide(desk.pool, desk.keystore, by, found.id, "raise", WHY, at=desk.clock())
        )
        async with asyncio.timeout(20):
            while not await desk.pool.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                pass
        executing = asyncio.create_task(execute(desk, ORGANIZATION_ID, proposal.id))
        async with asyncio.timeout(20):
            while await desk.pool.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted") < 2:
                pass
        await held.rollback()
        await asyncio.gather(deciding, executing, return_exceptions=True)
    finally:
        await gate.close()
    await settle_all(desk, aftermath(desk).issue)
    state = await desk.pool.fetchval("SELECT state FROM annulment WHERE id = $1", proposal.id)
    found = await of_award(desk, one)
    assert not (state == "executed" and found.raised_at is not None)


async def test_a_lost_database_is_no_unreadable_log(
    desk: Desk, holder: Hold, sat: Any, server: str, database_url: str
) -> None:
    one = await holder()
    await sat(one)
    found = await of_award(desk, one)
    name = database_url.partition("@/")[2].partition("?")[0]
    few = await asyncpg.create_pool(
        database_url,
        min_size=1,
        max_size=1,
        max_queries=1,
        connect=pools._connect,
        reset=pools._no_reset,
    )
    admin = await asyncpg.connect(server)
    try:
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        with pytest.raises(ProblemError) as refused:
            await judged_now(few, found, {})
        assert refused.value.code == "database.unavailable"
    finally:
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await admin.close()
        few.terminate()


async def test_a_confirmed_sitting_of_a_withdrawn_credential_keeps_no_mark(
    desk: Desk, holder: Hold, sat: Any
) -> None:
    one = await holder()
    await sat(one)
    await revoke(desk, ORGANIZATION_ID, one.award, "A reason.")
    await settle_all(desk, aftermath(desk).issue)
    assert (await of_award(desk, one)).supervised_by is None
