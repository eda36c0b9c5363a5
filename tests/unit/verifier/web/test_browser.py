"""Every page in Chromium, small and light, large and dark: nothing overflows, and axe finds nothing."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Route, expect, sync_playwright

from verifier.web.headers import ALWAYS
from verifier.web.seal import badge_svg
from verifier.web.static import assets, static_url

pytestmark = pytest.mark.browser

ORIGIN = "http://localhost"
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
STANDARDS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# What depends on colour and size, and on no file that is fetched; the rest is the same in both views.
LOOKS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "target-size", "link-in-text-block"]},
    "preload": False,
}
VIEWS = ((390, 844, "light", STANDARDS), (1280, 900, "dark", LOOKS))
# Every page gets axe as it opens, and of what axe saw only what is wrong is written down: both are faster.
VIOLATIONS = "chosen => axe.run({...chosen, resultTypes: ['violations']}).then(found => found.violations)"
SMALLEST_TARGET = 44
Gallery = Callable[..., dict[str, bytes]]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = os.environ.get("ASSAY_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None and os.environ.get("CI"):
        pytest.fail("Chromium is missing; CI must have it")
    if chromium is None:
        pytest.skip("Chromium is not installed (ASSAY_CHROMIUM)")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield launched
        launched.close()


class Site:
    """The pages on an origin of their own, with the headers that they have; nothing else answers."""

    def __init__(self, pages: dict[str, bytes]) -> None:
        badge = badge_svg("Northwind Analytics", "SQL for analysts", "Practitioner", position=(2, 3)).encode()
        pictures = dict.fromkeys(("/badge.svg", "/qr.svg"), ("image/svg+xml", badge))
        static = {
            static_url(name): (asset.media_type.decode(), asset.body) for name, asset in assets().items()
        }
        shown = {f"/{name}": ("text/html; charset=utf-8", page) for name, page in pages.items()}
        self.answers = {**pictures, **static, **shown}
        self.strangers: list[str] = []

    def answer(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        if url.path not in self.answers or url.hostname != "localhost":
            self.strangers.append(route.request.url)
            route.abort()
            return
        media_type, body = self.answers[url.path]
        headers = {name.decode(): value.decode() for name, value in ALWAYS}
        route.fulfill(status=200, headers={**headers, "content-type": media_type}, body=body)


@pytest.mark.parametrize(("width", "height", "scheme", "rules"), VIEWS, ids=("light", "dark"))
def test_every_page(
    browser: Browser, gallery: Gallery, width: int, height: int, scheme: str, rules: dict[str, Any]
) -> None:
    pages = gallery()
    site = Site(pages)
    complaints: list[str] = []
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=True,  # for axe; the strict policy is tested below
    )
    context.add_init_script(Axe().axe_script)
    page = context.new_page()
    page.route("**/*", site.answer)
    page.goto(f"{ORIGIN}/{next(iter(pages))}")
    for name, written in pages.items():
        # Without a script of its own, a page is the same in the document that is there and has axe already.
        if b"<script" in written:
            page.goto(f"{ORIGIN}/{name}")
        else:
            page.set_content(written.decode())
        assert page.evaluate("document.styleSheets.length") == 1, name
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        complaints += [f"{name}: {wide} px too wide"] if wide > 0 else []
        small = page.evaluate(
            "least => [...document.querySelectorAll("
            "'button, .button, summary, .option, select, .field input, textarea, input[type=file]')]"
            ".filter(target => target.checkVisibility())"
            ".filter(target => target.getBoundingClientRect().height < least)"
            ".map(target => target.outerHTML)",
            SMALLEST_TARGET,
        )
        complaints += [f"{name}: small {target}" for target in small]
        found = page.evaluate(VIOLATIONS, rules)
        complaints += [f"{name}: {rule['id']} {[node['html'] for node in rule['nodes']]}" for rule in found]
    context.close()
    assert complaints == []
    assert site.strangers == []


def test_naughty_strings_run_nothing_under_the_strict_policy(browser: Browser, gallery: Gallery) -> None:
    attack = (
        "<script>hit()</script><img src=x onerror=hit()>\"' onfocus=hit() autofocus x='</textarea></title>"
    )
    pages = gallery(lambda _text: attack)
    site = Site(pages)
    context = browser.new_context()
    page = context.new_page()
    hits: list[str] = []
    blocked: list[str] = []
    context.expose_function("hit", lambda: hits.append(page.url))
    page.on("console", lambda message: blocked.append(message.text) if message.type == "error" else None)
    page.route("**/*", site.answer)
    for name in pages:
        page.goto(f"{ORIGIN}/{name}")
    context.close()
    assert hits == []
    assert site.strangers == []
    # Nothing of ours is refused by our own policy either.
    assert blocked == []


def test_every_verdict_prints_on_one_page(browser: Browser, gallery: Gallery) -> None:
    answers = {name: page for name, page in gallery().items() if name.startswith("verdict-")}
    site = Site(answers)
    page = browser.new_page()
    page.route("**/*", site.answer)
    page.emulate_media(media="print")
    for name in answers:
        page.goto(f"{ORIGIN}/{name}")
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) == 1, name
        shown = page.inner_text("main")
        for told in ("Checked on 23 November 2026, 14:05 UTC by assay/0.", "sha256-" + "ab" * 32):
            assert told in shown, name
        assert "Check another" not in shown
    page.close()


def test_dropping_pasting_and_choosing(browser: Browser, gallery: Gallery) -> None:
    site = Site({"verify": gallery()["verify"]})
    page = browser.new_page()
    page.route("**/*", site.answer)
    page.goto(f"{ORIGIN}/verify")
    assert page.locator(".enhanced").is_visible()
    page.fill("#input", "some text")
    page.set_input_files("#file", {"name": "credential.jwt", "mimeType": "text/plain", "buffer": b"x"})
    assert page.input_value("#input") == ""
    assert page.text_content("#chosen") == "Ready: credential.jwt"
    page.type("#input", "y")
    assert page.evaluate("document.getElementById('file').files.length") == 0
    send = """kind => {
        const data = new DataTransfer();
        if (kind === 'text') data.setData('text/plain', 'dropped');
        else data.items.add(new File(['z'], 'z.png'));
        const event = kind === 'paste' ? new ClipboardEvent('paste', {clipboardData: data, bubbles: true})
            : new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true});
        document.getElementById('field').dispatchEvent(event);
    }"""
    page.evaluate(send, "text")
    assert page.input_value("#input") == "dropped"
    for kind in ("file", "paste"):
        page.evaluate(send, kind)
        assert page.text_content("#chosen") == "Ready: z.png"
        page.type("#input", "y")
        assert page.text_content("#chosen") == ""
    page.close()


def test_a_new_link_is_copied_and_forgets_that_it_is_new(browser: Browser, gallery: Gallery) -> None:
    site = Site({"share-new": gallery()["share-new"]})
    context = browser.new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=ORIGIN)
    page = context.new_page()
    page.route("**/*", site.answer)
    page.goto(f"{ORIGIN}/share-new?new")
    assert page.url == f"{ORIGIN}/share-new"
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#copied")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == "https://issuer.example/c/demo.token"
    context.close()


def test_material_wraps_on_a_phone_and_only_a_table_scrolls(browser: Browser, gallery: Gallery) -> None:
    site = Site({"question-single": gallery()["question-single"]})
    page = browser.new_page(viewport={"width": 320, "height": 600})
    page.route("**/*", site.answer)
    page.goto(f"{ORIGIN}/question-single")
    room = "(document.querySelector('.exhibit').scrollWidth - document.querySelector('.exhibit').clientWidth)"
    text = "document.querySelector('.exhibit .line :last-child').textContent = 'SELECT a, '.repeat(20)"
    page.evaluate(text)
    assert page.evaluate(room) == 0
    page.evaluate("document.querySelector('.exhibit .line').className = 'table'")
    assert page.evaluate(room) > 0
    page.close()


def test_the_keyboard_reaches_the_content_first(browser: Browser, gallery: Gallery) -> None:
    site = Site({"question-single": gallery()["question-single"]})
    page = browser.new_page()
    page.route("**/*", site.answer)
    page.goto(f"{ORIGIN}/question-single")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _ in range(2):  # the exhibit, which scrolls, then the first option
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.querySelector('[name=option]:checked').id") == "option-2"
    page.close()
