"""Taking an assessment against a real database: idempotent, append-only, one transaction for each step."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from issuer.assessments import finish, store, take
from issuer.assessments.replay import replay
from issuer.assessments.sitting import Sitting, open_sitting
from issuer.db.pool import Pool, transaction
from issuer.organizations.store import lock_organization
from issuer.people.erase import erase
from keys.stores.file import FileStore
from schemas.assessment import Event
from schemas.problems import ProblemError

Key = Callable[[str], tuple[str, ...]]


async def answer_step(pool: Pool, keystore: FileStore, token: str, clock: Any, choose: Key) -> take.Step:
    """Answer every open question; returns what the last answer did."""
    step = None
    while (current := (await open_sitting(pool, token)).current) is not None:
        step = await take.answer(pool, keystore, token, current.item, {"option": choose(current.item)}, clock)
    assert step is not None
    return step


async def state(pool: Pool, token: str) -> Sitting:
    return await open_sitting(pool, token)


async def log_of(pool: Pool, token: str) -> tuple[store.StoredEvent, ...]:
    sitting = await open_sitting(pool, token)
    assert sitting.session is not None
    return await store.events(pool, "acme", sitting.session.id)


def wrong(_item: str) -> tuple[str, ...]:
    return ("o2",)


def only(good: set[str], key: Key) -> Key:
    """Answer these items right and the others wrong."""
    return lambda item: key(item) if item in good else wrong(item)


async def test_all_right_is_an_award_and_the_log_replays_byte_for_byte(
    pool: Pool, keystore: FileStore, clock: Any, link_token: str, key: Key, bank_bytes: bytes
) -> None:
    await take.start(pool, link_token, clock)
    step = await answer_step(pool, keystore, link_token, clock, key)
    assert step.awarded
    sitting = await state(pool, link_token)
    assert sitting.finished
    assert sitting.session is not None
    assert (sitting.session.outcome, sitting.session.level) == ("award", "high")
    events = await log_of(pool, link_token)
    assert [event.kind for event in events] == ["started", "form", *["answered"] * 4, "decided"]
    assert [event.sequence for event in events] == list(range(1, 8))
    again = replay(bank_bytes, [msgspec.convert(e, Event, from_attributes=True) for e in events])
    assert again.decided is not None
    assert again.decided.decision == sitting.decision


async def test_starting_many_times_at_once_is_one_session(pool: Pool, clock: Any, link_token: str) -> None:
    did = await asyncio.gather(*(take.start(pool, link_token, clock) for _ in range(6)))
    assert sorted(step.did for step in did) == ["recorded", *["repeated"] * 5]
    assert await pool.fetchval("SELECT count(*) FROM session") == 1
    assert [event.kind for event in await log_of(pool, link_token)] == ["started", "form"]


async def test_the_first_answer_stands(
    pool: Pool, keystore: FileStore, clock: Any, link_token: str, key: Key
) -> None:
    await take.start(pool, link_token, clock)
    current = (await state(pool, link_token)).current
    assert current is not None
    first = await take.answer(pool, keystore, link_token, current.item, {"option": key(current.item)}, clock)
    before = await log_of(pool, link_token)
    again = await take.answer(
        pool, keystore, link_token, current.item, {"option": key(current.item)[::-1]}, clock
    )
    other = await take.answer(pool, keystore, link_token, current.item, {"option": ("o2",)}, clock)
    assert (first.did, again.did, other.did) == ("recorded", "repeated", "kept")
    assert await log_of(pool, link_token) == before


@pytest.mark.parametrize(
    ("item", "selected", "code"),
    [
        ("item-99", ("o1",), "answer.not_asked"),
        ("", ("o1",), "answer.not_asked"),
        (None, ("o9",), "answer.option"),
        (None, (), "answer.missing"),
        ("single", ("o1", "o2"), "answer.one_only"),
    ],
)
async def test_an_answer_that_cannot_be_is_refused_and_nothing_is_lost(
    pool: Pool,
    keystore: FileStore,
    clock: Any,
    link_token: str,
    item: str | None,
    selected: tuple[str, ...],
    code: str,
) -> None:
    await take.start(pool, link_token, clock)
    sitting = await state(pool, link_token)
    assert sitting.log is not None
    if item is None:
        item = sitting.log.unanswered[0]
    elif item == "single":
        item = next(name for name in sitting.log.unanswered if int(name[-2:]) % 3 != 2)
    before = await log_of(pool, link_token)
    with pytest.raises(ProblemError) as refused:
        await take.answer(pool, keystore, link_token, item, {"option": selected}, clock)
    assert refused.value.code == code
    assert await log_of(pool, link_token) == before


async def test_an_item_of_the_bank_that_was_not_asked_is_refused(
    pool: Pool, keystore: FileStore, clock: Any, link_token: str
) -> None:
    await take.start(pool, link_token, clock)
    sitting = await state(pool, link_token)
    assert sitting.log is not None
    unseen = next(item.id for item in sitting.bank.items if item.id not in sitting.log.seen)
    with pytest.raises(ProblemError) as refused:
        await take.answer(pool, keystore, link_token, unseen, {"option": ("o1",)}, clock)
    assert refused.value.code == "answer.not_asked"


@pytest.mark.parametrize("act", [take.go_on, take.stop_here])
async def test_nothing_can_be_done_before_the_start(
    pool: Pool, keystore: FileStore, clock: Any, link_token: str, act: Callable[..., Awaitable[take.Step]]
) -> None:
    with pytest.raises(ProblemError) as refused:
        await act(pool, link_token, clock)
    assert refused.value.code == "session.not_started"
    with pytest.raises(ProblemError) as refused:
        await take.answer(pool, keystore, link_token, "item-01", {"option": ("o1",)}, clock)
    assert refused.value.code == "session.not_started"


async def test_many_answers_at_once_lose_none_and_decide_once(
    pool: Pool, keystore: FileStore, clock: Any, link_token: str, key: Key
) -> None:
    await take.start(pool, link_token, clock)
    sitting = await state(pool, link_token)
    assert sitting.log is not None
    asked = sitting.log.unanswered
    await asyncio.gather(
        *(
            take.answer(pool, keystore, link_token, item, {"option": key(item)}, clock)
            for item in asked
            for _ in range(3)
        )
    )
    events = await log_of(pool, link_token)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert sorted(event.item_id for event in events if event.item_id) == sorted(asked)
    assert [event.kind for event in events].count("decided") == 1


async def test_going_on_pools_the_evidence_until_the_bank_is_used_up(
    pool: Pool, keystore: FileStore, clock: Any, link_token: str, key: Key, bank_bytes: bytes
) -> None:
    await take.start(pool, link_token, clock)
    for step in (1, 2, 3):
        right_ones = (await state(pool, link_token)).log
        assert right_ones is not None
        half = set(right_ones.unanswered[::2])
        done = await answer_step(pool, keystore, link_token, clock, only(half, key))
        assert done.decision is not None
        assert done.decision.asked == 4 * step
        if done.decision.outcome != "continue":
            break
        await asyncio.gather(*(take.go_on(pool, link_token, clock) for _ in range(3)))
        assert (await take.go_on(pool, link_token, clock)).did == "repeated"
    sitting = await state(pool, link_token)
    assert sitting.log is not None
    assert len(sitting.log.seen) == 12
    assert sitting.finished
    events = await log_of(pool, link_token)
    replay(bank_bytes, [msgspec.convert(e, Event, from_attributes=True) for e in events])


async def test_all_wrong_is_not_yet(pool: Pool, keystore: FileStore, clock: Any, link_token: str) -> None:
    await take.start(pool, link_token, clock)
    done = await answer_step(pool, keystore, link_token, clock, wrong)
    assert done.decision is not None
    assert done.decision.outcome == "not_yet"
    assert not done.awarded
    assert (await take.go_on(pool, link_token, clock)).did == "repeated"
    assert (await take.stop_here(pool, link_token, clock)).did == "repeated"


async def undecided(
    pool: Pool, keystore: FileStore, clock: Any, token: str, key: Key, right: int
) -> take.Step:
    """Answer one step with so many right."""
    await take.start(pool, token, clock)
    log = (await state(pool, token)).log
    assert log is not None
    good = set(log.unanswered[:right])
    return await answer_step(pool, keystore, token, clock, only(good, key))


async def test_stopping_takes_the_level_that_is_reached(
    pool: Pool, keystore: FileStore, clock: Any, link_token: str, key: Key
) -> None:
    done = await undecided(pool, keystore, clock, link_token, key, 3)
    assert done.decision is not None
    assert (done.decision.outcome, done.decision.reached) == ("continue", "basic")
    stopped = await take.stop_here(pool, link_token, clock)
    assert stopped.awarded
    sitting = await state(pool, link_token)
    assert sitting.session is not None
    assert sitting.session.level == "basic"
    assert sitting.decision is not None
    assert sitting.decision.stopped
    again = await take.stop_here(pool, link_token, clock)
    assert (again.did, again.awarded) == ("repeated", True)


async def answer_some(pool: Pool, keystore: FileStore, clock: Any, token: str, number: int, key: Key) -> None:
    for _ in range(number):
        current = (await state(pool, token)).current
        assert current is not None
        await take.answer(pool, keystore, token, current.item, {"option": key(current.item)}, clock)


@pytest.mark.parametrize("answered", [0, 3])
async def test_stopping_in_the_middle_of_a_step_takes_the_level_and_leaves_the_step_out(
    pool: Pool, keystore: FileStore, clock: Any, link_token: str, key: Key, bank_bytes: bytes, answered: int
) -> None:
    before = (await undecided(pool, keystore, clock, link_token, key, 3)).decision
    assert before is not None
    await take.go_on(pool, link_token, clock)
    await answer_some(pool, keystore, clock, link_token, answered, wrong)
    open_item = (await state(pool, link_token)).current
    assert open_item is not None
    at_once = await asyncio.gather(*(take.stop_here(pool, link_token, clock) for _ in range(3)))
    assert sorted(step.did for step in at_once) == ["recorded", "repeated", "repeated"]
    assert all(step.awarded for step in at_once)
    sitting = await state(pool, link_token)
    assert sitting.finished
    assert sitting.current is None
    assert sitting.session is not None
    assert (sitting.session.outcome, sitting.session.level) == ("award", "basic")
    assert sitting.decision is not None
    assert (sitting.decision.right, sitting.decision.asked) == (before.right, before.asked)
    assert sitting.decision.levels == before.levels
    events = await log_of(pool, link_token)
    again = replay(bank_bytes, [msgspec.convert(e, Event, from_attributes=True) for e in events])
    assert again.decided is not None
    assert msgspec.json.encode(again.decided) == events[-1].body
    assert again.decided.set_aside == 4
    late = await take.answer(
        pool, keystore, link_token, open_item.item, {"option": key(open_item.item)}, clock
    )
    assert (late.did, late.awarded) == ("repeated", True)
    assert (await take.go_on(pool, link_token, clock)).did == "repeated"
    assert await log_of(pool, link_token) == events


async def test_a_step_cannot_be_stopped_in_before_a_level_is_reached(
    pool: Pool, keystore: FileStore, clock: Any, link_token: str, key: Key
) -> None:
    await take.start(pool, link_token, clock)
    await answer_some(pool, keystore, clock, link_token, 3, key)
    with pytest.raises(ProblemError) as refused:
        await take.stop_here(pool, link_token, clock)
    assert refused.value.code == "session.unfinished"
    log = (await state(pool, link_token)).log
    assert log is not None
    await take.answer(pool, keystore, link_token, log.unanswered[0], {"option": wrong("")}, clock)
    assert (await take.stop_here(pool, link_token, clock)).awarded


async def test_stopping_with_no_level_reached_only_leaves_the_door_open(
    pool: Pool, keystore: FileStore, clock: Any, link_token: str, key: Key
) -> None:
    done = await undecided(pool, keystore, clock, link_token, key, 2)
    assert done.decision is not None
    assert (done.decision.outcome, done.decision.reached) == ("continue", None)
    with pytest.raises(ProblemError) as refused:
        await take.stop_here(pool, link_token, clock)
    assert refused.value.code == "session.unfinished"


async def test_an_expired_link_refuses_every_step_until_a_new_one_goes_on(
    pool: Pool, keystore: FileStore, clock: Any, house: Any, key: Key
) -> None:
    first = (await house.invite("kim@example.org")).link.rpartition("/")[2]
    await take.start(pool, first, clock)
    current = (await state(pool, first)).current
    assert current is not None
    await take.answer(pool, keystore, first, current.item, {"option": key(current.item)}, clock)
    clock.advance(days=15)
    following = (await state(pool, first)).current
    assert following is not None
    with pytest.raises(ProblemError) as refused:
        await take.answer(pool, keystore, first, following.item, {"option": key(following.item)}, clock)
    assert refused.value.code == "invitation.expired"
    second = (await house.invite("KIM@example.org")).link.rpartition("/")[2]
    sitting = await state(pool, second)
    assert sitting.log is not None
    assert len(sitting.log.answers) == 1  # the same person goes on where they were
    assert (await answer_step(pool, keystore, second, clock, key)).awarded
    clock.advance(days=30)
    assert (await state(pool, first)).finished


@pytest.mark.parametrize(
    "token", ["", "acme", "acme.short", "acme." + "a" * 43, "nobody." + "a" * 43, "acme." + "ä" * 43]
)
async def test_a_token_that_nobody_was_given_is_unknown(pool: Pool, house: Any, token: str) -> None:
    assert house
    with pytest.raises(ProblemError) as refused:
        await open_sitting(pool, token)
    assert refused.value.code == "invitation.unknown"


async def test_an_erased_person_s_link_opens_nothing(pool: Pool, clock: Any, link_token: str) -> None:
    sitting = await state(pool, link_token)
    await erase(pool, "acme", sitting.invitation.person_id, at=clock())
    with pytest.raises(ProblemError) as refused:
        await open_sitting(pool, link_token)
    assert refused.value.code == "invitation.unknown"


async def test_nobody_begins_who_is_erased_at_that_very_moment(
    pool: Pool, clock: Any, link_token: str
) -> None:
    person = (await state(pool, link_token)).invitation.person_id
    async with transaction(pool) as db:
        await lock_organization(db, "acme")  # where the erasure waits for its audit line, everything done
        erasing = asyncio.create_task(erase(pool, "acme", person, at=clock()))
        await until_waiting(pool, "SELECT id FROM organization")
        starting = asyncio.create_task(take.start(pool, link_token, clock))
        await until_waiting(pool, "SELECT FROM person")
    assert await erasing
    with pytest.raises(ProblemError) as refused:
        await starting
    assert refused.value.code == "invitation.unknown"
    assert await pool.fetchval("SELECT count(*) FROM session_person") == 0


async def until_waiting(pool: Pool, statement: str) -> None:
    """Return once somebody waits for a lock with a statement that begins so."""
    for _ in range(500):
        if await pool.fetchval(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND datname = current_database() AND starts_with(query, $1))",
            statement,
        ):
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"nobody waits in {statement}")


async def test_a_crash_while_deciding_leaves_the_last_answer_open(
    pool: Pool, keystore: FileStore, clock: Any, link_token: str, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    await take.start(pool, link_token, clock)
    log = (await state(pool, link_token)).log
    assert log is not None
    for item in log.unanswered[:-1]:
        await take.answer(pool, keystore, link_token, item, {"option": key(item)}, clock)

    async def gone(*_: object, **__: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as broken:
        broken.setattr(store, "finish_session", gone)
        with pytest.raises(ProblemError) as refused:
            await take.answer(
                pool, keystore, link_token, log.unanswered[-1], {"option": key(log.unanswered[-1])}, clock
            )
    assert refused.value.code == "database.unavailable"
    sitting = await state(pool, link_token)
    assert not sitting.finished
    assert sitting.current is not None
    assert (await answer_step(pool, keystore, link_token, clock, key)).awarded


async def test_settling_reports_what_could_not_be_issued(caplog: pytest.LogCaptureFixture) -> None:
    async def fails(_organization: str, _session: object) -> None:
        raise ProblemError("credential.signing")

    async def works(_organization: str, _session: object) -> None:
        return None

    session: Any = "0e0f"
    assert not await finish.settle(fails, "acme", session)
    assert "not released" in caplog.text
    assert await finish.settle(works, "acme", session)
