"""docs/verification-steps.md is true: its numbers, its reason codes and its example."""

import re
from pathlib import Path

from schemas.report import CHECKS, Outcome, Reason
from verifier import carriers, pipeline
from verifier.lint import RULES, Severity

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "verification-steps.md").read_text()
ROWS = dict(re.findall(r"^\| `([a-z_]+\.[a-z_0-9]+)` \| (\w+) \|", TEXT, re.MULTILINE))


def test_every_reason_code_stands_in_the_document_and_no_other() -> None:
    assert {*ROWS, "check.not_reached"} == {reason.value for reason in Reason}
    assert set(ROWS.values()) <= {outcome.value for outcome in Outcome}


def test_every_reason_code_is_used() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "verifier").rglob("*.py"))
    # Refusals of strict parsing and of the proofs' readers are reasons of their own.
    below = "".join(path.read_text() for room in ("keys", "schemas") for path in (ROOT / room).rglob("*.py"))
    below = below.replace((ROOT / "schemas" / "report.py").read_text(), "")
    unused = [reason for reason in Reason if f"Reason.{reason.name}" not in sources]
    assert [reason for reason in unused if f'"{reason}"' not in below] == []


def test_every_fetch_code_stands_in_the_document() -> None:
    sources = "".join(
        (ROOT / "verifier" / name).read_text()
        for name in ("fetch.py", "https.py", "memory.py", "wire.py", "trust/folder.py", "drive.py")
    )
    assert set(re.findall(r'"(fetch\.[a-z_]+)"', sources)) == set(re.findall(r"`(fetch\.[a-z_]+)`", TEXT))


def test_rules_have_the_outcomes_that_are_documented() -> None:
    outcomes = {Severity.ERROR: "fail", Severity.UNKNOWN: "unknown", Severity.WARNING: "warn"}
    for rule in RULES:
        assert ROWS[rule.reason] == outcomes[rule.severity]


def test_the_steps_are_numbered_as_in_the_pipeline() -> None:
    titles = re.findall(r"^### (\d+)\. (.+)$", TEXT, re.MULTILINE)
    assert [int(number) for number, _ in titles] == list(range(1, len(CHECKS) + 1))
    named = [title.lower().replace("issuer's ", "issuer_").replace("-", "_") for _, title in titles]
    assert [name.removeprefix("issuer_") if name == "issuer_standing" else name for name in named] == list(
        CHECKS
    )
    code = Path(pipeline.__file__).read_text()
    marked = re.findall(r"  # (\d+)(?: and (\d+))?$", code, re.MULTILINE)
    assert sorted(int(number) for pair in marked for number in pair if number) == list(range(1, 13))


def test_limits_are_those_of_the_code() -> None:
    assert carriers.MAX_EVIDENCE == 2**18
    assert "At most 256 kB" in TEXT


def test_the_example_runs() -> None:
    (block,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    spoken: list[object] = []
    exec(compile(block, "verification-steps.md", "exec"), {"print": lambda *words: spoken.extend(words)})  # noqa: S102 — our own document
    assert spoken == ["invalid", "not_genuine", "cannot_tell"]
