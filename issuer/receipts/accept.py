"""Accepting receipts: all of a delivery in one transaction, each once, sealed under its person's key."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct

from issuer import audit
from issuer.db.pool import Connection, Db, Pool, transaction
from issuer.people.email import normalise_email
from issuer.people.enroll import find, find_or_create
from issuer.people.sealing import PersonKey, person_key
from issuer.receipts import store
from issuer.receipts.judge import Judged, judge
from issuer.receipts.read import Delivery, named
from issuer.receipts.store import ProviderAssessment, StoredReceipt
from issuer.skills.store import load_achievement
from keys.stores.file import FileStore
from schemas.problems import ProblemError
from schemas.receipt import Receipt

SALT_BYTES = 32
MAIL, ID = "mailto:", "urn:uuid:"


class Kept(Struct, frozen=True):
    """What is sealed of a receipt: as delivered, as read, and what made it an award or not.

    `salt` keeps the digest of what was not signed from being guessed: a file's line has few possible scores.
    """

    original: str
    receipt: Receipt
    judged: Judged
    salt: str


class Accepted(Struct, frozen=True):
    """A receipt that is stored; `digest` is SHA-256 of what is kept."""

    id: UUID
    digest: bytes
    delivery: Delivery
    judged: Judged


class _Ready(Struct, frozen=True):
    """A delivery with what it leads to; nothing stored yet."""

    place: int
    delivery: Delivery
    assessment: ProviderAssessment
    judged: Judged
    jti_mac: bytes


async def accept(
    pool: Pool,
    keystore: FileStore,
    organization_id: str,
    deliveries: Sequence[Delivery],
    *,
    principal_id: UUID | None,
    at: datetime,
) -> tuple[Accepted, ...]:
    """Store receipts, in their order, or none; of several, a refusal names which.

    Raises problems `receipt.assessment`, `receipt.revoked`, `receipt.subject`, `receipt.replayed` (with
    `receipt`, the id of the one that stands), `person.name`, `person.email`, those of `judge`.
    """
    async with transaction(pool) as db:
        ready = [
            await _ready(db, keystore, organization_id, one, place) for place, one in enumerate(deliveries, 1)
        ]
        done: dict[int, Accepted] = {}
        # In one order whatever the delivery's: two of them with the same receipts do not wait in a circle.
        for one in sorted(ready, key=lambda one: one.jti_mac):
            with named(one.delivery.place):
                done[one.place] = await _store(db, keystore, organization_id, one, at)
        for place in sorted(done):
            await audit.append(
                db,
                organization_id,
                "receipt.accepted",
                str(done[place].id),
                principal_id=principal_id,
                digest=done[place].digest,
                at=at,
            )
    return tuple(done[place] for place in sorted(done))


async def _ready(db: Db, keystore: FileStore, organization_id: str, delivery: Delivery, place: int) -> _Ready:
    found, provider = delivery.receipt, delivery.provider
    with named(delivery.place):
        assessment = await store.assessment_by_uri(
            db, organization_id, provider.id, found.assessment, found.version
        )
        if assessment is None:
            raise ProblemError("receipt.assessment")
        mapped = assessment.mapped
        achievement = await load_achievement(db, organization_id, mapped.achievement, mapped.revision)
        judged = judge(found, mapped, achievement.threshold)
    mac = keystore.mac(f"receipt:{organization_id}", msgspec.json.encode((provider.issuer, found.jti)))
    return _Ready(place, delivery, assessment, judged, mac)


async def _store(
    db: Connection, keystore: FileStore, organization_id: str, one: _Ready, at: datetime
) -> Accepted:
    delivery = one.delivery
    person_id = await _person(db, keystore, organization_id, delivery.receipt, at)
    if not await store.hold_provider(db, organization_id, delivery.provider.id):
        raise ProblemError("receipt.revoked")
    key = await _held(db, keystore, organization_id, person_id)
    salt = "" if delivery.secured == "signature" else secrets.token_urlsafe(SALT_BYTES)
    kept = msgspec.json.encode(Kept(delivery.original.decode(), delivery.receipt, one.judged, salt))
    # A signed receipt is named by its own bytes, as its provider has them.
    digest = hashlib.sha256(delivery.original if delivery.secured == "signature" else kept).digest()
    stored = StoredReceipt(
        organization_id=organization_id,
        id=uuid4(),
        assessment_id=one.assessment.id,
        secured=delivery.secured,
        digest=digest,
        receipt_sealed=None,
        received_at=at,
        outcome=one.judged.outcome,
        level=one.judged.level,
    )
    sealed = msgspec.structs.replace(stored, receipt_sealed=key.seal(kept, context(stored.id)))
    if not await store.insert_receipt(db, sealed, jti_mac=one.jti_mac, person_id=person_id):
        raise ProblemError("receipt.replayed")
    return Accepted(stored.id, digest, delivery, one.judged)


async def _person(db: Db, keystore: FileStore, organization_id: str, found: Receipt, at: datetime) -> UUID:
    """Return the person whose result it is: known by e-mail or by an id of ours, or enrolled by e-mail."""
    if found.sub.startswith(MAIL):
        email = normalise_email(found.sub.removeprefix(MAIL))
        known = await find(db, keystore, organization_id, email)
        if known is None and found.name is None:
            raise ProblemError(
                "receipt.subject", "Nobody here has this address; to enrol them, name is needed."
            )
        if known is None:
            known = (await find_or_create(db, keystore, organization_id, found.name or "", email, at)).id
        return known
    try:
        identifier = UUID(found.sub.removeprefix(ID)) if found.sub.startswith(ID) else None
    except ValueError:
        identifier = None
    person = await store.invited_person(db, organization_id, identifier) if identifier else None
    if person is None:
        raise ProblemError("receipt.subject")
    return person


async def _held(db: Db, keystore: FileStore, organization_id: str, person_id: UUID) -> PersonKey:
    """Return the person's key, and keep them from being erased until the transaction ends."""
    await db.execute(
        "SELECT id FROM person WHERE organization_id = $1 AND id = $2 FOR KEY SHARE",
        organization_id,
        person_id,
    )
    return await person_key(db, keystore, organization_id, person_id)


def context(receipt_id: UUID) -> bytes:
    """Return what binds a sealed receipt to its row."""
    return b"receipt\n" + receipt_id.bytes
