"""The rules of the house that a reader would otherwise have to remember."""

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("schemas", "keys", "verifier", "issuer")
VAGUE = {"service", "services", "utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}


def modules() -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: nothing says which files are the project's")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def test_no_vague_module_names() -> None:
    assert [str(path) for path in modules() if path.stem in VAGUE] == []


def test_every_package_says_what_it_is() -> None:
    packages = {path.parent for path in modules()}
    silent = [
        str(folder)
        for folder in packages
        if not (init := folder / "__init__.py").exists() or not ast.get_docstring(ast.parse(init.read_text()))
    ]
    assert silent == []


@pytest.mark.parametrize("path", list(modules()), ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_readable(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 400, "ask what else lives here"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= 50, f"{node.name} has {length} lines"


def test_every_suppression_has_its_reason() -> None:
    bare = []
    for path in [
        *modules(),
        *sorted((ROOT / "tests").rglob("*.py")),
        *sorted((ROOT / "bench").rglob("*.py")),
    ]:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = re.search(r"#\s*(noqa|type:\s*ignore|pragma)(.*)$", line)
            if found and "re.search" not in line and not re.search(r"(—|--|#|- )\s*\S", found.group(2)):
                bare.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert bare == []


def test_locks_hold_hashes_and_no_addresses() -> None:
    for name in ("requirements.lock", "requirements-test.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert "--index-url" not in text
        pins = [line for line in text.splitlines() if re.match(r"^[a-z0-9]", line)]
        assert pins
        assert all("==" in line for line in pins)
        assert text.count("--hash=sha256:") >= len(pins)


def test_the_npm_lock_holds_hashes_and_no_addresses() -> None:
    text = (ROOT / "tests" / "interop" / "package-lock.json").read_text()
    assert "://" not in text
    packages = json.loads(text)["packages"]
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def test_test_lock_agrees_with_the_lock_to_run() -> None:
    def pins(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9._-]+)==([^\s;\\]+)", (ROOT / name).read_text(), re.MULTILINE))

    test = pins("requirements-test.lock")
    assert {name: test.get(name) for name in pins("requirements.lock")} == pins("requirements.lock")


def test_no_forbidden_files() -> None:
    names = {path.name for path in tracked()}
    assert names.isdisjoint({"uv.lock", "pylock.toml", "poetry.lock", ".python-version"})


def test_private_keys_live_in_one_folder_only() -> None:
    trail = re.compile(
        r"generate_private_key|load_(pem|der)_private_key|PrivateKey\b|\.private_(bytes|numbers)"
    )
    elsewhere = [
        str(path.relative_to(ROOT))
        for path in modules()
        if trail.search(path.read_text()) and (ROOT / "keys" / "stores") not in path.parents
    ]
    # The one table holds the functions that make and use a key, and never a key.
    assert elsewhere == ["keys/algorithms.py"]


def test_no_todo_without_what_it_waits_for() -> None:
    loose = [
        str(path.relative_to(ROOT))
        for path in modules()
        if re.search(r"#\s*(FIXME|XXX|TODO(?!\([^)]+\): ))", path.read_text())
    ]
    assert loose == []
