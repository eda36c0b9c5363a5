"""`make soak`: the long versions of what the tests do briefly, with their counts in docs/soak.json.

`python -m bench.soak NAME …` runs some of the stages only. Those of mutants of our own code stand in
docs/mutants.json (bench/mutants.py), and the long simulations are in bench/long.py.

Seeded and resumable: each batch writes what is done, and the next run goes on from there. A stage that found
something keeps the number of the case, and the seed with that number makes the same case again.
"""

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import UNSET, UnsetType

from bench import mutants as drawn
from bench import mutations, replays
from bench.long import LONG, Long, add
from bench.material import NOW
from bench.rows import table
from verifier import Offline, averify

ROOT = Path(__file__).parents[1]
COUNTS = ROOT / "docs" / "soak.json"
SEED = 20_261_123
LONG_SEED = 1_001  # other ones than those of `make bench-measurement`
BATCH = 1_000
MUTANTS = 300  # drawn of `keys` and `verifier`; a survivor is a question, not a failure


class Stage(msgspec.Struct, kw_only=True):
    """How far a stage has come: `found` holds the numbers of the cases that went wrong.

    A simulation counts seeds, from `seed` on, and keeps what each came to in `figures`; `found` are then the
    places in its table of bars that are missed.
    """

    seed: int = SEED
    target: int
    done: int = 0
    found: list[int] = []
    last_run: str = ""
    figures: dict[str, list[float]] | UnsetType = UNSET


Case = Callable[[random.Random], bool]


def stages() -> dict[str, Stage]:
    """What was done so far, or the beginning."""
    fresh = {
        "mutations": Stage(target=100_000, seed=20_261_125),
        "bytes": Stage(target=1_000_000),
        "kills": Stage(target=1_000),
        "guesses": Stage(target=100_000),
        "replays": Stage(target=1_000),
        **{name: Stage(target=long.seeds, seed=LONG_SEED, figures={}) for name, long in LONG.items()},
    }
    kept = msgspec.json.decode(COUNTS.read_bytes(), type=dict[str, Stage]) if COUNTS.exists() else {}
    return {**fresh, **kept}


def main() -> None:
    """Run each stage to its target, or those that are named; the exit status is 1 if anything was found."""
    state = stages()
    asked = sys.argv[1:] or [*state, "mutants"]
    loop = asyncio.new_event_loop()
    for name, long in LONG.items():
        if name in asked:
            _long(name, state, long)
    cases = {"replays": replays.case, "mutations": _mutation(loop), "bytes": _bytes(loop)}
    for name, case in cases.items():
        if name in asked:
            _run(name, state, case, 50 if name == "replays" else BATCH)
    if "guesses" in asked:
        _tests(state, "guesses", "tests/unit/sharing/test_guesses.py", "ASSAY_GUESSES", 20_000)
    if "kills" in asked:
        _tests(state, "kills", "tests/faults/test_issuing_kills.py", "ASSAY_KILLS", 50)
    loop.close()
    if "mutants" in asked:
        counted = drawn.run(MUTANTS - len(drawn.counts()["rooms"].tried))
        print(f"mutants: {counted.score} % of {len(counted.tried)} killed when drawn", flush=True)
        print(f"mutants that no test kills yet: {', '.join(counted.alive) or 'none'}", flush=True)
    if any(state[name].found for name in asked if name in state):
        sys.exit(1)


def _long(name: str, state: dict[str, Stage], long: Long) -> None:
    """Go on with a simulation, seed by seed, and print its table."""
    stage = state[name]
    figures = stage.figures or {}
    while stage.done < stage.target:
        add(figures, long.one(stage.seed + stage.done))
        stage.figures = figures
        rows = long.rows(figures)
        stage.found = [place for place, row in enumerate(rows) if not row.kept]
        _note(state, stage, stage.done + 1)
        print(f"{name}: {stage.done} of {stage.target} seeds", flush=True)
    print("\n".join(table(long.rows(figures))), flush=True)


def _run(name: str, state: dict[str, Stage], case: Case, batch: int) -> None:
    stage = state[name]
    while stage.done < stage.target:
        end = min(stage.done + batch, stage.target)
        stage.found += [
            number
            for number in range(stage.done, end)
            if not case(random.Random(f"{stage.seed}/{name}/{number}"))  # noqa: S311 - repeatable, not secret
        ]
        _note(state, stage, end)
        print(f"{name}: {stage.done} of {stage.target}, {len(stage.found)} found", flush=True)


def _mutation(loop: asyncio.AbstractEventLoop) -> Case:
    """Genuine credentials of every form, damaged: never valid, always a Report."""
    cases = mutations.controls()

    def case(chance: random.Random) -> bool:
        control = chance.choice(cases)
        evidence = mutations.damaged(control, cases, chance)
        if evidence is None:
            return True
        return loop.run_until_complete(mutations.judged(control, evidence)).verdict != "valid"

    return case


def _bytes(loop: asyncio.AbstractEventLoop) -> Case:
    """Any bytes: a Report, never an exception, never valid."""

    def case(chance: random.Random) -> bool:
        begin = chance.choice((b"", b"{", b"[", b"eyJ", b'{"@context":', b"https://", b"\x89PNG", b"\xff"))
        junk = begin + chance.randbytes(chance.randint(0, 200))
        try:
            report = loop.run_until_complete(averify(junk, fetch=Offline(), clock=lambda: NOW))
        except Exception:  # noqa: BLE001 - whatever escapes is what this looks for
            return False
        return report.verdict != "valid"

    return case


def _tests(state: dict[str, Stage], name: str, path: str, amount: str, size: int) -> None:
    """Run a test in its long form, `size` cases a batch; a batch that fails is noted by its first case."""
    stage = state[name]
    while stage.done < stage.target:
        batch = min(size, stage.target - stage.done)
        command = [sys.executable, "-m", "pytest", "-q", path]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, amount: str(batch)}, check=False)
        if done.returncode:
            stage.found.append(stage.done)
        _note(state, stage, stage.done + batch)


def _note(state: dict[str, Stage], stage: Stage, done: int) -> None:
    stage.done, stage.last_run = done, datetime.now(UTC).date().isoformat()
    partial = COUNTS.with_suffix(".partial")
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(state), indent=2) + b"\n")
    partial.replace(COUNTS)


if __name__ == "__main__":
    main()
