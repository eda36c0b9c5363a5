"""The service from outside, without a browser: others' libraries, a stopped database, the verifier alone."""

import base64
import contextlib
import io
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import psutil  # type: ignore[import-untyped]  # it has no stubs of its own
import pytest
import zxingcpp
from PIL import Image

from issuer.db.embedded.place import SHELTER
from issuer.db.embedded.supervisor import start
from issuer.demo import EMAIL, NAME, share, take
from issuer.visitor import Site
from verifier import Offline, TrustStore, verify
from verifier.fetch import Answer, Fetched, Need, Unreachable

CHANGES = 1_000
URL_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
TOLD = [
    "credential",
    "did_document",
    "jwks",
    "status_list",
    "forms",
    "share_url",
    "verify_url",
    "qr_png",
    "report",
    "report_tampered",
    "report_revoked",
]


class Known:
    """A fetch that knows the documents of the demonstration and nothing else."""

    def __init__(self, told: dict[str, Any], at: Any) -> None:
        self.told, self.at = told, at

    async def get(self, need: Need) -> Answer:
        if need.url.endswith("/did.json"):
            body, media_type = json.dumps(self.told["did_document"]).encode(), "application/did+json"
        elif "/status/" in need.url:
            body, media_type = self.told["status_list"].encode(), "application/vc+jwt"
        else:
            return Unreachable(need.url, "fetch.failed", "Nothing is known of it.")
        return Fetched(need.url, body, media_type, 200, self.at, "the demonstration")


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What `assay demo --json` prints."""
    done = subprocess.run(
        [sys.executable, "-c", "from issuer.cli import main; main()", "demo", "--json"],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    printed: dict[str, Any] = json.loads(done.stdout)
    return printed


def payload(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    document: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return document


def test_the_demonstration_tells_what_it_promises(told: dict[str, Any]) -> None:
    assert list(told) == TOLD
    reports = [told[name] for name in ("report", "report_tampered", "report_revoked")]
    assert [report["verdict"] for report in reports] == ["valid", "invalid", "invalid"]
    assert [report["authenticity"] for report in reports] == ["genuine", "not_genuine", "genuine"]
    assert [report["currency"] for report in (reports[0], reports[2])] == ["current", "revoked"]
    with contextlib.closing(Image.open(io.BytesIO(base64.b64decode(told["qr_png"])))) as picture:
        assert [code.text for code in zxingcpp.read_barcodes(picture)] == [told["verify_url"]]
    assert told["verify_url"].startswith(told["share_url"])


def test_the_other_forms_say_the_same_and_are_genuine_without_the_service(told: dict[str, Any]) -> None:
    assert list(told["forms"]) == ["eddsa-rdfc-2022"]
    first = payload(told["credential"])
    at = datetime.fromisoformat(told["report"]["verifiedAt"])
    for text in told["forms"].values():
        document = json.loads(text)
        assert (document["id"], document["validFrom"]) == (first["id"], first["validFrom"])
        assert document["credentialStatus"]["id"] != first["credentialStatus"]["id"]
        report = verify(text, fetch=Known(told, at), clock=lambda: at)
        assert (report.authenticity, report.currency) == ("genuine", "revoked")


def test_pyjwt_verifies_credential_and_list_with_the_published_keys(told: dict[str, Any]) -> None:
    keys = {entry["kid"]: jwt.PyJWK(entry) for entry in told["jwks"]["keys"]}
    header = jwt.get_unverified_header(told["credential"])
    assert set(header) == {"alg", "kid", "typ"}
    assert (header["alg"], header["typ"]) == ("ES256", "JWT")
    key = keys[header["kid"].rpartition("/")[2]]
    claims = jwt.decode(told["credential"], key, algorithms=["ES256"])
    assert claims["iss"] == told["did_document"]["id"] == claims["issuer"]["id"]
    assert (claims["jti"], claims["sub"]) == (claims["id"], claims["credentialSubject"]["id"])
    listed = jwt.get_unverified_header(told["status_list"])
    assert (listed["alg"], listed["typ"]) == ("ES256", "vc+jwt")
    claims = jwt.decode(told["status_list"], keys[listed["kid"]], algorithms=["ES256"])
    assert "BitstringStatusListCredential" in claims["type"]


def test_each_of_a_thousand_random_changes_is_refused(told: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    known, trust = Known(told, now), TrustStore()
    credential = told["credential"]
    assert verify(credential, trust=trust, fetch=known).authenticity == "genuine"  # the control
    chance = random.Random(20261123)  # noqa: S311 - a seed, so that a failure can be repeated
    for _ in range(CHANGES):
        place = chance.randrange(len(credential))
        other = chance.choice([sign for sign in URL_SAFE + "." if sign != credential[place]])
        changed = credential[:place] + other + credential[place + 1 :]
        report = verify(changed, trust=trust, fetch=known)
        assert report.verdict == "invalid", (place, other, report.sentence)
        assert report.authenticity == "not_genuine", (place, other, report.sentence)


def test_offline_it_says_that_it_cannot_tell(told: dict[str, Any]) -> None:
    report = verify(told["credential"], fetch=Offline())
    assert (report.verdict, report.authenticity) == ("undetermined", "cannot_tell")


def test_two_workers_see_a_change_within_a_second(site: Site, invite: Callable[..., str]) -> None:
    link = invite("workers@example.org")
    take(site, link)
    share_url = share(site, link)
    token = site.get(f"{share_url}/credential.jwt").text().encode()
    award = payload(token.decode())["id"].removeprefix("urn:uuid:")
    for verb, currency in (("suspend", "suspended"), ("reinstate", "current"), ("revoke", "revoked")):
        site.post(f"/api/credentials/{award}/{verb}", {"reason": "To see it change."}, 200)
        began = time.monotonic()
        if verb == "reinstate":  # a successor form: the old one is superseded
            token = site.get(f"{share_url}/credential.jwt").text().encode()
        said: set[str] = set()
        while said != {currency}:
            said = {
                site.ask("POST", "/api/verify", token, {"Content-Type": "text/plain"}).json()["currency"]
                for _ in range(12)
            }
            assert time.monotonic() - began < 1.5, (verb, said)


def test_the_signed_list_says_it_at_once(site: Site, invite: Callable[..., str]) -> None:
    link = invite("list@example.org")
    take(site, link)
    share_url = share(site, link)
    document = payload(site.get(f"{share_url}/credential.jwt").text())
    entry = document["credentialStatus"]
    before = site.get(entry["statusListCredential"]).text()
    award = document["id"].removeprefix("urn:uuid:")
    site.post(f"/api/credentials/{award}/revoke", {"reason": "To see the list change."}, 200)
    deadline = time.monotonic() + 2
    while site.get(entry["statusListCredential"]).text() == before:
        assert time.monotonic() < deadline, "the list was not published"
        time.sleep(0.05)


def test_it_is_private_where_it_says_so(site: Site, invite: Callable[..., str], service: Any) -> None:
    link = invite("private@example.org", "Quentin Zzyzx")
    secret = link.rpartition(".")[2]
    take(site, link)
    shared = share(site, link).rpartition(".")[2]
    for text in (secret, shared, "Quentin Zzyzx", "private@example.org", site.token):
        assert text not in service.log


@pytest.fixture
def orphaned(open_folder: Path, tmp_path_factory: pytest.TempPathFactory, e2e_service: Any) -> Iterator[Any]:
    """A service on a database of ours that can be taken away; the folder stays."""
    folder = open_folder / f"database-{time.monotonic_ns()}"
    folder.mkdir(mode=0o711)
    database = start(folder)
    own = tmp_path_factory.mktemp("orphaned")
    service = e2e_service(own, database_url=database.dsn)
    service.start()
    try:
        yield service, database
    finally:
        service.stop()
        with contextlib.suppress(Exception):
            database.close()


def down(site: Site) -> bool:
    """The service is ready all the same, and says within some seconds that its database is gone."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        ready = site.ask("GET", "/health/ready")
        assert ready.status == 200
        if ready.json()["database"] == "down":
            return True
    return False


