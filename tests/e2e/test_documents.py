"""What README and docs/ tell people to type works as it stands, against a real service."""

import asyncio
import contextlib
import itertools
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from issuer.assessments.bank import shipped
from issuer.demo import EMAIL, released, share, take
from issuer.issuance.profiles import DEFAULT
from issuer.visitor import Site, forms
from keys.did.key import did_key
from keys.proofs.jose import draft
from keys.stores.memory import ThrowAway
from schemas.items import Task
from tests.e2e.answering import ITEMS, Fields, fields

ROOT = Path(__file__).parents[2]
Shell = Callable[..., str]


def blocks(document: str, heading: str, written: str = "") -> list[str]:
    """The examples below one heading: those of the shell, which name no language, or of another one."""
    text = (ROOT / document).read_text().split(f"# {heading}\n", 1)[1]
    # Up to the next heading; a comment in an example begins like one.
    found = re.findall(r"^```(\w*)\n(.*?)^```|(^#+ )", text, re.DOTALL | re.MULTILINE)
    below = itertools.takewhile(lambda one: not one[2], found)
    return [block for language, block, _ in below if language == written]


@pytest.fixture(scope="module")
def loaded(house_folder: Path) -> Iterator[Path]:
    """Where `assay` waits with everything loaded."""
    waiting = house_folder / "assay.socket"
    process = subprocess.Popen([sys.executable, "-m", "tests.e2e.loaded", str(waiting)], cwd=ROOT)
    deadline = time.monotonic() + 30
    while not waiting.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    yield waiting
    process.kill()
    process.wait(10)


