"""A line of a table of bars: what was measured, and what it must keep to."""

from typing import NamedTuple


class Row(NamedTuple):
    """`measured` is to be at most `bar`, or at least where `at_most` is false."""

    name: str
    measured: float
    bar: float
    at_most: bool = True

    @property
    def kept(self) -> bool:
        return self.measured <= self.bar if self.at_most else self.measured >= self.bar
