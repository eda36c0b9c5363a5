"""Whether an assessment fares alike in its languages: awards by language, and every item compared.

The language is what a session's log says; nobody's own group is looked up for it.
"""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import msgspec
from msgspec import Struct

from issuer.assessments.languages import language_of
from issuer.db.pool import Db
from issuer.fairness import findings, functioning
from issuer.fairness.findings import GroupRate
from issuer.fairness.functioning import Functioning
from issuer.fairness.impact import Group, shown
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


async def languages(db: Db, organization_id: str, bank: Bank, courses: Sequence[Course]) -> Languages | None:
    """How the languages of an assessment fare, from its finished sessions; None where it has one only."""
    if not bank.translations:
        return None
    asked, people = _asked(bank, courses)
    groups, _ = shown(people)
    kept = {session: language for session, language in asked.items() if language in groups}
    held = await functioning.answers(db, organization_id, kept)
    pairs = await asyncio.to_thread(functioning.functioning, held, kept, groups)
    rates = tuple(
        GroupRate(name, findings.rate(group, "got an award")) for name, group in sorted(groups.items())
    )
    return Languages(rates, pairs, sentence(pairs))


def _asked(bank: Bank, courses: Sequence[Course]) -> tuple[dict[UUID, str], dict[str, Group]]:
    """The language of each finished session, and how many people and awards each language has."""
    asked: dict[UUID, str] = {}
    people: dict[str, Group] = {}
    for one in courses:
        if one.outcome is not None:
            language = language_of(bank, msgspec.json.decode(one.started, type=Started))
            asked[one.session_id] = language
            so_far = people.get(language, Group(0, 0))
            people[language] = Group(so_far.people + 1, so_far.awarded + (one.outcome == "award"))
    return asked, people


def sentence(pairs: Sequence[Functioning]) -> str:
    """What may be said of the questions: never that the languages are equivalent."""
    if not any(pair.compared for pair in pairs):
        return f"{NOT_ESTABLISHED} {functioning.TOO_FEW}"
    flagged = sum(len(pair.flagged) for pair in pairs)
    found = f"{flagged} of the items compared need a look" if flagged else "No item compared needs a look"
    return f"{NOT_ESTABLISHED} {found}. {CHOSEN}"
