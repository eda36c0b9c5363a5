"""Delivery against a real database: adaptive forms, exposure caps, time, and later epochs."""

import asyncio
from collections import Counter
from typing import Any

import msgspec
import pytest

from issuer.assessments import store, take, views
from issuer.assessments.bank import read_bank
from issuer.assessments.begin import cuts
from issuer.assessments.create import create_assessment
from issuer.assessments.exposure import caps_of
from issuer.assessments.invite import Wanted, invite
from issuer.assessments.replay import replay
from issuer.assessments.sitting import Sitting, open_sitting
from issuer.db.pool import Pool, transaction
from issuer.measurement.characteristic import expected_proportion
from issuer.organizations.create import machine
from issuer.skills.store import load_achievement
from keys.stores.file import FileStore
from schemas.assessment import Conditions, Event, Form, Started
from schemas.problems import ProblemError
from tests.unit.assessments.banks import calibrated

RIGHT, WRONG = {"option": ("o1",)}, {"option": ("o2",)}


ADAPTIVE = Conditions(
    permitted_aids="None.",
    delivery="adaptive",
    items_per_step=5,
    items_at_first=12,
    items_at_least=6,
    items_at_most=20,
)


@pytest.fixture
def offer(pool: Pool, keystore: Any, settings: Any, house: Any, clock: Any) -> Any:
    """Publishes the house's achievement with a bank and conditions; returns a way to invite to it."""

    async def made(document: bytes, conditions: Conditions, slug: str = "offered") -> Any:
        held = house.assessment
        achievement = await load_achievement(pool, "acme", held.achievement_id, held.achievement_revision)
        async with transaction(pool) as db:
            principal = await machine(db, "acme", "portal", at=clock())
            await create_assessment(
                db, achievement, document, slug, conditions, principal_id=principal, at=clock()
            )

        async def invited(email: str = "kim@example.org", **changes: Any) -> str:
            wanted = Wanted(slug, "Kim", email, **changes)
            link = (await invite(pool, keystore, settings, "acme", principal, wanted, at=clock())).link
            return link.rpartition("/")[2]

        return invited

    return made


async def finish(pool: Pool, keystore: FileStore, token: str, clock: Any, fields: Any = RIGHT) -> Sitting:
    """Answers alike until nothing is asked; goes on where that is possible."""
    await take.start(pool, token, clock)
    for _ in range(100):
        sitting = await open_sitting(pool, token)
        if sitting.current is not None:
            await take.answer(pool, keystore, token, sitting.current.item, fields, clock)
        elif sitting.finished:
            return sitting
        else:
            await take.go_on(pool, token, clock)
    raise AssertionError("it does not end")


async def log_of(pool: Pool, sitting: Sitting) -> list[Event]:
    assert sitting.session is not None
    return [Event(one.kind, one.body) for one in await store.events(pool, "acme", sitting.session.id)]


async def test_an_adaptive_session_asks_one_after_another_and_replays(
    pool: Pool, keystore: FileStore, offer: Any, clock: Any
) -> None:
    invited = await offer(calibrated(), ADAPTIVE)
    sitting = await finish(pool, keystore, await invited(), clock)
    assert sitting.session is not None
    assert sitting.log is not None
    assert (sitting.session.outcome, sitting.session.level) == ("award", "high")
    assert [len(form.items) for form in sitting.log.forms] == [1] * len(sitting.log.answers)
    assert 6 <= len(sitting.log.answers) <= 12
    shown = views.outcome(sitting, "link", "Acme", "Kim", None, clock())
    assert [(area.band, area.asked) for area in shown["bands"]] == [("too_few", 3)] * 2
    assert shown["silent_below"] == 4
    events = await log_of(pool, sitting)
    assert replay(calibrated(), events).decided == sitting.log.decided
    started = msgspec.json.decode(events[0].body, type=Started)
    live = [item.parameters for item in sitting.bank.items if item.parameters]
    for level, cut in zip(sitting.achievement.levels, started.levels, strict=True):
        assert expected_proportion(live, cut.cut) == pytest.approx(level.cut, abs=1e-6)
    assert cuts(sitting.bank, sitting.achievement.levels) == started.levels


