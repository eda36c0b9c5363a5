"""/api/fairness: what `assay fairness` does, for tokens: each with its scope, deciding only for persons."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from issuer.assessments.demonstration import ORGANIZATION_ID
from issuer.db.pool import transaction
from issuer.fairness.report import page, report
from issuer.issuance.desk import Desk
from issuer.organizations.create import create_organization, person_in
from issuer.organizations.store import Organization
from issuer.organizations.tokens import create_token

BANK = "sql-for-analysts"
AGE = {"attribute": "age", "options": ["under 40", "40 and over"], "purpose": "To see."}
Bearer = Callable[..., Awaitable[dict[str, str]]]
SCOPES = ("fairness:read", "suspensions:write", "groups:write")


@pytest.fixture
async def headers(desk: Desk) -> dict[str, str]:
    """A person's token for all of it."""
    return await token(desk, ORGANIZATION_ID)


async def token(desk: Desk, organization_id: str) -> dict[str, str]:
    at = desk.clock()
    async with transaction(desk.pool) as db:
        whose = await person_in(db, organization_id, "test manager", at=at)
        _, text = await create_token(db, organization_id, whose, "fairness", SCOPES, at=at)
    return {"Authorization": f"Bearer {text}"}


async def test_an_item_is_suspended_listed_and_lifted_by_a_person(
    desk: Desk, client: httpx.AsyncClient, headers: dict[str, str], bearer: Bearer
) -> None:
    path, item = "/api/fairness/suspensions", {"bank": BANK, "item": "sel-01"}

    async def code(at: str, sent: dict[str, Any] | None, whose: dict[str, str] = headers) -> str:
        refused: str = (await client.post(at, json=sent, headers=whose)).json()["code"]
        return refused

    assert await code(path, item, await bearer()) == "fairness.person"
    assert await code(path, {**item, "item": "nothing"}) == "item.unknown"
    assert await code(path, {**item, "reason": "leak"}) == "request.invalid"
    made = await client.post(path, json={**item, "reason": "key"}, headers=headers)
    assert made.status_code == 201
    assert await code(path, item) == "item.suspended"
    (listed,) = (await client.get(path, headers=headers)).json()["suspensions"]
    assert {name: listed[name] for name in ("id", "bank", "item", "reason", "byChart")} == {
        **made.json(),
        "reason": "key",
        "byChart": False,
    }
    lift = f"{path}/{listed['id']}/lift"
    assert await code(lift, None, await bearer()) == "fairness.person"
    assert (await client.post(lift, headers=headers)).json() == item
    assert await code(lift, None) == "suspension.unknown"
    lines = await desk.pool.fetch(
        "SELECT action FROM audit WHERE reference = $1 ORDER BY sequence", listed["id"]
    )
    assert [line["action"] for line in lines] == ["item.suspended", "item.suspension_lifted"]


async def test_an_attribute_is_asked_for_and_deleted_and_no_answer_is_told(
    client: httpx.AsyncClient, headers: dict[str, str], bearer: Bearer
) -> None:
    path = "/api/fairness/groups"
    assert (await client.post(path, json=AGE, headers=await bearer())).json()["code"] == "fairness.person"
    unfit = {**AGE, "attribute": "AGE"}
    assert (await client.post(path, json=unfit, headers=headers)).json()["code"] == "groups.question"
    made = await client.post(path, json=AGE, headers=headers)
    assert made.status_code == 201
    assert (await client.post(path, json=AGE, headers=headers)).json()["code"] == "groups.asked"
    assert (await client.get(path, headers=headers)).json() == {"questions": [made.json()]}
    for status, whose in ((403, await bearer()), (200, headers), (404, headers)):
        assert (await client.post(f"{path}/age/delete", headers=whose)).status_code == status
    assert (await client.get(path, headers=headers)).json() == {"questions": []}


async def test_the_report_is_the_commands_one_and_of_ones_own_organisation(
    desk: Desk, client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    path = f"/api/fairness/reports/{BANK}"
    await client.post("/api/fairness/groups", json=AGE, headers=headers)
    told = (await client.get(path, headers=headers)).json()
    assert (told["assessment"], told["bank"], told["languages"]) == (BANK, BANK, None)
    assert told["fared"]["awardedWithLonger"]["people"] is None
    assert [one["attribute"] for one in told["attributes"]] == ["age"]
    shown = await client.get(f"{path}/page", headers=headers)
    assert shown.headers["content-type"].startswith("text/html")
    found = await report(desk.pool, desk.keystore, ORGANIZATION_ID, BANK, at=desk.clock())
    assert shown.content == page(found)
    async with transaction(desk.pool) as db:
        other = Organization("other", "Other", None, demo=False, created_at=desk.clock())
        await create_organization(db, desk.keystore, desk.settings, other)
    theirs = await token(desk, "other")
    await client.post("/api/fairness/suspensions", json={"bank": BANK, "item": "sel-01"}, headers=headers)
    assert (await client.get(path, headers=theirs)).status_code == 404
    assert (await client.get("/api/fairness/suspensions", headers=theirs)).json() == {"suspensions": []}
    assert (await client.get("/api/fairness/groups", headers=theirs)).json() == {"questions": []}
    lift = f"/api/fairness/suspensions/{uuid4()}/lift"
    assert (await client.post(lift, headers=theirs)).status_code == 404
