"""What may never change under a database: the base URL, once a credential carries it."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from issuer.db.pool import Connection, Pool, transaction
from issuer.settings import SettingsRefused

Moved = Callable[[Connection], Awaitable[None]]


async def fix_base_url(pool: Pool, base_url: str, *, at: datetime, moved: Moved | None = None) -> None:
    """Note the base URL of this deployment, or refuse another than before.

    It is in the identifiers of every organisation, key and achievement. Until the first credential is
    drafted, the service may take over another one: `moved` then brings what is published up to date, in the
    same transaction. Commands give no `moved`: they refuse another one as soon as anything is published.

    Raises:
        SettingsRefused: base_url.changed
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
        drafted = await db.fetchval("SELECT EXISTS (SELECT FROM credential_form)")
        published = await db.fetchval("SELECT EXISTS (SELECT FROM publication)")
        if drafted or (published and moved is None):
            raise SettingsRefused(
                "base_url.changed",
                f"The service belongs to {known}, and the base URL here is {base_url}. "
                + (
                    f"Credentials carry it for ever. Set ASSAY_BASE_URL={known}, or begin anew with another "
                    "ASSAY_DATA_DIR and database."
                    if drafted
                    else f"Set ASSAY_BASE_URL={known}, or start the service with the new one first: as long "
                    "as there is no credential, it takes it over."
                ),
            )
        await db.execute("UPDATE deployment SET base_url = $1", base_url)
        if moved is not None:
            await moved(db)
