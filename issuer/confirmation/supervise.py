"""A supervisor opens a confirmation: the code is told here, once, and said to the person who sits there."""

from datetime import datetime
from uuid import UUID, uuid4

from msgspec import Struct

from issuer import audit
from issuer.assessments import store as assessments
from issuer.assessments.rating.store import mark_of, own_persons
from issuer.confirmation import store
from issuer.confirmation.basis.ground import ground
from issuer.confirmation.code import VALID_FOR, code_mac, draw
from issuer.confirmation.store import Confirmable, Confirmation, Identity
from issuer.db.pool import Connection, Db, Pool, transaction
from issuer.organizations.tokens import Principal
from keys.stores.file import FileStore
from schemas.problems import ProblemError


class Opened(Struct, frozen=True):
    """The code and until when it works; `resumes`: the sitting has begun and goes on at its question."""

    id: UUID
    code: str
    expires_at: datetime
    resumes: bool


async def open_confirmation(
    pool: Pool,
    keystore: FileStore,
    supervisor: Principal,
    award_id: UUID,
    identity: Identity,
    *,
    at: datetime,
) -> Opened:
    """Give a code for the confirmation of a credential; one that was given before works no more.

    `identity`: how the supervisor knows who sits there, as they declare it. Raises problems
    `confirmation.person`, `principal.unnamed`, `confirmation.own`, `credential.unknown`, those of `ground`,
    `confirmation.done` and `confirmation.supervisor`.
    """
    organization_id = supervisor.organization_id
    own = await people_of(pool, supervisor)
    async with transaction(pool) as db:
        award = await _award(db, organization_id, award_id)
        if award.person_id in own:
            raise ProblemError("confirmation.own")
        await assessments.lock_person(db, organization_id, award.person_id)
        if await store.is_closed(db, organization_id, award_id):
            raise ProblemError("confirmation.done")
        earlier = await store.open_of_award(db, organization_id, award_id)
        began = earlier is not None and earlier.session_id is not None
        if earlier is not None and began and not await _opened_by(db, earlier, supervisor):
            raise ProblemError("confirmation.supervisor")
        if not began:
            await ground(db, organization_id, award)
        code, one = _with_code(keystore, supervisor, award, earlier, identity, at)
        await (store.insert if earlier is None else store.renew_code)(db, one)
        reference = f"{one.id}/{identity}"
        await audit.append(
            db, organization_id, "confirmation.opened", reference, principal_id=supervisor.id, at=at
        )
    return Opened(one.id, code, one.expires_at, resumes=began)


async def _opened_by(db: Connection, earlier: Confirmation, supervisor: Principal) -> bool:
    """Whether this person opened it, in whatever role; nobody, where who did was erased since."""
    return earlier.supervised_by == await mark_of(db, supervisor.organization_id, supervisor.id)


def _with_code(
    keystore: FileStore,
    supervisor: Principal,
    award: Confirmable,
    earlier: Confirmation | None,
    identity: Identity,
    at: datetime,
) -> tuple[str, Confirmation]:
    """A new code, and the confirmation that it opens: a new one, or the one that waits already."""
    organization_id = supervisor.organization_id
    code, confirmation_id = draw(), uuid4() if earlier is None else earlier.id
    return code, Confirmation(
        organization_id,
        confirmation_id,
        award.award_id,
        award.person_id,
        supervisor.id,
        identity,
        code_mac(keystore, organization_id, confirmation_id, code),
        attempts=0,
        opened_at=at,
        expires_at=at + VALID_FOR,
    )


async def people_of(db: Db, principal: Principal) -> frozenset[UUID]:
    """Return whom the principal is among the people who are measured here; nobody, for most.

    Raises problem `confirmation.person` for a program, and `principal.unnamed` for a role of which nobody has
    said which person it is: it could be the one who is to be confirmed.
    """
    if principal.kind != "person":
        raise ProblemError("confirmation.person")
    if await mark_of(db, principal.organization_id, principal.id) is None:
        raise ProblemError("principal.unnamed")
    return await own_persons(db, principal.organization_id, principal.id)


async def _award(db: Connection, organization_id: str, award_id: UUID) -> Confirmable:
    award = await store.confirmable(db, organization_id, award_id)
    if award is not None:
        return award
    if await store.award_exists(db, organization_id, award_id):
        raise ProblemError(
            "confirmation.source", "It does not rest on a session of an assessment of our own."
        )
    raise ProblemError("credential.unknown")
