"""What happens to a level that was reached by somebody who never came back."""

from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from issuer import audit
from issuer.assessments import lapse, store, take
from issuer.assessments.replay import replay
from issuer.assessments.sitting import Sitting, open_bank, open_sitting
from issuer.db.pool import Pool
from issuer.issuance.desk import Desk
from issuer.issuance.store import award_of
from issuer.jobs import JOBS, settle_lapsed
from issuer.people.erase import erase
from issuer.publications.cache import Publications
from issuer.settings import Settings
from issuer.sharing.desk import open_desk
from keys.stores.file import FileStore
from schemas.assessment import Event
from schemas.problems import ProblemError


@pytest.fixture
def desk(pool: Pool, keystore: FileStore, settings: Settings, clock: Any, tmp_path: Path) -> Desk:
    return open_desk(pool, keystore, settings, Publications(pool, tmp_path / "published"), clock)


class Takers:
    """People who answer one step, go on, answer one question more and leave."""

    def __init__(self, pool: Pool, keystore: FileStore, house: Any, clock: Any, key: Any) -> None:
        self.pool, self.keystore, self.house, self.clock, self.key = pool, keystore, house, clock, key

    async def leaves(self, email: str, right: int = 3) -> str:
        token: str = (await self.house.invite(email)).link.rpartition("/")[2]
        await take.start(self.pool, token, self.clock)
        for number in range(5):
            sitting = await open_sitting(self.pool, token)
            if sitting.current is None:
                await take.go_on(self.pool, token, self.clock)
                sitting = await open_sitting(self.pool, token)
            assert sitting.current is not None
            item = sitting.current.item
            chosen = self.key(item) if number < right else ("o2",)
            await take.answer(self.pool, self.keystore, token, item, {"option": chosen}, self.clock)
        return token

    async def sitting(self, token: str) -> Sitting:
        return await open_sitting(self.pool, token)


@pytest.fixture
def takers(pool: Pool, keystore: FileStore, house: Any, clock: Any, key: Any) -> Takers:
    return Takers(pool, keystore, house, clock, key)


async def test_a_lapsed_session_s_level_becomes_a_credential(
    pool: Pool, desk: Desk, clock: Any, takers: Takers, bank_bytes: bytes
) -> None:
    token = await takers.leaves("kim@example.org")
    clock.advance(days=13)
    await settle_lapsed(desk)
    assert not (await takers.sitting(token)).finished
    clock.advance(days=1)  # to the second: from here on the link says that it has expired
    await settle_lapsed(desk)
    sitting = await takers.sitting(token)
    assert sitting.session is not None
    assert (sitting.session.outcome, sitting.session.level) == ("award", "basic")
    assert sitting.decision is not None
    assert (sitting.decision.stopped, sitting.decision.asked) == (True, 4)
    events = await store.events(pool, "acme", sitting.session.id)
    replay(bank_bytes, [msgspec.convert(e, Event, from_attributes=True) for e in events])
    assert await award_of(pool, "acme", sitting.session.id)
    assert await pool.fetchval("SELECT state FROM credential_form") == "released"
    assert await pool.fetchval("SELECT count(*) FROM outbox WHERE kind = 'mail.credential'") == 1
    await settle_lapsed(desk)
    assert await store.events(pool, "acme", sitting.session.id) == events
    await audit.verify_chain(pool, "acme")


async def test_whoever_may_still_go_on_or_has_nothing_is_left_alone(
    pool: Pool, desk: Desk, clock: Any, house: Any, takers: Takers
) -> None:
    again = await takers.leaves("again@example.org")
    nothing = await takers.leaves("nothing@example.org", right=2)
    gone = await takers.leaves("gone@example.org")
    clock.advance(days=10)
    await house.invite("again@example.org")
    clock.advance(days=4)
    await erase(pool, "acme", (await takers.sitting(gone)).invitation.person_id, at=clock())
    await settle_lapsed(desk)
    assert await pool.fetchval("SELECT count(*) FROM session WHERE finished_at IS NOT NULL") == 0
    assert await pool.fetchval("SELECT count(*) FROM award") == 0
    clock.advance(days=10)
    await settle_lapsed(desk)
    assert (await takers.sitting(again)).finished
    assert not (await takers.sitting(nothing)).finished


async def test_an_invitation_that_arrives_meanwhile_keeps_the_session_open(
    pool: Pool, clock: Any, house: Any, takers: Takers, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await takers.leaves("kim@example.org")
    clock.advance(days=15)
    listed = await store.lapsed(pool, clock())
    assert len(listed) == 1
    await house.invite("kim@example.org")

    async def as_it_was(*_: object) -> tuple[tuple[str, UUID], ...]:
        return listed

    async def never(_organization: str, _session: UUID) -> object:
        raise AssertionError

    monkeypatch.setattr(store, "lapsed", as_it_was)
    assert await lapse.settle_lapsed(pool, never, clock) == 0
    assert not (await takers.sitting(token)).finished


async def test_what_fails_for_one_holds_up_nobody(
    pool: Pool, clock: Any, takers: Takers, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tokens = []
    for name in ("one", "two"):
        tokens.append(await takers.leaves(f"{name}@example.org"))
        clock.advance(days=15)
    issued: list[UUID] = []

    async def issue(_organization: str, session: UUID) -> object:
        issued.append(session)
        raise ProblemError("credential.signing")  # the reconciling job's, later

    real, codes = open_bank, iter(["assessment.unknown"])

    async def once(*place: Any) -> Any:
        if code := next(codes, None):
            raise ProblemError(code)
        return await real(*place)

    monkeypatch.setattr(lapse, "open_bank", once)
    assert await lapse.settle_lapsed(pool, issue, clock) == 1
    assert "not ended" in caplog.text
    assert [(await takers.sitting(token)).finished for token in tokens] == [False, True]
    assert await lapse.settle_lapsed(pool, issue, clock) == 1
    assert len(issued) == 2


async def test_without_a_database_it_is_put_off(
    pool: Pool, clock: Any, takers: Takers, monkeypatch: pytest.MonkeyPatch
) -> None:
    await takers.leaves("kim@example.org")
    clock.advance(days=15)

    async def gone(*_: object) -> None:
        raise ConnectionResetError

    async def never(_organization: str, _session: UUID) -> object:
        raise AssertionError

    for broken in ("lapsed", "lock_lapsed"):
        with monkeypatch.context() as patched:
            patched.setattr(store, broken, gone)
            with pytest.raises(ProblemError) as refused:
                await lapse.settle_lapsed(pool, never, clock)
        assert refused.value.code == "database.unavailable"


def test_the_job_runs_every_few_minutes() -> None:
    (job,) = (job for job in JOBS if job.run is settle_lapsed)
    assert 60 <= job.every.total_seconds() <= 600
