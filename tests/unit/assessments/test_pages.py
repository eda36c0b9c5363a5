"""The taking pages over HTTP, with the real issuance behind them: what is shown, and what never is."""

import re
from collections.abc import AsyncIterator, Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from httpx import ASGITransport, AsyncClient, Response
from litestar import Litestar
from litestar.di import Provide

from issuer.assessments import api, pages, views
from issuer.assessments.aftermath import Aftermath
from issuer.assessments.sitting import open_sitting
from issuer.db.pool import Pool, transaction
from issuer.fairness.groups.declare import ask
from issuer.fairness.groups.store import Question
from issuer.fairness.retention.delete import delete_expired
from issuer.issuance.desk import Desk
from issuer.issuance.store import award_of
from issuer.organizations.bearer import guarded
from issuer.organizations.create import person_in
from issuer.organizations.retention import Rule, set_rule
from issuer.publications.cache import Publications
from issuer.settings import Settings
from issuer.sharing.aftermath import aftermath
from issuer.sharing.desk import open_desk
from issuer.status.change import revoke, suspend
from keys.stores.file import FileStore
from schemas.problems import ProblemError
from verifier.web.problems import exception_handlers

Key = Callable[[str], tuple[str, ...]]
HTML = {"Accept": "text/html"}


class Faulty:
    """An aftermath whose issuing can be switched off, as when no key can be used."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.real = aftermath(desk)
        self.down = False

    async def issue(self, organization_id: str, session_id: UUID) -> object:
        if self.down:
            raise ProblemError("credential.signing")
        return await self.real.issue(organization_id, session_id)


@pytest.fixture
def switch(pool: Pool, keystore: FileStore, settings: Settings, clock: Any, tmp_path: Path) -> Faulty:
    publications = Publications(pool, tmp_path / "published")
    return Faulty(open_desk(pool, keystore, settings, publications, clock))


def give(value: object) -> Callable[[], Any]:
    return lambda: value


@pytest.fixture
async def client(
    pool: Pool, keystore: FileStore, settings: Settings, clock: Any, switch: Faulty
) -> AsyncIterator[AsyncClient]:
    real = switch.real
    after = Aftermath(switch.issue, real.standing, real.share, real.unshare, real.asks)
    given: dict[str, object] = {
        "pool": pool,
        "keystore": keystore,
        "settings": settings,
        "clock": clock,
        "aftermath": after,
    }
    app = Litestar(
        [guarded(api.handlers, lambda: pool, clock), *pages.handlers],
        dependencies={name: Provide(give(value), sync_to_thread=False) for name, value in given.items()},
        exception_handlers=exception_handlers(settings.base_url),
        openapi_config=None,
        logging_config=None,
    )
    asgi: Any = app  # httpx and Litestar name ASGI's types differently
    transport = ASGITransport(asgi, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url=settings.base_url) as client:
        yield client


class Page(HTMLParser):
    """The forms, headings and text of a page."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.actions: list[str] = []
        self.item = ""
        self.options: list[str] = []
        self.text = ""
        self.feed(body)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.actions.append(given["action"])
        if given.get("name") == "item":
            self.item = given["value"]
        if given.get("name") == "option":
            self.options.append(given["value"])

    def handle_data(self, data: str) -> None:
        self.text += " " + " ".join(data.split())

    def action(self, verb: str) -> str:
        return next(action for action in self.actions if action.endswith(f"/{verb}"))


async def look(client: AsyncClient, token: str, **headers: str) -> Page:
    answer = await client.get(f"/take/{token}", headers={**HTML, **headers})
    assert answer.status_code == 200, answer.text
    return Page(answer.text)


async def send(client: AsyncClient, path: str, **fields: Any) -> Response:
    return await client.post(path, data=fields, headers=HTML, follow_redirects=False)


async def walk(client: AsyncClient, token: str, key: Key) -> list[str]:
    """Start and answer until the step ends; returns every body that was seen before the end."""
    started = await send(client, f"/take/{token}/start")
    assert (started.status_code, started.headers["location"]) == (303, f"/take/{token}")
    bodies: list[str] = []
    while True:
        answer = await client.get(f"/take/{token}", headers=HTML)
        page = Page(answer.text)
        if not page.item:
            return bodies
        bodies.append(answer.text)
        sent = await send(client, f"/take/{token}/answers", item=page.item, option=list(key(page.item)))
        assert sent.status_code == 303
        bodies.append(sent.text + str(sent.headers))


