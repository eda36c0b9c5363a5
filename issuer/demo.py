"""`assay demo`: the whole story, played against a service that is started for it and thrown away after.

Everything goes through the doors that everybody uses: the command line for a token, the API to invite and
revoke, the pages to answer. What comes back is checked at each step; the first thing that is not as told ends
the demonstration.
"""

import base64
import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from issuer.assessments.bank import read_bank, shipped
from issuer.db.embedded.place import remove
from issuer.issuance.profiles import DEFAULT, PROFILES
from issuer.visitor import DemoFailed, Site, expect
from issuer.visitor import forms as forms_of
from schemas.items import Inline, Item, Match, Multiple, Numeric, Order, Single, Text

ORGANIZATION = "demo"
ASSESSMENT = "sql-for-analysts"
NAME, EMAIL = "Robin Marsh", "robin.marsh@example.org"
SCOPES = ("invitations:write", "credentials:issue", "credentials:read", "credentials:revoke")
STEPS = ("/start", "/answers", "/continue")
PAGES_AT_MOST = 400  # more than any assessment needs; a loop that does not end is a defect
START_SECONDS, STOP_SECONDS, RELEASE_SECONDS = 120.0, 20.0, 30.0
REVOKED_SECONDS = 10.0

Say = Callable[[str], None]


def run(*, as_json: bool) -> int:
    """Play the story; print it line by line, or with `as_json` one object. Returns the exit status 0.

    Raises DemoFailed with one sentence if any step is not as told.
    """
    progress = sys.stderr if as_json else sys.stdout
    quiet = as_json and not sys.stderr.isatty()

    def say(line: str) -> None:
        if not quiet:
            progress.write(f"{line}\n")
            progress.flush()

    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        with tempfile.TemporaryDirectory(prefix="assay-demo-", ignore_cleanup_errors=True) as folder:
            # Started by root, PostgreSQL's account must pass through, or its data would stay elsewhere.
            Path(folder).chmod(0o711)
            try:
                told = _told(Path(folder), say)
            finally:
                remove(Path(folder) / "data")  # what lies elsewhere all the same, below a closed folder
    except KeyboardInterrupt:
        raise DemoFailed("The demonstration was stopped. Nothing of it is left.") from None
    finally:
        signal.signal(signal.SIGTERM, previous)
    if as_json:
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    return 0


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _told(folder: Path, say: Say) -> dict[str, Any]:
    environment = _environment(folder)
    say("Starting a service of its own, with its own PostgreSQL, in a temporary folder …")
    with _service(environment, folder) as base_url:
        say(f"  It answers at {base_url}.")
        token = _command(environment, _token_command())
        return story(Site(base_url, token), say)


def story(site: Site, say: Say) -> dict[str, Any]:
    """The story itself, against a running service; returns what `assay demo --json` prints."""
    invited = site.post(
        "/api/invitations", {"assessment": ASSESSMENT, "person": {"name": NAME, "email": EMAIL}}, 201
    )
    say(f"Invited {NAME} to an assessment. The link is secret and went out by mail.")
    asked = take(site, invited["link"])
    say(f"Took the assessment on its own pages: {asked} questions, all answered right.")
    share_url = share(site, invited["link"])
    credential = site.get(f"{share_url}/credential.jwt").text().strip()
    document = _payload(credential)
    say(f"Earned a credential, Open Badges 3.0, signed with the organisation's key: {document['name']}")
    verify_url = f"{share_url}/verify"
    qr_png = share_page(site, share_url, verify_url)
    say(f"Shared it: {share_url}")
    say(f"  Its QR code ({len(qr_png)} bytes of PNG) opens {verify_url}")
    report = verify(site, credential, ("valid", "genuine", "current"))
    say(f"Verified it: {report['sentence']}")
    forms = further_forms(site, share_url, say)
    tampered = verify(site, tampered_copy(credential), ("invalid", "not_genuine", None))
    say(f"Changed the name in a copy and verified that: {tampered['sentence']}")
    reason = {"reason": "Revoked to show what that looks like."}
    site.post(f"/api/credentials/{award_id(credential)}/revoke", reason, 200)
    say("Revoked it.")
    revoked = verify(site, credential, ("invalid", "genuine", "revoked"), patience=REVOKED_SECONDS)
    say(f"Verified it again: {revoked['sentence']}")
    for text in forms.values():
        verify(site, text, ("invalid", "genuine", "revoked"), patience=REVOKED_SECONDS)
    did_document = site.get(f"/o/{ORGANIZATION}/did.json").json()
    jwks = site.get(f"/o/{ORGANIZATION}/jwks.json").json()
    status_list = site.get(document["credentialStatus"]["statusListCredential"]).text().strip()
    say("That was the whole line. The service and its data are gone in a moment.")
    return {
        "credential": credential,
        "did_document": did_document,
        "jwks": jwks,
        "status_list": status_list,
        "forms": forms,
        "share_url": share_url,
        "verify_url": verify_url,
        "qr_png": base64.b64encode(qr_png).decode(),
        "report": report,
        "report_tampered": tampered,
        "report_revoked": revoked,
    }


