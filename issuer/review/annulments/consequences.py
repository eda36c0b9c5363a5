"""What follows from annulling items: who met them, and for whom the remaining answers show another level."""

import asyncio
import logging
from collections.abc import Sequence

from msgspec import Struct

from issuer.assessments import store as assessments
from issuer.assessments.bank import BankRefused
from issuer.assessments.replay import ReplayRefused
from issuer.db.pool import Db
from issuer.review.annulments import store
from issuer.review.annulments.store import Consequence, Held, Met, Scope
from issuer.review.reproduce import bank_named
from issuer.review.rescore import rescore
from schemas.assessment import Event

log = logging.getLogger("assay.review")


class Basis(Struct, frozen=True):
    """What the list follows from, besides the logs, which never change: equal bases, equal lists."""

    met: tuple[Met, ...]
    scopes: tuple[Scope, ...]  # what was annulled before in the same bank, and what is to be


class Found(Struct, frozen=True):
    """The list in order of session ids, and how many sessions were left as they are.

    `unreadable`: their log does not replay. `held_back`: their credential is on hold or was withdrawn for a
    reason of its own, which is to be settled first.
    """

    consequences: tuple[Consequence, ...]
    met: int
    unreadable: int
    held_back: int


async def basis(db: Db, organization_id: str, wanted: Scope) -> Basis:
    """Read what the list follows from, as it stands now."""
    before = await store.executed_scopes(db, organization_id, wanted.bank_id)
    met = await store.met(db, organization_id, wanted.items, wanted.bank_digests)
    return Basis(met, (*before, wanted))


async def consequences(db: Db, organization_id: str, given: Basis) -> Found:
    """Score every session of the basis again and list those whose level changes."""
    listed, unreadable, held_back = list[Consequence](), 0, 0
    for met in given.met:
        if any(award.standing == "suspended" or _withdrawn_elsewhere(award) for award in met.awards):
            held_back += 1
            continue
        try:
            found = await _consequence(db, organization_id, met, given.scopes)
        except (BankRefused, ReplayRefused) as refused:
            log.warning("review.unreadable", extra={"session": str(met.session_id), "code": refused.code})
            unreadable += 1
        else:
            listed += [found] if found else []
    return Found(tuple(listed), len(given.met), unreadable, held_back)


def _withdrawn_elsewhere(award: Held) -> bool:
    return award.standing == "revoked" and not award.annulled


async def _consequence(db: Db, organization_id: str, met: Met, scopes: Sequence[Scope]) -> Consequence | None:
    stored = await assessments.events(db, organization_id, met.session_id)
    named = bank_named(stored) or ""
    bank = await assessments.bank_document(db, organization_id, named) or b""
    annulled = frozenset(item for scope in scopes if named in scope.bank_digests for item in scope.items)
    events = [Event(event.kind, event.body) for event in stored]
    again = await asyncio.to_thread(rescore, bank, events, annulled)
    standing = max(
        (award for award in met.awards if award.standing == "good"),
        key=lambda award: again.order.index(award.level),
        default=None,
    )
    # Without an award, what was decided counts as held: it may be waiting to be drafted.
    before = standing.level if standing else None if met.awards else met.level
    if before == again.level:
        return None
    raises = _place(again.order, again.level) > _place(again.order, before)
    award = standing.id if standing else None
    refuted = before in again.refuted
    return Consequence(met.session_id, before, again.level, again.undecided, award, raises, refuted)


def _place(order: Sequence[str], level: str | None) -> int:
    """Where a level stands among all, the lowest first; -1 for none."""
    return -1 if level is None else order.index(level)
