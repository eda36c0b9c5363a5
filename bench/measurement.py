"""`make bench-measurement`: every bar of the measurement, one line a target, with its luck.

    python -m bench.measurement [--seeds N] [--first SEED] [--json FILE]

Everything is drawn from seeds: the same command gives the same figures, but for the two that are times.
The exit status is 1 if a bar is missed. docs/measurement.md says what each line means.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from bench import adaptive, calibration, dif, fairness, replays, uncalibrated
from bench.rows import Row, as_objects, table

SEEDS, FEWEST = 10, 6
A_BANK = FEWEST  # SYNTHETIC is one bank: its seeds draw people only


def parts(seeds: Sequence[int]) -> tuple[Callable[[], list[Row]], ...]:
    """What is measured, in the order of the table; each part by itself."""
    twice, first = range(seeds[0], seeds[0] + 2 * len(seeds)), seeds[0]
    return (
        lambda: calibration.rows(seeds),
        lambda: _adaptive(seeds),
        lambda: _synthetic(seeds[:A_BANK]),
        lambda: uncalibrated.rows(twice),
        lambda: dif.rows(range(first, first + max(dif.SAMPLES, 40 * len(seeds)))),
        lambda: [fairness.leaks(seeds[:A_BANK])],
        lambda: replays.rows(seed=first),
    )


def _adaptive(seeds: Sequence[int]) -> list[Row]:
    found = adaptive.worlds(seeds)
    return [*adaptive.rows(found), *adaptive.told(found)]


def _synthetic(seeds: Sequence[int]) -> list[Row]:
    found = adaptive.worlds(seeds, adaptive.synthetic)
    return [msgspec.structs.replace(row, name=f"SYNTHETIC: {row.name}") for row in adaptive.rows(found)]


def measured(seeds: Sequence[int]) -> Iterator[Row]:
    """Every row; how long each part took goes to standard error."""
    for part in parts(seeds):
        begun = time.perf_counter()
        found = part()
        print(f"{time.perf_counter() - begun:6.0f} s  {found[0].name} …", file=sys.stderr, flush=True)
        yield from found


def main() -> None:
    """Measure, print, and say by the exit status whether every bar is met."""
    asked = argparse.ArgumentParser(prog="bench.measurement", description=__doc__)
    asked.add_argument("--seeds", type=int, default=SEEDS, help=f"how many, {FEWEST} or more ({SEEDS})")
    asked.add_argument("--first", type=int, default=1, help="the first seed (1)")
    asked.add_argument("--json", type=Path, metavar="FILE", help="write the table as JSON too")
    given = asked.parse_args()
    if given.seeds < FEWEST:
        asked.error(f"fewer than {FEWEST} seeds say too little")
    rows = list(measured(range(given.first, given.first + given.seeds)))
    print("\n".join(table(rows)))
    if given.json:
        given.json.write_bytes(msgspec.json.format(msgspec.json.encode(as_objects(rows)), indent=2) + b"\n")
    missed = [row.name for row in rows if not row.kept]
    print(f"\n{len(missed)} of {sum(row.bar is not None for row in rows)} bars missed.")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
