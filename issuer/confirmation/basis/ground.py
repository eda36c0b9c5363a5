"""What a sitting starts from: the result as it stands now, and questions that its person has not met."""

import asyncio
from uuid import UUID

from msgspec import Struct

from issuer.assessments import store as assessments
from issuer.assessments.earlier import store as earlier
from issuer.assessments.earlier.history import Annulled, history
from issuer.assessments.earlier.shown import shown
from issuer.assessments.exposure import barred
from issuer.assessments.sitting import open_assessment, open_bank, read_log
from issuer.confirmation.basis import store
from issuer.confirmation.plan import Confirmed, asked_as, enough, length, met
from issuer.confirmation.store import Confirmable
from issuer.db.pool import Connection, Db
from schemas.assessment import Bank
from schemas.problems import ProblemError

# What a sitting can raise: the others say already that somebody looked on.
RAISED_FROM = ("unsupervised", "identity-checked")
UNSEEN = "Its answers were deleted by the rule of retention: which questions are unseen is not known."
UNKNOWN = "Its answers were deleted by the rule of retention: what it shows now is not known."


class Ground(Struct, frozen=True):
    """What a sitting starts from: the result, the conditions of its assessment, and what may not be asked."""

    award: Confirmable
    confirmed: Confirmed
    excluded: tuple[str, ...]


async def ground(db: Connection, organization_id: str, award: Confirmable) -> Ground:
    """Return what a sitting about an award starts from.

    Raises problems `credential.suspended`, `credential.revoked`, `confirmation.assured`,
    `confirmation.source`, `confirmation.too_few`.
    """
    if award.standing != "good":
        raise ProblemError(f"credential.{award.standing}")
    conditions = (await open_assessment(db, organization_id, award.assessment_id)).conditions
    if conditions.assurance not in RAISED_FROM:
        raise ProblemError("confirmation.assured")
    if award.answers_deleted_at is not None:
        raise ProblemError("confirmation.source", UNKNOWN)
    confirmed = await result(db, organization_id, award, await earlier.held(db, organization_id))
    started = confirmed.log.started
    bank = await open_bank(db, organization_id, started.bank_digest)
    excluded = await _met(db, organization_id, award.person_id, bank)
    asked = asked_as(conditions, started.scale)
    unasked = await barred(db, organization_id, bank, started.bank_digest, asked)
    if not enough(bank, excluded, unasked, length(conditions), scale=started.scale):
        raise ProblemError("confirmation.too_few")
    return Ground(award, confirmed, excluded)


async def result(db: Db, organization_id: str, award: Confirmable, annulled: Annulled) -> Confirmed:
    """Return the result behind an award, as it stands without what is `annulled` of it and of earlier epochs.

    Where that cannot be said any more, nothing is held of the person before the sitting.
    """
    place = organization_id, award.person_id, award.slug
    before = await history(db, *place, annulled, up_to=award.epoch)
    found = await asyncio.to_thread(shown, before.sessions)
    return Confirmed(before.sessions[-1].log, award.level, found[-1])


async def _met(db: Connection, organization_id: str, person_id: UUID, bank: Bank) -> tuple[str, ...]:
    """What the person met of a bank, in any of its versions and under whatever assessment's name.

    Raises problem `confirmation.source` where that is not known.
    """
    sessions = [
        one
        for one, digest in await store.sessions(db, organization_id, person_id)
        if (await open_bank(db, organization_id, digest)).id == bank.id
    ]
    logs = [await assessments.events(db, organization_id, one) for one in sessions]
    # After the logs: what the job that deletes takes meanwhile is in one of the two.
    known = (await earlier.met(db, organization_id, person_id)).get(bank.id, frozenset())
    if known is None:
        raise ProblemError("confirmation.source", UNSEEN)
    return met((read_log(events) for events in logs if events), bank, known)
