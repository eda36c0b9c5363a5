"""Rules of retention: what is older goes, batch by batch, counted; what was decided stays."""

import re
from datetime import datetime, timedelta
from importlib import resources
from uuid import UUID, uuid4

import pytest

from issuer import audit
from issuer.assessments import store as assessments
from issuer.assessments.earlier.store import keep_met, met
from issuer.assessments.sitting import read_log
from issuer.db.pool import Pool, transaction
from issuer.fairness.retention.delete import delete_expired
from issuer.fairness.watch import watch
from issuer.organizations.create import person_in
from issuer.organizations.retention import Kind, Rule, drop_rule, rules, set_rule
from issuer.people.erase import erase
from issuer.review.reproduce import reproduce
from issuer.settings import Settings
from keys.stores.file import FileStore
from schemas.problems import ProblemError
from tests.unit.fairness.sittings import ASSESSMENT, AT, CAPPED, ITEMS, Sittings, found


def later(days: float) -> datetime:
    return AT + timedelta(days=days)


async def rule(pool: Pool, kind: Kind, days: int) -> UUID:
    async with transaction(pool) as db:
        by = await person_in(db, "north", "data protection officer", at=AT)
        await set_rule(db, "north", Rule(kind, days), by=by, at=AT)
    return by


async def charted(north: Sittings, keystore: FileStore) -> None:
    await watch(north.pool, keystore, lambda: AT)


async def test_of_a_finished_session_the_decision_stays(
    north: Sittings, pool: Pool, keystore: FileStore
) -> None:
    session = await north.decided(ITEMS[:3])
    await rule(pool, "answers", 30)
    assert await delete_expired(pool, lambda: later(31)) == 0  # the charts have not read it
    await charted(north, keystore)
    assert await delete_expired(pool, lambda: later(30)) == 0
    assert await delete_expired(pool, lambda: later(30.1)) == 1
    assert await delete_expired(pool, lambda: later(30.1)) == 0
    events = await assessments.events(pool, "north", session)
    assert [event.kind for event in events] == ["started", "decided"]
    log = read_log(events)
    assert log.final
    assert (log.unanswered, log.placed) == ((), ())
    told = await reproduce(pool, "north", session)
    assert (told.verdict, told.outcome) == ("impossible", "not_yet")
    assert told.point is not None
    assert told.point.code == "replay.deleted"
    assert "23 December 2026" in told.point.detail
    lines = await pool.fetch("SELECT action, reference FROM audit WHERE action LIKE 'retention.%'")
    assert [tuple(line) for line in lines] == [
        ("retention.set", "answers 30"),
        ("retention.deleted", "answers 1"),
    ]
    person: UUID = await pool.fetchval("SELECT person_id FROM session_person")
    assert await met(pool, "north", person) == {"twelve": frozenset(ITEMS[:11])}
    before_it_was_kept = resources.files("issuer.db.migrations") / "0014_annulled_evidence.sql"
    (backfill,) = re.findall(
        r"^INSERT INTO item_met.*?;", before_it_was_kept.read_text(), re.DOTALL | re.MULTILINE
    )
    await pool.execute("DELETE FROM item_met")
    await pool.execute(backfill)
    assert await met(pool, "north", person) == {"twelve": None}
    await erase(pool, "north", person, at=later(31))
    assert await met(pool, "north", person) == {}
    assert await pool.fetchval("SELECT answers_deleted_at FROM session") == datetime(
        2026, 12, 23, tzinfo=AT.tzinfo
    )
    await audit.verify_chain(pool, "north")


async def test_it_goes_batch_by_batch(north: Sittings, pool: Pool, keystore: FileStore) -> None:
    for _ in range(5):
        await north.decided(asked=ITEMS[:1])
    await charted(north, keystore)
    await rule(pool, "answers", 30)
    assert await delete_expired(pool, lambda: later(31), batch=2) == 5
    rows = await pool.fetch(
        "SELECT reference FROM audit WHERE action = 'retention.deleted' ORDER BY sequence"
    )
    assert [row["reference"] for row in rows] == ["answers 2", "answers 2", "answers 1"]


