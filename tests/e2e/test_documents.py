"""What README and docs/running.md tell people to type works as it stands, against a real service."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from issuer.demo import share, take
from issuer.visitor import Site

ROOT = Path(__file__).parents[2]
Shell = Callable[..., str]


def blocks(document: str, heading: str) -> list[str]:
    """The shell examples below one heading."""
    text = (ROOT / document).read_text()
    part = re.split(r"^#+ ", text.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    found = re.findall(r"^```(\w*)\n(.*?)^```", part, re.DOTALL | re.MULTILINE)
    return [block for language, block in found if not language]


@pytest.fixture
def shell(service: Any, tmp_path: Path) -> Shell:
    """Runs an example as somebody would who has `assay` on their path, at the service's own port."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    program = tmp_path / "bin" / "assay"
    program.parent.mkdir()
    python, *rest = service.command()
    program.write_text(f'#!/bin/sh\nexec "{python}" {rest[0]} "{rest[1]}" "$@"\n')
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
