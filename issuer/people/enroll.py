"""Enrolling: a person is found by a keyed hash of the e-mail, or created with a data key of their own."""

import unicodedata
from datetime import datetime
from uuid import UUID, uuid4

import msgspec

from issuer.db.pool import Db
from issuer.people.email import normalise_email
from issuer.people.sealing import new_person_key, unwrap_person_key
from keys.stores.file import FileStore
from schemas.problems import ProblemError

NAME_AT_MOST = 200  # characters


class Person(msgspec.Struct, frozen=True):
    """A person, opened: `subject` is the uuid of `credentialSubject.id`, `email` is normalised."""

    organization_id: str
    id: UUID
    subject: UUID
    name: str
    email: str


# Unicode Standard Annex 9, section 2: explicit directional embeddings, overrides and isolates.
OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def normalise_name(text: str) -> str:
    """Return the name in NFC with single spaces; raises `person.name` if it is empty, long or not text."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    # Cc: line breaks in a mail header. Cf (joiners, marks of direction) are part of some people's names, but
    # embeddings and overrides of direction only make text read other than it is written.
    unfit = any(unicodedata.category(sign) in {"Cc", "Cs"} or sign in OVERRIDES for sign in name)
    if unfit or not 0 < len(name) <= NAME_AT_MOST:
        raise ProblemError("person.name")
    return name


def email_hmac(keystore: FileStore, organization_id: str, email: str) -> bytes:
    """Return what a person is found by (32 bytes): keyed outside the database, and per organisation."""
    return keystore.mac(f"email:{organization_id}", email.encode())


async def find_or_create(
    db: Db, keystore: FileStore, organization_id: str, name: str, email: str, at: datetime
) -> Person:
    """Return the person with this e-mail, created if new; a known address keeps the name first given.

    Two callers with the same new address get the same person, whichever commits first.
    """
    name, email = normalise_name(name), normalise_email(email)
    person_id = uuid4()
    key, wrapped = new_person_key(keystore, organization_id, person_id)
    lookup = email_hmac(keystore, organization_id, email)
    subject: UUID | None = await db.fetchval(
        "INSERT INTO person (organization_id, id, subject, email_hmac, wrapped_key, name_sealed,"
        " email_sealed, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        " ON CONFLICT (organization_id, email_hmac) DO NOTHING RETURNING subject",
        organization_id,
        person_id,
        uuid4(),
        lookup,
        wrapped,
        key.seal(name.encode(), b"name"),
        key.seal(email.encode(), b"email"),
        at,
    )
    if subject is not None:
        return Person(organization_id, person_id, subject, name, email)
    known: UUID | None = await db.fetchval(
        "SELECT id FROM person WHERE organization_id = $1 AND email_hmac = $2", organization_id, lookup
    )
    if known is None:  # erased between the two statements
        raise ProblemError("database.conflict")
    return await load(db, keystore, organization_id, known)


async def find(db: Db, keystore: FileStore, organization_id: str, email: str) -> UUID | None:
    """Return the id of the person with this e-mail, or None."""
    lookup = email_hmac(keystore, organization_id, normalise_email(email))
    found: UUID | None = await db.fetchval(
        "SELECT id FROM person WHERE organization_id = $1 AND email_hmac = $2", organization_id, lookup
    )
    return found


async def load(db: Db, keystore: FileStore, organization_id: str, person_id: UUID) -> Person:
    """Return a person with name and e-mail opened; raises problem `person.unknown` or `person.erased`."""
    row = await db.fetchrow(
        "SELECT subject, wrapped_key, name_sealed, email_sealed FROM person"
        " WHERE organization_id = $1 AND id = $2",
        organization_id,
        person_id,
    )
    if row is None:
        raise ProblemError("person.unknown")
    if row["wrapped_key"] is None:
        raise ProblemError("person.erased")
    key = unwrap_person_key(keystore, organization_id, person_id, row["wrapped_key"])
    return Person(
        organization_id,
        person_id,
        row["subject"],
        key.open(row["name_sealed"], b"name").decode(),
        key.open(row["email_sealed"], b"email").decode(),
    )
