"""`make bench`: what it costs to verify and to sign, against bare cryptography and against peers.

Prints a table to standard error and one JSON object to standard output. Every figure is a ratio of the lower
quartiles of CPU times, measured in turns within one run; docs/performance.md explains the bars.
"""

import sys
from collections.abc import Callable

import msgspec

from bench import http, jose, rdf, verification

Row = tuple[str, float, float]

# Each module's `rows` measures, and first asserts that the functions it times refuse mutants.
MODULES: tuple[Callable[[], list[Row]], ...] = (verification.rows, http.rows, jose.rows, rdf.rows)


def main() -> None:
    """Measure and print."""
    found = [row for rows in MODULES for row in rows()]
    print(f"{'ratio':>8} {'bar':>8}   what", file=sys.stderr)
    for name, bar, ratio in found:
        # A name that ends in "faster" has a bar that must be reached, the others one that must be kept.
        kept = ratio >= bar if name.endswith(("faster", "requests a second")) else ratio <= bar
        print(f"{ratio:8.2f} {bar:8.2f} {' ' if kept else '!'} {name}", file=sys.stderr)
    rows = [{"name": name, "bar": bar, "ratio": round(ratio, 3)} for name, bar, ratio in found]
    print(msgspec.json.encode(rows).decode())


if __name__ == "__main__":
    main()
