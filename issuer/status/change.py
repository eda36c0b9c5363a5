"""Revoking, suspending and reinstating an award: one commit decides, the signed lists follow at once.

    standing    suspend              revoke    reinstate
    good        suspended            revoked   refused (done already: nothing happens)
    suspended   nothing happens      revoked   good, with successor forms
    revoked     refused              nothing happens   refused

Setting a bit is monotone. Strangers see a set bit and fail closed; our own service also knows why it is set,
from an entry that every worker holds in memory.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from issuer import audit
from issuer.db.pool import Db, transaction
from issuer.people.sealing import PersonKey, person_key
from issuer.publications.store import publish
from issuer.status import lists, store
from issuer.status.desk import StatusDesk
from issuer.status.letter import tell_holder
from issuer.status.publish import publish_list
from issuer.status.revocation_list import publish_revocation_list
from keys.stores.file import FileStore
from schemas.problems import ProblemError

REASON_AT_MOST = 1_000  # characters


class Standing(msgspec.Struct, frozen=True):
    """Where an award stands.

    Good, suspended or revoked, since when, and the reason as the holder may read it.
    """

    standing: str
    since: datetime | None
    reason: str | None = None


class Change(msgspec.Struct, frozen=True):
    """What is asked for, why, and by whom."""

    goal: str
    reason: str
    principal_id: UUID | None


async def revoke(
    desk: StatusDesk,
    organization_id: str,
    award_id: UUID,
    reason: str,
    *,
    principal_id: UUID | None = None,
) -> Standing:
    """Withdraw an award for ever. Repeating it changes nothing, not even the reason."""
    return await _set(desk, organization_id, award_id, Change("revoked", reason, principal_id))


async def suspend(
    desk: StatusDesk,
    organization_id: str,
    award_id: UUID,
    reason: str,
    *,
    principal_id: UUID | None = None,
) -> Standing:
    """Put an award on hold; raises problem `credential.revoked` for a withdrawn one."""
    return await _set(desk, organization_id, award_id, Change("suspended", reason, principal_id))


async def reinstate(
    desk: StatusDesk,
    organization_id: str,
    award_id: UUID,
    *,
    principal_id: UUID | None = None,
) -> Standing:
    """Lift a suspension. The forms on hold are superseded; the caller releases their successors.

    Raises `credential.revoked`, or `credential.not_suspended` where the award never was on hold.
    """
    at = desk.clock()
    async with transaction(desk.pool) as db:
        award = await _lock(db, organization_id, award_id)
        if award.standing == "revoked":
            raise ProblemError("credential.revoked")
        if award.standing == "good":
            if award.since is None:
                raise ProblemError("credential.not_suspended")
            return Standing("good", award.since)
        # Raises for an erased person: no successor for them.
        key = await person_key(db, desk.keystore, organization_id, award.person_id)
        await store.set_standing(db, organization_id, award_id, "good", at=at, reason_sealed=None)
        await tell_holder(db, key, award_id, "good", at)
        touched = await store.supersede(db, organization_id, award_id, at=at)
        await audit.append(
            db, organization_id, "credential.reinstated", str(award_id), principal_id=principal_id, at=at
        )
        await _publish(desk, db, organization_id, touched, at)
    return Standing("good", at)


async def replace(
    desk: StatusDesk,
    db: Db,
    organization_id: str,
    award_id: UUID,
    *,
    principal_id: UUID | None,
    at: datetime,
) -> tuple[UUID, ...]:
    """Supersede every form of an award in good standing, in the caller's transaction: more can be said now.

    Returns the lists to publish once it is committed (`publish_list`; a job does what a death leaves). The
    caller releases the successors, or the reconciling job. Raises `credential.suspended`,
    `credential.revoked`.
    """
    award = await _lock(db, organization_id, award_id)
    if award.standing != "good":
        raise ProblemError(f"credential.{award.standing}")
    touched = await store.set_bits(db, organization_id, award_id, "superseded", over=(), at=at)
    for list_id in touched:
        await store.grow_version(db, organization_id, list_id)
    await audit.append(
        db, organization_id, "credential.replaced", str(award_id), principal_id=principal_id, at=at
    )
    await _publish(desk, db, organization_id, touched, at)
    return touched


async def revoke_all(
    desk: StatusDesk,
    db: Db,
    organization_id: str,
    reasons: Mapping[UUID, str],
    *,
    principal_id: UUID | None,
    at: datetime,
) -> tuple[UUID, ...]:
    """Withdraw several awards for ever in the caller's transaction, each for its reason.

    Returns the lists to publish once it is committed (`publish_list`; a job does what a death leaves). An
    award that is withdrawn already keeps its reason.
    """
    turned, touched = dict[UUID, Change](), set[UUID]()
    for award_id in sorted(reasons):
        award = await _lock(db, organization_id, award_id)
        if award.standing != "revoked":
            turned[award_id] = Change("revoked", reasons[award_id], principal_id)
            whose = award_id, award.person_id
            touched.update(await _turn(desk, db, organization_id, whose, turned[award_id], at))
    ordered = tuple(sorted(touched))
    if turned:
        await _say(desk, db, organization_id, turned, ordered, at)
    return ordered


async def standing(db: Db, keystore: FileStore, organization_id: str, award_id: UUID) -> Standing | None:
    """Return an award's standing with the reason opened, for its holder; None for an unknown award."""
    found = await store.reason(db, organization_id, award_id)
    if found is None:
        return None
    award, sealed = found
    if sealed is None:
        return Standing(award.standing, award.since)
    key = await person_key(db, keystore, organization_id, award.person_id)
    return Standing(award.standing, award.since, key.open(sealed, _reason_context(award_id)).decode())


