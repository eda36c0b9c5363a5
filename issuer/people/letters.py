"""Letters to people: a secret link waits, sealed, for the job that mails it, and is deleted once sent."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from issuer import audit
from issuer.db import outbox
from issuer.db.pool import Db, Pool, transaction
from issuer.mail import Letter, MailFailed, Route, compose
from issuer.people.sealing import PersonKey, SealBroken, unwrap_person_key
from issuer.settings import Settings
from keys.stores.file import FileStore

GIVE_UP_AFTER = timedelta(days=3)


async def post(db: Db, key: PersonKey, kind: str, reference: UUID, letter: Letter, at: datetime) -> None:
    """Ask for a letter, in the transaction of the change it tells about.

    `kind` is one of `issuer.mail.TEXTS`; `reference` a new uuid or the id of what the letter is
    about, used for one letter only. The link is ciphertext under the person's key until it is sent.
    """
    await db.execute(
        "INSERT INTO pending_link (organization_id, id, person_id, link_sealed) VALUES ($1, $2, $3, $4)",
        key.organization_id,
        reference,
        key.person_id,
        key.seal(msgspec.json.encode(letter), _context(reference)),
    )
    await outbox.enqueue(db, key.organization_id, kind, reference, at)


async def deliver(
    pool: Pool, keystore: FileStore, settings: Settings, mail: Route, job: outbox.Job, at: datetime
) -> None:
    """Do a `mail.…` job; returning means that it is done, `MailFailed` that it should come due again.

    A letter that can never arrive, or that did not within three days, is given up with an audit line.
    """
    row = await pool.fetchrow(
        "SELECT link.person_id, link.link_sealed, person.wrapped_key, person.name_sealed,"
        " person.email_sealed, organization.name AS organization"
        " FROM pending_link AS link"
        " JOIN person ON person.organization_id = link.organization_id AND person.id = link.person_id"
        " JOIN organization ON organization.id = link.organization_id"
        " WHERE link.organization_id = $1 AND link.id = $2",
        job.organization_id,
        job.reference,
    )
    if row is None or row["wrapped_key"] is None:
        return  # sent already, or the person was erased
    key = unwrap_person_key(keystore, job.organization_id, row["person_id"], row["wrapped_key"])
    try:
        letter = msgspec.json.decode(key.open(row["link_sealed"], _context(job.reference)), type=Letter)
        message = compose(
            job.kind,
            letter,
            message_id=job.id,
            domain=urlsplit(settings.base_url).hostname or "localhost",
            sender=settings.mail_from,
            organization=row["organization"],
            name=key.open(row["name_sealed"], b"name").decode(),
            email=key.open(row["email_sealed"], b"email").decode(),
            at=job.created_at,
        )
        await mail.send(message)
    except SealBroken:
        action = "mail.unreadable"
    except MailFailed as failure:
        if not failure.final and at - job.created_at < GIVE_UP_AFTER:
            raise
        action = "mail.abandoned"
    else:
        action = "mail.sent"
    async with transaction(pool) as db:
        await db.execute(
            "DELETE FROM pending_link WHERE organization_id = $1 AND id = $2",
            job.organization_id,
            job.reference,
        )
        await audit.append(db, job.organization_id, action, str(job.reference), at=at)


def _context(reference: UUID) -> bytes:
    return b"pending-link\n" + reference.bytes
