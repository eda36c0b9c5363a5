"""Mutation testing of `verifier/` and `keys/`: which small mistakes in our code would no test notice?

    python -m bench.mutants 200             so many of both rooms that were not tried before
    python -m bench.mutants 100 decisive    so many of the modules that decide what is believed
    python -m bench.mutants again           the survivors, whether new tests kill them

Draws mutants by a seed, each as likely as any other: a comparison turned round, a condition negated, a number
or boolean changed, an operator exchanged, nothing returned. For each, every test of these rooms that reaches
the changed line runs in a copy of the tree, the nearest first, until one fails. What was tried stands in
docs/mutants.json by scope, text and change, and is not drawn again. Tests of pages and of the service are not
asked, nor those that measure time: what only they would notice counts as a survivor.
"""

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bench import reach
from bench.damage import PLAN, TOLD, Attempt, Outcome
from bench.mutant import ROOT, Mutant, apply, mutants

COUNTS = ROOT / "docs" / "mutants.json"
SAMPLES = {
    "rooms": ["keys", "verifier"],
    "decisive": [
        *("keys/proofs", "keys/public.py", "keys/algorithms.py", "keys/did"),
        *("verifier/status", "verifier/openbadges2", "verifier/formats", "verifier/issuer_key.py"),
        *("verifier/published.py", "verifier/conclude.py", "verifier/policy.py", "verifier/presentation.py"),
    ],
}
SEED = 20_261_125
# The slowest test takes some seconds on a busy machine: what takes this long will not end.
LIMIT = 90
TESTS = (
    *("tests/unit/keys", "tests/unit/verifier", "tests/unit/schemas", "tests/golden"),
    "tests/conformance/test_vectors.py",
)
NOT_ASKED = ("tests/unit/verifier/web", "tests/unit/verifier/test_costs.py")
ALL = [*TESTS, *(f"--ignore={path}" for path in NOT_ASKED)]
_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


class Counts(msgspec.Struct, kw_only=True):
    """What was tried, and how it ended when drawn: `killed` by a test, `timeout`, or among `survivors`.

    Of survivors, `equivalent` says why no test should notice, `killed_since` which test does now.
    """

    seed: int = SEED
    tried: list[str] = []
    killed: int = 0
    timeout: int = 0
    survivors: list[str] = []
    equivalent: dict[str, str] = {}
    killed_since: dict[str, str] = {}
    last_run: str = ""

    @property
    def score(self) -> float:
        """Per cent of all that were drawn, with the tests of that day."""
        return round(100 * (self.killed + self.timeout) / max(1, len(self.tried)), 1)

    @property
    def alive(self) -> list[str]:
        """Survivors that a test should kill and none does."""
        return [name for name in self.survivors if name not in {*self.equivalent, *self.killed_since}]


