"""From a receipt to a credential, by the same cycle: what it says, and that there is only one."""

import asyncio
import base64
import hashlib
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from issuer.db.pool import transaction
from issuer.issuance.choice import choose, parse
from issuer.issuance.desk import Desk
from issuer.issuance.issue import issue
from issuer.issuance.reconcile import reconcile
from issuer.people.enroll import find
from issuer.people.erase import erase
from issuer.publications.cache import Published
from issuer.sharing.store import create_share
from issuer.status.trust import own_trust
from schemas.problems import ProblemError
from schemas.report import Report
from tests.unit.receipts.provider import BARE, ISSUER, ORG, SCORED, TEST, Register, Signed
from tests.unit.receipts.test_accept import take
from verifier import Offline, averify

OPTIONAL = (
    "version",
    "score",
    "scale",
    "error",
    "cut",
    "evidenceDigest",
    "assurance",
    "permittedAids",
    "completedAt",
)


async def verified(desk: Desk, token: str) -> Report:
    await desk.publications.refresh()
    fetch = Published(desk.publications, desk.settings.base_url, Offline(), desk.clock)
    trust = own_trust(desk.publications, desk.settings.base_url)
    return await averify(token, fetch=fetch, trust=trust, clock=desk.clock)


def document(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    read: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=="))
    return read


def results(credential: dict[str, Any]) -> dict[str, str]:
    return {
        one["resultDescription"].rpartition("#")[2]: one.get("value")
        or one["achievedLevel"].rpartition("#")[2]
        for one in credential["credentialSubject"]["result"]
    }


async def test_everything_stated(desk: Desk, registered: Register, signed: Signed) -> None:
    await registered()
    token = signed()
    (done,) = await take(desk, token)
    issued = await issue(desk, ORG, done.id, "receipt")
    assert issued.created
    report = await verified(desk, issued.token)
    assert (report.verdict, report.currency) == ("valid", "current"), report
    credential = document(issued.token)
    assert results(credential) == {
        "level": "working",
        "cut-working": "not applied",
        "award-rule": "not applied",
        "tier": "unstated",
        "assurance": "supervised",
    }
    (evidence,) = credential["evidence"]
    assert evidence["name"] == "SQL proficiency test"
    assert evidence["narrative"] == (
        f"Not the issuer's own assessment: {TEST}, version 2026.1, completed on 20 November 2026. "
        f"Example Tests ({ISSUER}) stated its result, which was received on 23 November 2026. "
        "The provider signed the result with its own key. "
        "The provider states the level “pass”; the issuer takes its decision over. "
        "The provider's cut is 70 on a scale from 0 to 100. "
        f"Its evidence has the digest sha256-{'ab' * 32}. "
        "Nothing was left unstated. "
        f"Digest of the receipt: sha256-{hashlib.sha256(token).hexdigest()}. "
        "Taken under supervision. A calculator. How its questions were calibrated is not stated. "
        "Not to be the sole basis of a decision about a person."
    )
    assert "83" not in json.dumps(evidence).replace(hashlib.sha256(token).hexdigest(), "")
    assert report.claim is not None
    assert report.claim.level is not None
    assert (report.claim.level.name, report.claim.level.cut) == ("Working", None), "that cut was not applied"
    # The record is published under its digest, and pinned.
    (pinned,) = credential["relatedResource"]
    path = pinned["id"].removeprefix(desk.settings.base_url)
    body = await desk.pool.fetchval("SELECT body FROM publication WHERE path = $1", path)
    assert pinned["digestSRI"] == "sha256-" + base64.b64encode(hashlib.sha256(body).digest()).decode()
    record = json.loads(body)
    assert record["provider"] == {"id": ISSUER, "name": "Example Tests"}
    assert record["rule"]["levelsOfTheProvider"]["fail"] == "not yet"
    assert "ada" not in body.decode().lower()


async def test_what_was_not_stated_is_said(desk: Desk, registered: Register, signed: Signed) -> None:
    await registered()
    (done,) = await take(desk, signed(**dict.fromkeys(OPTIONAL)))
    issued = await issue(desk, ORG, done.id, "receipt")
    report = await verified(desk, issued.token)
    assert report.verdict == "valid"
    credential = document(issued.token)
    assert results(credential)["assurance"] == "unstated"
    narrative = credential["evidence"][0]["narrative"]
    assert (
        "Not stated: the assessment's version, the score, the scale, the standard error, the cut score, "
        "a digest of its evidence, how it was supervised, which aids were permitted, when it was completed."
        in narrative
    )
    assert "Not stated whether it was supervised: help from people or AI tools not excluded." in narrative
    assert "Permitted aids are not stated." in narrative
    assert report.claim is not None
    assert report.claim.assurance is not None
    assert report.claim.assurance.code == "unstated"
    # Its descriptions allow what its results say.
    described = {
        one["id"].rpartition("#")[2]: one.get("allowedValue")
        for one in credential["credentialSubject"]["achievement"]["resultDescription"]
    }
    assert described["assurance"][0] == described["tier"][-1] == "unstated"


@pytest.mark.parametrize(
    ("changed", "rule", "said"),
    [
        (
            {"assessment": SCORED},
            "at least 0.95",
            "the issuer's own cut and award rule decided, with the stated error",
        ),
        (
            {"assessment": BARE, "error": None},
            "not applied",
            "the issuer's own cut decided by the bare score",
        ),
    ],
)
async def test_what_decided_is_said(
    desk: Desk, registered: Register, signed: Signed, changed: dict[str, Any], rule: str, said: str
) -> None:
    await registered()
    (done,) = await take(desk, signed(**({"level": None, "cut": None} | changed)))
    credential = document((await issue(desk, ORG, done.id, "receipt")).token)
    assert results(credential)["award-rule"] == rule
    assert said in credential["evidence"][0]["narrative"]


async def test_every_form_of_it_verifies(desk: Desk, registered: Register, signed: Signed) -> None:
    every = ["ob3-jwt", "vc+jwt", "eddsa-rdfc-2022", "eddsa-jcs-2022"]
    await choose(
        desk.pool, desk.keystore, desk.settings, ORG, parse([(name, None) for name in every]), desk.clock
    )
    await registered()
    (done,) = await take(desk, signed(assurance=None))
    issued = await issue(desk, ORG, done.id, "receipt")
    for form in (issued, *issued.others):
        assert (await verified(desk, form.token)).verdict == "valid", form.profile.name
    assert len(issued.others) == 3


async def test_however_often_it_is_asked_for_there_is_one(
    desk: Desk, registered: Register, signed: Signed
) -> None:
    await registered()
    (done,) = await take(desk, signed())
    issued = await asyncio.gather(*(issue(desk, ORG, done.id, "receipt") for _ in range(12)))
    assert len({one.token for one in issued}) == 1
    assert sum(one.created for one in issued) == 1
    assert await desk.pool.fetchval("SELECT count(*) FROM award WHERE source_kind = 'receipt'") == 1
    assert await desk.pool.fetchval("SELECT count(*) FROM outbox WHERE kind = 'mail.credential'") == 1


async def test_what_a_death_left_is_finished_by_the_job(
    desk: Desk, registered: Register, signed: Signed
) -> None:
    await registered()
    await take(desk, signed(), signed(level="fail", score=40))
    found = await reconcile(desk, grace=timedelta(0))
    assert (found.finished, found.reported) == (1, ())
    assert (await reconcile(desk, grace=timedelta(0))).finished == 0
    assert await desk.pool.fetchval("SELECT count(*) FROM credential_form WHERE state = 'released'") == 1


async def test_no_award_no_credential(desk: Desk, registered: Register, signed: Signed) -> None:
    await registered()
    (done,) = await take(desk, signed(level="fail", score=40))
    for receipt, code in ((done.id, "award.not_awarded"), (UUID(int=7), "receipt.unknown")):
        with pytest.raises(ProblemError) as caught:
            await issue(desk, ORG, receipt, "receipt")
        assert caught.value.code == code
    # A receipt is no session.
    with pytest.raises(ProblemError) as caught:
        await issue(desk, ORG, done.id)
    assert caught.value.code == "session.unknown"


async def test_after_erasure_there_is_nothing_to_issue(
    desk: Desk, registered: Register, signed: Signed
) -> None:
    await registered()
    (done,) = await take(desk, signed())
    issued = await issue(desk, ORG, done.id, "receipt")
    ada = await find(desk.pool, desk.keystore, ORG, "ada@example.org")
    assert ada is not None
    await erase(desk.pool, ORG, ada, at=desk.clock())
    with pytest.raises(ProblemError):
        await issue(desk, ORG, done.id, "receipt")
    assert (await verified(desk, issued.token)).verdict == "valid", "what she holds stays genuine"
    assert await desk.pool.fetchval("SELECT source_id FROM award WHERE source_kind = 'receipt'") is None


async def test_the_words_on_the_pages(
    desk: Desk, registered: Register, signed: Signed, client: httpx.AsyncClient
) -> None:
    await registered()
    (done,) = await take(desk, signed(assurance=None, permittedAids=None, completedAt=None))
    issued = await issue(desk, ORG, done.id, "receipt")
    async with transaction(desk.pool) as db:
        link = await create_share(db, ORG, issued.award_id, desk.clock())
    await desk.publications.refresh()
    page = (await client.get(f"/c/{link}", headers={"accept": "text/html"})).text
    assert "Measured elsewhere" in page
    assert "Not the issuer&#39;s own assessment" in page
    assert "How the sitting was supervised is not stated." in page
    assert "% of such questions right" not in page
    verdict = (
        await client.get(f"/c/{link}/verify", headers={"accept": "text/html"}, follow_redirects=True)
    ).text
    assert "Not stated whether it was supervised: help from people or AI tools not excluded." in verdict
    assert "whether anybody supervised the sitting is not stated" in verdict
    assert "% of such questions" not in verdict


Bearer = Callable[..., Awaitable[dict[str, str]]]


async def test_the_api_tells_a_receipts_credential(
    registered: Register, signed: Signed, client: httpx.AsyncClient, bearer: Bearer
) -> None:
    await registered()
    headers = await bearer()
    sent = await client.post(
        "/api/receipts", content=signed(), headers={**headers, "content-type": "application/jwt"}
    )
    assert sent.status_code == 201, sent.text
    (told,) = sent.json()["receipts"]
    assert (told["secured"], told["unstated"]) == ("signature", [])
    found = (await client.get(f"/api/credentials/{told['credential']}", headers=headers)).json()
    assert (found["receipt"], found["session"], found["level"]) == (told["id"], None, "working")
    again = await client.post("/api/credentials", json={"receipt": told["id"]}, headers=headers)
    assert (again.status_code, again.json()["id"]) == (200, told["credential"])
    both = {"receipt": told["id"], "session": told["id"]}
    assert (await client.post("/api/credentials", json=both, headers=headers)).json()[
        "code"
    ] == "request.invalid"
