"""Take an item out of what is asked, and let it be asked again: audited, and somebody is told."""

from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

from msgspec.structs import replace

from issuer import audit
from issuer.db.pool import Connection
from issuer.fairness import store
from issuer.fairness.store import Suspension
from issuer.mail import Letter
from issuer.people.enroll import find_or_create
from issuer.people.letters import post
from issuer.people.sealing import person_key
from keys.stores.file import FileStore
from schemas.problems import ProblemError

Reason = Literal["leak", "exposure", "key", "person"]
REASONS: dict[str, str] = {
    "leak": "It is answered right more often than its takers' other answers explain, so it may have become "
    "known. That says nothing about any one person.",
    "exposure": "It was shown to more sessions than its cap allows.",
    "key": "Its key or its text is in doubt.",
    "person": "Somebody decided so.",
}
TELLING = """{reason}

It is not asked any more, in any version of its bank, until a person has
looked at it. No result was changed.

    What is suspended:  assay fairness suspended
    Ask it again:       assay fairness lift {id}"""


async def suspend(
    db: Connection,
    keystore: FileStore,
    suspension: Suspension,
    title: str,
) -> bool:
    """Suspend an item in the caller's transaction and tell the organisation's contact.

    False if it was suspended before. `title` is the bank's, for people to read.
    """
    if not await store.insert_suspension(db, suspension):
        return False
    organization_id, at = suspension.organization_id, suspension.since
    await audit.append(
        db,
        organization_id,
        "item.suspended",
        str(suspension.id),
        principal_id=suspension.suspended_by,
        at=at,
    )
    told = await store.contact(db, organization_id)
    if told is not None:
        key = await person_key(db, keystore, organization_id, told)
        news = TELLING.format(reason=REASONS[suspension.reason], id=suspension.id)
        letter = Letter("", f"{suspension.item_id} in {title}", news=news)
        await post(db, key, "mail.item", suspension.id, letter, at)
    return True


async def lift(
    db: Connection, organization_id: str, suspension_id: UUID, *, by: UUID, at: datetime
) -> tuple[str, str]:
    """Let an item be asked again, in the caller's transaction; its charts begin anew.

    Returns the bank's and the item's id; raises problem `suspension.unknown`. `by` is the person's principal.
    """
    lifted = await store.lift_suspension(db, organization_id, suspension_id, by=by, at=at)
    if lifted is None:
        raise ProblemError("suspension.unknown")
    bank_id, item_id = lifted
    sessions = await store.count_session(db, organization_id, bank_id, more=0)
    for kept in await store.charts(db, organization_id, bank_id):
        if kept.item_id == item_id:
            begun = replace(kept, since=at, chart=kept.chart.anew(sessions))
            await store.keep_charts(db, organization_id, bank_id, [begun])
    await audit.append(
        db, organization_id, "item.suspension_lifted", str(suspension_id), principal_id=by, at=at
    )
    return lifted


async def name_contact(
    db: Connection, keystore: FileStore, organization_id: str, name: str, email: str, *, at: datetime
) -> UUID:
    """Note whom to tell, in the caller's transaction; returns the person's id.

    Raises problem `person.name` or `person.email`.
    """
    person = await find_or_create(db, keystore, organization_id, name, email, at)
    await store.name_contact(db, organization_id, person.id, at=at)
    await audit.append(db, organization_id, "contact.named", str(person.id), at=at)
    return person.id


def suspension(
    place: tuple[str, str, str], reason: Reason, *, by: UUID | None = None, at: datetime
) -> Suspension:
    """A new suspension; `place` is the organisation's, the bank's and the item's id."""
    return Suspension(place[0], uuid4(), place[1], place[2], reason, at, by)
