"""Read a person's earlier sessions of an assessment, as far as their answers are kept."""

from collections.abc import Mapping
from uuid import UUID

from msgspec import Struct

from issuer.assessments import store as assessments
from issuer.assessments.earlier import store
from issuer.assessments.earlier.shown import Past
from issuer.assessments.scoring import NOTHING
from issuer.assessments.session import read
from issuer.assessments.sitting import open_bank
from issuer.assessments.store import StoredSession
from issuer.db.pool import Db
from schemas.assessment import Event

Annulled = Mapping[str, frozenset[str]]
"""By the digest of a bank version, its items that do not count (any more)."""


class Earlier(Struct, frozen=True):
    """Finished sessions, the oldest first, and what the person met in deleted answers, by bank.

    `met` has None for a bank of which that is not known.
    """

    sessions: tuple[Past, ...]
    met: dict[str, frozenset[str] | None]

    @property
    def language(self) -> str | None:
        """What the latest one was asked in, where its bank has several."""
        return self.sessions[-1].log.started.language if self.sessions else None


async def history(
    db: Db, organization_id: str, person_id: UUID, slug: str, annulled: Annulled, *, up_to: int | None = None
) -> Earlier:
    """Return a person's finished sessions of an assessment, in whichever version, up to an epoch.

    `annulled` is what is not to count of them, as `store.annulled` has it for what was executed.
    """
    found = await assessments.sessions_of(db, organization_id, person_id, slug)
    wanted = [one for one in found if one.finished_at is not None and (up_to is None or one.epoch <= up_to)]
    logs = [(one, await _events(db, one)) for one in reversed(wanted)]
    # After the logs: what the job that deletes takes meanwhile is in one of the two.
    met = await store.met(db, organization_id, person_id)
    pasts = [await _past(db, one, events, annulled, met) for one, events in logs if events]
    return Earlier(tuple(pasts), met)


async def _events(db: Db, session: StoredSession) -> tuple[Event, ...]:
    stored = await assessments.events(db, session.organization_id, session.id)
    return tuple(Event(event.kind, event.body) for event in stored)


async def _past(
    db: Db,
    session: StoredSession,
    events: tuple[Event, ...],
    annulled: Annulled,
    met: Mapping[str, frozenset[str] | None],
) -> Past:
    log = read(events)
    bank = await open_bank(db, session.organization_id, log.started.bank_digest)
    gone = annulled.get(log.started.bank_digest, NOTHING)
    known = met.get(bank.id)
    lost = not log.forms and bool(gone if known is None else gone & known)
    return Past(bank, log, events, gone, lost)
