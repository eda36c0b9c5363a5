"""Do what two persons approved: one transaction decides, signatures and lists follow by the cycle.

    approved          the list is computed again; if it is the approved one, awards, withdrawals and letters
                      are committed together, otherwise the proposal is void, the new list is proposed
                      instead, and nothing else happens
    committed         new awards are signed and withdrawn ones published, now or by the jobs that finish
                      whatever a death left between

Repeating it changes nothing: a proposal is executed once.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from msgspec import Struct

from issuer import audit
from issuer.assessments.earlier.store import hold_off
from issuer.db.pool import Connection, Db, apart, transaction
from issuer.issuance import store as awards
from issuer.issuance.decide import Award, SourceKind, decide
from issuer.issuance.desk import Desk
from issuer.issuance.issue import complete
from issuer.mail import Letter, in_words
from issuer.people.letters import post
from issuer.people.sealing import person_key
from issuer.review.annulments import store
from issuer.review.annulments.approve import NEEDED
from issuer.review.annulments.consequences import Basis, Found, basis, consequences
from issuer.review.annulments.renew import renew, same
from issuer.review.annulments.store import Annulment, Consequence, Listed, Met
from issuer.skills.store import Achievement, load_achievement
from issuer.status.change import revoke_all
from issuer.status.publish import publish_list
from schemas.problems import ProblemError

ROUNDS = 3  # how often a list is computed anew because something was finished or changed just then

log = logging.getLogger("assay.review")

RAISED = """A question that you were asked turned out to be unfit and does not
count any more: {why}

