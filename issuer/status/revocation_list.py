"""The second projection of the status table: 1EdTech's Revocation List, by credential id, one an issuer.

For readers who know that method and no bit strings. Our own badges name the signed list: Open Badges allow a
single `credentialStatus`. Nobody signs this one, so it is published in the very commit that decides.
"""

from datetime import datetime

import msgspec

from issuer.db.pool import Db
from issuer.publications.store import hold, publish
from issuer.status import store
from keys.did.web import did_web
from schemas.status import RevocationList, RevokedCredential

MEDIA_TYPE = "application/json"


def revocation_list_path(organization_id: str) -> str:
    """Return the path under which the organisation's revocation list is published."""
    return f"/o/{organization_id}/status/revocations.json"


async def publish_revocation_list(db: Db, base_url: str, organization_id: str, *, at: datetime) -> None:
    """Publish what the organisation has withdrawn, as this transaction sees it; last in the transaction.

    An award on hold counts as withdrawn, as in the signed list; one that counts again says so. Neither
    reasons nor times are told.
    """
    await hold(db)  # whoever committed before is seen, whoever comes later sees us
    url = base_url + revocation_list_path(organization_id)
    document = RevocationList(
        id=url,
        issuer=did_web(base_url, organization_id),
        revoked_credentials=tuple(
            RevokedCredential(id=award_id.urn, revoked=standing != "good")
            for award_id, standing in await store.changed_standings(db, organization_id)
        ),
    )
    path = revocation_list_path(organization_id)
    await publish(db, organization_id, path, MEDIA_TYPE, msgspec.json.encode(document), at=at)
