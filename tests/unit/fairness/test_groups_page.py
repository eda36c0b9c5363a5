"""The takers' own page of protected attributes: opt in, change, withdraw; apart, and nobody else's."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import httpx
import pytest

from issuer.assessments.demonstration import ASSESSMENT, ORGANIZATION_ID
from issuer.assessments.invite import Wanted, invite
from issuer.assessments.sitting import open_sitting
from issuer.db.pool import Pool, transaction
from issuer.fairness.groups import declare
from issuer.fairness.groups.store import Question
from issuer.issuance.desk import Desk
from issuer.organizations.create import person_in
from issuer.organizations.retention import Rule, set_rule
from issuer.people.erase import erase

HTML = {"Accept": "text/html"}
Invite = Callable[[str], Awaitable[str]]


def question(attribute: str, at: datetime) -> Question:
    return Question(attribute, ("under <40>", "40 and over"), "To see whether age matters.", at)


@pytest.fixture
def link(desk: Desk) -> Invite:
    """Makes invitations of the demonstration; returns the paths of their group pages."""

    async def make(email: str = "kim@example.org") -> str:
        wanted, at = Wanted(ASSESSMENT, "Kim", email), desk.clock()
        async with transaction(desk.pool) as db:
            by = await person_in(db, ORGANIZATION_ID, "works council", at=at)
        invited = await invite(desk.pool, desk.keystore, desk.settings, ORGANIZATION_ID, by, wanted, at=at)
        return f"/take/{invited.link.rpartition('/')[2]}/groups"

    return make


async def asks(desk: Desk, *attributes: str) -> None:
    at = desk.clock()
    async with transaction(desk.pool) as db:
        by = await person_in(db, ORGANIZATION_ID, "works council", at=at)
        for attribute in attributes:
            await declare.ask(db, ORGANIZATION_ID, question(attribute, at), by=by)
        await set_rule(db, ORGANIZATION_ID, Rule("invitations", 7), by=by, at=at)


def checked(body: str) -> list[str]:
    """The values that are selected, field by field."""
    return [
        one.partition('value="')[2].partition('"')[0] for one in body.split("<input ") if " checked>" in one
    ]


async def kept(pool: Pool) -> list[tuple[str, bool, bool]]:
    rows = await pool.fetch("SELECT attribute, option_sealed, own FROM group_answer ORDER BY attribute")
    return [(row["attribute"], row["option_sealed"] is not None, row["own"]) for row in rows]


async def test_who_likes_says_something_changes_it_and_withdraws(
    desk: Desk, client: httpx.AsyncClient, link: Invite, clock: Any
) -> None:
    path = await link("kim@example.org")
    assert "asks nothing of this kind" in (await client.get(path, headers=HTML)).text
    await asks(desk, "age", "age-of-work")
    first = (await client.get(path, headers=HTML)).text
    assert "To see whether age matters." in first
    assert "of 20 people and more, never of fewer" in first
    assert "under &lt;40&gt;" in first
    assert "Age of work" in first
    assert checked(first) == ["", ""]
    assert await kept(desk.pool) == []  # to look is not to answer
    chosen = {"group.age": "40 and over", "group.nothing": "x"}
    went = await client.post(path, data=chosen, headers=HTML)
    assert (went.status_code, went.headers["location"]) == (303, f"{path}?saved")
    assert await kept(desk.pool) == [("age", True, True)]
    saved = (await client.get(f"{path}?saved", headers=HTML)).text
    assert "Saved." in saved
    assert checked(saved) == ["40 and over", ""]
    clock.advance(days=90)  # the invitation is long over
    for refused in ({"group.age": "", "group.age-of-work": "none of them"}, {"group.age": "50"}):
        assert (await client.post(path, data=refused, headers=HTML)).status_code == 422
    assert await kept(desk.pool) == [("age", True, True)]
    await client.post(path, data={"group.age": ""}, headers=HTML)
    assert await kept(desk.pool) == [("age", False, True)]
    async with transaction(desk.pool) as db:
        by = await person_in(db, ORGANIZATION_ID, "works council", at=clock())
        answers = {"kim@example.org": "40 and over"}
        brought = await declare.bring(db, desk.keystore, ORGANIZATION_ID, "age", answers, by=by, at=clock())
    assert brought == 0
    assert checked((await client.get(path, headers=HTML)).text) == ["", ""]
    lines = await desk.pool.fetch("SELECT action, reference FROM audit")
    assert not any("40 and over" in row["reference"] or row["action"] == "groups.answered" for row in lines)


async def test_the_page_is_of_its_person_alone(desk: Desk, client: httpx.AsyncClient, link: Invite) -> None:
    await asks(desk, "age")
    mine, theirs = await link("kim@example.org"), await link("lee@example.org")
    await client.post(mine, data={"group.age": "40 and over"}, headers=HTML)
    assert checked((await client.get(theirs, headers=HTML)).text) == [""]
    assert checked((await client.get(mine, headers=HTML)).text) == ["40 and over"]
    nobody = f"/take/{ORGANIZATION_ID}.{'a' * 43}/groups"
    assert (await client.get(nobody)).status_code == 404
    assert (await client.post(nobody, data={"group.age": "40 and over"})).status_code == 404
    file = {"group.age": ("x.txt", b"40 and over")}
    assert (await client.post(theirs, files=file)).status_code == 422
    person = (await open_sitting(desk.pool, mine.split("/")[2])).invitation.person_id
    await erase(desk.pool, ORGANIZATION_ID, person, at=desk.clock())
    assert (await client.get(mine)).status_code == 404
    assert await kept(desk.pool) == []
