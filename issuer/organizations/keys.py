"""The keys of an organisation: rotation, compromise, and publishing what verifiers read.

A private half is made in the key store first, then the row in a transaction with its audit lines and the
documents. A crash in between leaves a key file that nothing names: harmless.
"""

import asyncio
import hashlib
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import msgspec

from issuer import audit
from issuer.db.pool import Db, Pool, transaction
from issuer.organizations import store
from issuer.publications.store import publish
from issuer.settings import Settings
from keys.did.web import did_web
from keys.public import PublicKey
from keys.ring import KeyEntry, KeyRing, did_document, jwks
from keys.stores.file import FileStore
from schemas.jwk import Jwk
from schemas.problems import ProblemError

# What every organisation has from the beginning: for status lists and JWT forms, and for Data Integrity.
ALGORITHMS = ("ES256", "EdDSA")
DID_MEDIA_TYPE = "application/did+json"
JWKS_MEDIA_TYPE = "application/jwk-set+json"
JWK_MEDIA_TYPE = "application/jwk+json"


def key_path(organization_id: str, kid: str) -> str:
    """Return where one JWK is published, below the base URL; `kid` is its RFC 7638 thumbprint."""
    return f"/o/{organization_id}/keys/{kid}"


async def ring(db: Db, organization_id: str) -> KeyRing:
    """Return every key the organisation ever had, with its state and dates."""
    return KeyRing(tuple(_entry(row) for row in await store.keys(db, organization_id)))


async def publish_keys(
    db: Db, key_ring: KeyRing, organization_id: str, settings: Settings, at: datetime
) -> None:
    """Publish did.json, jwks.json and each JWK, in the caller's transaction; a compromised one is gone."""
    did = did_web(settings.base_url, organization_id)
    folder = f"/o/{organization_id}"
    document = msgspec.json.encode(did_document(did, key_ring))
    await publish(db, organization_id, f"{folder}/did.json", DID_MEDIA_TYPE, document, at=at)
    key_set = msgspec.json.encode(jwks(key_ring))
    await publish(db, organization_id, f"{folder}/jwks.json", JWKS_MEDIA_TYPE, key_set, at=at)
    for entry in key_ring.entries:
        gone = entry.state == "compromised"
        body = b"" if gone else msgspec.json.encode(entry.public.jwk)
        path = key_path(organization_id, entry.public.kid)
        await publish(db, organization_id, path, JWK_MEDIA_TYPE, body, at=at, gone=gone)


async def activate(
    db: Db,
    keystore: FileStore,
    organization_id: str,
    algorithm: str,
    *,
    principal_id: UUID | None = None,
    at: datetime,
) -> PublicKey:
    """Make a key the active one of its algorithm, in the caller's transaction; the one before is retired."""
    public = await asyncio.to_thread(keystore.create, algorithm)
    retired = await store.retire_active_key(db, organization_id, algorithm, at)
    if retired is not None:
        await audit.append(db, organization_id, "key.retired", retired, principal_id=principal_id, at=at)
    jwk = msgspec.json.encode(public.jwk)
    await store.insert_key(
        db, store.StoredKey(organization_id, public.kid, public.algorithm, jwk, "active", at)
    )
    digest = hashlib.sha256(jwk).digest()
    await audit.append(
        db, organization_id, "key.activated", public.kid, principal_id=principal_id, digest=digest, at=at
    )
    return public


async def rotate(
    pool: Pool,
    keystore: FileStore,
    settings: Settings,
    organization_id: str,
    clock: Callable[[], datetime],
    *,
    algorithm: str | None = None,
    principal_id: UUID | None = None,
) -> tuple[PublicKey, ...]:
    """Retire active keys and activate new ones, of this algorithm or of all that are used; returns the new.

    What the old ones signed verifies for ever. Raises problem `key.algorithm` where no key of it is active.
    """
    async with transaction(pool) as db:
        await store.lock_organization(db, organization_id)
        at = clock()
        entries = (await ring(db, organization_id)).entries
        used = sorted({entry.public.algorithm for entry in entries if entry.state == "active"})
        if algorithm is not None and algorithm not in used:
            raise ProblemError("key.algorithm", f"The organisation signs with {', '.join(used)}.")
        made = [
            await activate(db, keystore, organization_id, name, principal_id=principal_id, at=at)
            for name in used
            if algorithm in (None, name)
        ]
        await publish_keys(db, await ring(db, organization_id), organization_id, settings, at)
    return tuple(made)


async def compromise(
    pool: Pool,
    keystore: FileStore,
    settings: Settings,
    organization_id: str,
    kid: str,
    clock: Callable[[], datetime],
    *,
    principal_id: UUID | None = None,
) -> PublicKey | None:
    """Report a key as compromised; returns the key that takes its place if it was the active one.

    It leaves the DID document and the key set, and its own address answers 410. That is final; a second
    report changes nothing. Whatever it signed is no longer genuine, so honest awards need successor forms
    (issuer.issuance).
    """
    async with transaction(pool) as db:
        await store.lock_organization(db, organization_id)
        at = clock()
        entry = (await ring(db, organization_id)).get(kid)
        if entry is None:
            raise ProblemError("key.unknown")
        if entry.state == "compromised":
            return None
        await store.mark_key_compromised(db, organization_id, kid, at)
        await audit.append(db, organization_id, "key.compromised", kid, principal_id=principal_id, at=at)
        successor = None
        if entry.state == "active":
            successor = await activate(
                db, keystore, organization_id, entry.public.algorithm, principal_id=principal_id, at=at
            )
        await publish_keys(db, await ring(db, organization_id), organization_id, settings, at)
    return successor


def _entry(row: store.StoredKey) -> KeyEntry:
    return KeyEntry(
        public=PublicKey.from_jwk(msgspec.json.decode(row.jwk, type=Jwk)),
        state=row.state,
        activated_at=row.activated_at,
        retired_at=row.retired_at,
        compromised_at=row.compromised_at,
    )
