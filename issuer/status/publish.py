"""Signing and publishing a status list: outside any transaction, then compared and set.

Whoever sets a bit commits first and publishes afterwards. Publishing reads a version with its bits in one
statement, signs without holding a connection, and writes only over an older version: concurrent changes share
one signature and no bit is ever lost. If the service dies in between, `resign` finds the list behind its
version.
"""

import asyncio
import secrets
from datetime import datetime
from uuid import UUID

from issuer.db.pool import transaction
from issuer.organizations.keys import ring
from issuer.publications.store import publish
from issuer.status import lists, store
from issuer.status.desk import StatusDesk
from issuer.status.revocation_list import publish_revocation_list
from schemas.problems import ProblemError

ATTEMPTS = 20


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
        active = (await ring(desk.pool, organization_id)).active()
        if active is None:
            raise ProblemError("credential.signing", "The organisation has no active key.")
        key = active.public
        payload = lists.document(
            desk.settings.base_url, organization_id, list_id, bits.length, bits.indexes, at=at
        )
        token = await lists.sign(payload, desk.keystore.signer(key.kid))
        async with transaction(desk.pool) as db:
            if await store.mark_signed(db, organization_id, list_id, bits.version, kid=key.kid, at=at):
                path = lists.list_path(organization_id, list_id)
                await publish(db, organization_id, path, lists.MEDIA_TYPE, token.encode(), at=at)
                await publish_revocation_list(db, desk.settings.base_url, organization_id, at=at)
                signed = True
        # Whether ours was published or another's: look again, since bits may have been set meanwhile.
        if not signed:
            await asyncio.sleep(secrets.randbelow(20) / 1000)
    raise ProblemError("database.conflict")


def behind(bits: store.Bits, now: datetime) -> bool:
    """Whether a list must be signed.

    Never was, bits were set since, it expires soon, or its key is compromised.
    """
    return (
        bits.signed_version is None
        or bits.signed_at is None
        or bits.signed_version < bits.version
        or bits.signed_at < now - (lists.LIFETIME - lists.RENEW_BEFORE)
        or bits.signed_kid_state == "compromised"
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
