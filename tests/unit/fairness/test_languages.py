"""How the languages of an assessment fare: counted from its logs, and never called equivalent."""

from uuid import uuid4

import msgspec
import pytest
from msgspec.structs import replace

from issuer.assessments.bank import read_bank
from issuer.db.pool import Pool
from issuer.fairness.figures.store import Subject
from issuer.fairness.functioning import TOO_FEW, Flagged, Functioning
from issuer.fairness.languages import NOT_ESTABLISHED, Languages, languages, sentence
from issuer.fairness.report import page, report
from issuer.fairness.store import Course
from keys.stores.file import FileStore
from schemas.assessment import Bank, Started, Translation
from tests.unit.fairness.sittings import AT, bank_document

ONE = read_bank(bank_document())
BANK = replace(ONE, translations={"de": Translation("Zwölf", "Zum Testen.", {}, {})})


def course(language: str | None, outcome: str | None) -> Course:
    started = Started("assay-3", "0" * 64, "00" * 32, (), 0.95, 11, 12, language=language)
    return Course(uuid4(), uuid4(), outcome, msgspec.json.encode(started))


def people(language: str | None, awards: int, others: int, unfinished: int = 0) -> list[Course]:
    ends = ["award"] * awards + ["not_yet"] * others + [None] * unfinished
    return [course(language, end) for end in ends]


@pytest.mark.usefixtures("north")
async def test_awards_by_language_are_told_of_enough_people_alone(pool: Pool) -> None:

    async def told(*courses: Course, bank: Bank = BANK) -> dict[str, int | None] | None:
        # Of an assessment of its own each: what was told of one stands for a month.
        found = await languages(pool, Subject("north", uuid4().hex, "(languages)"), bank, courses, at=AT)
        return None if found is None else {one.name: one.rate.percent for one in found.rates}

    # A log of before there was a choice is in the bank's own language.
    both = [*people(None, 5, 5), *people("en", 5, 5), *people("de", 6, 14)]
    assert await told(*both) == {"de": 30, "en": 50}
    assert await told(*people("en", 10, 10), *people("de", 6, 13, unfinished=9)) == {}
    assert await told(*both, bank=ONE) is None
    (kim,) = people("de", 1, 0)  # who came back often, is one: the last outcome comes first
    again = [replace(kim, session_id=uuid4(), outcome="not_yet") for _ in range(5)]
    assert await told(*people("en", 10, 10), *people("de", 6, 12), kim, *again) == {}
    assert await told(*people("en", 10, 10), *people("de", 6, 13), kim, *again) == {"de": 35, "en": 50}
    found = await languages(pool, Subject("north", "both", "(languages)"), BANK, both, at=AT)
    assert found is not None
    assert (found.sentence, [pair.sentence for pair in found.pairs]) == (
        f"{NOT_ESTABLISHED} {TOO_FEW}",
        [TOO_FEW],
    )


@pytest.mark.usefixtures("north")
async def test_the_report_has_it_where_there_are_languages(pool: Pool, keystore: FileStore) -> None:
    plain = await report(pool, keystore, "north", "twelve", at=AT)
    assert plain.languages is None
    assert b"every language" not in page(plain)
    flagged = Flagged("item-01", "C", -2.1, -3.0, -1.2, "It is harder for de than for others.")
    for pair, says in (
        (Functioning("en", "de", 11, 0, (), "11 items compared."), "No item compared needs a look."),
        (Functioning("en", "de", 11, 0, (flagged,), "11 items."), "One item compared needs a look."),
    ):
        body = page(replace(plain, languages=Languages((), (pair,), sentence([pair])))).decode()
        assert f"{NOT_ESTABLISHED} {says}" in body
        assert f"en / de: {pair.sentence}" in body
