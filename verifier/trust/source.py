"""What a source of trust is: it has a name, is asked about an issuer, and says one thing about it."""

from collections.abc import Generator
from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct

from verifier.fetch import GONE, Answer, Fetched, Need, Unreachable

# `own`: an organisation of this very service. `lapsed`: listed, but for another time. The last three say that
# the source could not be asked, does not count (its signature, its shape), or is past its own end.
Says = Literal["own", "vouched", "distrusted", "not_listed", "lapsed", "unreachable", "invalid", "stale"]


class Standing(Struct, frozen=True):
    """What a named source says of an issuer, in a sentence, and when that was obtained.

    `names` are those under which the source knows the issuer; empty where it does not say.
    """

    source: str
    says: Says
    statement: str
    at: datetime | None = None
    names: tuple[str, ...] = ()


class Source(Protocol):
    """Says what it knows of an issuer; None where it has nothing to say, not even that it knows none."""

    def ask(self, issuer_id: str, now: datetime) -> Generator[Need, Answer, Standing | None]:
        """Ask; what must be fetched is yielded, and only after the credential's signature was found good."""
        ...


class Refused(Exception):  # noqa: N818 — the house's name: what a refusal is, not that it is an error
    """Why what a source published does not count; `says` is one of the last three."""

    def __init__(self, says: Says, detail: str) -> None:
        super().__init__(detail)
        self.says = says
        self.detail = detail


def fetched(need: Need) -> Generator[Need, Answer, Fetched]:
    """The answer to a need; raises Refused where there is none or where it is gone for good."""
    answer = yield need
    if isinstance(answer, Unreachable):
        raise Refused("unreachable", answer.detail)
    if answer.status == GONE:
        raise Refused("unreachable", "It is no longer there.")
    return answer