async def _set(desk: StatusDesk, organization_id: str, award_id: UUID, wanted: Change) -> Standing:
    reason = wanted.reason.strip()
    plain = all(sign.isprintable() or sign in "\n\t" for sign in reason)
    if not plain or not 0 < len(reason) <= REASON_AT_MOST:
        raise ProblemError("status.reason")
    async with transaction(desk.pool) as db:
        standing, touched = await _commit(desk, db, organization_id, award_id, wanted)
    # Also when nothing changed: the service may have died between the commit and the list.
    for list_id in touched:
        await publish_list(desk, organization_id, list_id)
    return standing


async def _commit(
    desk: StatusDesk, db: Db, organization_id: str, award_id: UUID, wanted: Change
) -> tuple[Standing, tuple[UUID, ...]]:
    at, goal = desk.clock(), wanted.goal
    award = await _lock(db, organization_id, award_id)
    if award.standing == goal:
        return Standing(goal, award.since), await store.lists_of(db, organization_id, award_id)
    if award.standing == "revoked":
        raise ProblemError("credential.revoked")
    touched = await _turn(desk, db, organization_id, (award_id, award.person_id), wanted, at)
    await _say(desk, db, organization_id, {award_id: wanted}, touched, at)
    return Standing(goal, at), touched


async def _turn(
    desk: StatusDesk, db: Db, organization_id: str, whose: tuple[UUID, UUID], wanted: Change, at: datetime
) -> tuple[UUID, ...]:
    """Write the standing of a locked award and its bits; `whose` is its id and its person's."""
    award_id, person_id = whose
    key = await _key(desk, db, organization_id, person_id)
    sealed = key.seal(wanted.reason.strip().encode(), _reason_context(award_id)) if key else None
    await store.set_standing(db, organization_id, award_id, wanted.goal, at=at, reason_sealed=sealed)
    if key:
        await tell_holder(db, key, award_id, wanted.goal, at)
    # Revoking speaks for every form the award ever had; a suspension leaves superseded forms what they are.
    over = ("suspended", "superseded") if wanted.goal == "revoked" else ()
    return await store.set_bits(db, organization_id, award_id, wanted.goal, over=over, at=at)


async def _say(
    desk: StatusDesk,
    db: Db,
    organization_id: str,
    turned: Mapping[UUID, Change],
    touched: tuple[UUID, ...],
    at: datetime,
) -> None:
    """Note and publish what was turned: lists first, then the audit lines, which hold the organisation."""
    for list_id in touched:
        await store.grow_version(db, organization_id, list_id)
    for award_id, wanted in turned.items():
        action = f"credential.{wanted.goal}"
        await audit.append(
            db, organization_id, action, str(award_id), principal_id=wanted.principal_id, at=at
        )
    await _publish(desk, db, organization_id, touched, at)


async def _lock(db: Db, organization_id: str, award_id: UUID) -> store.AwardStanding:
    award = await store.lock_award(db, organization_id, award_id)
    if award is None:
        raise ProblemError("credential.unknown")
    return award


async def _key(desk: StatusDesk, db: Db, organization_id: str, person_id: UUID) -> PersonKey | None:
    try:
        return await person_key(db, desk.keystore, organization_id, person_id)
    except ProblemError as problem:
        if problem.code != "person.erased":
            raise
        return None  # nobody is left to read a reason or a letter


async def _publish(
    desk: StatusDesk, db: Db, organization_id: str, touched: tuple[UUID, ...], at: datetime
) -> None:
    """What needs no signature is published by the commit itself."""
    for list_id in touched:
        body = msgspec.json.encode(await store.causes(db, organization_id, list_id))
        path = lists.causes_path(organization_id, list_id)
        await publish(db, organization_id, path, lists.CAUSES_MEDIA_TYPE, body, at=at)
    await publish_revocation_list(db, desk.settings.base_url, organization_id, at=at)


def _reason_context(award_id: UUID) -> bytes:
    return b"reason\n" + award_id.bytes