@pytest.fixture
def shell(service: Any, loaded: Path, tmp_path: Path) -> Shell:
    """Runs an example as somebody would who has `assay` on their path, at the service's own port."""
    if shutil.which("curl") is None and not os.environ.get("CI"):
        pytest.skip("curl is not installed")
    program = tmp_path / "bin" / "assay"
    program.parent.mkdir()
    python, *rest = service.command()
    script = Path(__file__).with_name("loaded.py")
    program.write_text(
        "#!/bin/sh\n"
        # The verifier's sandbox may not be used in a fork.
        f'[ "$1" = verify ] && exec "{python}" {rest[0]} "{rest[1]}" "$@"\n'
        f'exec "{python}" -I -S "{script}" "{loaded}" call "$@"\n'
    )
    program.chmod(0o755)
    path = f"{program.parent}:{service.environment['PATH']}"

    def run(example: str, *, status: int = 0, **variables: str) -> str:
        text = example.replace("http://localhost:8000", service.base_url).replace(".venv/bin/", "")
        done = subprocess.run(
            ["bash", "-eu", "-c", text],
            env={**service.environment, "PATH": path, **variables},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == status, (text, done.stdout, done.stderr)
        return done.stdout

    return run


def test_the_worked_examples_of_running_it(shell: Shell, site: Site) -> None:
    token_block, invite_block = blocks("docs/running.md", "Invite somebody")
    token = shell(f"{token_block}\necho $TOKEN").strip()
    made = json.loads(shell(invite_block, TOKEN=token))
    look_block, issue_block = blocks("docs/running.md", "From the invitation to the credential")
    known = {"TOKEN": token, "INVITATION": made["id"]}
    assert json.loads(shell(look_block, **known))["credential"] is None
    assert json.loads(shell(issue_block, **known))["code"] == "award.not_awarded"
    take(site, made["link"])
    issued = json.loads(shell(issue_block, **known))
    found = json.loads(shell(look_block, **known))
    assert (found["credential"], found["standing"]) == (issued["id"], "good")
    changes = blocks("docs/running.md", "Suspend, reinstate and revoke a credential")
    for block, standing in zip(changes, ("suspended", "good", "revoked"), strict=True):
        assert json.loads(shell(block, TOKEN=token, CREDENTIAL=found["credential"]))["standing"] == standing
        assert json.loads(shell(look_block, **known))["standing"] == standing


def test_the_lines_to_try(shell: Shell, site: Site, invite: Callable[..., str]) -> None:
    taken = invite("lines@example.org", "Kim Lines")
    take(site, taken)
    link = share(site, taken)
    lines, policy, *others = blocks("README.md", "Ten lines to try")
    # Two have tests of their own: tests/e2e/test_story.py and tests/unit/verifier/test_conformance.py.
    elsewhere = re.compile(r"assay (demo|conformance)")
    shell("\n".join(line for line in lines.splitlines() if not elsewhere.search(line)), LINK=link)
    shell(policy)
    (verify_block,) = [block for block in others if "/api/verify" in block]
    assert json.loads(shell(verify_block))["verdict"] == "valid"
    # Without an option it says which one is missing.
    said = shell("assay verify credential.jwt", status=2)
    assert f"add --local-origin {site.base_url}" in said
    # A local origin vouches for nobody, so the policy is not met.
    shell(f"assay verify --local-origin {site.base_url} --policy policy.json credential.jwt", status=2)


@pytest.fixture(scope="session")
def shared(site: Site, invite: Callable[..., str]) -> str:
    """A share link of the demonstration's person."""
    link = invite()
    take(site, link)
    return share(site, link)


@pytest.fixture
def credential(site: Site, shared: str, tmp_path: Path) -> str:
    """The person's credential, which lies in the examples' folder as `credential.jwt`."""
    text = site.get(f"{shared}/credential.jwt").text()
    (tmp_path / "credential.jwt").write_text(text)
    return text


def test_calling_the_verify_api(
    shell: Shell, site: Site, shared: str, credential: str, tmp_path: Path
) -> None:
    asked, presented = blocks("docs/verify-api.md", "From the command line")
    report = json.loads(shell(asked.replace("ada@example.org", EMAIL)))
    assert (report["verdict"], told(report, "policy")) == ("valid", ["policy.met"])
    assert told(json.loads(shell(asked)), "recipient") == ["recipient.mismatch"]
    held = released(site, f"{shared}/credential.json")
    shown = presentation(json.loads(held), nonce="n-1", audience="https://talent.example")
    (tmp_path / "presentation.jwt").write_text(shown)
    assert told(json.loads(shell(presented, NONCE="n-2")), "recipient") == ["recipient.nonce"]
    # It answers; but our credentials are about no key, so whoever shows one has not proven to be its holder.
    assert told(json.loads(shell(presented, NONCE="n-1")), "recipient") == ["recipient.not_holder"]
    (many,) = blocks("docs/verify-api.md", "POST /api/verify/batch")
    (tmp_path / "damaged.jwt").write_text(credential[:-40])
    answers = [json.loads(line) for line in shell(many).splitlines()]
    assert [one["line"] for one in answers] == [1, 2, 3]
    # credential.jwt, damaged.jwt, presentation.jwt
    assert [one["report"]["verdict"] for one in answers] == ["valid", "invalid", "valid"]


@pytest.mark.usefixtures("credential")
def test_calling_the_verify_api_from_a_program(shell: Shell, site: Site, tmp_path: Path) -> None:
    (program,) = blocks("docs/verify-api.md", "From a program", "python")
    here = program.replace("http://localhost:8000", site.base_url).replace("ada@example.org", EMAIL)
    (tmp_path / "program.py").write_text(here)
    first, second, third = shell('"$PYTHON" program.py', PYTHON=sys.executable).splitlines()
    assert first.startswith("valid - Genuine and current. ")
    assert (second, third) == ("1 invalid ", "2 valid ")


def test_choosing_the_forms(shell: Shell) -> None:
    first, second = blocks("docs/running.md", "Choose the forms of credentials")
    assert "releases ob3-jwt with ES256, vc+jwt with ES384, eddsa-rdfc-2022 with EdDSA" in shell(first)
    chosen = json.loads(shell(second).partition("\n")[0])
    # What other tests of the same service count on.
    assert tuple(one["profile"] for one in chosen["forms"]) == DEFAULT


@pytest.fixture
def alone() -> Iterator[str]:
    """The verifier alone, with the VC API open as docs/vc-api.md starts it; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command, _ = blocks("docs/vc-api.md", "The VC API")
    assert command == "ASSAY_VC_API=open python -m verifier serve\n"
    process = subprocess.Popen(
        [sys.executable, "-m", "verifier", "serve", "--port", str(port)],
        env={**os.environ, "ASSAY_VC_API": "open"},
        stderr=subprocess.DEVNULL,
    )
    site = Site(f"http://localhost:{port}")
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                site.ask("GET", "/verify")
                break
            time.sleep(0.1)
        yield site.base_url
    finally:
        process.terminate()
        process.wait(20)


def test_the_vc_api_issues_and_verifies(shell: Shell, alone: str) -> None:
    _, example = blocks("docs/vc-api.md", "The VC API")
    answer = json.loads(shell(example.replace("http://localhost:8001", alone)))
    assert answer["verified"] is True


def told(report: dict[str, Any], check: str) -> list[str]:
    return [found["reason"] for found in report["checks"] if found["check"] == check]


def presentation(credential: dict[str, Any], nonce: str, audience: str) -> str:
    """What a wallet would answer: the credential, signed with the key of whoever shows it."""
    key = ThrowAway("EdDSA")
    holder = did_key(key.public)
    document = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "holder": holder,
        "verifiableCredential": [credential],
        "nonce": nonce,
        "aud": audience,
        "iat": int(time.time()),
    }
    kid = f"{holder}#{holder.removeprefix('did:key:')}"
    drafted = draft(json.dumps(document).encode(), alg="EdDSA", typ="vp+jwt", cty="vp", kid=kid)
    return drafted.finish(asyncio.run(key.sign(drafted.signing_input)))


def test_the_examples_of_outside_results(shell: Shell, site: Site, tmp_path: Path) -> None:
    document = "docs/receipts.md"
    list_block, add_block = blocks(document, "Register a provider")
    (script,) = blocks(document, "Register a provider", "python")
    here = script.replace("http://localhost:8000", site.base_url)
    (tmp_path / "provider.py").write_text(here)
    python = tmp_path / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    achievement = shell(list_block).splitlines()[1].split()[0]
    added = shell(add_block, ACHIEVEMENT=achievement)
    lineitem = re.search(r"sql is ([0-9a-f-]{36});", added)
    assert lineitem is not None
    token_block, signed_block = blocks(document, "Deliver a signed receipt")
    known = {"TOKEN": shell(f"{token_block}\necho $TOKEN").strip(), "LINEITEM": lineitem[1]}
    told = [json.loads(shell(signed_block, **known))["receipts"][0]]
    person = {"assessment": "sql-for-analysts", "person": {"name": "Ada", "email": "ada@example.org"}}
    known["INVITATION"] = site.post("/api/invitations", person, 201)["id"]
    for block in blocks(document, "Deliver a result by LTI, QTI, xAPI or CSV"):
        told += json.loads(shell(block, **known))["receipts"]
    assert [one["secured"] for one in told] == ["signature", *["token"] * 5]
    assert [one["credential"] is not None for one in told] == [*[True] * 5, False]


def example(document: str, ordinal: int, written: str) -> str:
    """An example of another language than the shell's, counted through the whole document."""
    text = (ROOT / document).read_text()
    found: list[str] = re.findall(rf"^```{written}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return found[ordinal]


def test_the_examples_of_writing_and_publishing_a_bank(shell: Shell, tmp_path: Path) -> None:
    bank, offer = (example("docs/assessments.md", ordinal, "json") for ordinal in range(2))
    (tmp_path / "kinds.json").write_text(bank)
    # Under a name of its own: others count on the demonstration's.
    (tmp_path / "offer.json").write_text(offer.replace('"sql-for-analysts"', '"of-documents"'))
    (tmp_path / "sql-for-analysts.json").write_bytes(shipped("sql-for-analysts"))
    (check,) = blocks("docs/assessments.md", "A bank is one JSON document")
    assert "No findings." in shell(check)
    (move,) = blocks("docs/assessments.md", "An item's life")
    assert "1 retired" in shell(move)
    (publish,) = blocks("docs/assessments.md", "Publish it")
    assert "invite people to 'of-documents'" in shell(publish)
    (tmp_path / "ratings.csv").write_text(example("docs/standard-setting.md", 0, "csv"))
    (panel,) = blocks("docs/standard-setting.md", "Angoff")
    command, said = panel.removeprefix("$ ").split("\n", 1)
    assert shell(command).startswith(said)
    assert json.loads((tmp_path / "standard.json").read_text())["method"] == "angoff"


def test_the_examples_of_fairness(shell: Shell, tmp_path: Path) -> None:
    document = "docs/fairness.md"
    shell('assay fairness suspend sql-for-analysts sel-02 --by "test manager"')
    (watched,) = blocks(document, "Items are watched by control charts")
    contact, listed, lift = watched.splitlines()
    told = shell(f"{contact}\n{listed}")
    (suspension,) = re.findall(r"^([0-9a-f-]{36})  sql-for-analysts  sel-02", told, re.MULTILINE)
    assert "sel-02 of sql-for-analysts may be asked again" in shell(lift, SUSPENSION=suspension)
    (recorded,) = blocks(document, "What is recorded about how somebody answers: nothing")
    assert "Find questions that take too long." in shell(recorded)
    (tmp_path / "answers.csv").write_text(example(document, 0, "csv").partition("ada@")[0])
    groups, keep = (
        blocks(document, "Protected attributes: asked freely, seen as counts")[0],
        blocks("docs/compliance/retention.md", "Retention")[0],
    )
    assert "gender" in shell(groups)
    assert "answers" in shell(keep)
    (report,) = blocks(document, "The report")
    assert '"assessment"' in shell(report)


def through(site: Site, link: str, *, knows: bool = True) -> None:
    """Answer all that a link asks, in any assessment of the demonstration, and write something for a task."""
    while onward := [one for one in forms(site, link) if one.action.endswith(("/start", "/answers"))]:
        asked = dict(onward[0].fields).get("item")
        given: Fields = {}
        if asked is not None:
            task = isinstance(ITEMS[asked], Task)
            given = {"work": ["A plan."]} if task else fields(asked, knows=knows)
        sent = [(name, value) for name, values in given.items() for value in values]
        link = site.send_form(onward[0].action, [*onward[0].fields, *sent])


def test_the_examples_of_rating(shell: Shell, site: Site) -> None:
    wanted = {"assessment": "working-with-ai", "person": {"name": "Kim", "email": "rated@example.org"}}
    through(site, site.post("/api/invitations", wanted, 201)["link"])
    made, given = blocks("docs/rating.md", "Who rates")
    first, second = shell(f"{made}\necho $FIRST $SECOND").splitlines()[-1].split()
    session, task = re.findall(
        r"^Session (\S{36}), item (\S+):", shell("assay rating list", ASSAY_TOKEN=first), re.MULTILINE
    )[-1]
    item = ITEMS[task]
    assert isinstance(item, Task)
    most = " ".join(f"{one.id}={one.levels[-1].points}" for one in item.rubric)
    # The task is drawn: where it is another one than in the example, that one is rated.
    fitting = given if task == "org-44" else re.sub(r"(?<=\$SESSION ).*", f"{task} {most}", given)
    assert shell(fitting, FIRST=first, SECOND=second, SESSION=session).count("Recorded.") == 2
    (agree,) = blocks("docs/rating.md", "How raters agree")
    assert task in shell(agree)


def test_the_examples_of_a_review(shell: Shell, site: Site, invite: Callable[..., str]) -> None:
    link = invite("reviewed@example.org", "Kim Reviewed")
    take(site, link)
    site.send_form(f"{urlsplit(link).path}/review", [("words", "Question 3 has two right answers.")])
    (made,) = blocks("docs/review.md", "Who may")
    token, first, second = shell(f"{made}\necho $TOKEN $FIRST $SECOND").splitlines()[-1].split()
    known = {"TOKEN": token, "FIRST": first, "SECOND": second}
    listed, *rest = blocks("docs/review.md", "When somebody contests a result")[0].splitlines()
    (request,) = re.findall(r"^([0-9a-f-]{36})  sql-for-analysts", shell(listed, **known), re.MULTILINE)
    told = shell("\n".join(rest), REQUEST=request, **known)
    assert "Question 3 has two right" in told
    (annul,) = blocks("docs/review.md", "Annul an item")
    propose, consequences, *approve = annul.splitlines()
    (known["PROPOSAL"],) = re.findall(r"^Proposal (\S{36}) ", shell(propose, **known), re.MULTILINE)
    (known["DIGEST"],) = re.findall(r"sha256-[0-9a-f]{64}", shell(consequences, **known))
    assert "Approved by 2 of 2." in shell("\n".join(approve), **known)
    (replay,) = blocks("docs/review.md", "Replay a result")
    (session,) = re.findall(rf"^Request {request} about session (\S{{36}})", told, re.MULTILINE)
    assert '"different":0' in shell(replay, SESSION=session)


def test_the_examples_of_a_confirmation(shell: Shell, site: Site, invite: Callable[..., str]) -> None:
    link = invite("confirmed@example.org", "Kim Confirmed")
    take(site, link)
    share(site, link)  # the credential is there
    page = site.ask("GET", f"{urlsplit(link).path}/confirmation", headers={"Accept": "text/html"}).text()
    credential = re.findall(r"<code class=\"wrap\">([0-9a-f-]{36})<", page)[0]
    document = (ROOT / "docs" / "confirmation.md").read_text()
    (opened,) = re.findall(r"^   ```\n(.*?)^   ```", document, re.DOTALL | re.MULTILINE)
    (code,) = re.findall(r"^(\w{4}-\w{4})$", shell(opened, CREDENTIAL=credential), re.MULTILINE)
    sitting = site.send_form(f"{urlsplit(link).path}/confirmation", [("code", code)])
    through(site, sitting, knows=False)
    *made, listed, decide = blocks("docs/confirmation.md", "What is decided")[0].splitlines()
    told = shell("\n".join((*made, listed, "echo $DECIDER"))).splitlines()
    (case,) = re.findall(r"^Case (\S{36}):", "\n".join(told), re.MULTILINE)
    assert "Decided" in shell(decide, DECIDER=told[-1], CASE=case)