async def test_no_cap_is_broken_by_many_at_once(
    pool: Pool, keystore: FileStore, offer: Any, clock: Any
) -> None:
    invited = await offer(calibrated(), msgspec.structs.replace(ADAPTIVE, exposure_cap=0.2))
    await pool.execute(
        "INSERT INTO item_exposure (organization_id, bank_digest, item_id, shown)"
        " SELECT 'acme', bank_digest, 'q' || to_char(number, 'FM00'), 17"
        " FROM assessment, generate_series(0, 39) AS number WHERE slug = 'offered'"
    )
    tokens = [await invited(f"p{number}@example.org") for number in range(8)]
    sittings = await asyncio.gather(*(finish(pool, keystore, token, clock) for token in tokens))
    logs = [sitting.log for sitting in sittings if sitting.log]
    shown = Counter(placed.item for log in logs for placed in log.placed)
    assert max(shown.values()) == 3  # 17 and 3: a share of .2 of the first hundred
    rows = await pool.fetch("SELECT item_id, shown FROM item_exposure WHERE organization_id = 'acme'")
    assert {row["item_id"]: row["shown"] - 17 for row in rows if row["shown"] > 17} == shown
    assert await pool.fetchval("SELECT sessions FROM bank_exposure") == len(tokens)
    assert any(form.barred for log in logs for form in log.forms)
    for sitting, log in zip(sittings, logs, strict=True):
        assert replay(calibrated(), await log_of(pool, sitting)).decided == log.decided


async def test_a_whole_form_counts_none_of_its_items_when_a_cap_forbids_one(
    pool: Pool, offer: Any, clock: Any
) -> None:
    whole = Conditions(permitted_aids="None.", items_per_step=4, items_at_most=12, exposure_cap=0.2)
    invited = await offer(calibrated(), whole)
    await take.start(pool, await invited(), clock)
    await pool.execute("UPDATE item_exposure SET shown = 20")
    tokens = [await invited(f"p{number}@example.org") for number in range(3)]
    await asyncio.gather(*(take.start(pool, token, clock) for token in tokens))
    rows = await pool.fetch("SELECT shown FROM item_exposure")
    assert sorted(row["shown"] for row in rows if row["shown"] == 20) == [20] * 4
    assert sum(row["shown"] for row in rows if row["shown"] < 20) == 12


async def test_a_suspended_item_is_not_asked_and_the_log_says_so(
    pool: Pool, keystore: FileStore, offer: Any, clock: Any, house: Any
) -> None:
    assert house
    invited = await offer(calibrated(12), msgspec.structs.replace(ADAPTIVE, exposure_cap=1.0))
    await pool.execute(
        "INSERT INTO item_suspension (organization_id, id, bank_id, item_id, reason, since)"
        " VALUES ('acme', gen_random_uuid(), 'calibrated', 'q05', 'leak', now())"
    )
    sitting = await finish(pool, keystore, await invited(), clock)
    assert sitting.log is not None
    assert "q05" not in sitting.log.seen
    assert any("q05" in form.barred for form in sitting.log.forms)
    events = await log_of(pool, sitting)
    forms = [msgspec.json.decode(event.body, type=Form) for event in events if event.kind == "form"]
    assert forms == sitting.log.forms
    replay(calibrated(12), events)


def test_every_item_of_an_adaptive_bank_has_a_cap(bank_bytes: bytes) -> None:
    bank = read_bank(calibrated())
    assert set(caps_of(bank, ADAPTIVE).values()) == {0.25}
    assert caps_of(read_bank(bank_bytes), Conditions(permitted_aids="None.")) == {}


TIMED = Conditions(
    permitted_aids="None.", items_per_step=4, items_at_most=12, minutes_per_step=10.0, pauses=1
)


