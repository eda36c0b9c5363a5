"""Outcomes and answers by group: the one place that opens protected attributes, and all that leaves it."""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from msgspec import Struct

from issuer.db.pool import Db
from issuer.fairness.groups import store
from issuer.fairness.groups.declare import context
from issuer.fairness.impact import Group, shown
from issuer.people.sealing import unwrap_person_key
from keys.stores.file import FileStore


class Counted(Struct, frozen=True):
    """Outcomes by group: the groups that may be shown, and how many people are in those that may not."""

    groups: dict[str, Group]
    hidden: int


async def outcomes(
    db: Db, keystore: FileStore, organization_id: str, slug: str, question: store.Question
) -> Counted:
    """Outcomes of an assessment by group; of a person's epochs the last one that has its outcome counts."""
    people: Counter[str] = Counter()
    awarded: Counter[str] = Counter()
    for row in await store.outcomes(db, organization_id, slug, question.attribute):
        option = _opened(keystore, organization_id, question, row)
        people[option] += 1
        awarded[option] += row.awarded
    groups, hidden = shown({name: Group(people[name], awarded[name]) for name in people})
    return Counted(groups, hidden)


async def members(
    db: Db, keystore: FileStore, organization_id: str, slug: str, question: store.Question
) -> Mapping[UUID, str]:
    """The group of each session that counts, to compare groups item by item; it is never stored or shown."""
    return {
        row.session_id: _opened(keystore, organization_id, question, row)
        for row in await store.outcomes(db, organization_id, slug, question.attribute)
    }


def _opened(keystore: FileStore, organization_id: str, question: store.Question, row: store.Outcome) -> str:
    key = unwrap_person_key(keystore, organization_id, row.person_id, row.wrapped_key)
    return question.options[key.open(row.option_sealed, context(question.attribute))[0]]