async def test_who_never_ended_begins_anew(north: Sittings, pool: Pool, keystore: FileStore) -> None:
    session = await north.decided(ITEMS[:3], outcome="continue")
    await charted(north, keystore)
    await rule(pool, "answers", 30)
    person: UUID = await pool.fetchval("SELECT person_id FROM session_person")
    async with transaction(pool) as db:
        by = await person_in(db, "north", "staff", at=AT)
        invitation = assessments.Invitation("north", uuid4(), ASSESSMENT, person, AT, later(40))
        await assessments.insert_invitation(db, invitation, token_hash=bytes(32), created_by=by)
    assert await delete_expired(pool, lambda: later(40.9)) == 0
    assert await delete_expired(pool, lambda: later(41)) == 1
    assert await assessments.events(pool, "north", session) == ()
    assert await pool.fetchval("SELECT count(*) FROM session_person") == 0
    # Of what they met the ids are kept, for whoever asks for unseen questions; nothing else leads to them.
    assert await met(pool, "north", person) == {"twelve": frozenset(ITEMS[:11])}
    async with transaction(pool) as db:
        await keep_met(db, "north", person, "twelve", [CAPPED])
        assert await met(db, "north", person) == {"twelve": frozenset(ITEMS)}
        await db.execute("UPDATE item_met SET items = NULL")  # deleted before anything was kept
        await keep_met(db, "north", person, "twelve", [CAPPED])
    assert await met(pool, "north", person) == {"twelve": None}


async def test_every_other_kind_has_its_rule(north: Sittings, pool: Pool, keystore: FileStore) -> None:
    session = await north.decided(ITEMS[:3])
    person: UUID = await pool.fetchval("SELECT person_id FROM session_person")
    async with transaction(pool) as db:
        by = await person_in(db, "north", "staff", at=AT)
        invitation = assessments.Invitation("north", uuid4(), ASSESSMENT, person, AT, later(10))
        await assessments.insert_invitation(db, invitation, token_hash=bytes(32), created_by=by)
        await db.execute(
            "INSERT INTO session_work (organization_id, session_id, item_id, person_id, words_sealed,"
            " created_at) VALUES ('north', $1, 'task', $2, '', $3)",
            session,
            person,
            AT,
        )
        await db.execute("INSERT INTO session_fit VALUES ('north', $1, -1.0)", session)
        await db.execute("UPDATE session_event SET at = $1", AT)
    await charted(north, keystore)
    for kind, days in (("works", 30), ("telemetry", 1), ("invitations", 1), ("receipts", 30)):
        await rule(pool, kind, days)  # type: ignore[arg-type] # each is a kind
    assert await delete_expired(pool, lambda: later(1)) == 0
    events = len(await assessments.events(pool, "north", session))
    assert await delete_expired(pool, lambda: later(2)) == events + 1
    assert await pool.fetchval("SELECT count(*) FROM session_event WHERE at > '2026-11-23 00:00Z'") == 0
    assert await delete_expired(pool, lambda: later(31)) == 2
    assert await pool.fetchval("SELECT count(*) FROM session_work") == 0
    assert await pool.fetchval("SELECT count(*) FROM invitation") == 0
    assert len(await assessments.events(pool, "north", session)) == events


async def test_without_a_rule_nothing_goes_and_rules_are_one_organisation_s(
    north: Sittings, pool: Pool, keystore: FileStore, settings: Settings
) -> None:
    south = await found(pool, keystore, settings, "south")
    session = await south.decided(ITEMS[:3])
    await charted(north, keystore)
    by = await rule(pool, "answers", 30)
    assert await delete_expired(pool, lambda: later(999)) == 0
    assert len(await assessments.events(pool, "south", session)) > 2
    async with transaction(pool) as db:
        await drop_rule(db, "north", "answers", by=by, at=AT)
        with pytest.raises(ProblemError, match=r"retention\.none"):
            await drop_rule(db, "north", "answers", by=by, at=AT)
    assert await rules(pool, "north") == ()


@pytest.mark.parametrize(("kind", "days"), [("answers", 29), ("invitations", 0), ("works", 36_501)])
async def test_a_contest_needs_a_month(north: Sittings, pool: Pool, kind: Kind, days: int) -> None:
    with pytest.raises(ProblemError, match=r"retention\.days"):
        await rule(pool, kind, days)
    assert await rules(pool, north.organization_id) == ()
