"""Whether an assessment fares alike in its languages: awards by language, and every item compared.

The language is what a session's log says; nobody's own group is looked up for it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from issuer.assessments.languages import language_of
from issuer.db.pool import Db
from issuer.fairness import findings, functioning
from issuer.fairness.figures import settle
from issuer.fairness.figures.store import Subject
from issuer.fairness.findings import GroupRate
from issuer.fairness.functioning import Functioning
from issuer.fairness.impact import Group, shown
from issuer.fairness.persons import one_each
from issuer.fairness.store import Course
from schemas.assessment import Bank, Started

NOT_ESTABLISHED = "That a result means the same in each language is not established."
CHOSEN = (
    "People choose their language: awards may differ because the people do. Only the comparison of items "
    "between people who can do as much speaks of the questions."
)


class Languages(Struct, frozen=True):
    """Awards by language, items compared between the languages, and what both together say."""

    rates: tuple[GroupRate, ...]
    pairs: tuple[Functioning, ...]
    sentence: str


async def languages(
    db: Db, subject: Subject, bank: Bank, courses: Sequence[Course], *, at: datetime
) -> Languages | None:
    """How the languages of an assessment fare, by what each person came to; None where it has one only.

    `courses` have a person's last one first (`store.courses`).
    """
    if not bank.translations:
        return None
    asked = _asked(bank, courses)

    async def counted() -> Mapping[str, Group]:
        latest = {one.session_id for one in one_each(one for one, _ in asked)}
        people = Counter(language for one, language in asked if one.session_id in latest)
        awarded = Counter(
            language for one, language in asked if one.session_id in latest and one.outcome == "award"
        )
        return {language: Group(people[language], awarded[language]) for language in people}

    async def compared(upto: Mapping[str, datetime]) -> tuple[Functioning, ...]:
        told = {
            one.session_id: language
            for one, language in asked
            if language in upto and (one.finished_at is None or one.finished_at <= upto[language])
        }
        latest = one_each(one for one, _ in asked if one.session_id in told)
        members = {one.session_id: told[one.session_id] for one in latest}
        return await functioning.between(db, subject.organization_id, members, upto)

    found = await settle.settled(db, subject, counted, compared, shown, at=at)
    rates = tuple(
        GroupRate(name, findings.rate(group, "got an award"))
        for name, group in sorted(settle.groups(found).items())
    )
    return Languages(rates, found.pairs, sentence(found.pairs))


def _asked(bank: Bank, courses: Sequence[Course]) -> list[tuple[Course, str]]:
    """The finished sessions, each with its language."""
    return [
        (one, language_of(bank, msgspec.json.decode(one.started, type=Started)))
        for one in courses
        if one.outcome is not None
    ]


def sentence(pairs: Sequence[Functioning]) -> str:
    """What may be said of the questions: never that the languages are equivalent."""
    if not any(pair.compared for pair in pairs):
        return f"{NOT_ESTABLISHED} {functioning.TOO_FEW}"
    flagged = sum(len(pair.flagged) for pair in pairs)
    several = f"{flagged} of the items compared need a look"
    found = {0: "No item compared needs a look", 1: "One item compared needs a look"}.get(flagged, several)
    return f"{NOT_ESTABLISHED} {found}. {CHOSEN}"
