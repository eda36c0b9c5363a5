"""A request for whoever answers it: its words, its session's story, what became of it; never whose it is."""

from uuid import UUID

from msgspec import Struct

from issuer.db.pool import Db
from issuer.organizations.tokens import Principal
from issuer.people.sealing import person_key
from issuer.review.requests.answer import foreign
from issuer.review.requests.followed import Followed, followed
from issuer.review.requests.store import Request
from issuer.review.requests.story import Story, story
from keys.stores.file import FileStore


class Shown(Struct, frozen=True):
    """A request as a reviewer sees it."""

    request: Request
    followed: Followed
    story: Story


async def show(db: Db, keystore: FileStore, reviewer: Principal, request_id: UUID) -> Shown:
    """Return a request with its session's story; raises what `foreign` does, and problem `person.erased`."""
    found = await foreign(db, reviewer, request_id)
    key = await person_key(db, keystore, found.organization_id, found.person_id)
    became = await followed(db, key, found)
    return Shown(found, became, await story(db, found.organization_id, found.session_id))