Your result was computed again without it. Your answers show the
level {level}. A credential for it comes in a message of its own; what
you held before, you keep."""
LOWERED = (
    "A question of this assessment turned out to be unfit and does not count any more since {date}: {why} "
    "Your result was computed again without it. {shown} You can ask for a review on the page of your result."
)


class Done(Struct, frozen=True):
    """What a committed execution leaves to be signed and published: nothing that a job would not find."""

    issued: tuple[Award, ...] = ()
    lists: tuple[UUID, ...] = ()


async def execute(desk: Desk, organization_id: str, annulment_id: UUID) -> Annulment:
    """Execute an approved proposal, once; returns it as it stands then (`executed`, or `void`).

    Raises problem `annulment.unknown`, `annulment.unapproved`, `database.conflict` where its list does not
    come to rest.
    """
    proposal, done = await decide_on(desk, organization_id, annulment_id)
    for list_id in done.lists:
        await publish_list(desk, organization_id, list_id)
    for award in done.issued:
        try:
            await complete(desk, award)
        except ProblemError as problem:  # the reconciling job tries again
            log.warning("review.unfinished", extra={"reference": str(award.id), "code": problem.code})
    return proposal


async def execute_approved(desk: Desk) -> int:
    """Execute every proposal that is approved and was not executed; returns how many were looked at.

    One that fails holds up no other one; raises only `database.unavailable`.
    """
    waiting = await store.approved(desk.pool, NEEDED)
    for organization_id, annulment_id in waiting:
        with apart(log, "review.unfinished", reference=str(annulment_id)):
            await execute(desk, organization_id, annulment_id)
    return len(waiting)


async def decide_on(desk: Desk, organization_id: str, annulment_id: UUID) -> tuple[Annulment, Done]:
    """The transaction that decides, without what follows from it."""
    for _ in range(ROUNDS):
        proposal = await _known(desk.pool, organization_id, annulment_id)
        given = await basis(desk.pool, organization_id, proposal.scope)
        found = await consequences(desk.pool, organization_id, given)
        async with transaction(desk.pool) as db:
            done = await _commit(desk, db, proposal, given, found)
        if done is not None:
            return await _known(desk.pool, organization_id, annulment_id), done
    raise ProblemError("database.conflict")


async def _known(db: Db, organization_id: str, annulment_id: UUID) -> Annulment:
    proposal = await store.annulment(db, organization_id, annulment_id)
    if proposal is None:
        raise ProblemError("annulment.unknown")
    return proposal


async def _commit(desk: Desk, db: Connection, proposal: Annulment, given: Basis, found: Found) -> Done | None:
    """Hold everything that the list follows from, then do it; None where that changed meanwhile."""
    organization_id, at = proposal.organization_id, desk.clock()
    await hold_off(db, organization_id)
    await store.lock_bank(db, organization_id, proposal.bank_id)
    await store.lock_listed(db, organization_id, proposal.id)
    if (await _known(db, organization_id, proposal.id)).state != "open":
        return Done()  # somebody was quicker
    approvals = [one for one in await store.approvals(db, organization_id, proposal.id) if one.stands]
    if len(approvals) < NEEDED:
        raise ProblemError("annulment.unapproved")
    if await basis(db, organization_id, proposal.scope) != given:
        return None
    if not await same(db, proposal, found):
        await renew(db, proposal, found, at=at)
        return Done()
    listed = await store.listed(db, organization_id, proposal.id)
    withdraw = all(one.withdraw for one in approvals)
    await store.close(db, organization_id, proposal.id, "executed", withdrawn=withdraw, at=at)
    met = {one.session_id: one for one in given.met}
    issued = await _award(desk, db, proposal, _awarded(listed, met, withdraw=withdraw), at)
    lowered = [line.consequence for line in listed if withdraw and _refuted(line.consequence)]
    lists = await _withdraw(desk, db, proposal, lowered, met, at)
    await _note(db, proposal, "annulment.executed", at)
    return Done(issued, lists)


def _awarded(listed: Sequence[Listed], met: dict[UUID, Met], *, withdraw: bool) -> list[Listed]:
    """The lines that lead to a new award: a higher level, or the one that is left of a withdrawn one."""
    return [
        line
        for line in listed
        if line.consequence.after is not None
        and (line.consequence.raises or (withdraw and _refuted(line.consequence)))
        and not any(
            award.level == line.consequence.after and award.standing == "good"
            for award in met[line.consequence.session].awards
        )
    ]


def _refuted(one: Consequence) -> bool:
    """Whether a credential may be withdrawn for it (docs/decisions/0033): what is only less sure stays."""
    return one.refuted and not one.raises


async def _award(
    desk: Desk,
    db: Connection,
    proposal: Annulment,
    lines: Iterable[Listed],
    at: datetime,
) -> tuple[Award, ...]:
    organization_id, made = proposal.organization_id, list[Award]()
    for line in lines:
        award = await _drafted(db, organization_id, line.id, "review")
        made.append(award)
        if line.consequence.raises:
            await _tell(desk, db, proposal, award, at)
    return tuple(made)


async def _drafted(db: Connection, organization_id: str, source_id: UUID, kind: SourceKind) -> Award:
    attempt = await awards.attempt(db, organization_id, source_id, kind)
    match None if attempt is None else decide(attempt):
        case Award() as award:
            await awards.insert_award(db, award)
            return award
    raise LookupError(f"no award behind {source_id}")  # the list was read under the same locks


async def _tell(desk: Desk, db: Connection, proposal: Annulment, award: Award, at: datetime) -> None:
    achievement = await load_achievement(db, award.organization_id, award.achievement_id, award.revision)
    key = await person_key(db, desk.keystore, award.organization_id, award.person_id)
    news = RAISED.format(why=proposal.why, level=achievement.level(award.level).name)
    await post(db, key, "mail.review", uuid4(), Letter("", achievement.name, news=news), at)


async def _withdraw(
    desk: Desk,
    db: Connection,
    proposal: Annulment,
    lowered: Iterable[Consequence],
    met: dict[UUID, Met],
    at: datetime,
) -> tuple[UUID, ...]:
    """Withdraw what stands above the new result: a letter tells the holder, their page gives the reason."""
    reasons: dict[UUID, str] = {}
    for one in lowered:
        of = met[one.session]
        achievement = await load_achievement(db, proposal.organization_id, of.achievement_id, of.revision)
        reason = LOWERED.format(date=in_words(at), why=proposal.why, shown=_shown(achievement, one.after))
        reasons |= dict.fromkeys(await _above(db, proposal.organization_id, of, one, achievement), reason)
    return await revoke_all(desk, db, proposal.organization_id, reasons, principal_id=None, at=at)


async def _above(
    db: Connection, organization_id: str, met: Met, one: Consequence, achievement: Achievement
) -> list[UUID]:
    """The awards above the new level; one that was decided and not drafted yet is drafted to be withdrawn."""
    if not met.awards:
        return [(await _drafted(db, organization_id, met.session_id, "session")).id]
    order = [level.code for level in achievement.levels]
    least = -1 if one.after is None else order.index(one.after)
    return [award.id for award in met.awards if award.standing == "good" and order.index(award.level) > least]


def _shown(achievement: Achievement, level: str | None) -> str:
    if level is None:
        return "The answers that count do not show a level."
    return f"The answers that count show the level {achievement.level(level).name}."


async def _note(db: Connection, proposal: Annulment, action: str, at: datetime) -> None:
    await audit.append(db, proposal.organization_id, action, str(proposal.id), digest=proposal.digest, at=at)
