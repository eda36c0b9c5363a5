"""Whom the caller trusts: its sources in the order in which they are asked."""

from collections.abc import Callable, Generator, Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct, field

from verifier.fetch import Answer, Need
from verifier.trust.own import Own, nobody
from verifier.trust.pinned import Pinned
from verifier.trust.source import Source, Standing


class StatusCause(Struct, frozen=True):
    """Why a status bit is set, which only the issuer's own service knows; `since` in UTC."""

    cause: Literal["suspended", "revoked", "superseded"]
    since: datetime | None = None


def no_cause(_list_url: str, _index: int) -> StatusCause | None:
    """Nobody says why a bit is set."""
    return None


class TrustStore(Struct, frozen=True):
    """Pinned issuers (issuer id to who vouches for it), registries, and what one's own service knows.

    `own` says whether an issuer is one of ours; `cause` says why a bit of a list is set. `pinned_at` is
    when the pinned issuers were written down; `sources` are registries and federations (docs/trust.md).
    """

    pinned: Mapping[str, str] = field(default_factory=dict)
    own: Callable[[str], bool] = nobody
    cause: Callable[[str, int], StatusCause | None] = no_cause
    pinned_at: datetime | None = None
    sources: tuple[Source, ...] = ()

    def standing(self, issuer_id: str, now: datetime) -> Generator[Need, Answer, tuple[Standing, ...]]:
        """What every source says of this issuer. Of our own organisations nobody else is asked."""
        # The first two answer at once: every verification asks them.
        own = Own(self.own).said(issuer_id)
        if own is not None:
            return (own,)
        pinned = Pinned(self.pinned, self.pinned_at).said(issuer_id)
        told = [] if pinned is None else [pinned]
        for source in self.sources:
            said = yield from source.ask(issuer_id, now)
            if said is not None:
                told.append(said)
        return tuple(told)

    def status_cause(self, list_url: str, index: int) -> StatusCause | None:
        """Why the bit at `index` of the list is set, or None where nobody here knows."""
        return self.cause(list_url, index)
