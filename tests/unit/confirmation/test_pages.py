"""The same over HTTP and on the command line: a person's pages, a supervisor's and a reviewer's tokens."""

import asyncio
import re
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from issuer.assessments.demonstration import ORGANIZATION_ID
from issuer.confirmation import store
from issuer.confirmation.begin import enter
from issuer.confirmation.cli import confirmation
from issuer.confirmation.sit import open_sat
from issuer.issuance.desk import Desk
from keys.stores.file import FileStore
from tests.unit.confirmation.conftest import Clock, Hold, bearer

HTML = {"Accept": "text/html"}


async def code_for(desk: Desk, client: httpx.AsyncClient, award: Any, role: str = "invigilator") -> str:
    sent = {"credential": str(award), "identity": "known"}
    answer = await client.post(
        "/api/confirmations", json=sent, headers={"Authorization": await bearer(desk, role)}
    )
    assert answer.status_code == 201, answer.text
    code: str = answer.json()["code"]
    return code


async def answered(client: httpx.AsyncClient, desk: Desk, address: str, wrong: int) -> str:
    """Answers every question of a sitting by its page; returns the last page."""
    for place in range(40):
        page = await client.get(address, headers=HTML)
        assert page.status_code == 200
        current = (await open_sat(desk.pool, address.rpartition("/")[2])).sitting.current
        if current is None:
            return page.text
        given = "o2" if place < wrong else "o1"
        sent = {"item": current.item, "option": given}
        answer = await client.post(f"{address}/answers", data=sent, headers=HTML)
        assert answer.status_code == 303
    raise AssertionError("the sitting does not end")


async def test_from_the_code_to_the_confirmed_credential_by_pages(
    desk: Desk, client: httpx.AsyncClient, holder: Hold
) -> None:
    one = await holder()
    path = f"/take/{one.token}/confirmation"
    result = await client.get(f"/take/{one.token}", headers=HTML)
    assert path in result.text
    page = await client.get(path, headers=HTML)
    assert str(one.award) in page.text
    wrong = await client.post(path, data={"code": "0000-0000"}, headers=HTML)
    assert (wrong.status_code, "ask your supervisor for a new one" in wrong.text) == (403, True)
    entered = await client.post(path, data={"code": await code_for(desk, client, one.award)}, headers=HTML)
    assert entered.status_code == 303
    address = entered.headers["location"]
    assert "A sitting of yours is under way" in (await client.get(path, headers=HTML)).text
    question = await client.get(address, headers=HTML)
    assert re.search("Question 1 of 12", question.text)
    assert "Stop the clock" not in question.text
    empty = await client.post(f"{address}/answers", data={"item": "no-such"}, headers=HTML)
    assert empty.status_code == 422
    current = (await open_sat(desk.pool, address.rpartition("/")[2])).sitting.current
    assert current is not None
    sent = {"item": current.item, "option": "o1"}
    await client.post(f"{address}/answers", data=sent, headers=HTML)
    changed = await client.post(f"{address}/answers", data={**sent, "option": "o2"})
    assert changed.json()["code"] == "answer.changed"
    last = await answered(client, desk, address, 0)
    assert "Your result is confirmed" in last
    assert "Your result is confirmed" in (await client.get(path, headers=HTML)).text
    shared = await client.post(f"/take/{one.token}/share", headers=HTML)
    credential = await client.get(
        shared.headers["location"].replace(desk.settings.base_url, ""), headers=HTML
    )
    assert "Confirmed by a short supervised sitting" in credential.text
    late = await client.post(f"{address}/answers", data=sent, headers=HTML)
    assert late.status_code == 303


async def test_a_case_by_the_api_and_what_its_person_reads(
    desk: Desk, client: httpx.AsyncClient, holder: Hold
) -> None:
    one = await holder()
    path = f"/take/{one.token}/confirmation"
    code = await code_for(desk, client, one.award)
    address = (await client.post(path, data={"code": code}, headers=HTML)).headers["location"]
    assert "A person looks at it" in await answered(client, desk, address, 12)
    reviewer = {"Authorization": await bearer(desk, "reviewer")}
    (case,) = (await client.get("/api/confirmations/cases", headers=reviewer)).json()["cases"]
    assert (case["reason"], case["figures"]["points"]) == ("inconsistent", 0)
    act = f"/api/confirmations/cases/{case['id']}"
    sent = {"decision": "leave", "why": "Twelve wrong of twelve, and no reason given."}
    decided = await client.post(act, json=sent, headers=reviewer)
    assert decided.json() == {"id": case["id"], "decision": "leave"}
    page = await client.get(path, headers=HTML)
    assert "Twelve wrong of twelve" in page.text
    assert (await client.post("/api/confirmations", json={}, headers=reviewer)).status_code == 422


async def test_addresses_that_open_nothing(
    desk: Desk, client: httpx.AsyncClient, holder: Hold, clock: Clock
) -> None:
    one = await holder()
    secret = f"{ORGANIZATION_ID}.{'a' * 43}"
    for address in ("/confirm/x", f"/confirm/{secret}"):
        assert (await client.get(address)).json()["code"] == "confirmation.unknown"
    assert (await client.get(f"/take/{secret}/confirmation")).json()["code"] == "invitation.unknown"
    path = f"/take/{one.token}/confirmation"
    assert (await client.post(path, data={"code": "x"})).json()["code"] == "confirmation.code"
    code = await code_for(desk, client, one.award)
    address = (await client.post(path, data={"code": code}, headers=HTML)).headers["location"]
    clock.advance(minutes=30)
    ended = await client.get(address, headers=HTML)
    assert (ended.status_code, ended.headers["location"]) == (303, f"{address}?notice=late")
    assert "Too few questions" in (await client.get(address, headers=HTML)).text


@pytest.mark.parametrize("choice", ["again"])
async def test_the_command_line(desk: Desk, keystore: FileStore, holder: Hold, sit: Any, choice: str) -> None:
    settings = desk.settings
    settings.data_dir.joinpath("keys").symlink_to(keystore._folder)
    environ = {
        "ASSAY_DATABASE_URL": settings.database_url,
        "ASSAY_DATA_DIR": str(settings.data_dir),
        "ASSAY_BASE_URL": settings.base_url,
        "ASSAY_PASSPHRASE": settings.passphrase,
    }

    async def run(role: str, *arguments: str) -> str:
        token = (await bearer(desk, role)).removeprefix("Bearer ")
        runner = CliRunner(env={**environ, "ASSAY_TOKEN": token})
        found = await asyncio.to_thread(runner.invoke, confirmation, arguments, standalone_mode=False)
        assert found.exception is None, found.exception
        return found.output

    one = await holder()
    assert "No case" in await run("reviewer", "cases")
    code = (await run("invigilator", "open", str(one.award), "--identity", "document")).splitlines()[0]
    secret = await enter(desk.pool, desk.keystore, one.token, code, desk.clock)
    await sit(secret, 12)
    latest = await store.latest(desk.pool, ORGANIZATION_ID, one.award)
    assert latest is not None
    told = await run("reviewer", "cases")
    assert f"Case {latest.id}" in told
    assert "Points: 0; expected:" in told
    assert "Decided" in await run("reviewer", "decide", str(latest.id), choice, "--why", "Try again.")