async def test_the_whole_way_shows_no_key_and_no_rationale(
    client: AsyncClient, link_token: str, key: Key, marker: str
) -> None:
    before = await client.get(f"/take/{link_token}", headers=HTML)
    assert "Kim Example" in before.text
    bodies = [before.text, *await walk(client, link_token, key)]
    after = await client.get(f"/take/{link_token}", headers=HTML)
    for body in [*bodies, after.text]:
        assert marker not in body
        assert "rationale" not in body.lower()
        assert not re.search(r"[\"'\s]key[\"'=:]", body.lower())
    assert "High" in after.text
    assert "Question " not in Page(after.text).text  # no item is shown again


async def test_an_award_is_issued_and_shared(
    client: AsyncClient, link_token: str, key: Key, settings: Settings
) -> None:
    await walk(client, link_token, key)
    page = await look(client, link_token)
    shared = await send(client, page.action("share"))
    assert shared.status_code == 303
    assert re.fullmatch(
        re.escape(settings.base_url) + r"/c/acme\.[A-Za-z0-9_-]{43}\?new", shared.headers["location"]
    )


async def test_the_holder_ends_every_link_the_mailed_one_too(
    client: AsyncClient, link_token: str, key: Key, pool: Pool
) -> None:
    early = await send(client, f"/take/{link_token}/unshare")
    assert early.status_code == 409
    await walk(client, link_token, key)
    page = await look(client, link_token)
    assert "We sent a link to it to your e-mail address" in page.text
    await send(client, page.action("share"))
    ended = await send(client, page.action("unshare"))
    assert (ended.status_code, ended.headers["location"]) == (303, f"/take/{link_token}?notice=unshared")
    assert await pool.fetchval("SELECT count(*) FROM share WHERE revoked_at IS NULL") == 0
    page = Page((await client.get(ended.headers["location"], headers=HTML)).text)
    assert "none of them opens it any more" in page.text
    assert "No link opens it now" in page.text
    assert [action.rpartition("/")[2] for action in page.actions] == ["share"]
    await send(client, page.action("share"))
    assert (await look(client, link_token)).action("unshare")


async def test_nothing_is_unshared_while_the_credential_is_not_released(
    client: AsyncClient, link_token: str, key: Key, switch: Faulty
) -> None:
    switch.down = True
    await walk(client, link_token, key)
    sent = await send(client, f"/take/{link_token}/unshare")
    assert (sent.status_code, "credential.not_released" in sent.text) == (409, True)


async def test_going_on_for_a_higher_level_keeps_the_one_reached(
    client: AsyncClient, link_token: str, key: Key
) -> None:
    first = iter([True, True, True, False])
    await walk(client, link_token, lambda item: key(item) if next(first) else ("o2",))
    page = await look(client, link_token)
    assert "You have reached Basic" in re.sub(r"[^\w ]", "", " ".join(page.text.split()))
    assert "Going on is free" in page.text
    assert page.action("finish")
    await send(client, page.action("continue"))
    while (page := await look(client, link_token)).item:
        await send(client, f"/take/{link_token}/answers", item=page.item, option=["o2"])
    assert "You reached Basic" in re.sub(r"[^\w ]", "", " ".join(page.text.split()))
    assert page.action("share")


async def test_an_award_that_cannot_be_issued_now_is_issued_by_a_reload(
    client: AsyncClient, link_token: str, key: Key, switch: Faulty
) -> None:
    switch.down = True
    await walk(client, link_token, key)
    page = await look(client, link_token)
    assert "being signed" in page.text
    assert not page.actions
    shared = await send(client, f"/take/{link_token}/share")
    assert shared.headers["location"].endswith("?notice=later")
    assert "not ready yet" in (await client.get(shared.headers["location"], headers=HTML)).text
    switch.down = False
    assert "being signed" not in (page := await look(client, link_token)).text
    assert page.action("share")


