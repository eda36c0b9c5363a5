"""The only door to the world: what the pipeline may ask (`Need`), and who may answer.

`Offline` never does, `Snapshot` (verifier.trust) reads a folder, `Https` (verifier.https) asks over the
guarded network, `First` asks several in turn.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from importlib import metadata
from typing import Final, Literal, Protocol

from msgspec import Struct

Kind = Literal["issuer_key", "status_list", "credential", "badge_object", "registry", "entity_statement"]
Clock = Callable[[], datetime]

OK: Final = 200
GONE: Final = 410

VERSION = metadata.version("assay")
# This verifier's name and version, as reports and requests carry it.
VERIFIER = f"assay/{VERSION}"

# Bytes at most, by what is asked for.
LIMITS: dict[Kind, int] = {
    "issuer_key": 65_536,
    "status_list": 1_048_576,
    "credential": 262_144,
    "badge_object": 262_144,
    "registry": 1_048_576,
    "entity_statement": 262_144,
}

# What these say is of ourselves at that moment, not of the address.
OWN_LIMITS: Final = frozenset({"fetch.budget", "fetch.busy"})

# One sentence for no such host, no public host and no answer: others must not learn what is in our network.
NO_ANSWER: Final = "Nobody answers there."


class Need(Struct, frozen=True):
    """One thing that the pipeline cannot know by itself."""

    kind: Kind
    url: str


class Fetched(Struct, frozen=True):
    """An answer: `status` is 200, or 410 where it is gone for good; `source` names who answered.

    `url` is what was really read: did:web says https, also of a local service that is reached by http.
    `stale` says why the source could not be asked again: then this is its earlier answer, of `fetched_at`
    (RFC 5861, section 4: stale-if-error).
    """

    url: str
    body: bytes
    media_type: str
    status: int
    fetched_at: datetime
    source: str
    stale: "Unreachable | None" = None


class Unreachable(Struct, frozen=True):
    """No answer; `detail` is a sentence, `status` the HTTP status where there was one.

    Codes: fetch.offline, fetch.refused, fetch.failed, fetch.timeout, fetch.unavailable, fetch.redirect,
    fetch.status, fetch.too_large, fetch.budget, fetch.busy, fetch.not_installed.
    """

    url: str
    code: str
    detail: str
    status: int | None = None


Answer = Fetched | Unreachable


def present(answer: Answer) -> Answer:
    """The answer; what is gone for good is as little there as what cannot be reached."""
    if isinstance(answer, Fetched) and answer.status == GONE:
        return Unreachable(answer.url, "fetch.status", "It was withdrawn.", GONE)
    return answer


class Fetch(Protocol):
    """Answers needs, and never raises."""

    async def get(self, need: Need) -> Answer:
        """Fetch `need.url`, or say why not."""
        ...


class Offline:
    """Nobody is asked."""

    async def get(self, need: Need) -> Answer:
        """Say that nobody was asked."""
        return Unreachable(need.url, "fetch.offline", "Nothing is fetched: the verifier works offline.")


class First:
    """The first source that answers; the last one's reason if none does."""

    def __init__(self, *fetches: Fetch) -> None:
        """Sources in the order in which they are asked."""
        self._fetches = fetches

    async def get(self, need: Need) -> Answer:
        """Ask one after the other."""
        answer = await Offline().get(need)
        for fetch in self._fetches:
            answer = await fetch.get(need)
            if isinstance(answer, Fetched):
                break
        return answer


class WithoutLinks:
    """A source that opens no links: what a credential's own verification needs is asked all the same."""

    def __init__(self, fetch: Fetch) -> None:
        """`fetch` answers the rest."""
        self._fetch = fetch

    async def get(self, need: Need) -> Answer:
        """Ask, unless it is a link."""
        if need.kind == "credential":
            return Unreachable(
                need.url, "fetch.refused", "Links are not opened here: hand over what is behind."
            )
        return await self._fetch.get(need)


def utc_now() -> datetime:
    """The system's clock."""
    return datetime.now(UTC)