class Bench:
    """A copy of the tree to do damage in, and what its tests reach when nothing is damaged."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._copy = folder, folder / "tree"
        ignored = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", "*_cache")
        shutil.copytree(ROOT, self._copy, ignore=ignored)
        (folder / "tmp").mkdir()
        data, seconds = folder / "reach", folder / "seconds.json"
        measure = ("coverage", "run", "--rcfile=/dev/null", "--source=keys,verifier", "-m")
        more = {reach.SECONDS: str(seconds), "COVERAGE_FILE": str(data)}
        done = self._start(ALL, measure, more, stdout=subprocess.PIPE)
        said, _ = done.communicate()
        if done.returncode:
            sys.exit(f"The tests fail without any mutant: nothing can be said.\n{said[-2000:].decode()}")
        self._reach = reach.read(self._copy, data, seconds)

    def attempts(self, mutants: list[Mutant]) -> Iterator[tuple[Mutant, Outcome]]:
        """How each one ends; those that need a process of their own come last."""
        slow = [mutant for mutant in mutants if self._reach.imported(mutant)]
        quick = [mutant for mutant in mutants if mutant not in slow]
        for mutant, outcome in self._forked(quick):
            if outcome.end == "unfit":
                slow.append(mutant)
            else:
                yield mutant, outcome
        yield from ((mutant, self._alone(mutant)) for mutant in slow)

    def _forked(self, mutants: list[Mutant]) -> Iterator[tuple[Mutant, Outcome]]:
        plan = self._folder / "plan.json"
        attempts = [Attempt(mutant, self._reach.tests(mutant)) for mutant in mutants]
        plan.write_bytes(msgspec.json.encode(attempts))
        reading, writing = os.pipe()
        more = {PLAN: str(plan), TOLD: str(writing)}
        running = self._start(ALL, (), more, stdout=subprocess.DEVNULL, keep=(writing,))
        os.close(writing)
        with os.fdopen(reading, "rb") as lines:
            outcomes = map(msgspec.json.Decoder(Outcome).decode, lines)
            yield from zip(mutants, outcomes, strict=True)
        running.wait()

    def _alone(self, mutant: Mutant) -> Outcome:
        """With the change in the file, and a process for it."""
        file = self._copy / mutant.path
        was, original = file.stat(), file.read_text()
        file.write_text(apply(original, mutant))
        try:
            tests = self._reach.tests(mutant)
            files = [*dict.fromkeys(test.partition("::")[0] for test in tests)]
            # The nearest first: collecting all of them takes longer than most mutants live.
            for asked in filter(None, (files[:3], files[3:])):
                running = self._start(asked, (), {}, stdout=subprocess.PIPE)
                said = running.communicate()[0].decode()
                if running.returncode:
                    return _ended(said)
            return Outcome("survived", f"{len(files)} files")
        finally:
            file.write_text(original)
            os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))

    def _start(
        self,
        tests: Sequence[str],
        measure: tuple[str, ...],
        more: dict[str, str],
        stdout: int,
        keep: tuple[int, ...] = (),
    ) -> subprocess.Popen[bytes]:
        stop = ("-o", f"faulthandler_timeout={LIMIT}", "-o", "faulthandler_exit_on_timeout=true")
        plugins = ("-p", "no:cacheprovider", "-p", "bench.reach", "-p", "bench.damage", "--hypothesis-seed=0")
        command = [*(sys.executable, "-m"), *measure, *("pytest", "-x", "-q"), *plugins, *stop, *tests]
        places = {"PYTHONPATH": str(self._copy), "TMPDIR": str(self._folder / "tmp")}
        places["ASSAY_CORPORA"] = os.environ.get("ASSAY_CORPORA") or str(ROOT.parent / "shared" / "corpora")
        # Bytecode is kept of the unchanged tree only.
        if not measure:
            places["PYTHONDONTWRITEBYTECODE"] = "1"
        environment = {**os.environ, **places, **more}
        return subprocess.Popen(
            command,
            cwd=self._copy,
            env=environment,
            stdout=stdout,
            stderr=subprocess.STDOUT,
            pass_fds=keep,
        )


def _ended(said: str) -> Outcome:
    if "Timeout (" in said:
        return Outcome("timeout")
    failed = _FAILED.search(said)
    return Outcome("killed", failed[1] if failed else "no test could be run")


def counts() -> dict[str, Counts]:
    """What was done so far of each sample, or the beginning."""
    kept = msgspec.json.decode(COUNTS.read_bytes(), type=dict[str, Counts]) if COUNTS.exists() else {}
    return {name: kept.get(name, Counts()) for name in SAMPLES}


def run(amount: int, sample: str = "rooms") -> Counts:
    """Try so many mutants of a sample's that were not tried before, in any sample."""
    states = counts()
    state = states[sample]
    order = mutants(SAMPLES[sample])
    random.Random(state.seed).shuffle(order)  # noqa: S311 - repeatable, not secret
    tried = {name for each in states.values() for name in each.tried}
    waiting = [mutant for mutant in order if mutant.name not in tried][: max(0, amount)]
    if not waiting:
        return state
    with tempfile.TemporaryDirectory(prefix="assay-mutants-") as folder:
        bench = Bench(Path(folder))
        for mutant, outcome in bench.attempts(waiting):
            state.tried.append(mutant.name)
            state.killed += outcome.end == "killed"
            state.timeout += outcome.end == "timeout"
            if outcome.end == "survived":
                state.survivors.append(mutant.name)
            _write(states, state)
            done = f"{state.score} % of {len(state.tried)}"
            print(f"{outcome.end:9} {mutant.name}  ({outcome.by}; {done})", flush=True)
    return state


def again() -> None:
    """Try the survivors that are still alive: new tests may kill them."""
    states = counts()
    alive = {name: state for state in states.values() for name in state.alive}
    waiting = [mutant for mutant in mutants(SAMPLES["rooms"]) if mutant.name in alive]
    with tempfile.TemporaryDirectory(prefix="assay-mutants-") as folder:
        bench = Bench(Path(folder))
        for mutant, outcome in bench.attempts(waiting):
            if outcome.end != "survived":
                alive[mutant.name].killed_since[mutant.name] = outcome.by or outcome.end
                _write(states, alive[mutant.name])
            print(f"{outcome.end:9} {mutant.name}  ({outcome.by})", flush=True)


def _write(states: dict[str, Counts], state: Counts) -> None:
    state.last_run = datetime.now(UTC).date().isoformat()
    partial = COUNTS.with_suffix(".partial")
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(states), indent=2) + b"\n")
    partial.replace(COUNTS)


if __name__ == "__main__":
    if sys.argv[1:] == ["again"]:
        again()
    else:
        run(int(sys.argv[1]), *sys.argv[2:])