async def test_the_holder_sees_why_it_is_on_hold_or_withdrawn(
    client: AsyncClient,
    link_token: str,
    key: Key,
    pool: Pool,
    switch: Faulty,
) -> None:
    await walk(client, link_token, key)
    await look(client, link_token)
    session = await pool.fetchval("SELECT id FROM session")
    award = await award_of(pool, "acme", session)
    assert award is not None
    await suspend(switch.desk, "acme", award, "A question about the <b>date</b>.")
    page = await look(client, link_token)
    assert "on hold" in page.text
    assert "A question about the <b>date</b>." in page.text
    await revoke(switch.desk, "acme", award, "It was a mistake.")
    page = await look(client, link_token)
    assert "Your credential was withdrawn" in page.text
    assert "You reached" not in page.text
    assert "Your answers had shown the level High" in " ".join(page.text.split())
    assert "It was a mistake." in page.text
    assert [action.rpartition("/")[2] for action in page.actions] == ["unshare"]


async def test_what_is_wrong_is_said_on_the_page_and_what_was_chosen_stays(
    client: AsyncClient, link_token: str, key: Key
) -> None:
    await send(client, f"/take/{link_token}/start")
    page = await look(client, link_token)
    answers = f"/take/{link_token}/answers"
    none = await send(client, answers, item=page.item)
    assert none.status_code == 422
    assert none.text.count("Choose an answer, then go on.") == 1
    assert Page(none.text).item == page.item
    strange = await send(client, answers, item=page.item, option="<script>")
    assert strange.status_code == 422
    assert "<script>" not in strange.text.replace("<script src", "")
    elsewhere = await send(client, answers, item="item-99", option="o1")
    assert elsewhere.status_code == 422
    assert "not asked" in elsewhere.text
    empty = await client.post(answers, content=b"\xff\xfe%ff", headers=HTML)
    assert empty.status_code == 422
    done = await send(client, answers, item=page.item, option=list(key(page.item)))
    assert done.headers["location"] == f"/take/{link_token}"
    again = await send(client, answers, item=page.item, option=list(key(page.item)))
    assert again.headers["location"] == f"/take/{link_token}"
    other = await send(client, answers, item=page.item, option="o2")
    assert other.headers["location"] == f"/take/{link_token}?notice=kept"
    said = await client.get(other.headers["location"], headers=HTML)
    assert "first answer stands" in said.text
    unknown = await client.get(f"/take/{link_token}?notice=<script>", headers=HTML)
    assert unknown.status_code == 200


async def test_a_program_gets_problems_with_codes(client: AsyncClient, link_token: str, key: Key) -> None:
    json = {"Accept": "application/json"}
    answers = f"/take/{link_token}/answers"
    early = await client.post(answers, data={"item": "item-01", "option": "o1"}, headers=json)
    assert (early.status_code, early.json()["code"]) == (409, "session.not_started")
    await send(client, f"/take/{link_token}/start")
    item = (await look(client, link_token)).item
    none = await client.post(answers, data={"item": item}, headers=json)
    assert (none.status_code, none.json()["code"]) == (422, "answer.missing")
    await send(client, answers, item=item, option=list(key(item)))
    other = await client.post(answers, data={"item": item, "option": "o2"}, headers=json)
    assert (other.status_code, other.json()["code"]) == (409, "answer.changed")
    for path in ("finish", "share"):
        answer = await client.post(f"/take/{link_token}/{path}", headers=json)
        assert answer.status_code == 409
    lost = await client.get("/take/acme." + "a" * 43, headers=json)
    assert (lost.status_code, lost.json()["code"]) == (404, "invitation.unknown")


@pytest.mark.parametrize("verb", ["", "/start", "/answers", "/continue", "/finish", "/share", "/unshare"])
async def test_an_unknown_link_is_a_kind_page(client: AsyncClient, house: Any, verb: str) -> None:
    assert house
    path = "/take/acme." + "a" * 43 + verb
    answer = await (client.post(path, headers=HTML) if verb else client.get(path, headers=HTML))
    assert answer.status_code == 404
    assert "<h1" in answer.text
    assert "invitation.unknown" in answer.text


