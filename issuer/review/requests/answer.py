"""Look at a request and answer it: a person other than whoever asked, in words of their own."""

from datetime import datetime
from uuid import UUID, uuid4

from msgspec.structs import replace

from issuer import audit
from issuer.assessments import store as assessments
from issuer.assessments.rating.store import is_rater, session_of_work
from issuer.assessments.sitting import open_assessment, open_bank, read_log
from issuer.db.pool import Connection, Db, Pool, transaction
from issuer.mail import Letter
from issuer.organizations.tokens import Principal
from issuer.people.letters import post
from issuer.people.sealing import PersonKey, person_key
from issuer.review.annulments import store as annulments
from issuer.review.annulments.store import Annulment
from issuer.review.reproduce import UNREADABLE
from issuer.review.requests import store
from issuer.review.requests.store import Request
from issuer.review.requests.words import context, read_words, wrapped
from issuer.review.reviewer import own_people
from keys.stores.file import FileStore
from schemas.problems import ProblemError


async def foreign(db: Db, reviewer: Principal, request_id: UUID, *, lock: bool = False) -> Request:
    """Return a request that this person may look at.

    Raises problem `review.unknown`, `review.own`, `review.rated` for whoever rated one of its texts,
    `approval.person`, `principal.unnamed`.
    """
    own = await own_people(db, reviewer)
    found = await store.request(db, reviewer.organization_id, request_id, lock=lock)
    if found is None:
        raise ProblemError("review.unknown")
    if found.person_id in own:
        raise ProblemError("review.own")
    if await is_rater(db, reviewer.organization_id, found.session_id, reviewer.id):
        raise ProblemError("review.rated")
    return found


async def begin(pool: Pool, reviewer: Principal, request_id: UUID, *, at: datetime) -> None:
    """Say that somebody looks at it: the person's page then says so. Repeating it changes nothing.

    Raises what `foreign` does, and problem `review.answered`.
    """
    async with transaction(pool) as db:
        found = await foreign(db, reviewer, request_id, lock=True)
        if found.answered_at is not None:
            raise ProblemError("review.answered")
        await _begin(db, reviewer, found, at)


async def answer(
    pool: Pool,
    keystore: FileStore,
    reviewer: Principal,
    request_id: UUID,
    text: str,
    *,
    annulment_id: UUID | None = None,
    at: datetime,
) -> None:
    """Answer a request, once: the person gets a letter with the words. The same again changes nothing.

    `annulment_id`: what was proposed because of it; the person's page follows what becomes of that. Raises
    what `foreign` does, and problem `review.words`, `review.answered`, `annulment.unknown`, `review.unmet`.
    """
    words = read_words(text)
    async with transaction(pool) as db:
        found = await foreign(db, reviewer, request_id, lock=True)
        key = await person_key(db, keystore, found.organization_id, found.person_id)
        if found.answered_at is not None:
            if (opened(key, found)[1], found.annulment_id) == (words, annulment_id):
                return
            raise ProblemError("review.answered")
        title = await _concerned(db, found, annulment_id)
        await _begin(db, reviewer, found, at)
        sealed = key.seal(words.encode(), context(found.id, b"answer"))
        given = replace(found, answered_at=at, answer_sealed=sealed, annulment_id=annulment_id)
        await store.answer(db, given, reviewer.id)
        await _note(db, reviewer, found, "review.answered", at)
        await post(db, key, "mail.answered", uuid4(), Letter("", title, news=wrapped(words)), at)


def opened(key: PersonKey, request: Request) -> tuple[str | None, str | None]:
    """Return words and answer of a request in plain text; None for what is not there, or not any more."""

    def open_(sealed: bytes | None, what: bytes) -> str | None:
        return None if sealed is None else key.open(sealed, context(request.id, what)).decode()

    return open_(request.words_sealed, b"words"), open_(request.answer_sealed, b"answer")


async def _concerned(db: Connection, request: Request, annulment_id: UUID | None) -> str:
    """Return the title of the session's bank; refuse a proposal that has nothing to do with the session."""
    organization_id = request.organization_id
    if annulment_id is not None:
        proposal = await annulments.annulment(db, organization_id, annulment_id)
        if proposal is None:
            raise ProblemError("annulment.unknown")
        if not await _met(db, request, proposal):
            raise ProblemError("review.unmet")
    session = await session_of_work(db, organization_id, request.session_id)
    if session is None:  # erased just now
        raise ProblemError("review.unknown")
    assessment = await open_assessment(db, organization_id, session.assessment_id)
    return (await open_bank(db, organization_id, assessment.bank_digest)).title


async def _met(db: Connection, request: Request, proposal: Annulment) -> bool:
    """Whether the session was asked one of the items, in one of those versions; not if nobody can tell."""
    try:
        log = read_log(await assessments.events(db, request.organization_id, request.session_id))
    except UNREADABLE:
        return False
    return log.started.bank_digest in proposal.bank_digests and not log.seen.isdisjoint(proposal.items)


async def _begin(db: Connection, reviewer: Principal, request: Request, at: datetime) -> None:
    if request.begun_at is None:
        await store.begin(db, request.organization_id, request.id, reviewer.id, at)
        await _note(db, reviewer, request, "review.begun", at)


async def _note(db: Connection, reviewer: Principal, request: Request, action: str, at: datetime) -> None:
    place = request.organization_id, action, str(request.id)
    await audit.append(db, *place, principal_id=reviewer.id, at=at)
