"""The real service in processes of its own, and a real browser in front of it."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]  # it has no stubs of its own
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, async_playwright

from issuer.demo import ASSESSMENT, EMAIL, NAME, SCOPES
from issuer.visitor import Site, forms
from keys.stores.file import Costs, FileStore
from tests.e2e.answering import fields

START_SECONDS = 90.0
PASSPHRASE = "end to end"
# The least that Argon2id takes: each process of the service and each command opens the key store.
CHEAP = Costs(memory_kib=8, iterations=1, lanes=1)


class Service:
    """`assay serve` with two workers on a free port, its data in a folder that outlives a restart."""

    def __init__(self, folder: Path, **settings: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder = folder
        self.base_url = f"http://localhost:{self.port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")}
        self.environment = kept | {
            "ASSAY_DATA_DIR": str(folder / "data"),
            "ASSAY_PASSPHRASE": PASSPHRASE,
            "ASSAY_BASE_URL": self.base_url,
            "ASSAY_PORT": str(self.port),
            "ASSAY_WORKERS": "2",
            **{f"ASSAY_{name.upper()}": value for name, value in settings.items()},
        }
        self.process: subprocess.Popen[bytes] | None = None
        (folder / "data").mkdir(mode=0o711, exist_ok=True)
        FileStore.open(folder / "data" / "keys", PASSPHRASE, CHEAP)

    @property
    def log(self) -> str:
        return (self.folder / "service.log").read_text(errors="replace")

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-c", "from issuer.cli import main; main()", *arguments]

    def start(self) -> None:
        with (self.folder / "service.log").open("ab") as output:
            self.process = subprocess.Popen(
                self.command("serve"),
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log
            with contextlib.suppress(OSError):
                if Site(self.base_url).ask("GET", "/health/ready").status == 200:
                    return
            time.sleep(0.1)
        pytest.fail(f"not ready in time:\n{self.log}")

    def stop(self, how: int = signal.SIGTERM) -> None:
        assert self.process is not None
        self.process.send_signal(how)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
            pytest.fail(f"did not stop in time:\n{self.log}")

    def kill(self) -> None:
        """kill -9 of the service and all that it runs, its database too.

        All are stopped before the first one dies: nobody lives on to tell a client that another one is gone.
        """
        assert self.process is not None
        first = psutil.Process(self.process.pid)
        first.suspend()
        everybody = first.children(recursive=True)
        for act in (psutil.Process.suspend, psutil.Process.kill):
            for one in (*everybody, first):
                with contextlib.suppress(psutil.NoSuchProcess):
                    act(one)
        self.process.wait(10)
        assert psutil.wait_procs(everybody, timeout=10)[1] == []

    def assay(self, *arguments: str) -> str:
        done = subprocess.run(
            self.command(*arguments),
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def site(self) -> Site:
        scopes = [part for scope in SCOPES for part in ("--scope", scope)]
        token = self.assay("token", "create", "end to end", *scopes).splitlines()[-1]
        return Site(self.base_url, token.strip())


@pytest.fixture(scope="session")
def house_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="assay-e2e-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def e2e_service() -> type[Service]:
    """For a test that needs a service of its own."""
    return Service


@pytest.fixture(scope="session")
def service(house_folder: Path) -> Iterator[Service]:
    service = Service(house_folder)
    service.start()
    yield service
    service.stop()


@pytest.fixture(scope="session")
def site(service: Service) -> Site:
    return service.site()


@pytest.fixture(scope="session")
def invite(site: Site) -> Callable[..., str]:
    """Invite somebody; returns the link."""

    def invited(email: str = EMAIL, name: str = NAME) -> str:
        wanted = {"assessment": ASSESSMENT, "person": {"name": name, "email": email}}
        link: str = site.post("/api/invitations", wanted, 201)["link"]
        return link

    return invited


@pytest.fixture(scope="session")
def midway(site: Site, invite: Callable[..., str]) -> Callable[[str, str], str]:
    """Reach the lower level with the first 20 answers and go on; returns the link, at a question."""

    def taken(email: str, name: str) -> str:
        link = invite(email, name)
        site.send_form(forms(site, link)[0].action, [])
        for number in range(20):
            question = forms(site, link)[0]
            chosen = fields(dict(question.fields)["item"], knows=number < 15)
            sent = [(name, value) for name, values in chosen.items() for value in values]
            site.send_form(question.action, [*question.fields, *sent])
        onward = next(form for form in forms(site, link) if form.action.endswith("/continue"))
        site.send_form(onward.action, onward.fields)
        return link

    return taken


def chromium() -> str:
    """Where the browser is; its absence is a visible skip, and in CI a failure."""
    found = os.environ.get("ASSAY_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None or not Path(found).exists():
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing; CI must have it")
        pytest.skip("Chromium is not installed (name one with ASSAY_CHROMIUM)")
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for everybody: what a test sees is in a context of its own."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    path = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        await browser.close()


class Watched:
    """A browser window that notes every complaint and every request that leaves the service."""

    def __init__(self, context: BrowserContext, base_url: str) -> None:
        self.context = context
        self.complaints: list[str] = []
        self.strangers: list[str] = []
        self.expected_statuses: set[int] = set()
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("request", lambda request: self._request(request.url, base_url))

    def _console(self, message: Any) -> None:
        # A page with an error status is reported by the browser itself, and is what some tests ask for.
        told = any(f"status of {status}" in message.text for status in self.expected_statuses)
        if message.type in {"error", "warning"} and not told:
            self.complaints.append(f"{message.type}: {message.text}")

    def _request(self, url: str, base_url: str) -> None:
        if not url.startswith((base_url, "data:", "blob:", "about:")):
            self.strangers.append(url)

    def assert_quiet(self) -> None:
        assert self.complaints == []
        assert self.strangers == []


@pytest.fixture
def watch() -> Callable[[BrowserContext, str], Watched]:
    return Watched


@pytest.fixture(scope="session")
def pictures() -> Path | None:
    """Where to keep a picture of every page for somebody to look at, if ASSAY_PICTURES names a folder."""
    named = os.environ.get("ASSAY_PICTURES")
    if named is None:
        return None
    Path(named).mkdir(parents=True, exist_ok=True)
    return Path(named)


@pytest_asyncio.fixture(loop_scope="session")
async def watched(browser: Browser, service: Service) -> AsyncIterator[Watched]:
    """A desktop window; at the end nothing was complained about and nobody else was asked."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    watched = Watched(context, service.base_url)
    yield watched
    await context.close()
    watched.assert_quiet()
