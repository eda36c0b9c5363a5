"""Annulments over HTTP and as commands: one token cannot approve its own proposal, nor can its person."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from click import UsageError

from issuer.db.pool import transaction
from issuer.issuance.desk import Desk
from issuer.issuance.issue import issue
from issuer.organizations import store as organizations
from issuer.organizations.create import create_organization, person_in
from issuer.organizations.tokens import create_token
from issuer.review.annulments.execute import execute_approved
from issuer.review.cli import review
from issuer.settings import StartRefused

PATH = "/api/annulments"
WANTED = {"bank": "small", "items": ["item-00"], "cause": "key", "why": "The key is wrong."}


async def test_two_other_persons_approve_exactly_the_list(
    desk: Desk, harmed: Any, token: Any, api: Any, client: httpx.AsyncClient
) -> None:
    mine = await harmed()
    await issue(desk, "demo", mine.id)
    author = {"Authorization": f"Bearer {await token('author')}"}
    made = await client.post(PATH, json=WANTED, headers=author)
    assert made.status_code == 201
    proposal = made.json()
    one = f"{PATH}/{proposal['id']}"
    (line,) = [line for line in proposal["consequences"] if line["session"] == str(mine.id)]
    assert (line["before"], line["after"], line["follows"]) == ("basic", "high", "award")
    approval = {"digest": proposal["digest"], "withdraw": False}

    own = await client.post(f"{one}/approve", json=approval, headers=author)  # the very token
    assert (own.status_code, own.json()["code"]) == (403, "approval.own")
    refused = {
        "approval.own": ("author", {}),  # another token of the same person
        "approval.person": ("portal", {"person": False}),
        "principal.unnamed": ("nobody knows who", {"named": False}),
        "approval.interested": ("lucky", {"email": mine.email}),
    }
    for code, (role, told) in refused.items():
        status, answer = await api.ask(role, f"{one}/approve", approval, **told)
        assert (status, answer["code"]) == (403, code)
    other = {"digest": f"sha256-{'0' * 64}"}
    assert (await api.ask("head", f"{one}/approve", other))[1]["code"] == "annulment.digest"

    head = {"Authorization": f"Bearer {await token('head')}"}
    for _ in range(2):  # replayed: counted once
        answer = (await client.post(f"{one}/approve", json=approval, headers=head)).json()
        assert [given["stands"] for given in answer["approvals"]] == [True]
    again = await api.ask("head", f"{one}/approve", approval)
    assert (again[0], again[1]["code"]) == (409, "approval.given")
    assert await execute_approved(desk) == 0
    status, answer = await api.ask("deputy", f"{one}/approve", approval)
    assert (status, len(answer["approvals"]), answer["needed"]) == (200, 2, 2)
    assert await execute_approved(desk) == 1
    _, done = await api.ask("author", one)
    assert (done["state"], done["replacedBy"]) == ("executed", None)
    assert (await api.ask("third", f"{one}/approve", approval))[1]["code"] == "annulment.closed"
    assert await desk.pool.fetchval("SELECT count(*) FROM award WHERE source_kind = 'review'") == sum(
        line["follows"] == "award" for line in done["consequences"]
    )


@pytest.mark.usefixtures("assessment")
async def test_a_rejected_item_is_asked_again(desk: Desk, api: Any) -> None:
    async def suspended() -> int:
        return int(await desk.pool.fetchval("SELECT count(*) FROM item_suspension WHERE lifted_at IS NULL"))

    async def proposed(role: str, **told: Any) -> str:
        return f"{PATH}/{(await api.ask(role, PATH, WANTED, **told))[1]['id']}"

    first, second = await proposed("author"), await proposed("colleague")
    status, told = await api.ask("head", f"{first}/reject", {})
    assert (status, told["askedAgain"], await suspended()) == (200, [], 1)  # the second names it still
    assert (await api.ask("head", f"{first}/reject", {}))[1]["code"] == "annulment.closed"
    assert (await api.ask("colleague", f"{second}/reject", {"keepSuspended": True}))[1]["askedAgain"] == []
    assert await suspended() == 1
    third = await proposed("portal", person=False)
    assert (await api.ask("portal", f"{third}/reject", {}, person=False))[1]["askedAgain"] == []
    assert await suspended() == 1  # only a person puts an item back
    fourth = await proposed("author")
    assert (await api.ask("other", f"{fourth}/reject", {}, person=False))[1]["code"] == "approval.person"
    assert (await api.ask("author", f"{fourth}/reject", {}))[1]["askedAgain"] == ["item-00"]
    assert await suspended() == 0


@pytest.mark.usefixtures("assessment")
async def test_bad_input_and_other_organisations(desk: Desk, api: Any, client: httpx.AsyncClient) -> None:
    for changed, code in (
        ({"items": ["item-99"]}, "item.unknown"),
        ({"bank": "other"}, "item.unknown"),
        ({"why": " "}, "annulment.why"),
        ({"why": "\x1b[2J"}, "annulment.why"),
        ({"cause": "spite"}, "request.invalid"),
        ({"items": []}, "request.invalid"),
        ({"versions": ["x"]}, "request.invalid"),
        ({"versions": [f"sha256-{'0' * 64}"]}, "item.unknown"),
    ):
        assert (await api.ask("author", PATH, WANTED | changed))[1]["code"] == code, changed
    assert (await api.ask("author", PATH))[1] == {"annulments": []}
    _, proposal = await api.ask("author", PATH, WANTED)
    async with transaction(desk.pool) as db:
        other = organizations.Organization("other", "Other", None, demo=False, created_at=desk.clock())
        await create_organization(db, desk.keystore, desk.settings, other)
        who = await person_in(db, "other", "head", at=desk.clock())
        _, text = await create_token(
            db, "other", who, "head", ("review:read", "review:approve"), at=desk.clock()
        )
    headers = {"Authorization": f"Bearer {text}"}
    approval = {"digest": proposal["digest"]}
    for path, sent in ((proposal["id"], None), (f"{proposal['id']}/approve", approval), (f"{uuid4()}", None)):
        method = "GET" if sent is None else "POST"
        answer = await client.request(method, f"{PATH}/{path}", json=sent, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "annulment.unknown")
    assert (await client.get(PATH, headers=headers)).json() == {"annulments": []}


async def test_the_commands(desk: Desk, harmed: Any, token: Any, console: Any) -> None:
    mine = await harmed()
    words = ("propose", "small", "item-00", "--cause", "key", "--why", "The key is wrong.")
    said = (await console.run(review, *words, "--token", await token("author"))).output
    assert f"{mine.id}  basic  high       a credential of the new level" in said
    digest = said.strip().rpartition(" ")[2]
    listed = await console.run(review, "proposals", "--token", await token("head"))
    assert "item-00  open   0 of 2" in listed.output
    name = str(await desk.pool.fetchval("SELECT id FROM annulment"))
    told = await console.run(review, "consequences", name, "--json", "--token", await token("head"))
    assert json.loads(told.output)["digest"] == digest
    approve = ("approve", name, "--digest", digest, "--token")
    refused = (await console.run(review, *approve, await token("author"))).exception
    assert isinstance(refused, StartRefused)
    assert refused.code == "approval.own"
    wrong = await console.run(review, "approve", name, "--digest", "x", "--token", "x")
    assert isinstance(wrong.exception, UsageError)
    assert "Approved by 1 of 2.\n" in (await console.run(review, *approve, await token("head"))).output
    said = (await console.run(review, "reject", name, "--token", await token("deputy"))).output
    assert "Rejected. Asked again: item-00." in said
    said = (await console.run(review, "reviewer", "deputy", "--email", "deputy@reviewers.example")).output
    assert "deputy is one person." in said
