"""Counting people, wherever the report does: of each one session, however often they come back. Pure.

Only that makes twenty people of twenty. Areas, exposure and leak count answers and sessions instead: they say
how questions are asked and how they fare, not how anybody did; and as long as a bank has others, a person is
asked none twice.
"""

from collections.abc import Iterable
from typing import Protocol, TypeVar
from uuid import UUID


class OfPerson(Protocol):
    """A session, or what is counted of one."""

    @property
    def person_id(self) -> UUID:
        """Whose it is; the session's own id where that was forgotten."""
        ...


Of = TypeVar("Of", bound=OfPerson)


def one_each(found: Iterable[Of]) -> tuple[Of, ...]:
    """The first of each person's: which one counts is for whoever orders them."""
    counted: dict[UUID, Of] = {}
    for one in found:
        counted.setdefault(one.person_id, one)
    return tuple(counted.values())
