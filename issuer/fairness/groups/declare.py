"""Ask for a protected attribute, for a purpose; answer it, or withdraw; bring answers given elsewhere.

An answer is one sealed byte, the place of an option: neither its value nor its length says anything.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from issuer import audit
from issuer.db.pool import Connection, Db
from issuer.fairness.groups import store
from issuer.people.enroll import find
from issuer.people.sealing import person_key
from keys.stores.file import FileStore
from schemas.problems import ProblemError

PURPOSE_AT_MOST = 500  # characters
OPTION_AT_MOST = 100
OPTIONS_AT_MOST = 20
_ATTRIBUTE = re.compile(r"[a-z][a-z-]{1,30}")


async def ask(db: Connection, organization_id: str, question: store.Question, *, by: UUID) -> None:
    """Ask for an attribute from now on, in the caller's transaction.

    Raises problem `groups.question` for one that cannot be asked so, `groups.asked` where it is already.
    """
    options, purpose = question.options, question.purpose
    texts = [(purpose, PURPOSE_AT_MOST), *((option, OPTION_AT_MOST) for option in options)]
    fit = all(0 < len(text.strip()) <= most and text.isprintable() for text, most in texts)
    several = len(set(options)) == len(options) and 1 < len(options) <= OPTIONS_AT_MOST
    if not (fit and several and _ATTRIBUTE.fullmatch(question.attribute)):
        raise ProblemError("groups.question")
    if not await store.insert_question(db, organization_id, question, by=by):
        raise ProblemError("groups.asked")
    await audit.append(
        db, organization_id, "groups.asked", question.attribute, principal_id=by, at=question.since
    )


async def stop_asking(
    db: Connection, organization_id: str, attribute: str, *, by: UUID, at: datetime
) -> None:
    """Ask no more and delete every answer, in the caller's transaction; raises problem `groups.unknown`."""
    if not await store.delete_question(db, organization_id, attribute):
        raise ProblemError("groups.unknown")
    await audit.append(db, organization_id, "groups.deleted", attribute, principal_id=by, at=at)


async def declare(
    db: Db,
    keystore: FileStore,
    organization_id: str,
    person_id: UUID,
    answer: tuple[str, str | None],
    *,
    own: bool,
) -> bool:
    """Keep a person's answer, an attribute and an option of it; without an option the person withdraws.

    False where the person's own answer stands against another's. There is no audit line: who answers, and
    who does not, is nobody's business. Raises problem `groups.unknown` or `groups.option`.
    """
    attribute, option = answer
    asked = {one.attribute: one for one in await store.questions(db, organization_id)}
    question = asked.get(attribute)
    if question is None:
        raise ProblemError("groups.unknown")
    sealed = None
    if option is not None:
        if option not in question.options:
            raise ProblemError("groups.option")
        key = await person_key(db, keystore, organization_id, person_id)
        sealed = key.seal(bytes([question.options.index(option)]), context(attribute))
    return await store.keep_answer(db, organization_id, attribute, person_id, sealed, own=own)


async def bring(
    db: Connection,
    keystore: FileStore,
    organization_id: str,
    attribute: str,
    answers: Mapping[str, str],
    *,
    by: UUID,
    at: datetime,
) -> int:
    """Keep what people told the organisation elsewhere, by e-mail address, in the caller's transaction.

    Returns how many were kept: a person's own answer here, and a withdrawal, stand. Raises problem
    `person.unknown`, `groups.option` or `groups.unknown`, and then the caller keeps none.
    """
    kept = 0
    for email, option in answers.items():
        person_id = await find(db, keystore, organization_id, email)
        if person_id is None:
            raise ProblemError("person.unknown", "Somebody in the file is not known here. Nothing was kept.")
        kept += await declare(db, keystore, organization_id, person_id, (attribute, option), own=False)
    await audit.append(db, organization_id, "groups.imported", attribute, principal_id=by, at=at)
    return kept


async def own_option(
    db: Db, keystore: FileStore, organization_id: str, person_id: UUID, question: store.Question
) -> str | None:
    """What a person answered, for the person only; None where they did not, or withdrew."""
    sealed = await store.answer(db, organization_id, question.attribute, person_id)
    if sealed is None:
        return None
    key = await person_key(db, keystore, organization_id, person_id)
    return question.options[key.open(sealed, context(question.attribute))[0]]


def context(attribute: str) -> bytes:
    """What an answer's seal is bound to besides its person."""
    return b"group\n" + attribute.encode()
