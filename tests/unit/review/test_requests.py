"""Requests for a review, from the form to the answer: sealed, one at a time, answered by another person."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest
from msgspec import Struct

from issuer import audit
from issuer.assessments.bank import read_bank, shipped
from issuer.db.pool import transaction
from issuer.fairness.retention.delete import delete_expired
from issuer.fairness.suspend import name_contact
from issuer.issuance.desk import Desk
from issuer.jobs import drain_outbox
from issuer.organizations import store as organizations
from issuer.organizations.create import create_organization, person_in
from issuer.organizations.retention import Kind, Rule, set_rule
from issuer.organizations.tokens import create_token
from issuer.people.erase import erase
from issuer.review.annulments.execute import execute_approved
from issuer.review.cli import review
from issuer.review.requests.ask import ask
from issuer.review.requests.followed import became_of
from issuer.review.requests.store import Change
from issuer.review.requests.story import SEALED, in_words
from issuer.review.requests.words import AT_MOST, read_words, wrapped
from issuer.settings import StartRefused
from schemas.items import Inline, Match, Numeric, Single, Text

HTML = {"Accept": "text/html"}
FORM = {**HTML, "Content-Type": "application/x-www-form-urlencoded"}
WORDS = "MARKER-OF-WORDS: both answers are right.\n<script>alert(1)</script>"
ANSWER = "MARKER-OF-ANSWER: you are right & thank you. {name}"
PATH = "/api/reviews"
Take = Callable[..., Awaitable[Any]]
Send = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def send(client: httpx.AsyncClient) -> Send:
    """Sends the form behind a link, as a browser does."""

    async def sent(token: str, words: str, **headers: str) -> httpx.Response:
        return await client.post(f"/take/{token}/review", data={"words": words}, headers={**HTML, **headers})

    return sent


@pytest.fixture
def look(client: httpx.AsyncClient) -> Callable[[str], Awaitable[str]]:
    """The page behind a link, as text."""

    async def shown(token: str) -> str:
        return (await client.get(f"/take/{token}/review", headers=HTML)).text

    return shown


async def asked(desk: Desk, mine: Any, words: str = WORDS) -> str:
    return str(await ask(desk.pool, desk.keystore, mine.token, words, desk.clock))


async def letters(desk: Desk) -> list[str]:
    """Every letter that went out, whole."""
    await drain_outbox(desk)
    folder = desk.settings.data_dir / "mail"
    return [file.read_text() for file in sorted(folder.glob("*.eml"))] if folder.exists() else []


async def test_from_the_form_to_the_answer(
    desk: Desk, taken: Take, client: httpx.AsyncClient, send: Send, look: Any, api: Any
) -> None:
    async with transaction(desk.pool) as db:
        await name_contact(db, desk.keystore, "demo", "Ruth", "ruth@example.org", at=desk.clock())
    mine = await taken("kim@example.org")
    result = await client.get(f"/take/{mine.token}", headers=HTML)
    assert f'href="/take/{mine.token}/review"' in result.text
    assert "Say what you think is wrong" in await look(mine.token)
    sent = await send(mine.token, WORDS)
    assert (sent.status_code, sent.headers["location"]) == (303, f"/take/{mine.token}/review")
    assert (await send(mine.token, "again")).status_code == 303  # a second click asks nothing more
    page = await look(mine.token)
    assert "We have your request" in page
    assert "MARKER-OF-WORDS: both answers are right.</p><p>&lt;script&gt;" in page
    assert "<textarea" not in page
    (row,) = await desk.pool.fetch("SELECT * FROM review_request")
    assert b"MARKER" not in row["words_sealed"]
    assert row["asked_at"].hour == 0

    one = f"{PATH}/{row['id']}"
    (waiting,) = (await api.ask("head", PATH))[1]["requests"]
    assert (waiting["id"], waiting["session"], waiting["state"]) == (str(row["id"]), str(mine.id), "received")
    _, told = await api.ask("head", one)
    assert (told["words"], told["replay"]["verdict"], told["bank"]) == (WORDS, "same", "small")
    assert "kim" not in json.dumps(told).lower()
    assert len(told["questions"]) == len(mine.asked)
    question = told["questions"][0]
    assert question["given"] == [question["definition"]["options"][0]["text"]]
    assert (question["points"], question["most"], question["definition"]["key"]) == (1, 1, ["o1"])
    assert told["decisions"][-1]["outcome"] == "award"
    assert (await api.ask("head", f"{one}/begin", {}))[1]["state"] == "begun"
    assert "A person is looking at it" in await look(mine.token)
    given = {"words": ANSWER}
    done = {"id": str(row["id"]), "state": "answered"}
    for _ in range(2):  # the same again changes nothing
        assert (await api.ask("head", f"{one}/answer", given)) == (200, done)
    assert (await api.ask("head", f"{one}/answer", {"words": "No."}))[1]["code"] == "review.answered"
    assert (await api.ask("head", f"{one}/begin", {}))[1]["code"] == "review.answered"
    page = await look(mine.token)
    assert "Your request is answered" in page
    assert "MARKER-OF-ANSWER: you are right &amp; thank you. {name}" in page
    assert "Your result stands as it was." in page
    assert "Ask once more" in page
    assert (await api.ask("head", PATH))[1]["requests"] == []
    mails = await letters(desk)
    (to_contact,) = [mail for mail in mails if "ruth@example.org" in mail]
    assert f"assay review show {row['id']}" in to_contact
    assert "MARKER" not in to_contact
    (to_kim,) = [mail for mail in mails if "MARKER-OF-ANSWER" in mail]
    assert "kim@example.org" in to_kim
    assert "you are right & thank you. {name}" in to_kim
    actions = [row["action"] for row in await desk.pool.fetch("SELECT action FROM audit ORDER BY sequence")]
    assert [action for action in actions if action.startswith("review.")] == [
        "review.asked",
        "review.begun",
        "review.answered",
    ]
    await audit.verify_chain(desk.pool, "demo")


async def test_what_cannot_be_taken_stays_in_its_field(desk: Desk, taken: Take, send: Send) -> None:
    mine = await taken("kim@example.org")
    for words, said in (
        ("  \r\n ", "Write what should be looked at"),
        ("x" * (AT_MOST + 1), "It has 2,001 characters"),
        ("a\x1b[2Jb", "It holds a sign that is no text"),
        ("a\u202eb", "It holds a sign that is no text"),
    ):
        refused = await send(mine.token, words)
        assert refused.status_code == 422
        assert said in refused.text
        assert words.strip()[:50] in refused.text
        assert 'aria-invalid="true"' in refused.text
    program = await send(mine.token, " ", Accept="application/json")
    assert (program.status_code, program.json()["code"]) == (422, "review.words")
    assert await desk.pool.fetchval("SELECT count(*) FROM review_request") == 0
    assert read_words("a\r\nb\rc\u0065\u0301 ") == "a\nb\nc\u00e9"
    assert len(read_words("\U0001f600" * AT_MOST)) == AT_MOST
    assert max(map(len, wrapped("word " * 300 + "\n\n" + "x" * 1990).split("\n"))) == 72


async def test_who_has_nothing_to_ask_is_led_to_their_assessment(
    taken: Take, client: httpx.AsyncClient, send: Send
) -> None:
    begun = (await taken("kim@example.org", steps=0)).token
    for token, code in (
        (begun, "session.unfinished"),
        (f"{begun[:-3]}abc", "invitation.unknown"),
        ("x", "invitation.unknown"),
    ):
        for answer in (await client.get(f"/take/{token}/review", headers=HTML), await send(token, WORDS)):
            assert (answer.status_code, answer.headers["location"]) == (303, f"/take/{token}")
        program = await client.get(f"/take/{token}/review", headers={"Accept": "application/json"})
        assert program.json()["code"] == code


async def test_three_times_and_no_more(desk: Desk, taken: Take, send: Send, look: Any, api: Any) -> None:
    mine = await taken("kim@example.org")
    for number in range(3):
        request = await asked(desk, mine)
        program = await send(mine.token, WORDS, Accept="application/json")
        assert (program.status_code, program.json()["code"]) == (409, "review.open")
        assert (await api.ask("head", f"{PATH}/{request}/answer", {"words": f"No {number}."}))[0] == 200
    program = await send(mine.token, WORDS, Accept="application/json")
    assert (program.status_code, program.json()["code"]) == (409, "review.often")
    page = await look(mine.token)
    assert "You have asked three times" in page
    assert page.count("MARKER-OF-WORDS") == 3


async def test_nobody_answers_their_own_and_no_other_organisation_sees_it(
    desk: Desk, taken: Take, api: Any, client: httpx.AsyncClient
) -> None:
    mine = await taken("kim@example.org")
    one = f"{PATH}/{await asked(desk, mine)}"
    given = {"words": ANSWER}
    assert (await api.ask("kim", PATH, email="kim@example.org"))[1]["requests"] == []
    for role, told, code in (
        ("kim", {"email": "kim@example.org"}, "review.own"),
        ("portal", {"person": False}, "approval.person"),
        ("somebody", {"named": False}, "principal.unnamed"),
    ):
        for path, sent in ((one, None), (f"{one}/begin", {}), (f"{one}/answer", given)):
            status, answer = await api.ask(role, path, sent, **told)
            assert (status, answer["code"]) == (403, code)
    assert (await api.ask("portal", PATH, person=False))[1]["requests"] != []  # it lists, and reads no words
    async with transaction(desk.pool) as db:
        other = organizations.Organization("other", "Other", None, demo=False, created_at=desk.clock())
        await create_organization(db, desk.keystore, desk.settings, other)
        who = await person_in(db, "other", "head", at=desk.clock())
        await db.execute("UPDATE principal SET email_hmac = $1 WHERE id = $2", bytes(32), who)
        scopes = ("review:read", "review:propose")
        _, text = await create_token(db, "other", who, "head", scopes, at=desk.clock())
    headers = {"Authorization": f"Bearer {text}"}
    assert (await client.get(PATH, headers=headers)).json() == {"requests": []}
    nowhere = f"{PATH}/{uuid4()}"
    for path, sent in ((one, None), (f"{one}/begin", {}), (f"{one}/answer", given), (nowhere, None)):
        answer = await client.request("GET" if sent is None else "POST", path, json=sent, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "review.unknown")


async def test_the_page_follows_what_became_of_it(desk: Desk, taken: Take, look: Any, api: Any) -> None:
    mine = await taken("kim@example.org")
    item = min(mine.asked)
    wanted = {"bank": "small", "items": [item], "cause": "key", "why": "The key is wrong."}
    _, first = await api.ask("author", "/api/annulments", wanted)
    one = f"{PATH}/{await asked(desk, mine)}"
    absent = min({f"item-{n:02d}" for n in range(12)} - mine.asked)
    _, unmet = await api.ask("author", "/api/annulments", {**wanted, "items": [absent]})
    for named, code in ((unmet["id"], "review.unmet"), (str(uuid4()), "annulment.unknown")):
        status, answer = await api.ask("head", f"{one}/answer", {"words": ANSWER, "annulment": named})
        assert (status, answer["code"]) == (422 if code == "review.unmet" else 404, code)
    assert (await api.ask("head", f"{one}/answer", {"words": ANSWER, "annulment": first["id"]}))[0] == 200
    assert "Two other persons decide on that" in await look(mine.token)
    assert (await api.ask("head", f"/api/annulments/{first['id']}/reject", {}))[0] == 200
    assert "it was decided that it does" in await look(mine.token)


async def test_a_raised_level_is_told_on_the_page(desk: Desk, harmed: Take, look: Any, api: Any) -> None:
    mine = await harmed()
    wanted = {"bank": "small", "items": ["item-00"], "cause": "key", "why": "The key is wrong."}
    _, made = await api.ask("author", "/api/annulments", wanted)
    one = f"{PATH}/{await asked(desk, mine)}"
    # The list is another by now, and the page follows the proposal that replaces this one.
    await api.ask("head", f"{one}/answer", {"words": ANSWER, "annulment": made["id"]})
    await desk.pool.execute(
        "UPDATE annulment_consequence SET undecided = NOT undecided WHERE session_id = $1", mine.id
    )
    status, stale = await api.ask("head", f"/api/annulments/{made['id']}/approve", {"digest": made["digest"]})
    assert (status, stale["code"]) == (409, "annulment.stale")
    _, found = await api.ask("head", f"/api/annulments/{made['id']}")
    path = f"/api/annulments/{found['replacedBy']}"
    _, renewed = await api.ask("head", path)
    assert "Two other persons decide on that" in await look(mine.token)
    for role in ("head", "deputy"):
        assert (await api.ask(role, f"{path}/approve", {"digest": renewed["digest"]}))[0] == 200
    assert await execute_approved(desk) == 1
    page = await look(mine.token)
    assert "Without it your answers show the level <bdi>High</bdi>" in page
    (question,) = [one for one in (await api.ask("head", one))[1]["questions"] if one["item"] == "item-00"]
    assert (question["annulled"], question["suspended"]) == (True, True)
    assert any("show the\nlevel High" in mail.replace("\r\n", "\n") for mail in await letters(desk))


async def test_the_result_page_shows_the_corrected_level(
    desk: Desk, taken: Take, going: Take, api: Any, client: httpx.AsyncClient
) -> None:
    begun = await taken("kim@example.org", steps=0)
    right = min(begun.asked)
    mine = await going(begun.token, {f"item-{n:02d}" for n in range(12)} - {right})
    assert mine.outcome == "not_yet"
    page = (await client.get(f"/take/{mine.token}", headers=HTML)).text
    assert "Not yet" in page
    refused = await client.post(f"/take/{mine.token}/share", headers={"Accept": "application/json"})
    assert refused.json()["code"] == "award.not_awarded"
    wanted = {
        "bank": "small",
        "items": sorted(mine.asked - {right}),
        "cause": "leak",
        "why": "They are known.",
    }
    _, made = await api.ask("author", "/api/annulments", wanted)
    for role in ("head", "deputy"):
        await api.ask(role, f"/api/annulments/{made['id']}/approve", {"digest": made["digest"]})
    assert await execute_approved(desk) == 1
    page = (await client.get(f"/take/{mine.token}", headers=HTML)).text
    assert "You reached <bdi>Basic</bdi>" in page
    assert "Your result was corrected" in page
    shared = await client.post(f"/take/{mine.token}/share", headers=HTML)
    assert shared.status_code == 303
    assert "Basic" in (await client.get(shared.headers["location"])).text
    invitation = await desk.pool.fetchval("SELECT id FROM invitation")
    told = (await api.ask("portal", f"/api/invitations/{invitation}", person=False))[1]
    award = await desk.pool.fetchval("SELECT id FROM award WHERE source_kind = 'review'")
    assert told["credential"] == str(award)


async def test_what_a_review_rests_on_is_kept_and_what_is_erased_is_gone(
    desk: Desk, taken: Take, api: Any, clock: Any
) -> None:
    mine, other = await taken("kim@example.org"), await taken("lee@example.org")
    request = await asked(desk, mine)
    kinds: tuple[Kind, ...] = ("answers", "invitations", "requests")
    async with transaction(desk.pool) as db:
        await db.execute("UPDATE session_event SET charted = true")
        by = await person_in(db, "demo", "data protection officer", at=clock())
        for kind in kinds:
            await set_rule(db, "demo", Rule(kind, 30), by=by, at=clock())

    async def kept() -> tuple[int, int]:
        events = await desk.pool.fetchval("SELECT count(*) FROM session_event WHERE session_id = $1", mine.id)
        return int(events), int(await desk.pool.fetchval("SELECT count(*) FROM invitation"))

    before = (await kept())[0]
    clock.advance(days=100)
    assert await delete_expired(desk.pool, clock) > 0
    assert await kept() == (before, 1)  # the other one's are gone
    assert (await api.ask("head", f"{PATH}/{request}/answer", {"words": ANSWER}))[0] == 200
    clock.advance(days=29)
    assert await delete_expired(desk.pool, clock) == 0
    clock.advance(days=2)
    assert await delete_expired(desk.pool, clock) == 3
    assert await kept() == (2, 0)
    row = await desk.pool.fetchrow("SELECT * FROM review_request")
    assert row is not None
    assert (row["words_sealed"], row["answer_sealed"]) == (None, None)
    told = (await api.ask("head", f"{PATH}/{request}"))[1]
    assert (told["words"], told["answer"], told["replay"]["code"]) == (None, None, "replay.deleted")
    assert told["questions"] == []
    assert other.id != mine.id
    await erase(desk.pool, "demo", row["person_id"], at=clock())
    assert await desk.pool.fetchval("SELECT count(*) FROM review_request") == 0
    assert (await api.ask("head", f"{PATH}/{request}"))[1]["code"] == "review.unknown"


def test_what_became_is_told_in_seven_ways() -> None:
    class Proposal(Struct):
        state: str
        withdrawn: bool | None = None

    raised, lower, refuted = (
        Change("low", "high", raises=True, refuted=False),
        Change("high", None, raises=False, refuted=False),
        Change("high", None, raises=False, refuted=True),
    )
    done = Proposal("executed", withdrawn=False)
    for proposal, change, told in (
        (None, None, "stands"),
        (Proposal("open"), lower, "deciding"),
        (Proposal("void"), None, "deciding"),
        (Proposal("rejected"), raised, "rejected"),
        (done, None, "same"),
        (done, raised, "raised"),
        (done, refuted, "kept"),
        (Proposal("executed", withdrawn=True), lower, "kept"),
        (Proposal("executed", withdrawn=True), refuted, "withdrawn"),
    ):
        assert became_of(cast(Any, proposal), change) == told


def test_what_was_given_is_told_in_the_words_of_the_question() -> None:
    bank = read_bank(shipped("sql-for-analysts"))
    told = {}
    for item in bank.items:
        match item:
            case Single():
                told["single"] = in_words(item, item.key) == tuple(
                    option.text for option in item.options if option.id in item.key
                )
            case Match():
                option, target = item.options[0], item.targets[0]
                said = in_words(item, (f"{option.id}>{target.id}",))
                told["match"] = said == (f"{option.text} > {target.text}",)
            case Inline():
                gap = item.gaps[0]
                said = in_words(item, (f"{gap.id}>{gap.options[0].id}",))
                told["inline"] = said == (f"{gap.id} > {gap.options[0].text}",)
            case Numeric():
                told["numeric"] = in_words(item, ("12.5",)) == ("12.5",)
            case Text():
                told["text"] = in_words(item, ("0" * 64,)) == (SEALED,) and in_words(item, ()) == ()
    assert told == dict.fromkeys(("single", "match", "inline", "numeric", "text"), True)


async def test_the_commands(desk: Desk, taken: Take, token: Any, console: Any) -> None:
    mine = await taken("kim@example.org")
    request, mail = await asked(desk, mine), ("--token", await token("head"))
    assert f"{request}  small" in (await console.run(review, "list", *mail)).output
    assert "says now that somebody looks" in (await console.run(review, "begin", request, *mail)).output
    refused = (await console.run(review, "answer", request, *mail, said=" ")).exception
    assert isinstance(refused, StartRefused)
    assert refused.code == "review.words"
    done = await console.run(review, "answer", request, *mail, said=ANSWER)
    assert "They are told by mail" in done.output
    shown = (await console.run(review, "show", request, *mail)).output
    assert "  | MARKER-OF-WORDS: both answers are right.\n  | <script>" in shown
    assert "Became: stands" in shown
    assert "Replayed: the same byte for byte" in shown
    assert "gave: Answer 1 of" in shown
    assert "award high" in shown
    item = next(iter(mine.asked))
    assert re.search(rf"\n1\.\d  {item}  1 of 1\n", shown)
    whole = await console.run(review, "show", request, "--item", item, *mail)
    assert json.loads(whole.output)["key"] == ["o1"]
    refused = (await console.run(review, "show", request, "--item", "item-99", *mail)).exception
    assert isinstance(refused, StartRefused)
    assert refused.code == "item.unknown"
