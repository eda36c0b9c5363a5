"""A new base URL before the first credential: what was published under the old one is published anew."""

from datetime import datetime

from issuer.db.pool import Connection
from issuer.organizations.keys import publish_keys, ring
from issuer.publications.store import publish
from issuer.settings import Settings
from issuer.skills.documents import MEDIA_TYPE, achievement_document, achievement_path, publication
from issuer.skills.store import load_achievement, load_skill


async def rebase(db: Connection, settings: Settings, at: datetime) -> None:
    """Publish the documents that name the base URL, in the caller's transaction.

    Status lists and credentials name it too, but where there is one the base URL is fixed; assessment records
    do not. Links that were sent before lead to the old address.
    """
    for organization in await db.fetch("SELECT id FROM organization ORDER BY id"):
        organization_id = organization["id"]
        await publish_keys(db, await ring(db, organization_id), organization_id, settings, at)
    for row in await db.fetch("SELECT organization_id, id, revision FROM achievement ORDER BY 1, 2, 3"):
        achievement = await load_achievement(db, row["organization_id"], row["id"], row["revision"])
        skill = await load_skill(db, row["organization_id"], achievement.skill_id)
        document = achievement_document(settings.base_url, achievement, skill)
        path = achievement_path(row["organization_id"], row["id"], row["revision"])
        await publish(db, row["organization_id"], path, MEDIA_TYPE, publication(document), at=at)
