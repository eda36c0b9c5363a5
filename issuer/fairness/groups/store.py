"""SQL for protected attributes."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from issuer.db.pool import Db


class Question(Struct, frozen=True):
    """An attribute that is asked for, its options, what for, and since when."""

    attribute: str
    options: tuple[str, ...]
    purpose: str
    since: datetime


class Outcome(Struct, frozen=True):
    """A finished session of somebody who answered, with what opens their answer."""

    session_id: UUID
    finished_at: datetime
    person_id: UUID
    wrapped_key: bytes
    option_sealed: bytes
    awarded: bool


async def insert_question(db: Db, organization_id: str, question: Question, *, by: UUID) -> bool:
    """Ask for an attribute; False if it is asked for already."""
    done = await db.fetchval(
        "INSERT INTO group_question (organization_id, attribute, options, purpose, since, asked_by)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (organization_id, attribute) DO NOTHING RETURNING true",
        organization_id,
        question.attribute,
        question.options,
        question.purpose,
        question.since,
        by,
    )
    return bool(done)


async def delete_question(db: Db, organization_id: str, attribute: str) -> bool:
    """Ask no more for an attribute and delete all answers; False if it is not asked for."""
    done = await db.fetchval(
        "WITH told AS"
        " (DELETE FROM report_figures WHERE organization_id = $1 AND starts_with(subject, $2 || '@'))"
        " DELETE FROM group_question WHERE organization_id = $1 AND attribute = $2 RETURNING true",
        organization_id,
        attribute,
    )
    return bool(done)


async def questions(db: Db, organization_id: str) -> tuple[Question, ...]:
    """Return what the organisation asks for, by the attributes' names."""
    rows = await db.fetch(
        "SELECT attribute, options, purpose, since FROM group_question WHERE organization_id = $1"
        " ORDER BY attribute",
        organization_id,
    )
    return tuple(
        Question(row["attribute"], tuple(row["options"]), row["purpose"], row["since"]) for row in rows
    )


async def keep_answer(
    db: Db, organization_id: str, attribute: str, person_id: UUID, sealed: bytes | None, *, own: bool
) -> bool:
    """Keep an answer, or that the person withdrew; False where their own act stands against another's."""
    done = await db.fetchval(
        "INSERT INTO group_answer (organization_id, attribute, person_id, option_sealed, own)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (organization_id, attribute, person_id)"
        " DO UPDATE SET option_sealed = $4, own = $5 WHERE $5 OR NOT group_answer.own RETURNING true",
        organization_id,
        attribute,
        person_id,
        sealed,
        own,
    )
    return bool(done)


async def answer(db: Db, organization_id: str, attribute: str, person_id: UUID) -> bytes | None:
    """Return a person's answer as it is sealed, or None."""
    sealed: bytes | None = await db.fetchval(
        "SELECT option_sealed FROM group_answer"
        " WHERE organization_id = $1 AND attribute = $2 AND person_id = $3",
        organization_id,
        attribute,
        person_id,
    )
    return sealed


async def outcomes(db: Db, organization_id: str, slug: str, attribute: str) -> tuple[Outcome, ...]:
    """Return answering people's sessions of an assessment, in any version, that have their outcome.

    Of each person the last one first.
    """
    rows = await db.fetch(
        "SELECT session.id AS session_id, session.finished_at, link.person_id, person.wrapped_key,"
        " held.option_sealed, session.outcome = 'award' AS awarded"
        " FROM session JOIN session_person AS link"
        " ON link.organization_id = session.organization_id AND link.session_id = session.id"
        " JOIN assessment ON assessment.organization_id = session.organization_id"
        " AND assessment.id = session.assessment_id"
        " JOIN person ON person.organization_id = session.organization_id AND person.id = link.person_id"
        " JOIN group_answer AS held ON held.organization_id = session.organization_id"
        " AND held.person_id = link.person_id"
        " WHERE session.organization_id = $1 AND assessment.slug = $2 AND held.attribute = $3"
        " AND held.option_sealed IS NOT NULL AND session.finished_at IS NOT NULL"
        " ORDER BY link.person_id, session.finished_at DESC",
        organization_id,
        slug,
        attribute,
    )
    return tuple(Outcome(**row) for row in rows)
