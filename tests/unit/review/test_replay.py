"""`assay assessment replay` over real logs: the same byte for byte, or the very event and byte."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from click import UsageError

from issuer.assessments import store
from issuer.assessments.store import StoredEvent
from issuer.issuance.desk import Desk
from issuer.people.erase import erase
from issuer.review.cli import replay
from issuer.review.reproduce import FIRST, judge, reproduce, reproduce_all
from issuer.review.store import SessionRow
from issuer.settings import StartRefused
from schemas.problems import ProblemError

ORG = "demo"
Take = Callable[..., Awaitable[Any]]
Finished = Callable[..., Awaitable[UUID]]
SOME = ("item-00", "item-01", "item-02", "item-03", "item-04")


async def tamper(desk: Desk, session: UUID, sequence: int, old: bytes, new: bytes) -> None:
    """Edit an event's body where it lies, as somebody with the database's password could."""
    body = await desk.pool.fetchval(
        "SELECT body FROM session_event WHERE session_id = $1 AND sequence = $2", session, sequence
    )
    assert old in body
    await desk.pool.execute(
        "UPDATE session_event SET body = $3 WHERE session_id = $1 AND sequence = $2",
        session,
        sequence,
        body.replace(old, new, 1),
    )


async def test_a_result_is_the_same_byte_for_byte(desk: Desk, taken: Take) -> None:
    mine = await taken("kim@example.org", SOME)
    found = await reproduce(desk.pool, ORG, mine.id)
    assert (found.verdict, found.point, found.outcome, found.level) == (
        "same",
        None,
        mine.outcome,
        mine.level,
    )
    events = await store.events(desk.pool, ORG, mine.id)
    assert found.events == len(events)
    assert found.digest == hashlib.sha256(events[-1].body).hexdigest()


async def test_also_of_a_session_that_goes_on_and_of_one_that_knows_nobody(desk: Desk, taken: Take) -> None:
    mine = await taken("kim@example.org", SOME, steps=0)
    found = await reproduce(desk.pool, ORG, mine.id)
    assert (found.verdict, found.events, found.outcome, found.digest) == ("same", 2, None, None)
    mine = await taken("lee@example.org")
    before = await reproduce(desk.pool, ORG, mine.id)
    person = await desk.pool.fetchval("SELECT person_id FROM session_person WHERE session_id = $1", mine.id)
    await erase(desk.pool, ORG, person, at=desk.clock())
    every = [found async for found in reproduce_all(desk.pool, ORG, "small")]
    assert {found.verdict for found in every} == {"same"}
    assert before.digest in {found.digest for found in every}
    assert mine.id not in {found.session for found in every}


EDITS = [
    (1, b'"itemsPerStep":4', b'"itemsPerStep":3', "replay.form"),
    (2, b'"step":1', b'"step":2', "replay.form"),
    (3, b"o1", b"o3", "replay.decision"),
    (3, b"o1", b"o9", "replay.answer"),
    (3, b"{", b"[", "replay.answer"),
    (3, b"item-", b"Item-", "replay.answer"),
    (3, b'"o1"', b'"\xff"', "replay.answer"),
    (1, b'"seed":"', b'"seed":"x', "replay.event"),
    (1, b'"engine":"assay', b'"engine":"other', "replay.engine"),
    (1, b"{", b"", "replay.order"),
]


async def test_an_edited_event_is_named(desk: Desk, taken: Take) -> None:
    mine = await taken("kim@example.org")
    for sequence, old, new, code in EDITS:
        await tamper(desk, mine.id, sequence, old, new)
        found = await reproduce(desk.pool, ORG, mine.id)
        assert found.verdict == ("impossible" if code == "replay.engine" else "different")
        assert found.point is not None
        assert found.point.code == code
        if code == "replay.decision":
            point = found.point
            assert (point.sequence, point.kind) == (7, "decided")
            assert point.recorded is not None
            assert point.computed is not None
            assert point.offset is not None
            assert point.recorded[: point.offset] == point.computed[: point.offset]
            assert point.recorded[point.offset] != point.computed[point.offset]
        await tamper(desk, mine.id, sequence, new, old)
    assert (await reproduce(desk.pool, ORG, mine.id)).verdict == "same"


async def test_what_is_missing_is_named(desk: Desk, taken: Take) -> None:
    gap, cut, bankless = [await taken(f"{name}@example.org") for name in ("a", "b", "c")]
    await desk.pool.execute("DELETE FROM session_event WHERE session_id = $1 AND sequence = 4", gap.id)
    await desk.pool.execute("DELETE FROM session_event WHERE session_id = $1 AND sequence = 7", cut.id)
    await tamper(desk, bankless.id, 1, b'"bankDigest":"', b'"bankDigest":"0')
    expected = {
        gap.id: ("different", "replay.order", 4, "Event 4 is missing."),
        cut.id: (
            "different",
            "replay.outcome",
            6,
            "The session stands as award high, and its log ends as not finished.",
        ),
        bankless.id: (
            "impossible",
            "replay.bank_missing",
            1,
            "The bank that the session was asked from is not here.",
        ),
    }
    async for found in reproduce_all(desk.pool, ORG, "small"):
        point = found.point
        assert point is not None
        assert (found.verdict, point.code, point.sequence, point.detail) == expected.pop(found.session)
    assert expected == {}


async def test_another_bank_under_its_digest_and_a_result_that_was_edited(
    desk: Desk, taken: Take, finished: Finished
) -> None:
    mine, nothing = await taken("kim@example.org"), await finished()
    found = await reproduce(desk.pool, ORG, nothing)
    assert found.point is not None
    assert (found.verdict, found.point.code) == ("different", "replay.order")  # an award without a log
    await desk.pool.execute("UPDATE session SET level = 'basic' WHERE id = $1", mine.id)
    found = await reproduce(desk.pool, ORG, mine.id)
    assert found.point is not None
    assert found.point.detail == "The session stands as award basic, and its log ends as award high."
    await desk.pool.execute("UPDATE bank SET document = document || ' '::bytea")
    found = await reproduce(desk.pool, ORG, mine.id)
    assert found.point is not None
    assert (found.verdict, found.point.code, found.point.sequence) == ("different", "replay.bank", 1)


async def test_every_byte_of_a_log_is_read(desk: Desk, taken: Take) -> None:
    mine = await taken("kim@example.org", SOME)
    events = await store.events(desk.pool, ORG, mine.id)
    digest = msgspec.json.decode(events[0].body)["bankDigest"]
    bank = await store.bank_document(desk.pool, ORG, digest)
    row, random = SessionRow(mine.id, "small", mine.outcome, mine.level), Random(7)  # noqa: S311 - which byte
    assert judge(row, events, bank).verdict == "same"
    for _ in range(150):
        # The first event is what everything follows from, and follows from nothing: conditions that made no
        # difference can be edited in it unnoticed.
        place = random.randrange(1, len(events))
        event, at = events[place], random.randrange(len(events[place].body))
        edited = event.body[:at] + bytes([event.body[at] ^ random.randrange(1, 256)]) + event.body[at + 1 :]
        changed = StoredEvent(event.sequence, event.kind, event.item_id, edited, event.at)
        assert judge(row, (*events[:place], changed, *events[place + 1 :]), bank).verdict == "different"


async def test_nothing_of_another_organisation_is_read(desk: Desk, taken: Take) -> None:
    mine = await taken("kim@example.org")
    for place in (("other", mine.id), (ORG, uuid4())):
        with pytest.raises(ProblemError) as refused:
            await reproduce(desk.pool, *place)
        assert refused.value.code == "session.unknown"
    assert [found async for found in reproduce_all(desk.pool, "other")] == []
    assert int(FIRST) == 0


async def test_the_command_says_it(desk: Desk, taken: Take, console: Any) -> None:
    session = str((await taken("kim@example.org")).id)
    said = await console.run(replay, session)
    assert said.return_value == 0
    assert "the same byte for byte, 7 events. It ended with an award: high." in said.output
    said = await console.run(replay, "--all", "--assessment", "small")
    assert "1 session: 1 the same byte for byte, 0 different" in said.output
    await tamper(desk, UUID(session), 3, b"o1", b"o3")
    said = await console.run(replay, session)
    assert said.return_value == 1
    assert "different at event 7 of 7. (decided) The decision does not follow" in said.output
    assert "First difference at byte" in said.output
    told = json.loads((await console.run(replay, session, "--json")).output)
    assert told["point"]["code"] == "replay.decision"
    said = await console.run(replay, "--all")
    assert said.return_value == 1
    assert f"{session} event 7: (decided) The decision" in said.output
    told = json.loads((await console.run(replay, "--all", "--json")).output)
    assert [told[name] for name in ("sessions", "same", "different", "impossible")] == [1, 0, 1, 0]
    await tamper(desk, UUID(session), 1, b'"engine":"assay', b'"engine":"other')
    for arguments, code in (
        ((str(uuid4()),), "session.unknown"),
        ((session, "--organization", "other"), "organization.unknown"),
        ((session,), "replay.engine"),
    ):
        refused = (await console.run(replay, *arguments)).exception
        assert isinstance(refused, StartRefused)
        assert refused.code == code
    for wrong in ((), (session, "--all"), (session, "--assessment", "small")):
        assert isinstance((await console.run(replay, *wrong)).exception, UsageError)
