"""One transaction's hold on a session: what happens is appended, numbered, and in the log's state at once."""

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from issuer.assessments import store
from issuer.assessments.session import Session
from issuer.assessments.store import StoredEvent
from issuer.db.pool import Connection
from schemas.assessment import Bank, Event, EventKind, Moment


class Turn(Struct):
    """A session whose row is locked, its bank, and its log with `events` events so far; `now` is one moment.

    Everything that is appended is written in the caller's transaction: a crash leaves nothing half done.
    """

    db: Connection
    organization_id: str
    session_id: UUID
    began: datetime
    bank: Bank
    log: Session
    events: int
    now: datetime

    @property
    def second(self) -> int:
        """Now, in whole seconds since the session began."""
        return max(int((self.now - self.began).total_seconds()), 0)

    async def append(self, kind: EventKind, body: Struct, item_id: str | None = None) -> None:
        """Write the next event and take it into the log; `started` is in it already."""
        self.events += 1
        written = msgspec.json.encode(body)
        event = StoredEvent(self.events, kind, item_id, written, self.now)
        await store.append_event(self.db, self.organization_id, self.session_id, event)
        if kind != "started":
            self.log.add(Event(kind, written))

    async def note(self, kind: EventKind) -> None:
        """Append that the clock stopped, went on, or ran out, just now."""
        await self.append(kind, Moment(self.second))
