"""A request for whoever answers it: its words, its session's story, what became of it; never whose it is."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from issuer import audit
from issuer.assessments.rating import works
from issuer.db.pool import Pool, transaction
from issuer.organizations.tokens import Principal
from issuer.people.sealing import person_key
from issuer.review.requests.answer import foreign
from issuer.review.requests.followed import Followed, followed
from issuer.review.requests.store import Request
from issuer.review.requests.story import Story, story, written
from keys.stores.file import FileStore


class Shown(Struct, frozen=True):
    """A request as a reviewer sees it."""

    request: Request
    followed: Followed
    story: Story


async def show(
    pool: Pool, keystore: FileStore, reviewer: Principal, request_id: UUID, *, at: datetime
) -> Shown:
    """Return a request with its session's story, and in it what was written for tasks, as far as it is kept.

    Each time that a text is read has its line in the audit log. Raises what `foreign` does, and problem
    `person.erased`.
    """
    found = await foreign(pool, reviewer, request_id)
    organization_id = found.organization_id
    key = await person_key(pool, keystore, organization_id, found.person_id)
    became = await followed(pool, key, found)
    told = await story(pool, organization_id, found.session_id)
    words = await works.read(pool, key, found.session_id) if told.questions else {}
    if words:
        async with transaction(pool) as db:
            subject = organization_id, "review.work_read", str(found.id)
            await audit.append(db, *subject, principal_id=reviewer.id, at=at)
    return Shown(found, became, written(told, words))
