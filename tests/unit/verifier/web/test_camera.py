"""The verify page against a real service: scan a QR code, drop a baked picture, paste, or none of it."""

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, Response, expect, sync_playwright

from tests.unit.verifier.carriers.pictures import itxt, png, qr
from tests.unit.verifier.world import World
from verifier.web.app import WebSettings, create_app

pytestmark = pytest.mark.browser

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LINK = "https://issuer.example/c/demo.abc"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)


def film(folder: Path, *pictures: bytes) -> Path:
    """What a camera sees: one frame after the other, again and again (motion JPEG)."""
    made = folder / "camera.mjpeg"
    frames = bytearray()
    for number, picture in enumerate(pictures):
        still = folder / f"{number}.png"
        still.write_bytes(picture)
        scene = Image.new("RGB", (640, 480), "gray")
        code = Image.open(still).convert("RGB")
        scene.paste(code, ((640 - code.width) // 2, (480 - code.height) // 2))
        scene.save(still.with_suffix(".jpg"), "JPEG", quality=90)
        frames += still.with_suffix(".jpg").read_bytes()
    made.write_bytes(frames)
    return made


@pytest.fixture
def address(world: World) -> Iterator[str]:
    """The standalone service on this machine, with an issuer whose link holds a genuine credential."""
    world.publish(LINK, world.sign().encode(), "text/plain")
    listening = socket.create_server(("127.0.0.1", 0))
    base = f"http://localhost:{listening.getsockname()[1]}"
    application = create_app(WebSettings(base_url=base), lambda: world.now, world.verify)
    server = uvicorn.Server(uvicorn.Config(application, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield base
    server.should_exit = True
    thread.join()


@pytest.fixture
def browser(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Browser]:
    """A browser whose camera sees the pictures that the test is parametrised with."""
    chromium = os.environ.get("ASSAY_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None and os.environ.get("CI"):
        pytest.fail("Chromium is missing; CI must have it")
    if chromium is None:
        pytest.skip("Chromium is not installed (ASSAY_CHROMIUM)")
    seen = film(tmp_path, *getattr(request, "param", (png(),)))
    with sync_playwright() as playwright:
        arguments = [*ARGUMENTS, f"--use-file-for-fake-video-capture={seen}"]
        launched = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    opened = context.new_page()
    complaints: list[str] = []
    opened.on(
        "console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None
    )
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto(f"{address}/verify")
    yield opened
    context.close()
    assert complaints == []


def expect_green(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Genuine and current")
    expect(page.locator("[data-verdict=good]")).to_be_visible()


@pytest.mark.parametrize("browser", [(png(), qr(f"{LINK}/verify"))], indirect=True)
def test_scanning_a_code(page: Page) -> None:
    page.get_by_role("button", name="Scan a QR code").click()
    expect_green(page)


@pytest.mark.parametrize("browser", [(qr("eyJhbGciOiJFUzI1NiJ9.e30.AA"),)], indirect=True)
def test_scanning_something_that_was_made_up(page: Page) -> None:
    page.get_by_role("button", name="Scan a QR code").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Not genuine")


# In the page itself: what is reported from outside comes in another order.
COUNT_REQUESTS = """() => {
  const ask = window.fetch;
  let underWay = 0;
  window.mostAtOnce = 0;
  window.fetch = async (...asked) => {
    underWay += 1;
    window.mostAtOnce = Math.max(window.mostAtOnce, underWay);
    try { return await ask(...asked); } finally { underWay -= 1; }
  };
}"""


def test_a_camera_that_sees_nothing_can_be_stopped(page: Page) -> None:
    answers: list[int] = []

    def answered(answer: Response) -> None:
        answers.append(answer.status)

    page.on("response", answered)
    page.evaluate(COUNT_REQUESTS)
    page.get_by_role("button", name="Scan a QR code").click()
    expect(page.get_by_role("status").filter(visible=True)).to_have_text("Hold the camera over the QR code.")
    expect(page.get_by_label("What the camera sees")).to_be_visible()
    expect(page.get_by_label("Credential")).to_be_hidden()
    assert Axe().run(page, options={"runOnly": STANDARDS}).response["violations"] == []
    for _ in range(3):
        with page.expect_response("**/api/verify"):
            pass
    page.get_by_role("button", name="Stop the camera").click()
    expect(page.get_by_role("button", name="Scan a QR code")).to_be_focused()
    expect(page.get_by_label("Credential")).to_be_visible()
    assert page.evaluate("document.getElementById('video').srcObject") is None
    assert set(answers) == {200}
    assert page.evaluate("window.mostAtOnce") == 1  # one frame after the other


def test_nobody_looks_on_unseen(page: Page) -> None:
    page.get_by_role("button", name="Scan a QR code").click()
    expect(page.get_by_role("status").filter(visible=True)).to_have_text("Hold the camera over the QR code.")
    page.evaluate(
        """() => {
            Object.defineProperty(document, 'hidden', {value: true});
            document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    expect(page.get_by_label("Credential")).to_be_visible()
    assert page.evaluate("document.getElementById('video').srcObject") is None


def test_the_browser_s_own_reader_spares_the_frames(page: Page) -> None:
    """Where there is one, and it finds the code; a link that it found is followed by the service."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/api/" in request.url else None)
    page.evaluate(
        """link => {
            let looks = 0;
            window.BarcodeDetector = class {
                static async getSupportedFormats() { return ['qr_code']; }
                async detect() { looks += 1; return looks > 2 ? [{rawValue: link}] : []; }
            };
        }""",
        f"{LINK}/verify",
    )
    page.get_by_role("button", name="Scan a QR code").click()
    expect_green(page)
    assert asked == []


@pytest.mark.parametrize("browser", [(qr(f"{LINK}/verify"),)], indirect=True)
def test_a_reader_that_promises_more_than_it_can_do(page: Page) -> None:
    page.evaluate(
        """() => {
            window.BarcodeDetector = class {
                static async getSupportedFormats() { return ['qr_code']; }
                async detect() { throw new Error('not here'); }
            };
        }"""
    )
    page.get_by_role("button", name="Scan a QR code").click()
    expect_green(page)


def test_a_camera_that_is_refused(page: Page) -> None:
    page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = async () => { throw new Error('refused'); }; }"
    )
    page.get_by_role("button", name="Scan a QR code").click()
    expect(page.get_by_role("status").filter(visible=True)).to_contain_text("The camera cannot be used.")
    page.get_by_role("button", name="Stop the camera").click()
    expect(page.get_by_label("Credential")).to_be_visible()


DROP = """([type, name, bytes]) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], name, {type}));
    document.body.dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


def test_dropping_a_baked_picture_anywhere(page: Page, world: World) -> None:
    baked = png(itxt(world.sign().encode()))
    page.evaluate(DROP, ["image/png", "badge.png", list(baked)])
    expect(page.locator("#chosen")).to_have_text("Ready: badge.png")
    page.get_by_role("button", name="Verify", exact=True).click()
    expect_green(page)


def test_a_photograph_that_is_too_large_is_made_smaller(page: Page, tmp_path: Path) -> None:
    scene = Image.effect_noise((5000, 4000), 40).convert("RGB")
    (tmp_path / "code.png").write_bytes(qr(LINK))
    code = Image.open(tmp_path / "code.png")
    scene.paste(code.resize((1500, 1500)), (1000, 1000))
    photograph = tmp_path / "photograph.jpg"
    scene.save(photograph, "JPEG", quality=95)
    assert photograph.stat().st_size > 5_242_880
    page.set_input_files("#file", photograph)
    page.get_by_role("button", name="Verify", exact=True).click()
    expect_green(page)


def test_pasting(page: Page, world: World) -> None:
    page.get_by_label("Credential").fill(world.sign())
    page.get_by_role("button", name="Verify", exact=True).click()
    expect_green(page)


def test_without_javascript(browser: Browser, address: str, world: World, tmp_path: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/verify")
    expect(page.get_by_role("button", name="Scan a QR code")).to_be_hidden()
    (tmp_path / "badge.png").write_bytes(png(itxt(world.sign().encode())))
    page.set_input_files("#file", tmp_path / "badge.png")
    page.get_by_role("button", name="Verify", exact=True).click()
    expect_green(page)
    context.close()
