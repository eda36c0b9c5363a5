"""A finished session for the page of its result: its figures as they stand, without items annulled since."""

import asyncio
from itertools import chain

from msgspec.structs import replace

from issuer.assessments import store as assessments
from issuer.assessments.course import counted, decision_for
from issuer.assessments.earlier.history import Annulled, history
from issuer.assessments.earlier.shown import shown
from issuer.assessments.earlier.store import annulled
from issuer.assessments.scoring import NOTHING, bands
from issuer.assessments.session import Session
from issuer.assessments.sitting import Sitting, read_log
from issuer.db.pool import Db
from issuer.measurement.rule import reference_level
from schemas.assessment import Bank, Decided, Prior


async def as_it_counts(db: Db, sitting: Sitting) -> Sitting:
    """Return a finished sitting with score, error, counts and bands of the answers that count today.

    What was decided stays as it was: an annulment changes that by its own list, or not.
    """
    session, log = sitting.session, sitting.log
    if session is None or log is None or log.decided is None or not (log.final and log.forms):
        return sitting
    unfit = await annulled(db, session.organization_id)
    if not unfit:
        return sitting
    gone = unfit.get(log.started.bank_digest, NOTHING)
    prior = await _prior(db, sitting, unfit) if session.epoch > 1 else log.started.prior
    if gone & log.seen <= log.annulled and prior == log.started.prior:
        return sitting
    events = await assessments.events(db, session.organization_id, session.id)
    as_it_stood = read_log(events[:-1])
    as_it_stood.started = replace(as_it_stood.started, prior=prior)
    decided = await asyncio.to_thread(counting, sitting.bank, as_it_stood, log.decided, gone)
    now = read_log(events)
    now.decided = decided
    return replace(sitting, log=now)


def counting(bank: Bank, as_it_stood: Session, decided: Decided, gone: frozenset[str]) -> Decided:
    """A final decision with the figures of what is left without `gone`. Pure."""
    now = decision_for(bank, as_it_stood, annulled=gone)
    steps, set_aside = counted(bank, as_it_stood, gone)
    cut = reference_level(decided.decision).cut
    return replace(
        decided,
        decision=replace(
            decided.decision,
            right=now.decision.right,
            asked=now.decision.asked,
            score=now.decision.score,
            standard_error=now.decision.standard_error,
        ),
        bands=bands(bank, as_it_stood.started, tuple(chain.from_iterable(steps)), cut),
        set_aside=set_aside,
        annulled=now.annulled,
    )


async def _prior(db: Db, sitting: Sitting, unfit: Annulled) -> Prior:
    """What a later epoch would have started from."""
    place = sitting.invitation.organization_id, sitting.invitation.person_id, sitting.assessment.slug
    before = await history(db, *place, unfit)
    return (await asyncio.to_thread(shown, before.sessions))[-1].prior
