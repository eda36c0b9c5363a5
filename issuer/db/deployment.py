"""What may never change under a database: the base URL, once a credential carries it."""

from datetime import datetime

from issuer.db.pool import Pool, transaction
from issuer.settings import StartRefused


async def fix_base_url(pool: Pool, base_url: str, *, at: datetime) -> None:
    """Note the base URL of this deployment, or refuse another than before.

    It is in the identifiers of every organisation, key and achievement. Until the first organisation exists
    it may change; afterwards documents and links name it, and from the first credential on for ever.

    Raises:
        StartRefused: base_url.changed
        ProblemError: database.unavailable
    """
    async with transaction(pool) as db:
        known = await db.fetchval(
            "INSERT INTO deployment (base_url, created_at) VALUES ($1, $2)"
            " ON CONFLICT (singleton) DO UPDATE SET base_url = deployment.base_url RETURNING base_url",
            base_url,
            at,
        )
        if known == base_url:
            return
        if await db.fetchval("SELECT EXISTS (SELECT FROM credential_form WHERE state = 'released')"):
            why = "Credentials were issued under it, and they carry it for ever."
        elif await db.fetchval("SELECT EXISTS (SELECT FROM organization)"):
            why = "Published documents and links that were sent carry it."
        else:
            await db.execute("UPDATE deployment SET base_url = $1", base_url)
            return
    raise StartRefused(
        "base_url.changed",
        f"This database belongs to {known}, and the base URL is now {base_url}. {why} "
        f"Set ASSAY_BASE_URL={known}, or begin anew with another ASSAY_DATA_DIR and database.",
    )
