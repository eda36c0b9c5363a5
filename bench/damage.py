"""As a pytest plugin (`-p bench.damage`): tries mutants in forks of a process that has collected every test.

What starting Python and importing everything costs is so paid once. The fork gets the mutant's function with
its code replaced; what importing runs cannot be changed so, and is changed in the file (`bench.mutants`).
"""

import contextlib
import gc
import os
import resource
import signal
import types
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from bench.mutant import Mutant, apply

PLAN, TOLD = "ASSAY_MUTANTS", "ASSAY_MUTANTS_TOLD"  # a file of `Attempt`s, and the pipe for the `Outcome`s
_BYTES = 6 << 30  # what a mutant that never stops may allocate


class Attempt(msgspec.Struct):
    """A mutant, and the tests that could notice it."""

    mutant: Mutant
    tests: list[str]


class Outcome(msgspec.Struct):
    """`killed`, `timeout`, `survived`, or `unfit` where the code could not be replaced; `by` which test."""

    end: str
    by: str = ""


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """In place of running the tests: each attempt in a fork."""
    if PLAN not in os.environ:
        return None
    items = {item.nodeid: item for item in session.items}
    plan = msgspec.json.decode(Path(os.environ[PLAN]).read_bytes(), type=list[Attempt])
    with os.fdopen(int(os.environ[TOLD]), "wb", buffering=0) as told:
        for attempt in plan:
            chosen = [items[test] for test in attempt.tests if test in items]
            told.write(msgspec.json.encode(_forked(session, attempt.mutant, chosen)) + b"\n")
    return True


def _forked(session: pytest.Session, mutant: Mutant, items: list[pytest.Item]) -> Outcome:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_DATA, (_BYTES, _BYTES))
        try:
            os.write(writing, msgspec.json.encode(_tried(session, mutant, items)))
        finally:
            os._exit(0)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as pipe:
        os.set_blocking(reading, False)  # what the child left running holds the other end
        said = pipe.read()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    if said:
        return msgspec.json.decode(said, type=Outcome)
    # faulthandler ends what takes too long with 1; anything else was the mutant's doing.
    return Outcome("timeout" if os.waitstatus_to_exitcode(status) == 1 else "killed", f"status {status}")


def _tried(session: pytest.Session, mutant: Mutant, items: list[pytest.Item]) -> Outcome:
    try:
        replace(mutant)
    except ValueError:
        return Outcome("unfit")
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return Outcome("killed", item.nodeid)
    return Outcome("survived", f"{len(items)} tests")


def replace(mutant: Mutant) -> None:
    """Give the mutant's function the changed code, wherever it is held; raises ValueError if that cannot be.

    It cannot if two functions have this name, or if the change takes away a variable of an outer scope.
    """
    file = Path.cwd() / mutant.path
    changed = [
        code
        for code in _codes(compile(apply(file.read_text(), mutant), str(file), "exec"))
        if code.co_qualname == mutant.function
    ]
    functions = [
        held
        for held in gc.get_objects()
        if isinstance(held, types.FunctionType)
        and held.__code__.co_filename == str(file)
        and held.__code__.co_qualname == mutant.function
    ]
    if len(changed) != 1 or len(functions) != 1:
        raise ValueError(mutant.function)
    functions[0].__code__ = changed[0]


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from _codes(constant)
