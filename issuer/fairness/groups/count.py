"""Outcomes and answers by group: the one place that opens protected attributes, and all that leaves it."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from issuer.db.pool import Db
from issuer.fairness.groups import store
from issuer.fairness.groups.declare import context
from issuer.fairness.impact import Group
from issuer.fairness.persons import one_each
from issuer.people.sealing import unwrap_person_key
from keys.stores.file import FileStore


class Counted(Struct, frozen=True):
    """Outcomes by group: the groups that may be shown, and how many people are in those that may not."""

    groups: dict[str, Group]
    hidden: int


async def outcomes(
    db: Db, keystore: FileStore, organization_id: str, slug: str, question: store.Question
) -> dict[str, Group]:
    """Outcomes of an assessment by group; of a person's epochs the last one that has its outcome counts.

    Groups of any size: what leaves this room goes through issuer/fairness/figures.
    """
    people: Counter[str] = Counter()
    awarded: Counter[str] = Counter()
    for row in one_each(await store.outcomes(db, organization_id, slug, question.attribute)):
        option = _opened(keystore, organization_id, question, row)
        people[option] += 1
        awarded[option] += row.awarded
    return {name: Group(people[name], awarded[name]) for name in people}


async def members(
    db: Db,
    keystore: FileStore,
    organization_id: str,
    slug: str,
    question: store.Question,
    upto: Mapping[str, datetime],
) -> Mapping[UUID, str]:
    """The group of each session that counts, to compare groups item by item; it is never stored or shown.

    Of each person the last session until the moment of their group; people of other groups are left out.
    """
    rows = await store.outcomes(db, organization_id, slug, question.attribute)
    groups = {row.session_id: _opened(keystore, organization_id, question, row) for row in rows}
    ended = (
        row for row in rows if (group := groups[row.session_id]) in upto and row.finished_at <= upto[group]
    )
    return {row.session_id: groups[row.session_id] for row in one_each(ended)}


def _opened(keystore: FileStore, organization_id: str, question: store.Question, row: store.Outcome) -> str:
    key = unwrap_person_key(keystore, organization_id, row.person_id, row.wrapped_key)
    return question.options[key.open(row.option_sealed, context(question.attribute))[0]]
