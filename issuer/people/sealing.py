"""Sealing personal data: AES-256-GCM under a data key of the person's own.

The data key stands in the database wrapped by the key store, whose key-encryption key is elsewhere. Both the
wrapping and every seal are bound to where they stand (organisation, person, column), so that no ciphertext
can be moved to another row or column and still be opened.
"""

import secrets
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from issuer.db.pool import Db
from keys.stores.file import FileStore
from schemas.problems import ProblemError

VERSION = b"\x01"
NONCE_BYTES = 12
TAG_BYTES = 16


class SealBroken(Exception):  # noqa: N818 - the word names what was found
    """A sealed value does not open under this key in this place: it was changed, moved or cut."""


class PersonKey:
    """The data key (32 bytes) of one person of one organisation. Its representation never shows it."""

    __slots__ = ("_cipher", "organization_id", "person_id")

    def __init__(self, organization_id: str, person_id: UUID, key: bytes) -> None:
        self.organization_id = organization_id
        self.person_id = person_id
        self._cipher = AESGCM(key)

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """Return version, nonce and ciphertext with its tag; `context` names the column it belongs to."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return VERSION + nonce + self._cipher.encrypt(nonce, plaintext, self._place(context))

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Return the plaintext sealed under the same context; raise `SealBroken` for anything else."""
        if len(sealed) < len(VERSION) + NONCE_BYTES + TAG_BYTES or sealed[:1] != VERSION:
            raise SealBroken("not a sealed value of a known version")
        nonce, ciphertext = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, ciphertext, self._place(context))
        except InvalidTag as error:
            raise SealBroken("this value does not belong here") from error

    def _place(self, context: bytes) -> bytes:
        return place(self.organization_id, self.person_id, context)


def place(organization_id: str, person_id: UUID, context: bytes) -> bytes:
    """Return the bytes that bind a ciphertext to its place; the context comes last: no two are the same."""
    return f"assay/person/1\n{organization_id}\n{person_id}\n".encode() + context


def new_person_key(keystore: FileStore, organization_id: str, person_id: UUID) -> tuple[PersonKey, bytes]:
    """Make a data key; returns it and its wrapped form, the only form in which it is ever stored."""
    key = AESGCM.generate_key(bit_length=256)
    wrapped = keystore.wrap(key, place(organization_id, person_id, b"data-key"))
    return PersonKey(organization_id, person_id, key), wrapped


def unwrap_person_key(
    keystore: FileStore, organization_id: str, person_id: UUID, wrapped: bytes
) -> PersonKey:
    """Return the data key of a person whose row was read already."""
    key = keystore.unwrap(wrapped, place(organization_id, person_id, b"data-key"))
    return PersonKey(organization_id, person_id, key)


async def person_key(db: Db, keystore: FileStore, organization_id: str, person_id: UUID) -> PersonKey:
    """Return a person's data key; raises `person.unknown`, or `person.erased` once it is destroyed."""
    row = await db.fetchrow(
        "SELECT wrapped_key FROM person WHERE organization_id = $1 AND id = $2", organization_id, person_id
    )
    if row is None:
        raise ProblemError("person.unknown")
    if row["wrapped_key"] is None:
        raise ProblemError("person.erased")
    return unwrap_person_key(keystore, organization_id, person_id, row["wrapped_key"])