async def test_an_expired_link_says_so_and_an_outcome_stays_readable(
    client: AsyncClient, house: Any, clock: Any, key: Key, pool: Pool
) -> None:
    used, unused = [
        (await house.invite(email)).link.rpartition("/")[2]
        for email in ("kim@example.org", "lee@example.org")
    ]
    await walk(client, used, key)
    clock.advance(days=15)
    expired = await client.get(f"/take/{unused}", headers=HTML)
    assert expired.status_code == 410
    assert "A small test" in expired.text
    assert (await send(client, f"/take/{unused}/start")).status_code == 410
    assert (await look(client, used)).action("share")
    await pool.execute("UPDATE session_event SET charted = true")
    async with transaction(pool) as db:
        by = await person_in(db, "acme", "data protection officer", at=clock())
        await set_rule(db, "acme", Rule("answers", 30), by=by, at=clock())
    before = await look(client, used)
    clock.advance(days=30)
    assert await delete_expired(pool, clock) > 0
    assert (await look(client, used)).text == before.text


async def test_a_result_says_where_groups_can_be_given_only_where_they_are_asked_for(
    client: AsyncClient, link_token: str, key: Key, pool: Pool, clock: Any
) -> None:
    await walk(client, link_token, key)
    groups = f'href="/take/{link_token}/groups"'
    assert groups not in (await client.get(f"/take/{link_token}", headers=HTML)).text
    async with transaction(pool) as db:
        by = await person_in(db, "acme", "works council", at=clock())
        await ask(db, "acme", Question("age", ("under 40", "40 and over"), "To see.", clock()), by=by)
        for rule in (Rule("answers", 90), Rule("invitations", 10)):
            await set_rule(db, "acme", rule, by=by, at=clock())
    after = (await client.get(f"/take/{link_token}", headers=HTML)).text
    assert groups in after
    assert "keeps answers for 90 days after the end: yours until <time" in after
    assert "it brings you back to this page until <time" in after


async def test_continuing_and_stopping(client: AsyncClient, link_token: str, key: Key, pool: Pool) -> None:
    answered = 0

    def three_right(item: str) -> tuple[str, ...]:
        nonlocal answered
        answered += 1
        return key(item) if answered <= 3 else ("o2",)

    await walk(client, link_token, three_right)
    page = await look(client, link_token)
    assert "Basic" in page.text
    assert page.action("continue")
    assert page.action("finish")
    late = await send(client, f"/take/{link_token}/answers", item="item-99", option="o1")
    assert late.headers["location"] == f"/take/{link_token}"  # no question is open
    assert (await send(client, f"/take/{link_token}/continue")).status_code == 303
    assert (await look(client, link_token)).item
    assert (await send(client, f"/take/{link_token}/finish")).status_code == 303
    assert await pool.fetchval("SELECT outcome FROM session") == "award"


async def test_a_question_offers_to_stop_once_a_level_is_reached(
    client: AsyncClient, link_token: str, key: Key
) -> None:
    start = await send(client, f"/take/{link_token}/start")
    assert start.status_code == 303
    page = await look(client, link_token)
    assert [action.rpartition("/")[2] for action in page.actions] == ["answers"]
    right = iter([True, True, True, False])
    while page.item:
        chosen = list(key(page.item)) if next(right) else ["o2"]
        await send(client, f"/take/{link_token}/answers", item=page.item, option=chosen)
        page = await look(client, link_token)
    await send(client, page.action("continue"))
    item = (await look(client, link_token)).item
    await send(client, f"/take/{link_token}/answers", item=item, option="o2")
    page = await look(client, link_token)
    assert [action.rpartition("/")[2] for action in page.actions] == ["answers", "finish"]
    assert "Stop here and take Basic" in " ".join(page.text.split())
    nothing = await send(client, f"/take/{link_token}/answers", item=page.item)
    assert Page(nothing.text).action("finish")
    assert (await send(client, page.action("finish"))).headers["location"] == f"/take/{link_token}"
    done = await look(client, link_token)
    assert done.action("share")
    said = " ".join(done.text.split())
    assert "You reached Basic" in said
    assert "3 of 4 right" in said
    assert "The part that you stopped in does not count." in said
    late = await send(client, f"/take/{link_token}/answers", item=page.item, option=list(key(page.item)))
    assert late.headers["location"] == f"/take/{link_token}"
    assert "3 of 4 right" in " ".join((await look(client, link_token)).text.split())


