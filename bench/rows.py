"""A table of bars: what was measured over how many seeds, with its luck, and what it must keep to."""

from collections.abc import Iterable, Sequence
from statistics import fmean, stdev
from typing import Any

from msgspec import Struct, to_builtins


class Row(Struct, frozen=True, kw_only=True):
    """`measured` is to be at most `bar`, or at least where `at_most` is false; without a bar it is only told.

    `error` is the standard error of `measured`, `worst` the seed that did worst (where there are several).
    """

    name: str
    measured: float
    bar: float | None
    at_most: bool = True
    seeds: int = 1
    error: float | None = None
    worst: float | None = None

    @property
    def kept(self) -> bool:
        if self.bar is None:
            return True
        return self.measured <= self.bar if self.at_most else self.measured >= self.bar

    @property
    def verdict(self) -> str:
        if self.bar is None:
            return "told"
        return "met" if self.kept else "MISSED"


def over_seeds(name: str, found: Sequence[float], bar: float | None, *, at_most: bool = True) -> Row:
    """The mean over seeds, with its standard error and the worst of them; raises ValueError without any."""
    if not found:
        raise ValueError(f"{name}: nothing was measured")
    several = len(found) > 1
    return Row(
        name=name,
        measured=fmean(found),
        bar=bar,
        at_most=at_most,
        seeds=len(found),
        error=stdev(found) / len(found) ** 0.5 if several else None,
        worst=(max(found) if at_most else min(found)) if several else None,
    )


def table(rows: Iterable[Row]) -> list[str]:
    """One line a target, and a head."""
    listed = [("", "target", "bar", "measured", "error", "worst", "seeds"), *map(_cells, rows)]
    widths = [max(map(len, column)) for column in zip(*listed, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if at < len(("verdict", "target")) else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in listed
    ]


def as_objects(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """The same for a machine: every member of a row and its verdict (met, MISSED, told), six decimals."""
    return [
        {
            name: round(value, 6) if isinstance(value, float) else value
            for name, value in to_builtins(row).items()
        }
        | {"verdict": row.verdict}
        for row in rows
    ]


def _cells(row: Row) -> tuple[str, ...]:
    bar = "" if row.bar is None else f"{'<=' if row.at_most else '>='} {row.bar:g}"
    figures = ("" if one is None else f"{one:.4f}" for one in (row.measured, row.error, row.worst))
    return row.verdict, row.name, bar, *figures, str(row.seeds)
