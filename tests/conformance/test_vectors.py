"""Every vector is answered as it says, without a socket; and they are what their generator makes."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from bench.mutations import judged
from schemas.report import Reason
from tests.vectors.make import FOLDER, differences
from verifier.conformance.case import Case, read_cases

CASES = list(read_cases(FOLDER))


async def answer(case: Case) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(await judged(case, case.input.content()))
    return told


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_the_answer_is_the_right_one(case: Case) -> None:
    told = await answer(case)
    right = msgspec.to_builtins(case.expect)
    assert {name: told[name] for name in right if name != "reasons"} == {
        name: value for name, value in right.items() if name != "reasons"
    }, told["checks"]
    assert set(case.expect.reasons) <= {check["reason"] for check in told["checks"]}, told["checks"]


def test_the_generator_would_write_these_files() -> None:
    assert differences() == []


def test_most_must_fail_and_each_format_has_a_control() -> None:
    verdicts = [(case.format, case.expect.verdict) for case in CASES]
    assert sum(verdict != "valid" for _, verdict in verdicts) > 0.6 * len(verdicts)
    formats = {name for name, _ in verdicts}
    assert {name for name, verdict in verdicts if verdict == "valid"} == formats


def test_every_code_is_one_of_ours() -> None:
    codes = {code for case in CASES for code in case.expect.reasons}
    assert codes <= {reason.value for reason in Reason}


def test_titles_and_standards_say_something() -> None:
    assert [case.id for case in CASES if len(case.title) < 12 or len(case.standard) < 4] == []
    assert len({case.title + case.format for case in CASES}) == len(CASES)


def test_no_path_of_this_machine_is_in_them() -> None:
    folder = str(Path(__file__).parents[2]).encode()
    assert [path for path in FOLDER.rglob("*") if path.is_file() and folder in path.read_bytes()] == []
