"""Which tests reach which lines of `verifier/` and `keys/`: only they could notice a mutant there.

As a pytest plugin (`-p bench.reach`) it tells the running coverage whose lines are being run.
"""

import json
import os
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path

import coverage
import msgspec
import pytest

from bench.mutant import Mutant

SECONDS = "ASSAY_REACH"  # where the plugin writes how long each test took
_took: defaultdict[str, float] = defaultdict(float)
# Run by tests as programs.
_STARTED = ("verifier/__main__.py", "verifier/cli.py", "verifier/sandbox/worker.py")
# What a module's name does not share with its tests'.
_CALLED = {
    "openbadges2": {"badges", "2"},
    "proofs": {"data", "integrity", "quads", "jose", "embedded"},
    "published": {"issuer", "key", "kinds"},
    "pipeline": {"formats"},
}


class Reach(msgspec.Struct):
    """The tests that run each line of a module ("": importing it), and the `seconds` that each test takes."""

    lines: dict[str, dict[int, list[str]]]
    seconds: dict[str, float]

    def imported(self, mutant: Mutant) -> bool:
        """Whether a process that has imported the module is too late for the change, or is not the one."""
        started = mutant.path in _STARTED
        return started or mutant.function is None or "" in self._runs(mutant)

    def tests(self, mutant: Mutant) -> list[str]:
        """The tests that could notice, the nearest and quickest files first.

        What is done on importing may be noticed by whoever reaches any line of the module. Tests of the
        module's own name are always asked: what they reach in other processes leaves no trace.
        """
        reached = self._runs(mutant)
        if self.imported(mutant):
            reached |= {test for tests in self.lines.get(mutant.path, {}).values() for test in tests}
        files = {_file(test) for test in self.seconds}
        shared = {file: _shared(mutant.path, file) for file in files}
        near = 1 if mutant.path in _STARTED else max(shared.values()) or 1
        reached |= {test for test in self.seconds if shared[_file(test)] >= near}
        takes: defaultdict[str, float] = defaultdict(float)
        for test in reached & self.seconds.keys():
            takes[_file(test)] += self.seconds[test]
        order = list(self.seconds)  # as they ran: tests of a file stay together
        asked = [test for test in order if test in reached]
        return sorted(asked, key=lambda test: (-shared[_file(test)], takes[_file(test)], _file(test)))

    def _runs(self, mutant: Mutant) -> set[str]:
        lines = self.lines.get(mutant.path, {})
        return {test for line in mutant.lines for test in lines.get(line, ())}


def _file(test: str) -> str:
    return test.partition("::")[0]


def _shared(path: str, file: str) -> int:
    words = {word for part in Path(path).with_suffix("").parts for word in part.split("_")}
    theirs = {word for part in Path(file).with_suffix("").parts for word in part.split("_")}
    words = words.union(*(_CALLED[word] for word in words & _CALLED.keys()))
    return len((words - {"init", "verifier", "keys"}) & theirs)


def read(tree: Path, data: Path, seconds: Path) -> Reach:
    """What a measured run of the tests in `tree` left behind."""
    measured = coverage.CoverageData(str(data))
    measured.read()
    lines = {
        str(Path(name).relative_to(tree)): measured.contexts_by_lineno(name)
        for name in measured.measured_files()
    }
    return Reach(lines, json.loads(seconds.read_text()))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Everything from a test's first fixture to its last is the test's."""
    running = coverage.Coverage.current()
    if running is not None:
        running.switch_context(item.nodeid)
    return (yield)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _took[report.nodeid] += report.duration


def pytest_unconfigure() -> None:
    if SECONDS in os.environ:
        Path(os.environ[SECONDS]).write_text(json.dumps(_took))
