"""Figures in steps: no two reports differ by fewer than twenty people of a group, however often one asks."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from issuer.assessments import store as assessments
from issuer.assessments.store import StoredSession
from issuer.db.pool import Pool, transaction
from issuer.fairness.figures.settle import STANDS_FOR, groups, moved, settled
from issuer.fairness.figures.store import Figures, Subject, figures
from issuer.fairness.functioning import Functioning
from issuer.fairness.groups import declare
from issuer.fairness.groups.store import Question
from issuer.fairness.impact import Group, shown
from issuer.fairness.report import Report, report
from issuer.organizations.create import person_in
from issuer.people.enroll import find_or_create
from keys.stores.file import FileStore
from tests.unit.fairness.sittings import ASSESSMENT, AT

ASKED = Question("gender", ("woman", "man"), "To see whether questions treat people alike.", AT)
LATER = AT + STANDS_FOR


def counted(**people: tuple[int, int]) -> dict[str, Group]:
    return {name: Group(*one) for name, one in people.items()}


def test_a_group_moves_by_twenty_people_or_stands() -> None:
    first = moved(Figures(), counted(woman=(30, 10), man=(40, 20)), shown, at=AT)
    assert groups(first) == counted(woman=(30, 10), man=(40, 20))
    second = moved(first, counted(woman=(49, 29), man=(60, 21)), shown, at=LATER)
    assert groups(second) == counted(woman=(30, 10), man=(60, 21))
    # Twenty more than what was told, not than what was counted meanwhile.
    assert groups(moved(second, counted(woman=(50, 30), man=(79, 0)), shown, at=LATER)) == counted(
        woman=(50, 30), man=(60, 21)
    )


def test_a_group_that_shrinks_is_not_told_and_comes_back_as_it_was() -> None:
    first = moved(Figures(), counted(woman=(20, 10), man=(40, 20)), shown, at=AT)
    gone = moved(first, counted(woman=(19, 9), man=(40, 20)), shown, at=LATER)
    assert (gone.told, gone.hidden) == ((), 50)
    back = moved(gone, counted(woman=(20, 9), man=(40, 20)), shown, at=LATER)
    assert groups(back) == groups(first)


@pytest.mark.usefixtures("north")
async def test_it_is_counted_once_in_thirty_days(pool: Pool) -> None:
    subject, asked = Subject("north", "twelve", "(all)"), list[dict[str, datetime]]()

    async def compared(upto: Mapping[str, datetime]) -> tuple[Functioning, ...]:
        asked.append(dict(upto))
        pairs = (("a", "b"), ("a", "c"), ("b", "c"))
        return tuple(Functioning(*one, len(asked), 0, (), "") for one in pairs)

    async def told(at: datetime, **people: tuple[int, int]) -> Figures:
        async def count() -> dict[str, Group]:
            return counted(**people)

        return await settled(pool, subject, count, compared, shown, at=at)

    assert await told(AT, a=(10, 5), b=(9, 5)) == Figures()
    assert await figures(pool, subject) is None  # too few people start no month
    first = await told(AT, a=(50, 5), b=(40, 5), c=(30, 5))
    day = AT + timedelta(days=1)
    assert await told(day, a=(90, 9), b=(90, 9), c=(90, 9)) == first
    second = await told(LATER, a=(51, 6), b=(41, 5), c=(50, 5))
    assert asked[1] == {"a": AT, "b": AT, "c": LATER}
    # Of two groups that both stand, nothing is compared anew.
    assert [(one.reference, one.focal, one.compared) for one in second.pairs] == [
        ("a", "b", 1),
        ("a", "c", 2),
        ("b", "c", 2),
    ]
    later, quicker = LATER + STANDS_FOR, list[Figures]()

    async def while_another_counts() -> dict[str, Group]:
        quicker.append(await told(later, a=(80, 6), b=(90, 5)))
        return counted(a=(99, 6), b=(90, 5))

    assert await settled(pool, subject, while_another_counts, compared, shown, at=later) == quicker[0]
    assert [(one.reference, one.focal) for one in quicker[0].pairs] == [("a", "b")]
    assert quicker[0].held["a"].people == 80


@pytest.mark.usefixtures("north")
async def test_one_person_more_changes_nothing_in_the_report(pool: Pool, keystore: FileStore) -> None:
    async with transaction(pool) as db:
        by = await person_in(db, "north", "works council", at=AT)
        await declare.ask(db, "north", ASKED, by=by)

    async def people(group: str, awards: int, others: int = 0) -> None:
        async with transaction(pool) as db:
            for number in range(awards + others):
                person = await find_or_create(db, keystore, "north", "Kim", f"{uuid4()}@example.org", AT)
                session = StoredSession("north", uuid4(), ASSESSMENT, 1, AT, None, None, None)
                await assessments.insert_session(db, session, person.id)
                ended = ("award", "basic") if number < awards else ("not_yet", None)
                await assessments.finish_session(
                    db, "north", session.id, outcome=ended[0], level=ended[1], at=AT
                )
                await declare.declare(db, keystore, "north", person.id, ("gender", group), own=True)

    async def told(at: datetime) -> Report:
        return await report(pool, keystore, "north", "twelve", by=by, at=at)

    await people("woman", 10, 11)
    await people("man", 12, 11)
    first = await told(AT)
    assert [one.rate.people for one in first.attributes[0].groups] == [20, 20]
    await people("woman", 1)
    for at in (AT + timedelta(days=1), LATER):
        found = await told(at)
        assert (found.attributes, found.fared, found.functioning) == (
            first.attributes,
            first.fared,
            first.functioning,
        )
    await people("woman", 19)
    assert (await told(LATER + STANDS_FOR)).attributes[0].groups[1].rate.percent == 75
    asked = await pool.fetch("SELECT principal_id, reference FROM audit WHERE action = 'fairness.read'")
    assert [(row["principal_id"], row["reference"]) for row in asked] == [(by, "twelve")] * 4
    async with transaction(pool) as db:
        await declare.stop_asking(db, "north", "gender", by=by, at=AT)
    assert await pool.fetchval("SELECT count(*) FROM report_figures WHERE subject LIKE 'gender%'") == 0
