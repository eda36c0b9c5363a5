"""/c/{token}: what it shows, what it lets nobody guess, and the verification that the QR code promises."""

import hashlib
import io
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec
import zxingcpp
from PIL import Image

from issuer.db.pool import transaction
from issuer.issuance.choice import choose, parse
from issuer.issuance.desk import Desk
from issuer.issuance.intent import Issued
from issuer.issuance.issue import complete, issue
from issuer.issuance.profiles import PROFILES
from issuer.issuance.store import award
from issuer.people.erase import erase
from issuer.sharing.store import create_share, revoke_share
from issuer.status.change import reinstate, revoke, suspend
from schemas.report import Report

ORG = "demo"
Finished = Callable[..., Awaitable[UUID]]


async def share(desk: Desk, issued: Issued, **more: Any) -> str:
    async with transaction(desk.pool) as db:
        return await create_share(db, ORG, issued.award_id, desk.clock(), **more)


async def listen(desk: Desk) -> list[str]:
    """Every statement that is sent from now on: the same ones take the same time."""
    asked: list[str] = []
    for connection in [await desk.pool.acquire() for _ in range(desk.pool.get_max_size())]:
        connection.add_query_logger(lambda record: asked.append(record.query))
        await desk.pool.release(connection)
    return asked


async def test_the_page_shows_whose_what_and_how_well(
    client: httpx.AsyncClient, desk: Desk, finished: Finished
) -> None:
    issued = await issue(desk, ORG, await finished(name="Ada <b>Lovelace</b>"))
    token = await share(desk, issued)
    assert re.fullmatch(r"demo\.[A-Za-z0-9_-]{43}", token)
    answer = await client.get(f"/c/{token}", headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert answer.headers["vary"] == "Accept"
    text = answer.text
    for words in (
        "Ada &lt;b&gt;Lovelace&lt;/b&gt;",
        "SQL for analysts",
        "Working",
        "Northwind Analytics (demonstration)",
        "localhost:8000",
        f"/c/{token}/verify",
        "help from people or AI tools not excluded",
        "from 50 % of such questions",
        "from 70 % of such questions",
    ):
        assert words in text, words
    for url in re.findall(r'(?:src|href)="([^"]+)"', text):
        assert not url.startswith("http") or url.startswith(
            ("http://localhost:8000", "http://data.europa.eu/")
        )


async def test_a_link_that_was_just_made_says_what_it_is(
    client: httpx.AsyncClient, desk: Desk, finished: Finished
) -> None:
    token = await share(desk, await issue(desk, ORG, await finished()))
    said = "This is what others see."
    assert said in (await client.get(f"/c/{token}?new")).text
    assert said not in (await client.get(f"/c/{token}")).text


async def test_the_credential_is_given_as_it_was_released(
    client: httpx.AsyncClient, desk: Desk, finished: Finished
) -> None:
    issued = await issue(desk, ORG, await finished())
    token = await share(desk, issued)
    for path, accept in ((f"/c/{token}", "text/plain"), (f"/c/{token}/credential.jwt", "*/*")):
        answer = await client.get(path, headers={"Accept": accept})
        assert answer.text == issued.token
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.headers["cache-control"] == "no-store"
    assert (await client.get(f"/c/{token}")).headers["content-type"].startswith("text/html")


async def test_every_form_is_given_as_it_was_released(
    client: httpx.AsyncClient, desk: Desk, finished: Finished
) -> None:
    every = parse([(profile.name, None) for profile in PROFILES])
    await choose(desk.pool, desk.keystore, desk.settings, ORG, every, desk.clock)
    issued = await issue(desk, ORG, await finished())
    await desk.publications.refresh()
    token = await share(desk, issued)
    page = (await client.get(f"/c/{token}", headers={"Accept": "text/html"})).text
    seen = set()
    for form in (issued, *issued.others):
        at = f"/c/{token}/{form.profile.file}"
        assert f'href="{at}"' in page
        assert form.profile.title in page
        answer = await client.get(at)
        assert answer.text == form.token
        assert answer.headers["content-type"].partition(";")[0] == form.profile.media_type
        assert answer.headers["cache-control"] == "no-store"
        # A link to one form is a link to that form for the verifier too.
        link = desk.settings.base_url + at
        report = (await client.post("/api/verify", content=link)).json()
        assert report["verdict"] == "valid", report
        assert report["inputDigest"] == "sha256-" + hashlib.sha256(link.encode()).hexdigest()
        if form.profile.media_type not in seen:  # the first of a kind is what is preferred
            seen.add(form.profile.media_type)
            preferred = await client.get(f"/c/{token}", headers={"Accept": form.profile.media_type})
            assert preferred.text == form.token
            assert preferred.headers["vary"] == "Accept"
    for general in ("application/json", "application/ld+json"):
        preferred = await client.get(f"/c/{token}", headers={"Accept": general})
        assert preferred.headers["content-type"] == "application/vc"
        assert preferred.json()["proof"]["cryptosuite"] == "eddsa-rdfc-2022"


async def test_a_form_that_was_not_released_is_not_there(
    client: httpx.AsyncClient, desk: Desk, finished: Finished
) -> None:
    token = await share(desk, await issue(desk, ORG, await finished()))
    page = await client.get(f"/c/{token}")
    for profile in PROFILES[1:]:
        assert profile.file not in page.text
        answer = await client.get(f"/c/{token}/{profile.file}")
        assert (answer.status_code, answer.json()["code"]) == (404, "share.unknown")
        # There is a page all the same for whoever would rather have had that.
        answer = await client.get(f"/c/{token}", headers={"Accept": profile.media_type})
        assert (answer.status_code, answer.text) == (200, page.text)


async def test_a_form_alone_is_the_one_that_is_shown(
    client: httpx.AsyncClient, desk: Desk, finished: Finished
) -> None:
    for profile in PROFILES[1:]:
        only = parse([(profile.name, None)])
        await choose(desk.pool, desk.keystore, desk.settings, ORG, only, desk.clock)
        issued = await issue(desk, ORG, await finished(email=f"{profile.file}@example.org"))
        await desk.publications.refresh()
        token = await share(desk, issued)
        assert "Ada Lovelace" in (await client.get(f"/c/{token}")).text
        answer = await client.get(f"/c/{token}/verify", headers={"Accept": "application/json"})
        assert answer.json()["verdict"] == "valid"
        assert (await client.get(f"/c/{token}/badge.svg")).status_code == 200
        for file, media_type in (("credential.png", "image/png"), ("credential.svg", "image/svg+xml")):
            picture = (await client.get(f"/c/{token}/{file}")).content
            headers = {"content-type": media_type}
            assert (await client.post("/api/verify", content=picture, headers=headers)).json()[
                "verdict"
            ] == "valid"


async def test_pictures_to_keep_hold_the_credential(
    client: httpx.AsyncClient, desk: Desk, finished: Finished
) -> None:
    issued = await issue(desk, ORG, await finished())
    await desk.publications.refresh()
    token = await share(desk, issued)
    page = (await client.get(f"/c/{token}")).text
    for file, media_type in (("credential.png", "image/png"), ("credential.svg", "image/svg+xml")):
        assert f'href="/c/{token}/{file}" download="badge.' in page
        answer = await client.get(f"/c/{token}/{file}")
        assert answer.headers["content-type"].startswith(media_type)
        assert answer.headers["cache-control"] == "no-store"
        assert issued.token.encode() in answer.content
        told = await client.post("/api/verify", content=answer.content, headers={"content-type": media_type})
        report = msgspec.json.decode(told.content, type=Report)
        assert (report.verdict, report.currency) == ("valid", "current")
        assert report.of("carrier")[0].detail.startswith("Baked into")
    await revoke(desk, ORG, issued.award_id, "A mistake.")
    await desk.publications.refresh()
    struck = await client.get(f"/c/{token}/credential.png")
    picture = Image.open(io.BytesIO(struck.content)).convert("RGB")
    assert (picture.size, picture.getpixel((300, 300))) == ((600, 600), (0xA0, 0x1C, 0x1C))


async def test_the_qr_code_opens_the_verification_of_this_very_credential(
    client: httpx.AsyncClient, desk: Desk, finished: Finished
) -> None:
    await desk.publications.refresh()
    issued = await issue(desk, ORG, await finished())
    await desk.publications.refresh()
    token = await share(desk, issued)
    png = await client.get(f"/c/{token}/qr.png")
    assert png.headers["content-type"] == "image/png"
    found = zxingcpp.read_barcode(Image.open(io.BytesIO(png.content)))
    assert found is not None
    assert found.text == f"http://localhost:8000/c/{token}/verify"
    assert (await client.get(f"/c/{token}/qr.svg")).headers["content-type"].startswith("image/svg+xml")
    answer = await client.get(found.text, headers={"Accept": "application/json"})
    report = msgspec.json.decode(answer.content, type=Report)
    assert (report.verdict, report.currency) == ("valid", "current")
    assert report.input_digest == "sha256-" + hashlib.sha256(issued.token.encode()).hexdigest()
    page = await client.get(found.text, headers={"Accept": "text/html"})
    assert 'data-verdict="good"' in page.text
    assert f"/c/{token}" in page.text


async def test_the_page_follows_hold_reinstatement_and_withdrawal(
    client: httpx.AsyncClient, desk: Desk, finished: Finished
) -> None:
    issued = await issue(desk, ORG, await finished())
    token = await share(desk, issued)

    async def currency() -> str:
        await desk.publications.refresh()
        answer = await client.get(f"/c/{token}/verify", headers={"Accept": "application/json"})
        return str(answer.json()["currency"])

    await suspend(desk, ORG, issued.award_id, "Under review.")
    assert await currency() == "suspended"
    assert "on hold" in (await client.get(f"/c/{token}")).text
    await reinstate(desk, ORG, issued.award_id)
    row = await award(desk.pool, ORG, issued.award_id)
    assert row is not None
    await complete(desk, row.decided())
    assert await currency() == "current"
    await revoke(desk, ORG, issued.award_id, "A mistake.")
    assert await currency() == "revoked"
    text = (await client.get(f"/c/{token}")).text
    assert "Withdrawn by" in text
    assert "A mistake." not in text  # the reason is for the holder alone
    before = (await client.get(f"/c/{token}/badge.svg")).content
    assert before.startswith((b"<svg", b"<?xml"))


async def test_missing_expired_revoked_and_erased_look_alike(
    client: httpx.AsyncClient, desk: Desk, finished: Finished, clock: Any
) -> None:
    issued = await issue(desk, ORG, await finished())
    other = await issue(desk, ORG, await finished(email="other@example.org"))
    expiring = await share(desk, issued, expires_at=desk.clock() + timedelta(hours=1))
    assert (await client.get(f"/c/{expiring}")).status_code == 200
    clock.advance(hours=1)
    erased = await share(desk, other)
    person = await desk.pool.fetchval("SELECT person_id FROM award WHERE id = $1", other.award_id)
    await erase(desk.pool, ORG, person, at=desk.clock())
    revoked = await share(desk, issued)
    async with transaction(desk.pool) as db:
        assert await revoke_share(db, ORG, issued.award_id, desk.clock()) == 3  # with the one that was mailed
    never = "demo." + "x" * 43
    asked = await listen(desk)
    forms = [f"/{profile.file}" for profile in PROFILES]
    pictures = ("/badge.svg", "/credential.png", "/credential.svg", "/qr.png", "/qr.svg")
    for tail in ("", "/verify", *forms, *pictures):
        seen = set()
        for token in (never, "nobody." + "x" * 43, "x", expiring, erased, revoked):
            answer = await client.get(f"/c/{token}{tail}", headers={"Accept": "application/json"})
            body = {name: value for name, value in answer.json().items() if name != "requestId"}
            headers = {
                name: value
                for name, value in answer.headers.items()
                if name not in {"x-request-id", "content-length", "date"}
            }
            said = (answer.status_code, str(sorted(body.items())), str(sorted(headers.items())))
            seen.add((said, tuple(asked)))
            asked.clear()
        assert len(seen) == 1, seen
        assert next(iter(seen))[0][0] == 404


async def test_one_select_shows_a_credential(
    client: httpx.AsyncClient, desk: Desk, finished: Finished
) -> None:
    issued = await issue(desk, ORG, await finished())
    await desk.publications.refresh()
    token = await share(desk, issued)
    asked = await listen(desk)
    assert (await client.get(f"/c/{token}/verify")).status_code == 200
    assert len(asked) == 1
    assert asked[0].startswith("SELECT share.")


async def test_only_the_hash_is_stored(desk: Desk, finished: Finished) -> None:
    token = await share(desk, await issue(desk, ORG, await finished()))
    rows = await desk.pool.fetch("SELECT token_hash FROM share")
    assert hashlib.sha256(token.encode()).digest() in {row["token_hash"] for row in rows}
    assert token.encode() not in b"".join(row["token_hash"] for row in rows)
