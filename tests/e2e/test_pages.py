"""Every page by axe-core: on a phone in light, on a desktop in dark; quiet console, no stranger asked."""

import base64
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Literal

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, ViewportSize, expect

from issuer.demo import award_id, share, take, tampered_copy
from issuer.visitor import Site
from tests.e2e.answering import answer

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SCREENS: dict[str, ViewportSize] = {
    "phone": {"width": 360, "height": 740},
    "desktop": {"width": 1280, "height": 900},
}
Look = Literal["light", "dark"]
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
FINGER = 44  # CSS pixels, both ways


@pytest.fixture(params=[("phone", "light"), ("desktop", "dark")], ids="-".join)
def view(request: Any) -> tuple[str, Look]:
    """Colours do not depend on the size, nor does the size on colours: two views show all four."""
    chosen: tuple[str, Look] = request.param
    return chosen


@pytest.fixture
def look(view: tuple[str, Look]) -> Look:
    return view[1]


@pytest.fixture
def screen(view: tuple[str, Look]) -> str:
    return view[0]


@pytest_asyncio.fixture(loop_scope="session")
async def page(
    browser: Browser, service: Any, watch: Callable[..., Any], look: Look, screen: str
) -> AsyncIterator[Page]:
    context = await browser.new_context(
        viewport=SCREENS[screen], color_scheme=look, is_mobile=screen == "phone", has_touch=screen == "phone"
    )
    watched = watch(context, service.base_url)
    watched.expected_statuses |= {404, 410, 422}
    yield await context.new_page()
    await context.close()
    watched.assert_quiet()


@pytest.fixture(scope="session")
def passed(site: Site, invite: Callable[..., str]) -> dict[str, str]:
    """Links of people who came to different ends."""
    links = {}
    for name in ("good", "held", "withdrawn"):
        link = invite(f"{name}@example.org", "Noa Åberg")
        take(site, link)
        links[name] = share(site, link)
        links[f"{name}-taker"] = link
    for name, verb in (("held", "suspend"), ("withdrawn", "revoke")):
        credential = site.get(f"{links[name]}/credential.jwt").text()
        reason = {"reason": "A question about the date."}
        site.post(f"/api/credentials/{award_id(credential)}/{verb}", reason, 200)
    return links


@pytest.fixture(scope="session")
def on_the_way(midway: Callable[[str, str], str]) -> str:
    """Somebody who reached a level and answers on."""
    return midway("on-the-way@example.org", "Noa Åberg")


async def check(page: Page, name: str, pictures: Path | None) -> None:
    """Nothing that axe-core finds, nothing wider than the screen, nothing too small to touch."""
    found = await Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    width = await page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1], f"{name} is {width[0]} px wide on a screen of {width[1]}"
    # A link is as wide as its word, which may be short.
    small = await page.evaluate(
        """limit => [...document.querySelectorAll(
            "button, main .button, label.option, main summary, main .facts a, main .downloads a, footer a")]
        .map(one => [one.textContent.trim().slice(0, 40), one.getBoundingClientRect(),
            one.matches("a:not(.button)") ? 0 : limit])
        .filter(([, box, width]) => box.width && (box.height < limit || box.width < width))
        .map(([text, box]) => `${text} ${box.width}x${box.height}`)""",
        FINGER,
    )
    assert small == [], f"{name}: too small to touch"
    if pictures is not None:
        await page.screenshot(path=pictures / f"{name}.png", full_page=True)


async def test_axe_finds_what_is_wrong(page: Page, site: Site) -> None:
    """The negative control: the check can fail."""
    await page.goto(f"{site.base_url}/verify")
    await page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    with pytest.raises(AssertionError, match="button-name"):
        await check(page, "broken", None)


async def test_the_question_of_somebody_who_reached_a_level(
    page: Page, on_the_way: str, look: str, screen: str, pictures: Any
) -> None:
    await page.goto(on_the_way)
    await expect(
        page.get_by_role("button", name="Stop here and take Working")
    ).to_have_accessible_description(re.compile("You have reached Working and keep it"))
    await check(page, f"take-question-reached-{screen}-{look}", pictures)
    await page.get_by_role("button", name="Next").click()
    await check(page, f"take-question-reached-error-{screen}-{look}", pictures)


async def test_the_taking_pages(
    page: Page, invite: Callable[..., str], passed: dict[str, str], look: str, screen: str, pictures: Any
) -> None:
    link = invite(f"{look}-{screen}@example.org", "Noa Åberg")

    async def at(name: str) -> None:
        await check(page, f"take-{name}-{screen}-{look}", pictures)

    await page.goto(link)
    await at("before")
    await page.locator("form[action$='/start'] button").first.click()
    await at("question")
    await page.get_by_role("button", name="Next").click()
    await at("question-error")
    for _ in range(20):
        await answer(page, knows=False)
    await at("outcome")
    for name in ("good", "held", "withdrawn"):
        await page.goto(passed[f"{name}-taker"])
        await at(f"outcome-{name}")
    await page.goto(link.rpartition(".")[0] + "." + "a" * 43)
    await at("unknown")


async def test_the_shared_and_the_verified(
    page: Page, site: Site, passed: dict[str, str], look: str, screen: str, pictures: Any
) -> None:
    async def at(name: str) -> None:
        await check(page, f"{name}-{screen}-{look}", pictures)

    for name in ("good", "held", "withdrawn"):
        await page.goto(passed[name])
        await at(f"share-{name}")
        await page.goto(f"{passed[name]}/verify")
        await at(f"verify-{name}")
        details = page.locator("main details > summary")
        for index in range(await details.count()):
            await details.nth(index).click()
        await at(f"verify-{name}-details")
    await page.goto(f"{site.base_url}/verify")
    await expect(page.get_by_text("You can also drop a file here.")).to_be_visible(
        visible=screen == "desktop"
    )
    await at("verify")
    credential = site.get(f"{passed['good']}/credential.jwt").text()
    for name, evidence in (
        ("tampered", tampered_copy(credential, "Noa Åberg")),
        ("nonsense", "hello"),
        ("stranger", strangers(credential)),
    ):
        await page.goto(f"{site.base_url}/verify")
        await page.locator("textarea[name=input]").fill(evidence)
        await page.locator("main form button[type=submit]").first.click()
        await page.wait_for_selector("[data-verdict]")
        await at(f"verify-{name}")
    for name, path in (("problems", "/docs/problems"), ("api", "/docs/api"), ("lost", "/nowhere")):
        await page.goto(site.base_url + path)
        await at(f"docs-{name}")


async def test_a_screenshot_of_a_shared_credential_is_enough(
    page: Page, site: Site, passed: dict[str, str]
) -> None:
    """In both views, as a whole picture: its QR code leads to the credential."""
    for name, currency in (("good", "current"), ("withdrawn", "revoked")):
        await page.goto(passed[name])
        for kind in ("png", "jpeg"):
            shot = await page.screenshot(full_page=True, type=kind)
            headers = {"content-type": f"image/{kind}"}
            answer = await page.request.post(f"{site.base_url}/api/verify", data=shot, headers=headers)
            report = await answer.json()
            assert (report["authenticity"], report["currency"]) == ("genuine", currency)


def strangers(credential: str) -> str:
    """The credential as if a host that cannot be reached had issued it."""
    head, payload, signature = credential.split(".")
    document = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    moved = document.replace(b"did:web:localhost", b"did:web:unreachable.invalid")
    return ".".join((head, base64.urlsafe_b64encode(moved).decode().rstrip("="), signature))
