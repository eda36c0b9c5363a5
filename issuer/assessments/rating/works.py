"""Works: words sealed with the answer that they belong to, and shown to raters without anybody's name."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from issuer.assessments import store as assessments
from issuer.assessments.course import due, unrated
from issuer.assessments.languages import language_of
from issuer.assessments.rating import store
from issuer.assessments.rating.store import Work
from issuer.assessments.session import Session
from issuer.assessments.sitting import open_assessment, open_bank, read_log
from issuer.db.pool import Connection, Db
from issuer.organizations.tokens import Principal
from issuer.people.sealing import PersonKey, person_key
from keys.stores.file import FileStore
from schemas.assessment import Bank
from schemas.items import Task
from schemas.problems import ProblemError

PAGE = 50  # works that are read at a time


class Waiting(Struct, frozen=True):
    """A work that waits for this rater: what was asked, what may be used for it, and what was written.

    `title` is the bank's, `since` the day of writing; `language` is the one in which its writer was
    asked; the task is in the bank's own.
    """

    session_id: UUID
    task: Task
    title: str
    aids: str
    words: str
    since: date
    language: str


async def keep(
    db: Connection,
    keystore: FileStore,
    place: tuple[str, UUID, str],
    person_id: UUID,
    words: str,
    *,
    at: datetime,
) -> None:
    """Seal the words of an answer, in the transaction that records it; `place` is of organisation and item.

    Raises problem `person.erased`.
    """
    organization_id, session_id, item_id = place
    key = await person_key(db, keystore, organization_id, person_id)
    sealed = key.seal(words.encode(), _context(session_id, item_id))
    await store.insert_work(db, Work(organization_id, session_id, item_id, person_id, sealed, at))


async def read(db: Db, key: PersonKey, session_id: UUID) -> dict[str, str]:
    """Return what a person wrote in a session, by item, as far as it is kept: for who reviews their result.

    Whoever calls this sees to it that the reading is audited.
    """
    sealed = await store.works(db, key.organization_id, session_id)
    return {item: key.open(words, _context(session_id, item)).decode() for item, words in sealed}


async def waiting_for(db: Db, keystore: FileStore, rater: Principal, *, limit: int) -> tuple[Waiting, ...]:
    """Return works that this rater may rate now, the oldest first.

    Not those of the rater, nor those that they have rated. Nothing tells whose one is, or whether others have
    rated it. Raises what `require_person` does.
    """
    mark = await require_person(db, rater)
    found: list[Waiting] = []
    async for work in _open_works(db, rater.organization_id, mark):
        one = await _waiting(db, keystore, work, str(rater.id))
        if one is not None:
            found.append(one)
        if len(found) >= limit:
            break
    return tuple(found)


async def require_person(db: Db, rater: Principal) -> bytes:
    """Return the mark of the person that a rater is: two raters are two persons, none of them the writer.

    Raises problem `rating.person` for a program, and `principal.unnamed` for a role of which nobody has said
    which person it is.
    """
    if rater.kind != "person":
        raise ProblemError("rating.person")
    mark = await store.mark_of(db, rater.organization_id, rater.id)
    if mark is None:
        raise ProblemError("principal.unnamed")
    return mark


def is_waiting(bank: Bank, log: Session, item: str) -> bool:
    """Whether the session waits for somebody to rate this item; not before all of the step is answered."""
    return due(bank, log) == "rating" and item in unrated(bank, log)


async def _open_works(db: Db, organization_id: str, mark: bytes) -> AsyncIterator[Work]:
    page: tuple[Work, ...] = ()
    while page := await store.open_works(
        db, organization_id, mark, after=page[-1] if page else None, limit=PAGE
    ):
        for work in page:
            yield work


async def _waiting(db: Db, keystore: FileStore, work: Work, rater: str) -> Waiting | None:
    organization_id = work.organization_id
    log = read_log(await assessments.events(db, organization_id, work.session_id))
    bank = await open_bank(db, organization_id, log.started.bank_digest)
    task = bank.item(work.item_id)
    rated = any((one.item, one.rater) == (work.item_id, rater) for one in log.ratings)
    if rated or not isinstance(task, Task) or not is_waiting(bank, log, work.item_id):
        return None
    session = await store.session_of_work(db, organization_id, work.session_id)
    if session is None:
        return None
    assessment = await open_assessment(db, organization_id, session.assessment_id)
    try:
        key = await person_key(db, keystore, organization_id, work.person_id)
    except ProblemError:  # erased between the two statements
        return None
    words = key.open(work.words_sealed, _context(work.session_id, work.item_id)).decode()
    aids = task.aids or assessment.conditions.permitted_aids
    language = language_of(bank, log.started)
    return Waiting(work.session_id, task, bank.title, aids, words, work.created_at.date(), language)


def _context(session_id: UUID, item_id: str) -> bytes:
    return b"work\n" + session_id.bytes + item_id.encode()
