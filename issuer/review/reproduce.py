"""Replay sessions from the database: the same result byte for byte, or the exact point of difference.

What a replay shows is that result, forms and decisions follow from the log. Not that nobody rewrote a whole
log consistently, with all that follows from it: whoever can write to the database could.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from issuer.assessments import store as assessments
from issuer.assessments.bank import BankRefused
from issuer.assessments.earlier.store import annulled
from issuer.assessments.replay import ReplayRefused, replay
from issuer.assessments.scoring import NOTHING
from issuer.assessments.session import Session
from issuer.assessments.store import StoredEvent
from issuer.db.pool import Db
from issuer.mail import in_words
from issuer.review import store
from issuer.review.store import SessionRow
from schemas.assessment import Answer, Event, EventKind, Started
from schemas.problems import ProblemError

Verdict = Literal["same", "different", "impossible"]

PAGE = 200  # sessions that are read at a time
FIRST = UUID(int=0)
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError)
# What keeps a log from being replayed at all, and says nothing against it.
IMPOSSIBLE = ("replay.engine", "replay.bank_missing", "replay.deleted")


class Point(Struct, frozen=True, rename="camel"):
    """Where a log stops being reproduced: event `sequence`, counted from 1, and the first byte that differs.

    `recorded` and `computed` are the two bodies where there are two; `offset` is counted from 0.
    """

    code: str
    detail: str
    sequence: int
    kind: EventKind | None = None
    offset: int | None = None
    recorded: str | None = None
    computed: str | None = None


class Replayed(Struct, frozen=True, rename="camel"):
    """What became of replaying one session.

    `digest` is the SHA-256, hexadecimal, of the last decision and its bands as computed again; None before
    the first. `outcome` is None while the session goes on. `point` is there unless the verdict is `same`.
    """

    session: UUID
    assessment: str
    verdict: Verdict
    events: int
    outcome: str | None = None
    level: str | None = None
    digest: str | None = None
    point: Point | None = None


async def reproduce(db: Db, organization_id: str, session_id: UUID) -> Replayed:
    """Replay one session; raises problem `session.unknown`."""
    row = await store.session(db, organization_id, session_id)
    if row is None:
        raise ProblemError("session.unknown")
    return await _replayed(db, organization_id, row)


async def reproduce_all(
    db: Db, organization_id: str, assessment: str | None = None
) -> AsyncIterator[Replayed]:
    """Replay every session of the organisation, or of one assessment by its short name, one after another."""
    after = FIRST
    while page := await store.sessions(db, organization_id, assessment, after=after, limit=PAGE):
        for row in page:
            yield await _replayed(db, organization_id, row)
        after = page[-1].id


async def _replayed(db: Db, organization_id: str, row: SessionRow) -> Replayed:
    events = await assessments.events(db, organization_id, row.id)
    named = bank_named(events)
    bank = b"" if named is None else await assessments.bank_document(db, organization_id, named)
    gone = await annulled(db, organization_id)  # after the log, which may have left out what was new then
    # Seconds of arithmetic for a long adaptive session: others are answered meanwhile.
    return await asyncio.to_thread(judge, row, events, bank, gone.get(named or "", NOTHING))


def judge(
    row: SessionRow,
    events: Sequence[StoredEvent],
    bank: bytes | None,
    annulled: AbstractSet[str] = NOTHING,
) -> Replayed:
    """Replay a log that was read, and hold the session's row against it; `bank` is None where it is gone.

    What the log left out as unfit has to be among the items of its bank that are `annulled`.
    """
    try:
        _kept(row, events)
        _complete(events)
        if bank is None:
            raise _refused("replay.bank_missing", "The bank that the session was asked from is not here.", 1)
        log = replay(bank, [Event(event.kind, event.body) for event in events])
        _unfit(log, annulled, len(events))
        _row(row, log, len(events))
    except BankRefused as refused:
        return _apart(row, events, _refused("replay.bank", f"{refused.detail} [{refused.code}]", 1))
    except ReplayRefused as refused:
        return _apart(row, events, refused)
    decided = None if log.decided is None else msgspec.json.encode(log.decided)
    return Replayed(
        session=row.id,
        assessment=row.assessment,
        verdict="same",
        events=len(events),
        outcome=row.outcome,
        level=row.level,
        digest=None if decided is None else hashlib.sha256(decided).hexdigest(),
    )


def bank_named(events: Sequence[StoredEvent]) -> str | None:
    """The digest of the bank that the log begins with; None where that cannot be read, as the replay says."""
    try:
        return msgspec.json.decode(events[0].body, type=Started).bank_digest if events else None
    except UNREADABLE:
        return None


def _kept(row: SessionRow, events: Sequence[StoredEvent]) -> None:
    if row.answers_deleted_at is not None:
        day = in_words(row.answers_deleted_at)
        raise _refused(
            "replay.deleted",
            f"Its answers were deleted on {day}, as the organisation's rule of retention says."
            " What was decided stands, and nothing is wrong with it.",
            len(events),
        )


def _complete(events: Sequence[StoredEvent]) -> None:
    for place, event in enumerate(events, 1):
        if event.sequence != place:
            raise _refused("replay.order", f"Event {place} is missing.", place)
        if event.kind == "answered":
            _filed(event)


def _filed(event: StoredEvent) -> None:
    """An answer is filed under its item, so that the database takes one only."""
    try:
        item = msgspec.json.decode(event.body, type=Answer).item
    except UNREADABLE:
        return  # the replay says so
    if item != event.item_id:
        raise _refused("replay.answer", f"The answer is filed under item {event.item_id}.", event.sequence)


def _unfit(log: Session, annulled: AbstractSet[str], events: int) -> None:
    for item in sorted(log.annulled - annulled):
        raise _refused("replay.annulled", f"The log leaves out {item}, which nobody annulled.", events)


def _row(row: SessionRow, log: Session, events: int) -> None:
    """The row says what the last event decided, or that nothing is decided."""
    decision = log.decided.decision if log.decided is not None and log.final else None
    outcome, level = (decision.outcome, decision.level) if decision is not None else (None, None)
    if (row.outcome, row.level) != (outcome, level):
        raise _refused(
            "replay.outcome",
            f"The session stands as {_said(row.outcome, row.level)}, and its log ends as"
            f" {_said(outcome, level)}.",
            events,
        )


def _said(outcome: str | None, level: str | None) -> str:
    return " ".join(filter(None, (outcome or "not finished", level)))


def _refused(code: str, detail: str, sequence: int) -> ReplayRefused:
    refused = ReplayRefused(code, detail)
    refused.sequence = sequence
    return refused


def _apart(row: SessionRow, events: Sequence[StoredEvent], refused: ReplayRefused) -> Replayed:
    kind = next((event.kind for event in events if event.sequence == refused.sequence), None)
    recorded, computed = refused.recorded, refused.computed
    offset = None if recorded is None or computed is None else _first_difference(recorded, computed)
    point = Point(
        code=refused.code,
        detail=refused.detail,
        sequence=refused.sequence,
        kind=kind,
        offset=offset,
        recorded=None if recorded is None else recorded.decode(errors="backslashreplace"),
        computed=None if computed is None else computed.decode(),
    )
    verdict: Verdict = "impossible" if refused.code in IMPOSSIBLE else "different"
    return Replayed(row.id, row.assessment, verdict, len(events), row.outcome, row.level, None, point)


def _first_difference(one: bytes, other: bytes) -> int:
    same = (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(same, min(len(one), len(other)))
