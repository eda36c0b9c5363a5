"""From the invitation to the credential by keyboard alone and by roles on a phone, through kill -9 too."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Request, Route, ViewportSize, expect

from issuer.assessments import store
from issuer.assessments.bank import shipped
from issuer.assessments.create import create_assessment
from issuer.assessments.demonstration import ORGANIZATION_ID
from issuer.assessments.sitting import open_achievement
from issuer.visitor import Site, forms
from schemas.assessment import Conditions
from tests.e2e.takers import TO_THE_TOP, Hand, Keyboard, Touch, answer, current, go_on, spoken

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
EVERY_KIND = ("sel-01", "sel-16", "sel-34", "sel-36", "sel-38", "sel-40", "sel-42", "join-44")
Trouble = Callable[[Hand, str], Awaitable[None]]


@pytest_asyncio.fixture(params=[Keyboard, Touch], ids=["keyboard", "phone"], loop_scope="session")
async def hand(
    request: Any, browser: Browser, service: Any, watch: Callable[..., Any]
) -> AsyncIterator[Hand]:
    """Somebody at a desktop without a mouse, or with a phone; at the end nothing was complained about."""
    phone = request.param is Touch
    context = await browser.new_context(
        viewport=PHONE if phone else DESKTOP, is_mobile=phone, has_touch=phone
    )
    watched = watch(context, service.base_url)
    watched.expected_statuses |= {422}  # a question sent without an answer
    yield request.param(await context.new_page())
    await context.close()
    watched.assert_quiet()


@pytest.fixture
def invited(site: Site) -> Callable[[str, str], str]:
    """Invite somebody of a name to an assessment; returns the link."""

    def invite(assessment: str, name: str) -> str:
        person = {"name": name, "email": f"{name.lower().replace(' ', '.')}@example.org"}
        link: str = site.post("/api/invitations", {"assessment": assessment, "person": person}, 201)["link"]
        return link

    return invite


async def begin(hand: Hand, link: str, measured: str) -> None:
    """Read what comes, and begin."""
    await hand.page.goto(link)
    await expect(hand.page.get_by_role("heading", level=1, name=measured)).to_be_visible()
    for region in ("What is measured", "What a level means", "What is recorded"):
        await expect(hand.page.get_by_role("region", name=region)).to_be_visible()
    await look(hand)
    async with hand.page.expect_navigation():
        await hand.press(hand.page.get_by_role("button", name="Begin").first)


async def look(hand: Hand) -> None:
    """Who has a keyboard alone goes once through everything that takes the focus."""
    if isinstance(hand, Keyboard):
        assert await hand.walk() > 1


async def forget(hand: Hand) -> None:
    """Go on without an answer: what is missing is said, tied to the question, and the way leads there."""
    await go_on(hand)
    assert (await hand.page.title()).startswith("Error")
    alert = hand.page.get_by_role("alert", name="Before you go on")
    sentence = (await alert.get_by_role("link").inner_text()).strip()
    group = hand.page.get_by_role("group", name=spoken((await current(hand.page)).stem), exact=True)
    await expect(group).to_have_accessible_description(re.compile(re.escape(sentence)))
    await look(hand)
    await hand.page.evaluate(TO_THE_TOP)
    await hand.press(alert.get_by_role("link"))
    await expect(hand.page.locator("#option-1")).to_be_focused()
    await hand.page.evaluate(TO_THE_TOP)


async def answer_all(hand: Hand, link: str, trouble: Mapping[int, Trouble]) -> list[str]:
    """Answer right until there is no question; returns the items in the order in which they came."""
    items: list[str] = []
    kinds: set[str] = set()
    while await hand.page.locator("input[name=item]").count():
        number = len(items) + 1
        progress = hand.page.get_by_role("progressbar", name=re.compile(rf"^Question {number}\b"))
        await expect(progress).to_have_js_property("value", number - 1)
        if number == 1:
            await forget(hand)
        item = await answer(hand)
        items.append(item.id)
        if item.kind not in kinds:
            await look(hand)
        kinds.add(item.kind)
        await trouble.get(number, untroubled)(hand, link)
    return items


async def untroubled(hand: Hand, _link: str) -> None:
    await go_on(hand)


async def show(hand: Hand, level: str, measured: str) -> None:
    """From the result to the credential and what anybody is told who asks whether it is true."""
    page = hand.page
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"You reached {level}")
    for region in ("Your score", "Area by area", "If you think that this is wrong"):
        await expect(page.get_by_role("region", name=region)).to_be_visible()
    await look(hand)
    async with page.expect_navigation(url="**/c/*"):
        await hand.press(page.get_by_role("button", name="Make a link to share"))
    heading = page.get_by_role("heading", level=1)
    await expect(heading).to_contain_text(measured)
    await expect(heading).to_contain_text(level)
    await look(hand)
    async with page.expect_navigation():
        await hand.press(page.get_by_role("link", name=re.compile("^Verify")).first)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Genuine and current")


class Log:
    """What the database holds, asked of it directly."""

    def __init__(self, service: Any) -> None:
        self.service = service

    async def connect(self) -> asyncpg.Connection:
        address = self.service.folder / "data" / "postgres.address"
        return await asyncpg.connect(address.read_text().strip())

    async def latest(self) -> tuple[UUID, list[str]]:
        """The session that began last, and the items of its answers in their order."""
        connection = await self.connect()
        try:
            session = await connection.fetchval("SELECT id FROM session ORDER BY created_at DESC LIMIT 1")
            rows = await connection.fetch(
                "SELECT item_id FROM session_event WHERE session_id = $1 AND kind = 'answered'"
                " ORDER BY sequence",
                session,
            )
        finally:
            await connection.close()
        return session, [row["item_id"] for row in rows]


@pytest.fixture(scope="session")
def log(service: Any) -> Log:
    return Log(service)


def reproduced(service: Any, session: UUID) -> bool:
    """Whether forms, decisions and result follow from the log, byte for byte."""
    found = json.loads(service.assay("assessment", "replay", str(session), "--json"))
    return bool(found["verdict"] == "same")


@pytest.fixture
def lost_reply(service: Any, site: Site) -> Trouble:
    """Killed when the answer is durable and its reply has not come: sent again, it counts once."""

    async def killed(hand: Hand, link: str) -> None:
        sent: list[Request] = []
        chosen: list[str] = []

        async def answer_and_die(route: Route) -> None:
            assert (await route.fetch(max_redirects=0)).status == HTTPStatus.SEE_OTHER
            sent.append(route.request)
            chosen.append(dict(forms(site, link)[0].fields)["item"])
            service.kill()
            await route.abort("connectionreset")

        await hand.page.route("**/answers", answer_and_die, times=1)
        await fail_to_go_on(hand)
        service.start()
        again = await hand.page.request.fetch(sent[0])
        assert again.status == HTTPStatus.OK
        await hand.page.goto(link)
        assert [(await current(hand.page)).id] == chosen

    return killed


@pytest.fixture
def lost_answer(service: Any, log: Log) -> Trouble:
    """Killed when the answer is about to be written: nobody was told that it was, and it is asked again."""

    async def killed(hand: Hand, link: str) -> None:
        item = await current(hand.page)
        connection = await log.connect()
        await connection.execute("BEGIN; LOCK TABLE session_event IN EXCLUSIVE MODE")
        failing = asyncio.create_task(fail_to_go_on(hand))
        while not await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            assert not failing.done(), "the answer was not held up"
        service.kill()
        await failing
        connection.terminate()
        service.start()
        await hand.page.goto(link)
        assert (await answer(hand)).id == item.id
        await go_on(hand)

    return killed


async def fail_to_go_on(hand: Hand) -> None:
    async with hand.page.expect_event("requestfailed"):
        await hand.press(hand.page.get_by_role("button", name="Next", exact=True))


async def test_sql(hand: Hand, service: Any, log: Log, invited: Callable[[str, str], str]) -> None:
    link = invited("sql-for-analysts", f"Sol {type(hand).__name__}")
    await begin(hand, link, "SQL for analysts")
    items = await answer_all(hand, link, {})
    session, answered = await log.latest()
    assert answered == items
    await show(hand, "Proficient", "SQL for analysts")
    assert reproduced(service, session)


async def test_adaptive_through_two_kills(
    hand: Hand,
    service: Any,
    log: Log,
    invited: Callable[[str, str], str],
    lost_reply: Trouble,
    lost_answer: Trouble,
) -> None:
    link = invited("synthetic", f"Ada {type(hand).__name__}")
    await begin(hand, link, "SYNTHETIC")
    trouble = {4: lost_reply, 9: lost_answer} if isinstance(hand, Keyboard) else {}
    items = await answer_all(hand, link, trouble)
    assert 15 <= len(items) <= 60
    session, answered = await log.latest()
    assert answered == items
    await show(hand, "Steady", "SYNTHETIC: figures and patterns")
    assert reproduced(service, session)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def timed(log: Log) -> str:
    """An assessment of one question of each kind, with a clock that can be stopped once.

    So few say too little to be published by the command; what is looked at here is how they are asked.
    """
    bank = json.loads(shipped("sql-for-analysts"))
    (area,) = [one for one in bank["areas"] if one["id"] == "selecting"]
    items = [item | {"enemies": [], "area": area["id"]} for item in bank["items"] if item["id"] in EVERY_KIND]
    changed = bank | {"id": "every-kind", "title": "Every kind", "items": items, "areas": [area]}
    conditions = Conditions(
        permitted_aids="None.", items_per_step=7, items_at_most=7, tasks=1, minutes_per_step=30, pauses=1
    )
    connection = await log.connect()
    try:
        async with connection.transaction():
            known = await store.assessment_by_slug(connection, ORGANIZATION_ID, "sql-for-analysts")
            assert known is not None
            await create_assessment(
                connection,
                await open_achievement(connection, known),
                json.dumps(changed).encode(),
                "every-kind",
                conditions,
                principal_id=None,
                at=datetime.now(UTC),
            )
    finally:
        await connection.close()
    return "every-kind"


async def stopped_clock(hand: Hand, _link: str) -> None:
    """Stop the clock at a question, let it go on, and find the question again."""
    page = hand.page
    item = await current(page)
    await expect(page.get_by_text(re.compile("Less than 30 minutes left"))).to_be_visible()
    async with page.expect_navigation():
        await hand.press(page.get_by_role("button", name="Stop the clock"))
    await expect(page.get_by_role("heading", level=1)).to_have_text("The clock is stopped")
    await look(hand)
    async with page.expect_navigation():
        await hand.press(page.get_by_role("button", name="Go on"))
    await expect(page.get_by_role("button", name="Stop the clock")).to_have_count(0)
    assert (await answer(hand)).id == item.id
    await go_on(hand)


async def test_every_kind_of_question(
    hand: Hand, timed: str, log: Log, invited: Callable[[str, str], str]
) -> None:
    link = invited(timed, f"Kim {type(hand).__name__}")
    await begin(hand, link, "Every kind")
    items = await answer_all(hand, link, {2: stopped_clock})
    assert sorted(items) == sorted(EVERY_KIND)
    assert (await log.latest())[1] == items
    await expect(hand.page.get_by_role("heading", level=1)).to_have_text("Two people read your text")