def test_verifying_goes_on_while_the_database_is_stopped(orphaned: Any) -> None:
    service, database = orphaned
    site = service.site()
    wanted = {"assessment": "sql-for-analysts", "person": {"name": NAME, "email": EMAIL}}
    link = site.post("/api/invitations", wanted, 201)["link"]
    take(site, link)
    share_url = share(site, link)
    credential = site.get(f"{share_url}/credential.jwt").text()
    verify_it = ("POST", "/api/verify", credential.encode(), {"Content-Type": "text/plain"})
    assert site.ask(*verify_it).json()["verdict"] == "valid"
    time.sleep(0.6)  # both workers have polled what was published
    database.close()
    for _ in range(8):
        assert site.ask(*verify_it).json()["verdict"] == "valid"
    assert down(site)
    assert site.ask("GET", "/verify", headers={"Accept": "text/html"}).status == 200
    for method, path in (("GET", link), ("GET", share_url), ("POST", f"{link}/answers")):
        answer = site.ask(method, path, headers={"Accept": "text/html"})
        assert answer.status == 503
        assert "Nothing was lost" in answer.text()


def test_the_verifier_runs_alone(told: dict[str, Any]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    alone = subprocess.Popen(
        [sys.executable, "-m", "verifier", "serve", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    site = Site(f"http://localhost:{port}")
    try:
        deadline = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError):
                page = site.ask("GET", "/verify", headers={"Accept": "text/html"})
                break
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert page.status == 200
        body = told["credential"].encode()
        report = site.ask("POST", "/api/verify", body, {"Content-Type": "text/plain"}).json()
        # It knows nobody of ours, and did:web on localhost is no address on the network.
        assert (report["verdict"], report["authenticity"]) == ("undetermined", "cannot_tell")
    finally:
        alone.terminate()
        alone.wait(20)


# Who runs these tests in the background of a shell has told them, and what they start, to ignore ^C.
HEEDING = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"


def sheltered() -> set[Path]:
    """Databases that root keeps where their account can reach them."""
    return set(SHELTER.glob("data-*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_demonstration_leaves_nothing_behind(tmp_path: Path, number: int) -> None:
    before = sheltered()
    # An interrupt within coverage's own code would leave its lock taken, and the process waiting for ever.
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    running = subprocess.Popen(
        [sys.executable, "-c", f"{HEEDING}; from issuer.cli import main; main()", "demo"],
        env={**unmeasured, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    for line in running.stdout:
        if line.startswith("Invited"):
            break
    children = psutil.Process(running.pid).children(recursive=True)
    assert len(children) > 2  # the service, its worker, its database
    running.send_signal(number)
    _, said = running.communicate(timeout=60)
    assert running.returncode not in {0, -number}
    assert "Traceback" not in said
    assert "stopped" in said
    gone, alive = psutil.wait_procs(children, timeout=10)
    assert alive == [], gone
    assert list(tmp_path.iterdir()) == []
    assert sheltered() == before
