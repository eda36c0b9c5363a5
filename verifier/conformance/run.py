"""Runs a verifier's command once for each vector, two at a time, each within its time, and compares.

The protocol stands in docs/conformance-protocol.md.
"""

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from schemas.wording import many
from verifier.conformance.case import Case

STATUSES = {"valid": 0, "invalid": 1, "undetermined": 2}


class Result(Struct, frozen=True, rename="camel", omit_defaults=True):
    """How one case went; `wrong` says what was wrong, and is empty where the verifier was right."""

    id: str
    title: str
    format: str
    wrong: tuple[str, ...]
    seconds: float
    compared: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing was wrong."""
        return not self.wrong


class _Ended(Struct, frozen=True):
    """The exit status and output of a command."""

    status: int
    output: bytes


async def run(
    command: Sequence[str], cases: Iterable[Case], *, seconds: float = 20.0, at_once: int = 2
) -> AsyncIterator[Result]:
    """Every case's result, in the cases' order."""
    limit = asyncio.Semaphore(at_once)

    async def one(case: Case) -> Result:
        async with limit:
            return await _run(command, case, seconds)

    tasks = [asyncio.create_task(one(case)) for case in cases]
    try:
        for task in tasks:
            yield await task
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run(command: Sequence[str], case: Case, seconds: float) -> Result:
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="assay-case-") as folder:
        arguments = lay_out(case, Path(folder))
        ended = await _call([*command, *arguments], seconds)
    wrong, compared = ([ended], []) if isinstance(ended, str) else compare(case, ended.status, ended.output)
    taken = round(time.monotonic() - start, 3)
    return Result(case.id, case.title, case.format, tuple(wrong), taken, tuple(compared))


def lay_out(case: Case, folder: Path) -> list[str]:
    """Write what the verifier is handed into `folder`; returns the arguments that name it."""
    clock = case.clock.isoformat().replace("+00:00", "Z")
    arguments = ["--json", "--clock", clock]
    _write(arguments, "--recorded-network", folder / "network.json", msgspec.json.encode(case.recording))
    if case.policy is not None:
        _write(arguments, "--policy", folder / "policy.json", msgspec.json.encode(case.policy))
    asked = (
        ("--expect", case.expected_recipient),
        ("--nonce", case.nonce),
        ("--audience", case.audience),
    )
    for option, value in asked:
        if value is not None:
            arguments += [f"{option}={value}"]
    evidence = folder / "evidence"
    evidence.write_bytes(case.input.content())
    return [*arguments, str(evidence)]


def _write(arguments: list[str], option: str, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    arguments += [option, str(file)]


async def _call(command: Sequence[str], seconds: float) -> _Ended | str:
    """How a command ended, or why it did not."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        return f"it cannot be started: {error.strerror}"
    try:
        output, _ = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        return f"no answer within {many(seconds, 'second')}"
    finally:
        # What it started ends with it, whether it answered or not.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    return _Ended(await process.wait(), output)


def compare(case: Case, status: int, output: bytes) -> tuple[list[str], list[str]]:
    """What is wrong with an answer, and which of its members were compared.

    A verifier that says only `verdict` is held to that; what it says beyond must be right too.
    """
    try:
        answer = msgspec.json.decode(output)
    except msgspec.DecodeError:
        answer = None
    if not isinstance(answer, dict) or "verdict" not in answer:
        return [f"no JSON object with a verdict (exit status {status})"], []
    expected = case.expect
    wrong = []
    compared = ["verdict"]
    for member in ("verdict", "authenticity", "currency"):
        if member in answer:
            compared += [member] if member != "verdict" else []
            if answer[member] != (right := getattr(expected, member)):
                wrong.append(f"{member} is {answer[member]!s:.40}, not {right}")
    reasons = _reasons(answer)
    if reasons is not None:
        compared.append("reasons")
        missing = [reason for reason in expected.reasons if reason not in reasons]
        wrong += [f"the reason {', '.join(missing)} is missing"] if missing else []
    if status != STATUSES.get(answer["verdict"] if isinstance(answer["verdict"], str) else ""):
        wrong.append(f"the exit status {status} is not the verdict's")
    return wrong, compared


def _reasons(answer: Mapping[str, Any]) -> set[str] | None:
    """The reason codes in an answer: `reasons`, or those of its `checks`; None where it gives none."""
    if isinstance(given := answer.get("reasons"), list):
        return {reason for reason in given if isinstance(reason, str)}
    if isinstance(checks := answer.get("checks"), list):
        return {str(check.get("reason")) for check in checks if isinstance(check, dict)}
    return None
