"""The fairness report: what it says of little and of much, and that nobody's result follows from it."""

import random
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html.parser import HTMLParser
from math import exp
from uuid import UUID, uuid4

import msgspec
import pytest
from msgspec.structs import replace

from issuer.assessments import store as assessments
from issuer.assessments import telemetry
from issuer.assessments.bank import digest
from issuer.assessments.store import StoredSession
from issuer.db.pool import Pool, transaction
from issuer.fairness import store
from issuer.fairness.charts import ItemChart
from issuer.fairness.findings import items, rate
from issuer.fairness.functioning import TOO_FEW, Answers, answers, functioning
from issuer.fairness.groups import declare
from issuer.fairness.groups.store import Question
from issuer.fairness.impact import Group
from issuer.fairness.leak import Chart
from issuer.fairness.report import Report, course, page, report, unusual
from issuer.fairness.watch import watch
from issuer.organizations.create import person_in
from issuer.people.enroll import find_or_create
from issuer.settings import Settings
from keys.stores.file import FileStore
from schemas.problems import ProblemError
from tests.unit.assessments.annulled import annul
from tests.unit.fairness.sittings import ASSESSMENT, AT, ITEMS, Sittings, bank_document, found

Clock = Callable[[], datetime]
ASKED = Question("age", ("<b>under</b> 40", "40 and over"), "To see whether age matters.", AT)


async def told(pool: Pool, keystore: FileStore, organization_id: str = "north") -> Report:
    return await report(pool, keystore, organization_id, "twelve", at=AT)


