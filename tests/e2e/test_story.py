"""From the invitation to the withdrawn credential, as people see it: Chromium, a QR code, two workers."""

import io
import time
from collections.abc import Callable
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Page, expect

from issuer.demo import award_id
from issuer.visitor import Site
from tests.e2e.answering import answer, fill

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
OWN_ANSWER_SECONDS = 1.0
CONNECTIONS = 12  # each a new one, so that both workers are asked


async def pass_it(page: Page, link: str) -> None:
    """Take the assessment with all answers right."""
    await page.goto(link)
    async with page.expect_navigation():
        await page.locator("form[action$='/start'] button").first.click()
    while await page.locator("input[name=item]").count():
        await answer(page)


def settle_everywhere(site: Site, path: str, currency: str) -> float:
    """Ask over new connections until every answer says the same; returns how long that took, in seconds."""
    began, said = time.monotonic(), [""]
    while time.monotonic() - began < 15:
        said = [
            site.ask("GET", path, headers={"Accept": "application/json"}).json()["currency"]
            for _ in range(CONNECTIONS)
        ]
        if set(said) == {currency}:
            # The first of these answers was already right, so the change was everywhere before the last.
            return time.monotonic() - began
    pytest.fail(f"not {currency} everywhere: {said}")


async def test_an_assessment_becomes_a_credential_that_a_qr_code_verifies(
    watched: Any,
    site: Site,
    invite: Callable[..., str],
) -> None:
    page = await watched.context.new_page()
    await pass_it(page, invite("story@example.org", "Zoë Ōkawa"))
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Proficient")
    taker = page.url
    await page.locator("form[action$='/share'] button").click()
    await page.wait_for_url("**/c/*")
    share_url = page.url
    await expect(page.locator("body")).to_contain_text("Zoë Ōkawa")

    picture = Image.open(io.BytesIO(await page.screenshot(full_page=True)))
    codes = zxingcpp.read_barcodes(picture)
    assert [code.text for code in codes] == [f"{share_url}/verify"]

    await page.goto(codes[0].text)
    headline = page.get_by_role("heading", level=1)
    await expect(headline).to_have_text("Genuine and current")
    await expect(page.locator("[data-verdict]").first).to_have_attribute("data-verdict", "good")
    await expect(page.locator("body")).to_contain_text("Zoë Ōkawa")
    await expect(page.locator("body")).to_contain_text("help from people or AI tools not excluded")

    credential = site.get(f"{share_url}/credential.jwt").text()
    report = site.ask("POST", "/api/verify", credential.encode(), {"Content-Type": "text/plain"}).json()
    assert (report["verdict"], report["claim"]["recipient"]["name"]) == ("valid", "Zoë Ōkawa")
    shown = site.get(f"{share_url}/verify", "application/json").json()
    award = award_id(credential)

    changes = (
        ("suspend", {"reason": "We are checking a date."}, "suspended", "Genuine, but on hold", "warn"),
        ("reinstate", {"reason": "It was right."}, "current", "Genuine and current", "good"),
        ("revoke", {"reason": "Issued by mistake."}, "revoked", "Withdrawn by its issuer", "bad"),
    )
    assert shown["currency"] == "current"
    for verb, body, currency, words, look in changes:
        site.post(f"/api/credentials/{award}/{verb}", body, 200)
        took = settle_everywhere(site, f"{share_url}/verify", currency)
        assert took <= OWN_ANSWER_SECONDS, f"{verb} took {took:.2f} s"
        await page.goto(codes[0].text)
        await expect(page.get_by_role("heading", level=1)).to_have_text(words)
        await expect(page.locator("[data-verdict]").first).to_have_attribute("data-verdict", look)
        await page.goto(taker)
        if verb != "reinstate":
            await expect(page.locator("body")).to_contain_text(body["reason"])


async def test_reload_back_and_double_click_lose_nothing(watched: Any, invite: Callable[..., str]) -> None:
    page = await watched.context.new_page()
    link = invite("back@example.org")
    await page.goto(link)
    watched.expected_statuses.add(422)  # a second click may meet the next question, still without an answer
    await page.locator("form[action$='/start'] button").first.dblclick()
    await expect(page.locator("input[name=item]")).to_have_count(1)
    await page.goto(link)  # whichever answer the second click got
    first = await page.locator("input[name=item]").input_value()
    await page.reload()
    assert await page.locator("input[name=item]").input_value() == first

    await answer(page)
    await expect(page.locator("body")).to_contain_text("Question 2 of")
    second = await page.locator("input[name=item]").input_value()
    await page.go_back()
    await page.wait_for_load_state()
    if await page.locator("input[name=item]").count():  # an older copy of the page, or the current question
        shown = await page.locator("input[name=item]").input_value()
        if shown == first:
            await answer(page, knows=False)
            await expect(page.locator("body")).to_contain_text("first answer stands")
    await page.goto(page.url.partition("?")[0])
    assert await page.locator("input[name=item]").input_value() == second

    await fill(page)
    await page.get_by_role("button", name="Next").dblclick()
    await expect(page.locator("body")).to_contain_text("Question 3 of")


async def test_stopping_at_a_question_takes_the_level_and_enter_never_does(
    watched: Any, midway: Callable[[str, str], str]
) -> None:
    page = await watched.context.new_page()
    await page.goto(midway("stops@example.org", "Zoë Ōkawa"))
    number = 1
    while await page.locator("input[name=option]").count() == 0:  # where Enter sends nothing
        await answer(page, knows=False)
        number += 1
    await page.locator("input[name=option]").first.check()
    await page.keyboard.press("Enter")
    await expect(page.locator("body")).to_contain_text(f"Question {number + 1} of")
    await page.get_by_role("button", name="Stop here and take Working").dblclick()
    await expect(page.get_by_role("heading", level=1)).to_have_text("You reached Working")
    await expect(page.locator("body")).to_contain_text("15 of 20 right")
    await page.locator("form[action$='/share'] button").click()
    await page.wait_for_url("**/c/*")
    await expect(page.locator("body")).to_contain_text("Working")


async def test_two_tabs_share_one_session(watched: Any, invite: Callable[..., str]) -> None:
    one, other = await watched.context.new_page(), await watched.context.new_page()
    link = invite("tabs@example.org")
    await one.goto(link)
    await other.goto(link)
    await one.locator("form[action$='/start'] button").first.click()
    await other.locator("form[action$='/start'] button").first.click()
    item = await one.locator("input[name=item]").input_value()
    assert await other.locator("input[name=item]").input_value() == item
    await answer(one)
    await expect(one.locator("body")).to_contain_text("Question 2 of")
    watched.expected_statuses.add(409)
    await answer(other, knows=False)
    await expect(other.locator("body")).to_contain_text("first answer stands")
    await expect(other.locator("body")).to_contain_text("Question 2 of")