async def test_inviting_over_the_api(client: AsyncClient, house: Any, pool: Pool, settings: Settings) -> None:
    body = {"assessment": "small", "person": {"name": "Ana Ray", "email": "ana@example.org"}}
    bearer = {"Authorization": f"Bearer {house.api_token}"}
    made = await client.post("/api/invitations", json=body, headers=bearer)
    assert made.status_code == 201
    assert set(made.json()) == {"id", "link", "expiresAt"}
    assert made.json()["link"].startswith(f"{settings.base_url}/take/acme.")
    by_id = {**body, "assessment": str(house.assessment.id)}
    assert (await client.post("/api/invitations", json=by_id, headers=bearer)).status_code == 201
    token = made.json()["link"].rpartition("/")[2]
    assert (await look(client, token)).action("start")
    secret = token.rpartition(".")[2]
    for table in ("invitation", "pending_link", "outbox", "audit", "person", "session_event"):
        everything = f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t"  # noqa: S608 - named above
        dump = await pool.fetchval(everything)
        for shown in (secret, "ana@example.org", "Ana Ray", secret.encode().hex()):
            assert shown not in dump


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"assessment": "nothing"}, 404, "assessment.unknown"),
        ({"assessment": "0e0f0000-0000-4000-8000-000000000000"}, 404, "assessment.unknown"),
        ({"assessment": 7}, 422, "request.invalid"),
        ({"person": {"name": " ", "email": "ana@example.org"}}, 422, "person.name"),
        ({"person": {"name": "Ana\u202egnp.exe", "email": "ana@example.org"}}, 422, "person.name"),
        ({"person": {"name": "Ana", "email": "nobody"}}, 422, "person.email"),
        ({"person": {"name": "Ana"}}, 422, "request.invalid"),
        ({"colour": "red"}, 422, "request.invalid"),
    ],
)
async def test_an_invitation_that_cannot_be(
    client: AsyncClient, house: Any, change: dict[str, Any], status: int, code: str
) -> None:
    body = {"assessment": "small", "person": {"name": "Ana Ray", "email": "ana@example.org"}, **change}
    answer = await client.post(
        "/api/invitations", json=body, headers={"Authorization": f"Bearer {house.api_token}"}
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_inviting_needs_a_token_with_the_scope(client: AsyncClient, house: Any) -> None:
    body = msgspec.json.encode(
        {"assessment": "small", "person": {"name": "Ana Ray", "email": "ana@example.org"}}
    )
    tokens = {None: 401, "Bearer nonsense": 401, f"Bearer {house.weak_token}": 403}
    for value, status in tokens.items():
        headers = {"Content-Type": "application/json"} | ({"Authorization": value} if value else {})
        answer = await client.post("/api/invitations", content=body, headers=headers)
        assert answer.status_code == status


async def test_before_an_award_there_is_nothing_to_show_or_share(switch: Faulty, house: Any) -> None:
    assert house
    nothing = uuid4()
    assert await switch.real.standing("acme", nothing) is None
    with pytest.raises(ProblemError) as refused:
        await switch.real.share("acme", nothing)
    assert refused.value.code == "credential.not_released"


async def test_there_is_no_view_of_what_does_not_stand(pool: Pool, link_token: str, clock: Any) -> None:
    sitting = await open_sitting(pool, link_token)
    with pytest.raises(ValueError, match="no question"):
        views.question(sitting, link_token, "Acme", clock())
    with pytest.raises(ValueError, match="no step"):
        views.outcome(sitting, link_token, "Acme", "Kim", None, clock())
    with pytest.raises(ValueError, match="nothing was started"):
        views.paused(sitting, link_token, "Acme", clock())
    assert views.minutes_left(sitting, clock()) is None


@pytest.mark.parametrize("raw", [b"{", b"\xff", b"[1]", b"null", b'{"assessment": NaN}', b"[" * 100_000])
async def test_malformed_json_is_a_problem_and_never_a_500(
    client: AsyncClient, house: Any, raw: bytes
) -> None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {house.api_token}"}
    answer = await client.post("/api/invitations", content=raw, headers=headers)
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"].startswith("application/problem+json")
