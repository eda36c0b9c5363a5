"""Ask for a review: whoever took an assessment to its end says what should be looked at, in their words."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid4

from issuer import audit
from issuer.assessments.sitting import Sitting, open_sitting, started
from issuer.db.pool import Connection, Pool, transaction
from issuer.fairness.store import contact
from issuer.mail import Letter
from issuer.people.letters import post
from issuer.people.sealing import person_key
from issuer.review.requests import store
from issuer.review.requests.store import Request
from issuer.review.requests.words import context, read_words
from keys.stores.file import FileStore
from schemas.problems import ProblemError

OFTEN = 3  # requests about one session, one after another

TELLING = """Read what they ask, and the replayed session:

    assay review show {id}

What they wrote is not in this message."""


async def ask(pool: Pool, keystore: FileStore, token: str, text: str, clock: Callable[[], datetime]) -> UUID:
    """Keep what the person behind the link asks, sealed, and tell the organisation's contact; returns its id.

    One request of a session is open at a time. Raises problem `review.words`, `review.open`, `review.often`,
    `session.not_started`, `session.unfinished`, `invitation.unknown`.
    """
    words = read_words(text)
    async with transaction(pool) as db:
        sitting = await open_sitting(db, token, lock=True)
        session, _ = started(sitting)
        if session.finished_at is None:
            raise ProblemError("session.unfinished")
        organization_id, person_id = session.organization_id, sitting.invitation.person_id
        before = await store.requests_of(db, organization_id, person_id, sitting.assessment.slug)
        refuse_more([one for one in before if one.session_id == session.id])
        key = await person_key(db, keystore, organization_id, person_id)
        request_id, at = uuid4(), clock()
        sealed = key.seal(words.encode(), context(request_id, b"words"))
        await store.insert(db, Request(organization_id, request_id, session.id, person_id, sealed, at))
        await audit.append(db, organization_id, "review.asked", str(request_id), at=at)
        await _tell(db, keystore, sitting, request_id, at)
    return request_id


def refuse_more(before: list[Request]) -> None:
    """Raise problem `review.open` or `review.often` where a session has had its requests."""
    if any(one.answered_at is None for one in before):
        raise ProblemError("review.open")
    if len(before) >= OFTEN:
        raise ProblemError("review.often")


async def _tell(
    db: Connection, keystore: FileStore, sitting: Sitting, request_id: UUID, at: datetime
) -> None:
    organization_id = sitting.invitation.organization_id
    told = await contact(db, organization_id)
    if told is None:
        return  # the list has it all the same
    key = await person_key(db, keystore, organization_id, told)
    letter = Letter("", sitting.bank.title, news=TELLING.format(id=request_id))
    await post(db, key, "mail.asked", request_id, letter, at)
