"""Documents are true: their links lead somewhere, their examples run, every command is described."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import click
import pytest

from issuer.cli import cli
from issuer.organizations.tokens import ALLOWS

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_local_links_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)(?:#[^)]*)?\)", document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_local_links_lead_to_a_heading(document: Path) -> None:
    for name, fragment in re.findall(r"\]\(([^):#]*\.md)#([^)]+)\)", document.read_text()):
        headings = re.findall(r"^#+ (.+)$", (document.parent / name).read_text(), re.MULTILINE)
        assert fragment in {
            re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings
        }, (name, fragment)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_of_ours_that_are_named_exist(document: Path) -> None:
    rooms = "issuer|verifier|keys|schemas|tests|docs|bench"
    named = re.findall(rf"`((?:{rooms})/[\w./-]+)`", document.read_text())
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_decision_is_linked_under_its_own_number(document: Path) -> None:
    linked = re.findall(r"\[[^\]]*?(\d+)\]\((?:\S*/)?(\d{4})-[^)/]*\.md\)", document.read_text())
    assert [(said, meant) for said, meant in linked if int(said) != int(meant)] == []


def test_the_readme_python_example_runs() -> None:
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    done = subprocess.run([sys.executable, "-c", block], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("invalid - ")


def commands(group: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, click.Command]]:
    if not isinstance(group, click.Group):
        return [(" ".join(path), group)]
    context = click.Context(group)
    found: list[tuple[str, click.Command]] = []
    for name in group.list_commands(context):
        child = group.get_command(context, name)
        assert child is not None
        found += commands(child, (*path, name))
    return found


def test_every_command_has_help_and_stands_in_the_documents() -> None:
    described = (ROOT / "docs" / "running.md").read_text()
    for name, command in commands(cli):
        assert command.help, name
        assert f"assay {name}" in described, name
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                assert parameter.help, f"{name} {parameter.opts}"


def test_what_a_command_cannot_do_without_stands_beside_it_in_the_documents() -> None:
    described = re.findall(r"`assay ([^`]+)`", (ROOT / "docs" / "running.md").read_text())
    for name, command in commands(cli):
        beside = " ".join(one for one in described if f"{one} ".startswith(f"{name} "))
        needed = [one for one in command.params if one.required and not getattr(one, "envvar", None)]
        # The second of the two commands for the W3C's suite takes what stands beside the first.
        if name == "conformance jose verify":
            continue
        for one in needed:
            if isinstance(one, click.Option):
                assert one.opts[0] in beside, (name, one.opts)
            else:
                assert len(beside.split()) > len(name.split()), name


def test_every_scope_stands_in_the_documents_with_what_it_allows() -> None:
    described = (ROOT / "docs" / "running.md").read_text()
    assert [one for one in ALLOWS.items() if "| `{}` | {} |\n".format(*one) not in described] == []


def shell_examples() -> list[str]:
    return [
        block
        for document in DOCUMENTS
        for language, block in re.findall(
            r"^```(\w*)\n(.*?)^```", document.read_text(), re.DOTALL | re.MULTILINE
        )
        if not language
    ]


def test_every_assay_command_in_an_example_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = 0
    # What a reader has put into a variable before is an id or a token.
    examples = re.sub(r"\$[A-Z]+", str(UUID(int=0)), "\n".join(shell_examples()))
    for line in examples.replace("\\\n", " ").splitlines():
        called = re.search(r"(?:^|/|\(|; |\| |=\S+ )assay (\w[^)]*)", line)
        if called is None or "podman" in line:
            continue
        words = shlex.split(called[1], comments=True)
        monkeypatch.delenv("ASSAY_TOKEN", raising=False)
        if "ASSAY_TOKEN=" in line:
            monkeypatch.setenv("ASSAY_TOKEN", "a token")
        group: click.Command = cli
        while isinstance(group, click.Group):
            found = group.get_command(click.Context(group), words[0])
            assert found is not None, line
            group, words = found, words[1:]
        group.make_context(group.name, words)  # raises where an option or argument is not one
        seen += 1
    assert seen > 8


def test_every_setting_stands_in_the_documents() -> None:
    described = (ROOT / "docs" / "running.md").read_text()
    used = set(re.findall(r"ASSAY_[A-Z_]+[A-Z]", (ROOT / "issuer" / "settings.py").read_text()))
    assert [name for name in sorted(used) if name not in described] == []


def test_every_make_target_promised_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert targets >= {"install", "run", "demo", "test", "check", "bench", "soak", "clean"}


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs" / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