def share_page(site: Site, share_url: str, verify_url: str) -> bytes:
    """Look at the page behind a share link; returns its QR code, a PNG picture."""
    if urlsplit(verify_url).path not in site.get(share_url, "text/html").text():
        raise DemoFailed("The share page does not lead to the verification of its credential.")
    qr_png = site.get(f"{share_url}/qr.png").body
    if not qr_png.startswith(b"\x89PNG\r\n\x1a\n"):
        raise DemoFailed("The QR code is not a PNG picture.")
    return qr_png


def further_forms(site: Site, share_url: str, say: Say) -> dict[str, str]:
    """Take a copy of the same credential in every other form, and verify it; returns them by profile."""
    found = {}
    for profile in PROFILES:
        if profile.name in DEFAULT[1:]:
            found[profile.name] = text = released(site, f"{share_url}/{profile.file}")
            verify(site, text, ("valid", "genuine", "current"))
            say(f"Took a copy in another form, {profile.name}, and verified that too.")
    return found


def released(site: Site, address: str) -> str:
    """Read a form as soon as it is released: the primary one does not wait for it."""
    deadline = time.monotonic() + RELEASE_SECONDS
    while (got := site.ask("GET", address)).status == 404 and time.monotonic() < deadline:  # noqa: PLR2004 - HTTP
        time.sleep(0.2)
    return expect(got, 200, "Reading another form of the credential").text()


def take(site: Site, link: str) -> int:
    """Go through the pages and answer every question right, by the bank; returns how many were asked."""
    bank, asked = read_bank(shipped(ASSESSMENT)), 0
    for _ in range(PAGES_AT_MOST):
        onward = [form for form in forms_of(site, link) if form.action.endswith(STEPS)]
        if not onward:
            return asked
        step = onward[0]
        fields = list(step.fields)
        if step.action.endswith("/answers"):
            item = bank.item(dict(fields).get("item", ""))
            if item is None:
                raise DemoFailed("A page asks a question that is not in the bank.")
            fields += [(name, value) for name, values in right(item).items() for value in values]
            asked += 1
        site.send_form(step.action, fields)
    raise DemoFailed("The assessment did not come to an end.")


def right(item: Item) -> dict[str, list[str]]:
    """The fields of a form that answers an item right, by its key. No form answers a task: people rate it."""
    if isinstance(item, Single | Multiple):
        return {"option": list(item.key)}
    if isinstance(item, Order):
        return {f"place.{name}": [str(place)] for place, name in enumerate(item.key, 1)}
    if isinstance(item, Match):
        return {f"match.{name}": [target] for name, target in item.key.items()}
    if isinstance(item, Inline):
        return {f"gap.{gap.id}": [gap.key] for gap in item.gaps}
    if isinstance(item, Text):
        return {"text": [item.accepted[0].text]}
    if isinstance(item, Numeric):
        return {"number": [item.value]}
    raise DemoFailed("A task cannot be answered right by a key.")


def share(site: Site, link: str) -> str:
    """Press the button that makes a share link, as soon as the credential is released."""
    deadline = time.monotonic() + RELEASE_SECONDS
    while time.monotonic() < deadline:
        form = next((form for form in forms_of(site, link) if form.action.endswith("/share")), None)
        if form is not None:
            shared = site.send_form(form.action, form.fields).partition("?")[0]
            return shared if urlsplit(shared).netloc else site.base_url + shared
        time.sleep(0.2)
    raise DemoFailed("The assessment is passed, but there is no credential to share.")