class Balanced(HTMLParser):
    """Fails on a tag that is closed by another one."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - its signature
        self.seen.add(tag)
        if tag not in {"meta", "path", "rect"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - likewise
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(html: str) -> Balanced:
    reader = Balanced()
    reader.feed(html)
    assert reader.open == []
    assert "script" not in reader.seen
    assert not re.search(r"(src|href)=", html)
    return reader


async def test_of_little_it_says_that_it_is_little(
    north: Sittings, pool: Pool, keystore: FileStore, clock: Clock
) -> None:
    await north.decided(ITEMS[:3])
    empty = await told(pool, keystore)
    assert empty.items == ()
    await watch(pool, keystore, clock)
    found = await told(pool, keystore)
    assert found.fared.awarded.percent is None
    assert found.fared.awarded.sentence == "Insufficient data: fewer than 20 people."
    assert (found.fared.began, found.sessions, len(found.items)) == (0, 1, 11)
    assert [(area.answers, area.share, area.meant) for area in found.areas] == [(10, 100, 100)]
    html = page(found).decode()
    assert html.count("Insufficient data") >= 5
    assert "Nothing: neither response times nor person fit." in html
    read(page(empty).decode())
    read(html)


async def test_somebody_who_comes_back_is_one_person(
    north: Sittings, pool: Pool, keystore: FileStore
) -> None:
    """Twenty people are twenty people, and of each the last outcome counts; of erased ones the first."""
    ids = [await north.decided(ITEMS[:3]) for _ in range(20)]
    await pool.execute("UPDATE session SET finished_at = $1, outcome = 'not_yet'", AT)
    await pool.execute("UPDATE session SET outcome = 'award', level = 'basic' WHERE id = ANY($1)", ids[:19])
    await pool.executemany(
        "INSERT INTO session_fit (organization_id, session_id, fit) VALUES ('north', $1, -9)",
        [(one,) for one in ids],
    )
    rates = course(await store.courses(pool, "north", "twelve"))
    assert (rates["finished"], rates["awarded"]) == (Group(20, 20), Group(20, 19))
    assert unusual(await store.fits(pool, "north", "twelve")) == Group(20, 20)
    async with transaction(pool) as db:
        kim = await find_or_create(db, keystore, "north", "Kim", "kim@example.org", AT)
        for epoch, one in enumerate((ids[19], ids[0]), 1):
            ended = AT + timedelta(days=epoch)
            await db.execute(
                "UPDATE session SET epoch = $2, finished_at = $3 WHERE id = $1", one, epoch, ended
            )
            whose = one, kim.id, ASSESSMENT, epoch
            await db.execute("DELETE FROM session_person WHERE session_id = $1", one)
            await db.execute("INSERT INTO session_person VALUES ('north', $1, $2, $3, $4)", *whose)
    rates = course(await store.courses(pool, "north", "twelve"))
    assert (rates["finished"], rates["awarded"]) == (Group(19, 19), Group(19, 19))
    assert unusual(await store.fits(pool, "north", "twelve")) == Group(19, 19)
    await pool.execute("DELETE FROM session_person")
    assert {one.session_id for one in await store.courses(pool, "north", "twelve")} == {*ids} - {ids[0]}
    assert unusual(await store.fits(pool, "north", "twelve")) == Group(19, 19)
    # A sitting that confirms a result, also one without a link, is nobody else's.
    await pool.execute(
        "WITH sitting AS (INSERT INTO session (organization_id, id, assessment_id, epoch, created_at,"
        " finished_at, outcome, confirming) SELECT organization_id, gen_random_uuid(), assessment_id, 1,"
        " created_at, $2, 'not_yet', true FROM session WHERE id = $1 RETURNING organization_id, id)"
        " INSERT INTO session_fit SELECT organization_id, id, -9 FROM sitting",
        ids[1],
        AT,
    )
    assert unusual(await store.fits(pool, "north", "twelve")) == Group(19, 19)


async def test_of_much_it_says_what_was_found(
    north: Sittings, pool: Pool, keystore: FileStore, clock: Clock
) -> None:
    for _ in range(12):
        await north.decided(right=[ITEMS[0]])
    await watch(pool, keystore, clock)
    async with transaction(pool) as db:
        by = await person_in(db, "north", "works council", at=AT)
        await declare.ask(db, "north", ASKED, by=by)
        await telemetry.switch_on(db, "north", "fit", "To see what the model misses.", by=by, at=AT)
        for number in range(120):
            person = await find_or_create(db, keystore, "north", "Kim", f"{uuid4()}@example.org", AT)
            session = StoredSession("north", uuid4(), ASSESSMENT, 1, AT, None, None, None)
            await assessments.insert_session(db, session, person.id)
            group, place = divmod(number, 60)
            outcome, level = ("award", "basic") if place < (45, 15)[group] else ("not_yet", None)
            await assessments.finish_session(db, "north", session.id, outcome=outcome, level=level, at=AT)
            answer = "age", ASKED.options[group]
            await declare.declare(db, keystore, "north", person.id, answer, own=True)
    found = await told(pool, keystore)
    (age,) = found.attributes
    assert [(one.name, one.rate.percent) for one in age.groups] == [
        (ASKED.options[1], 25),
        (ASKED.options[0], 75),
    ]
    (pair,) = age.comparisons
    assert (pair.finding, pair.ratio) == ("impact", 0.33)
    assert (found.items[0].id, found.items[0].state) == (ITEMS[0], "suspended")
    assert {one.state for one in found.items[1:]} == {"asked"}
    html = page(found).decode()
    assert "&lt;b&gt;under&lt;/b&gt; 40" in html
    assert "People must find out why" in html
    assert "To see what the model misses." in html
    assert "svg" in read(html).seen
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", msgspec.json.encode(found).decode())
    south = await told_of_south(pool, keystore, north)
    assert (south.attributes, south.items, south.recorded) == ((), (), ())


async def told_of_south(pool: Pool, keystore: FileStore, north: Sittings) -> Report:
    settings = Settings(base_url="http://localhost:8000")
    await found(pool, north.keystore, settings, "south")
    return await told(pool, keystore, "south")


async def test_an_assessment_that_is_not_there(north: Sittings, pool: Pool, keystore: FileStore) -> None:
    with pytest.raises(ProblemError, match=r"assessment\.unknown"):
        await report(pool, keystore, north.organization_id, "thirteen", at=AT)


@pytest.mark.parametrize(
    ("group", "percent", "said"),
    [
        (Group(19, 10), None, "Insufficient data: fewer than 20 people."),
        (Group(24, 12), 50, "About 50 % of 20 people or more got an award."),
        (Group(40, 40), None, "Nearly all or nearly none of 40 people or more got an award."),
    ],
)
def test_a_rate_tells_nobody_s_result(group: Group, percent: int | None, said: str) -> None:
    found = rate(group, "got an award")
    assert (found.percent, found.sentence) == (percent, said)


def test_a_chart_is_told_in_steps_of_twenty_answers() -> None:
    chart = ItemChart(0, 41, Chart(41, 1.234, 2.0, 0.5), course=(0.5, 0.75))
    for given in (40, 41, 59):
        held = replace(chart, leak=replace(chart.leak, responses=given, sum=given / 30, information=0.5))
        (told,) = items({"one": held}, 100, {}, ())
        assert (told.responses, told.leak, told.course) == (40, 0.75, (0.5,))


def test_items_are_compared_between_groups_that_can_do_as_much() -> None:
    chance = random.Random(2)  # noqa: S311 - a simulation that repeats
    held: Answers = {}
    members = {}
    for number in range(900):
        session, group, theta = UUID(int=number), "xy"[number % 2], chance.gauss(0, 1)
        shift = [1.5 * (group == "y" and place == 0) for place in range(12)]
        held[session] = {
            name: chance.random() < 1 / (1 + exp(hard - theta))
            for name, hard in zip(ITEMS, shift, strict=True)
        }
        members[session] = group
    held[UUID(int=0)]["rare"] = True
    (found,) = functioning(held, members, ("x", "y"))
    assert (found.reference, found.focal, found.compared, found.insufficient) == ("x", "y", 12, 1)
    (flagged,) = found.flagged
    assert (flagged.item, flagged.ets) == (ITEMS[0], "C")
    assert flagged.low < flagged.delta < flagged.high < 0
    assert flagged.sentence == "It is harder for y than for others who can do as much."
    (empty,) = functioning({}, {}, ("x", "y"))
    assert empty.sentence == TOO_FEW
    assert functioning(held, members, ()) == ()


async def test_answers_are_those_of_the_log(north: Sittings, pool: Pool) -> None:
    session = await north.decided(ITEMS[:2], ITEMS[:3])
    held = await answers(pool, "north", {session: "x", uuid4(): "y"})
    assert held == {session: {ITEMS[0]: True, ITEMS[1]: True, ITEMS[2]: False}}
    await annul(pool, "north", digest(bank_document()), ITEMS[1:2], at=AT)
    held = await answers(pool, "north", {session: "x"})
    assert held == {session: {ITEMS[0]: True, ITEMS[2]: False}}
