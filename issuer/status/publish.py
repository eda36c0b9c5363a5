"""Signing and publishing a status list: outside any transaction, then compared and set.

Whoever sets a bit commits first and publishes afterwards. Publishing reads a version with its bits in one
statement, signs without holding a connection, and writes only over an older version: concurrent changes share
one signature and no bit is ever lost. If the service dies in between, `resign` finds the list behind its
version.
"""

import asyncio
import logging
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from issuer.db.pool import Db, transaction
from issuer.organizations.keys import ring
from issuer.publications.store import alternate_path, publish
from issuer.status import lists, store
from issuer.status.desk import StatusDesk
from issuer.status.revocation_list import publish_revocation_list
from keys.stores.file import StoreRefused
from schemas.problems import ProblemError

ATTEMPTS = 20

log = logging.getLogger("assay.status")


async def publish_list(desk: StatusDesk, organization_id: str, list_id: UUID) -> bool:
    """Bring the published list up to the newest version; False if it already was.

    Safe to repeat and to race.
    """
    signed = False
    for _ in range(ATTEMPTS):
        now = desk.clock()
        bits = await store.bits(desk.pool, organization_id, list_id)
        if not behind(bits, now):
            return signed
        # A list never claims to be older than the one it replaces, whatever the clock does.
        at = now if bits.signed_at is None else max(now, bits.signed_at)
        document = lists.document(
            desk.settings.base_url, organization_id, list_id, bits.length, bits.indexes, at=at
        )
        forms = await _sign(desk, organization_id, document)
        async with transaction(desk.pool) as db:
            kids = (forms.kid, forms.proof_kid)
            if await store.mark_signed(db, organization_id, list_id, bits.version, kids, at=at):
                await _publish(db, organization_id, lists.list_path(organization_id, list_id), forms, at)
                await publish_revocation_list(db, desk.settings.base_url, organization_id, at=at)
                signed = True
        # Whether ours was published or another's: look again, since bits may have been set meanwhile.
        if not signed:
            await asyncio.sleep(secrets.randbelow(20) / 1000)
    raise ProblemError("database.conflict")


class _Forms(Struct, frozen=True):
    """One list, signed twice: as a token, and with an embedded proof where there is a key for it."""

    kid: str
    token: str
    proof_kid: str | None = None
    proved: bytes = b""


async def _sign(desk: StatusDesk, organization_id: str, document: Mapping[str, Any]) -> _Forms:
    keys = await ring(desk.pool, organization_id)
    signing, proving = keys.active(), keys.active("EdDSA")
    if signing is None:
        raise ProblemError("credential.signing", "The organisation has no active key.")
    token = await lists.sign(document, desk.keystore.signer(signing.public.kid))
    if proving is None:
        return _Forms(signing.public.kid, token)
    try:
        proved = await lists.prove(document, desk.keystore.signer(proving.public.kid))
    except StoreRefused as refused:  # a withdrawal never waits for the second key
        extra = {"organization": organization_id, "code": refused.code}
        log.warning("status.unproved", extra=extra)
        return _Forms(signing.public.kid, token)
    return _Forms(signing.public.kid, token, proving.public.kid, proved)


async def _publish(db: Db, organization_id: str, path: str, forms: _Forms, at: datetime) -> None:
    """Both forms at once: whoever asks for one after the other never sees a withdrawal taken back."""
    await publish(db, organization_id, path, lists.MEDIA_TYPE, forms.token.encode(), at=at)
    await publish(
        db,
        organization_id,
        alternate_path(path),
        lists.PROVED_MEDIA_TYPE,
        forms.proved,
        at=at,
        gone=forms.proof_kid is None,
    )


def behind(bits: store.Bits, now: datetime) -> bool:
    """Whether a list must be signed.

    Never was, bits were set since, it expires soon, or a key of it is compromised.
    """
    return (
        bits.signed_version is None
        or bits.signed_at is None
        or bits.signed_version < bits.version
        or bits.signed_at < now - (lists.LIFETIME - lists.RENEW_BEFORE)
        or "compromised" in (bits.signed_kid_state, bits.proof_kid_state)
    )


async def resign(desk: StatusDesk) -> int:
    """The job: publish every list that is missing, behind, or about to expire.

    Returns how many were signed.
    """
    waiting = await store.due(desk.pool, desk.clock() - (lists.LIFETIME - lists.RENEW_BEFORE))
    count = 0
    for organization_id, list_id in waiting:
        count += await publish_list(desk, organization_id, list_id)
    return count
