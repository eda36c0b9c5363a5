"""An annulment that was executed, as it stands in the database: for rooms that only read what it left out."""

from collections.abc import Collection
from datetime import datetime
from uuid import uuid4

from issuer.db.pool import Pool, transaction
from issuer.organizations.create import machine
from issuer.organizations.tokens import create_token


async def annul(
    pool: Pool, organization_id: str, bank_digest: str, items: Collection[str], *, at: datetime
) -> None:
    """Let items of a bank version count no more."""
    async with transaction(pool) as db:
        by = await machine(db, organization_id, "annuls", at=at)
        token, _ = await create_token(db, organization_id, by, "annuls", ("review:propose",), at=at)
        await db.execute(
            "INSERT INTO annulment (organization_id, id, bank_id, items, bank_digests, cause, why, met,"
            " unreadable, held_back, digest, proposed_by, proposed_with, proposed_at, state, closed_at,"
            " withdrawn) VALUES ($1, $2, 'any', $3, $4, 'key', 'Wrong.', 0, 0, 0, $5, $6, $7, $8, 'executed',"
            " $8, false)",
            organization_id,
            uuid4(),
            sorted(items),
            [bank_digest],
            bytes(32),
            by,
            token.id,
            at,
        )
