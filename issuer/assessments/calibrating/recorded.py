"""Responses straight from the sessions of an assessment: which answers count, and of how many people.

A row is a person's first epoch: who comes back has learnt meanwhile, and one row has one ability. All that
was answered in it counts, in every step, of live items and of those that are tried out, whatever the result
was and also where the session goes on. What was not answered was not met.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import numpy as np

from issuer import audit
from issuer.assessments import kinds, store
from issuer.assessments.calibrating.store import first_logs
from issuer.assessments.earlier.store import annulled
from issuer.assessments.invite import assessment_named
from issuer.assessments.kinds.task import met
from issuer.assessments.languages import language_of, scored_in
from issuer.assessments.session import Session, read
from issuer.assessments.sitting import open_bank
from issuer.calibration.refused import CalibrationRefused, named
from issuer.calibration.responses import NOT_MET, Responses, matrix
from issuer.db.pool import Pool, transaction
from issuer.organizations.create import person_in
from schemas.assessment import Bank
from schemas.items import Item, Task

FEWEST_PEOPLE = 20
"""Figures of fewer people would speak of single ones: neither an assessment nor an item has any then."""


class Recorded(NamedTuple):
    """Responses from the database, the bank that they are to, and the language that each row was asked in.

    Rows have numbers, not people. `few` are items that too few people met, `unfit` annulled ones: they have
    no column.
    """

    document: bytes
    bank: Bank
    responses: Responses
    languages: dict[str, str]
    few: tuple[str, ...]
    unfit: tuple[str, ...] = ()

    @property
    def note(self) -> tuple[str, ...]:
        """A sentence about each kind of items that have no figures, if there are any."""
        told = {
            f"Fewer than {FEWEST_PEOPLE} people met {named(self.few)}: left out, so no figures.": self.few,
            f"Annulled, so no figures: {named(self.unfit)}.": self.unfit,
        }
        return tuple(sentence for sentence, items in told.items() if items)


async def recorded(
    pool: Pool,
    organization_id: str,
    name: str,
    *,
    without: Iterable[str] = (),
    role: str,
    at: datetime,
) -> Recorded:
    """Read the responses to an assessment's bank, by its short name (the newest version's) or a version's id.

    The reading has its line in the audit log: by which role, how many people, and the responses' digest.
    Raises problem `assessment.unknown`, and CalibrationRefused: calibration.too_few_people, responses.none,
        responses.unknown_item.
    """
    assessment = await assessment_named(pool, organization_id, name)
    bank = await open_bank(pool, organization_id, assessment.bank_digest)
    rows: list[dict[str, int]] = []
    languages: dict[str, str] = {}
    async with pool.acquire() as db, db.transaction(isolation="repeatable_read", readonly=True):
        document = await store.bank_document(db, organization_id, assessment.bank_digest)
        async for log in first_logs(db, organization_id, assessment.slug, assessment.bank_digest):
            session = read(log)
            if row := points(bank, session):
                rows.append(row)
                languages[str(len(rows))] = language_of(bank, session.started)
    held = of_rows(bank, rows)
    gone = (await annulled(pool, organization_id)).get(assessment.bank_digest, frozenset())
    unfit = tuple(item for item in held.items if item in gone)
    responses, few = enough(held.without({*without, *unfit}))
    async with transaction(pool) as audited:
        by = await person_in(audited, organization_id, role, at=at)
        await audit.append(
            audited,
            organization_id,
            "responses.calibrated",
            f"{assessment.slug} {len(responses.persons)}",
            principal_id=by,
            digest=bytes.fromhex(responses.digest()),
            at=at,
        )
    return Recorded(document or b"", bank, responses, languages, few, unfit)


def points(bank: Bank, session: Session) -> dict[str, int]:
    """What each answer of a session is worth; a task that two persons have not decided on has no points."""
    language, seed = language_of(bank, session.started), bytes.fromhex(session.started.seed)
    items = {item.id: item for item in bank.items}
    found: dict[str, int] = {}
    for answer in session.answers:
        item: Item = scored_in(items[answer.item], language)
        if not isinstance(item, Task):
            found.setdefault(item.id, kinds.score(item, answer.selected, seed))
            continue
        criteria = met(item, [one for one in session.ratings if one.item == item.id])
        if None not in criteria.values():
            found.setdefault(item.id, sum(map(bool, criteria.values())))
    return found


def of_rows(bank: Bank, rows: Iterable[dict[str, int]]) -> Responses:
    """The matrix of sessions: a column for each item that anybody answered, in the bank's order.

    Raises CalibrationRefused: calibration.too_few_people.
    """
    given = list(rows)
    if len(given) < FEWEST_PEOPLE:
        raise CalibrationRefused(
            "calibration.too_few_people",
            f"Fewer than {FEWEST_PEOPLE} people have answered: figures of so few would speak of single ones.",
        )
    items = [item.id for item in bank.items if any(item.id in row for row in given)]
    scores = np.array([[row.get(item, NOT_MET) for item in items] for row in given], dtype=np.int64)
    return matrix(tuple(str(number) for number in range(1, len(given) + 1)), items, scores)


def enough(responses: Responses) -> tuple[Responses, tuple[str, ...]]:
    """The responses without items that too few people met, and the ids of those.

    Raises CalibrationRefused: responses.none.
    """
    few = tuple(
        item
        for item, people in zip(responses.items, responses.met.tolist(), strict=True)
        if people < FEWEST_PEOPLE
    )
    return (responses.without(few) if few else responses), few
