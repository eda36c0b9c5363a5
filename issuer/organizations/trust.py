"""Exporting what strangers need to verify offline: DID documents, keys and signed status lists."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from issuer.db.pool import Db
from issuer.organizations.store import load_organization
from issuer.settings import Settings
from keys.did.web import did_web
from keys.proofs.jose import read
from verifier.fetch import GONE, OK, Fetched
from verifier.trust import write_trust_folder


class Exported(Struct, frozen=True):
    """How many documents were written, and until when every status list among them counts."""

    documents: int
    until: datetime | None


async def export(
    db: Db,
    settings: Settings,
    folder: Path,
    organizations: Sequence[str] = (),
    *,
    vouched_by: str | None = None,
    at: datetime,
) -> Exported:
    """Write what these organisations publish (all of them if none is named); returns what was written.

    `vouched_by` is who the reader will see as the source; the service's own address if None.
    """
    for organization_id in organizations:
        await load_organization(db, organization_id)
    chosen = tuple(organizations) or tuple(
        row["id"] for row in await db.fetch("SELECT id FROM organization ORDER BY id")
    )
    documents = [one for organization_id in chosen for one in await _published(db, settings, organization_id)]
    source = vouched_by or settings.host
    pinned = {did_web(settings.base_url, organization_id): source for organization_id in chosen}
    await asyncio.to_thread(write_trust_folder, folder, documents, pinned, at=at)
    return Exported(len(documents), min(map(_valid_until, filter(_is_list, documents)), default=None))


def _is_list(document: Fetched) -> bool:
    return document.media_type == "application/vc+jwt"


def _valid_until(document: Fetched) -> datetime:
    """When a signed status list of our own ends: a verifier refuses it afterwards as stale."""
    return datetime.fromisoformat(read(document.body).document["validUntil"])


async def _published(db: Db, settings: Settings, organization_id: str) -> list[Fetched]:
    rows = await db.fetch(
        "SELECT path, media_type, body, gone, published_at FROM publication WHERE organization_id = $1"
        " AND path ~ '^/o/[^/]+/(did[.]json$|jwks[.]json$|keys/|status/)' ORDER BY path",
        organization_id,
    )
    return [
        Fetched(
            url=settings.base_url + row["path"],
            body=row["body"],
            media_type=row["media_type"],
            status=GONE if row["gone"] else OK,
            fetched_at=row["published_at"],
            source=settings.host,
        )
        for row in rows
    ]
