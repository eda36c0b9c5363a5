"""What follows from annulling items: who met them, and for whom the remaining answers show another level."""

import asyncio
import logging
from collections.abc import Sequence
from uuid import UUID

from msgspec import MsgspecError, Struct

from issuer.assessments import store as assessments
from issuer.assessments.bank import BankRefused
from issuer.assessments.earlier.history import Annulled, history
from issuer.assessments.earlier.shown import shown
from issuer.assessments.earlier.store import annulled as executed
from issuer.assessments.replay import ReplayRefused
from issuer.assessments.scoring import NOTHING
from issuer.confirmation import store as confirmations
from issuer.confirmation.basis.now import judged_now
from issuer.confirmation.basis.store import raised
from issuer.db.pool import Db
from issuer.review.annulments import store
from issuer.review.annulments.store import Consequence, Held, Met, Scope
from issuer.review.reproduce import bank_named
from issuer.review.rescore import rescore
from schemas.assessment import Event, Prior

log = logging.getLogger("assay.review")


class Basis(Struct, frozen=True):
    """What the list follows from, besides the logs, which never change: equal bases, equal lists."""

    met: tuple[Met, ...]
    before: Annulled  # what does not count already, in whatever bank
    annulled: Annulled  # and what is not to count either
    confirmations: tuple[UUID, ...]  # that raised an award, and rest on one of the items


class Found(Struct, frozen=True):
    """The list in order of session ids, and how many sessions were left as they are.

    `unreadable`: their log does not replay, or a sitting's answers are gone. `held_back`: their credential is
    on hold or was withdrawn for a reason of its own, which is to be settled first.
    """

    consequences: tuple[Consequence, ...]
    met: int
    unreadable: int
    held_back: int


async def basis(db: Db, organization_id: str, wanted: Scope) -> Basis:
    """Read what the list follows from, as it stands now."""
    before = await executed(db, organization_id)
    further = {one: before.get(one, NOTHING).union(wanted.items) for one in wanted.bank_digests}
    met = await store.met(db, organization_id, wanted.items, wanted.bank_digests)
    sittings = await store.asked(db, organization_id, wanted.items, wanted.bank_digests)
    confirmations = await raised(db, organization_id, [one.session_id for one in met], sittings)
    return Basis(met, before, {**before, **further}, confirmations)


async def consequences(db: Db, organization_id: str, given: Basis) -> Found:
    """Score every session of the basis again and list those whose level changes."""
    listed, unreadable, held_back = list[Consequence](), 0, 0
    for met in given.met:
        if any(award.standing == "suspended" or _withdrawn_elsewhere(award) for award in met.awards):
            held_back += 1
            continue
        try:
            found = await _consequence(db, organization_id, met, given.annulled)
        except (BankRefused, ReplayRefused) as refused:
            log.warning("review.unreadable", extra={"session": str(met.session_id), "code": refused.code})
            unreadable += 1
        else:
            listed += [found] if found else []
    for one in given.confirmations:
        try:
            weaker = await _weakened(db, organization_id, one, given)
        except ReplayRefused as refused:
            log.warning("review.unreadable", extra={"confirmation": str(one), "code": refused.code})
            unreadable += 1
        else:
            listed += [weaker] if weaker else []
    listed.sort(key=lambda line: line.session)
    return Found(tuple(listed), len(given.met), unreadable, held_back)


def _withdrawn_elsewhere(award: Held) -> bool:
    return award.standing == "revoked" and not award.annulled


async def _consequence(db: Db, organization_id: str, met: Met, annulled: Annulled) -> Consequence | None:
    stored = await assessments.events(db, organization_id, met.session_id)
    named = bank_named(stored) or ""
    bank = await assessments.bank_document(db, organization_id, named) or b""
    events = [Event(event.kind, event.body) for event in stored]
    prior = await _prior(db, organization_id, met, annulled)
    again = await asyncio.to_thread(rescore, bank, events, annulled.get(named, NOTHING), prior)
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


async def _prior(db: Db, organization_id: str, met: Met, annulled: Annulled) -> Prior | None:
    """What a session of a later epoch would have started from; None for a first one."""
    if met.epoch == 1:
        return None
    try:
        found = await history(db, organization_id, met.person_id, met.slug, annulled, up_to=met.epoch)
        return (await asyncio.to_thread(shown, found.sessions))[-1].prior
    except (ArithmeticError, LookupError, ValueError, MsgspecError) as error:
        raise ReplayRefused("replay.event", f"An earlier session holds impossible values: {error}") from error


async def _weakened(db: Db, organization_id: str, one: UUID, given: Basis) -> Consequence | None:
    """The line of a sitting that raised an award and, without the items, would not confirm it any more."""
    found = await confirmations.by_id(db, organization_id, one)
    if found is None or found.session_id is None:
        return None
    award = await confirmations.confirmable(db, organization_id, found.award_id)
    before, now = [await judged_now(db, found, gone) for gone in (given.before, given.annulled)]
    if before is None or now is None:
        raise ReplayRefused("replay.event", "A sitting's answers are not kept, or hold impossible values.")
    if award is None or now.verdict in {before.verdict, "confirmed"}:
        return None
    level = award.level
    return Consequence(
        found.session_id,
        level,
        level,
        undecided=False,
        award=award.award_id,
        raises=False,
        confirmation=now.verdict,
    )


def _place(order: Sequence[str], level: str | None) -> int:
    """Where a level stands among all, the lowest first; -1 for none."""
    return -1 if level is None else order.index(level)