def verify(
    site: Site, credential: str, told: tuple[str, str, str | None], patience: float = 0.0
) -> dict[str, Any]:
    """Ask the public verifier; verdict, authenticity and currency must become as told within `patience` s."""
    deadline = time.monotonic() + patience
    while True:
        headers = {"Content-Type": "text/plain", "Accept": "application/json"}
        got = expect(
            site.ask("POST", "/api/verify", credential.encode(), headers), 200, "Verifying the credential"
        )
        report: dict[str, Any] = got.json()
        found = report["verdict"], report["authenticity"], report["currency"] if told[2] else None
        if found == told:
            return report
        if time.monotonic() >= deadline:
            wanted = ", ".join(word for word in told if word)
            raise DemoFailed(f"The verifier should say {wanted}; it says: {report['sentence']}")
        time.sleep(0.1)


def award_id(credential: str) -> str:
    """The credential's id as the API wants it: without its urn."""
    return str(_payload(credential)["id"]).removeprefix("urn:uuid:")


def tampered_copy(credential: str, name: str = NAME) -> str:
    """The credential with another person's name in it and the old signature."""
    head, payload, signature = credential.split(".")
    document = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    changed = document.replace(name.encode(), b"Alex Forger")
    if changed == document:
        raise DemoFailed("The credential does not name the person who earned it.")
    return ".".join((head, base64.urlsafe_b64encode(changed).decode().rstrip("="), signature))


def _payload(credential: str) -> dict[str, Any]:
    payload = credential.split(".")[1]
    document: dict[str, Any] = msgspec.json.decode(
        base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    )
    return document


def _environment(folder: Path) -> dict[str, str]:
    """The caller's environment without its Assay settings: the demonstration touches no data but its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")}
    return kept | {
        "ASSAY_DATA_DIR": str(folder / "data"),
        "ASSAY_BASE_URL": f"http://localhost:{port}",
        "ASSAY_PORT": str(port),
        "ASSAY_LOG_LEVEL": "warning",
        # What was revoked is published by one process and mirrored by the others within a second: with one,
        # what is verified and what is printed are the same.
        "ASSAY_WORKERS": "1",
    }


def _assay(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from issuer.cli import main; main()", *arguments]


def _token_command() -> list[str]:
    scopes = [part for scope in SCOPES for part in ("--scope", scope)]
    return _assay("token", "create", "demonstration", *scopes)


def _command(environment: Mapping[str, str], command: list[str]) -> str:
    """Run one of our own commands; returns the last line that it prints."""
    done = subprocess.run(  # noqa: S603 - our own command, arguments of our own
        command, env=dict(environment), capture_output=True, text=True, timeout=START_SECONDS, check=False
    )
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        raise DemoFailed(f"assay {' '.join(command[3:5])} failed: {done.stderr.strip()[-500:]}")
    return lines[-1].strip()


@contextlib.contextmanager
def _service(environment: Mapping[str, str], folder: Path) -> Iterator[str]:
    """Run `assay serve` until the block ends; yields its base URL once it is ready."""
    log = folder / "service.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            _assay("serve"),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is ours to handle: the service is stopped in order
        )
    try:
        _wait_until_ready(process, environment["ASSAY_BASE_URL"], log)
        yield environment["ASSAY_BASE_URL"]
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS)
        _remove_sheltered(Path(environment["ASSAY_DATA_DIR"]))


def _remove_sheltered(data: Path) -> None:
    """Remove the database where it could not live in the temporary folder: as root, below a closed folder."""
    named = data / "postgres.location"
    if named.exists():
        shutil.rmtree(named.read_text(encoding="utf-8").strip(), ignore_errors=True)


def _wait_until_ready(process: subprocess.Popen[bytes], base_url: str, log: Path) -> None:
    site, deadline = Site(base_url), time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            said = log.read_text(errors="replace").strip().splitlines()
            raise DemoFailed(f"The service did not start: {said[-1] if said else 'it said nothing'}")
        with contextlib.suppress(OSError, http.client.HTTPException):
            if site.ask("GET", "/health/ready").status == 200:  # noqa: PLR2004 - HTTP: OK
                return
        time.sleep(0.1)
    raise DemoFailed(f"The service was not ready within {START_SECONDS:.0f} seconds.")