async def test_an_answer_after_the_time_does_not_count(
    pool: Pool, keystore: FileStore, offer: Any, clock: Any, bank_bytes: bytes, key: Any
) -> None:
    token = await (await offer(bank_bytes, TIMED))()
    await take.start(pool, token, clock)
    first = (await open_sitting(pool, token)).current
    assert first is not None
    clock.advance(seconds=300)
    await take.answer(pool, keystore, token, first.item, {"option": key(first.item)}, clock)
    clock.advance(seconds=306)
    second = (await open_sitting(pool, token)).current
    assert second is not None
    late = await take.answer(pool, keystore, token, second.item, RIGHT, clock)
    assert late.did == "late"
    assert late.decision is not None
    assert (late.decision.asked, late.decision.right) == (4, 1)
    again = await take.answer(pool, keystore, token, second.item, RIGHT, clock)
    assert again.did == "repeated"
    sitting = await open_sitting(pool, token)
    replay(bank_bytes, await log_of(pool, sitting))


async def test_the_clock_stops_as_often_as_was_promised(
    pool: Pool, keystore: FileStore, offer: Any, clock: Any, bank_bytes: bytes
) -> None:
    token = await (await offer(bank_bytes, TIMED))(time_multiplier=1.5)
    await take.start(pool, token, clock)
    clock.advance(seconds=800)
    assert (await take.pause(pool, token, clock)).did == "recorded"
    assert (await take.pause(pool, token, clock)).did == "repeated"
    sitting = await open_sitting(pool, token)
    assert sitting.current is None
    assert sitting.log is not None
    with pytest.raises(ProblemError) as refused:
        await take.answer(pool, keystore, token, sitting.log.unanswered[0], RIGHT, clock)
    assert refused.value.code == "session.paused"
    clock.advance(seconds=3600)
    assert (await take.time_out(pool, token, clock)).did == "repeated"
    assert (await take.resume(pool, token, clock)).did == "recorded"
    assert (await take.resume(pool, token, clock)).did == "repeated"
    with pytest.raises(ProblemError) as refused:
        await take.pause(pool, token, clock)
    assert refused.value.code == "session.no_pause"
    clock.advance(seconds=106)
    assert (await open_sitting(pool, token)).is_late(clock())
    ended = await take.time_out(pool, token, clock)
    assert ended.did == "late"
    assert ended.decision is not None
    assert (ended.decision.asked, ended.decision.right) == (4, 0)
    replay(bank_bytes, await log_of(pool, await open_sitting(pool, token)))


async def test_who_comes_back_after_the_cool_down_starts_from_what_was_held(
    pool: Pool, keystore: FileStore, offer: Any, clock: Any
) -> None:
    invited = await offer(calibrated(), ADAPTIVE)
    first = await finish(pool, keystore, await invited(), clock, WRONG)
    assert first.session is not None
    assert first.log is not None
    assert first.log.decided is not None
    assert first.session.outcome == "not_yet"
    early = await invited()
    assert (await take.start(pool, early, clock)).did == "repeated"
    clock.advance(days=91)
    assert (await take.start(pool, early, clock)).did == "repeated"  # that link has expired
    token = await invited()
    both = await asyncio.gather(*(take.start(pool, token, clock) for _ in range(2)))
    assert sorted(step.did for step in both) == ["recorded", "repeated"]
    second = await open_sitting(pool, token)
    assert second.session is not None
    assert second.log is not None
    started = second.log.started
    assert (second.session.epoch, started.epoch, started.threshold) == (2, 2, 0.9)
    assert started.prior.mean == first.log.decided.decision.score
    assert started.prior.sd > first.log.decided.decision.standard_error
    assert set(started.excluded) == first.log.seen
    ended = await finish(pool, keystore, token, clock, WRONG)
    assert ended.log is not None
    assert not ended.log.seen & first.log.seen


async def test_nobody_goes_on_for_ever_and_the_best_have_nothing_left_to_show(
    pool: Pool, keystore: FileStore, offer: Any, clock: Any
) -> None:
    invited = await offer(calibrated(), msgspec.structs.replace(ADAPTIVE, epochs=1))
    assert (await finish(pool, keystore, await invited(), clock, WRONG)).session
    best = await offer(calibrated(), ADAPTIVE, "best")
    await finish(pool, keystore, await best(), clock)
    clock.advance(days=91)
    for token in (await invited(), await best()):
        assert (await take.start(pool, token, clock)).did == "repeated"
