"""The only door to the world: what the pipeline may ask (`Need`), and who may answer.

`Offline` never does, `Snapshot` (verifier.trust) reads a folder, `Https` asks over the guarded network,
`First` asks several in turn.
"""

import asyncio
import functools
import ssl
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from msgspec import Struct

from verifier.guard import Target, UrlRefused, aim, authority_of, permitted

if TYPE_CHECKING:
    import httpcore  # only its types: the base install works without it

Kind = Literal["issuer_key", "status_list", "credential"]
Clock = Callable[[], datetime]

OK: Final = 200
GONE: Final = 410

VERSION = metadata.version("assay")
# This verifier's name and version, as reports and requests carry it.
VERIFIER = f"assay/{VERSION}"

# Bytes at most, by what is asked for.
LIMITS: dict[Kind, int] = {"issuer_key": 65_536, "status_list": 1_048_576, "credential": 262_144}

_ACCEPT: dict[Kind, str] = {
    "issuer_key": "application/did+json, application/jwk+json, application/json",
    "status_list": "application/vc+jwt",
    "credential": "text/plain",
}
# Seconds for which an answer may be given again: a withdrawal must show, a share link may be closed.
_GREATEST_AGE: dict[Kind, int] = {"issuer_key": 60, "status_list": 10, "credential": 0}
_NEGATIVE_AGE = 10
_REMEMBERED_BYTES = 16_777_216
_SECONDS = 3.0
# Requests within a minute, to one address and in all: a flood of credentials must not become a flood at
# somebody's door, by whatever names it is reached.
_BUDGET = 60
_BUDGET_IN_ALL = 1_200
_ADDRESSES_TRIED = 4
# All that a minute's requests can have gone to.
_BUDGET_ADDRESSES = _BUDGET_IN_ALL * _ADDRESSES_TRIED + 1
_AT_ONCE = 32
# What these say is of ourselves, not of the address.
_OWN = frozenset({"fetch.budget", "fetch.busy"})

# One sentence for no such host, no public host and no answer: others must not learn what is in our network.
NO_ANSWER: Final = "Nobody answers there."


class Need(Struct, frozen=True):
    """One thing that the pipeline cannot know by itself."""

    kind: Kind
    url: str


class Fetched(Struct, frozen=True):
    """An answer: `status` is 200, or 410 where it is gone for good; `source` names who answered.

    `url` is what was really read: did:web says https, also of a local service that is reached by http.
    """

    url: str
    body: bytes
    media_type: str
    status: int
    fetched_at: datetime
    source: str


class Unreachable(Struct, frozen=True):
    """No answer; `detail` is a sentence.

    Codes: fetch.offline, fetch.refused, fetch.failed, fetch.timeout, fetch.redirect, fetch.status,
    fetch.too_large, fetch.budget, fetch.busy, fetch.not_installed.
    """

    url: str
    code: str
    detail: str


Answer = Fetched | Unreachable


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


def utc_now() -> datetime:
    """The system's clock."""
    return datetime.now(UTC)


class Https:
    """The guarded network: https only, one resolution, pinned public addresses, no redirects, bounded.

    `local_origins` are origins that the *user* names, such as `http://localhost:8000`: plain http is
    permitted to just those, at loopback addresses only. Raises OriginRefused for anything else there.
    """

    def __init__(
        self,
        local_origins: Iterable[str] = (),
        *,
        clock: Clock = utc_now,
        resolve: Callable[[str, int], Any] | None = None,
        network: "httpcore.AsyncNetworkBackend | None" = None,
        tls: ssl.SSLContext | None = None,
        seconds: float = _SECONDS,
    ) -> None:
        """`resolve`, `network`, `tls` replace the system's; `seconds` bounds each request in all."""
        self._local = tuple(authority_of(origin) for origin in local_origins)
        self._clock = clock
        self._resolve = resolve
        self._network = network
        self._tls = tls
        self._seconds = seconds
        self._memory = _Memory()
        self._budget = _Budget()
        self._asking = 0

    async def get(self, need: Need) -> Answer:
        """Judge the address, look into memory, then ask; never raises."""
        try:
            target = aim(need.url, self._local, link=need.kind == "credential")
        except UrlRefused as refused:
            return Unreachable(need.url, "fetch.refused", str(refused))
        now = self._clock()
        remembered = self._memory.recall(need, now)
        if remembered is not None:
            return remembered
        if self._asking >= _AT_ONCE:
            return Unreachable(target.url, "fetch.busy", "Too many addresses are being asked just now.")
        if not target.local and not self._budget.allows("", now, _BUDGET_IN_ALL):
            return Unreachable(target.url, "fetch.budget", "Too many addresses were asked within a minute.")
        self._asking += 1
        try:
            answer = await self._ask(need, target, now)
        finally:
            self._asking -= 1
        if isinstance(answer, Fetched) or answer.code not in _OWN:
            self._memory.keep(need, answer, now)
        return answer

    async def _ask(self, need: Need, target: Target, now: datetime) -> Answer:
        try:
            from verifier import wire  # noqa: PLC0415 — httpcore is an extra, and most verifications need no network
        except ImportError:
            detail = 'Install "assay[online]" to fetch over the network.'
            return Unreachable(need.url, "fetch.not_installed", detail)
        try:
            async with asyncio.timeout(self._seconds):
                addresses = await (self._resolve or wire.resolve)(target.host, target.port)
                if not addresses or not all(permitted(found, local=target.local) for found in addresses):
                    return Unreachable(target.url, "fetch.failed", NO_ANSWER)
                tried = addresses[:_ADDRESSES_TRIED]
                if not target.local and not all(self._budget.allows(one, now, _BUDGET) for one in tried):
                    detail = "This address was asked too often within a minute."
                    return Unreachable(target.url, "fetch.budget", detail)
                reply = await wire.ask(
                    target,
                    tried,
                    headers=_headers(need.kind),
                    limit=LIMITS[need.kind],
                    network=self._network,
                    tls=self._tls or _system_tls(),
                )
        except TimeoutError:
            return Unreachable(
                target.url, "fetch.timeout", f"No full answer within {self._seconds:g} seconds."
            )
        except wire.WireFailed as failed:
            return Unreachable(target.url, failed.code, failed.detail)
        return Fetched(
            url=target.url,
            body=reply.body,
            media_type=reply.media_type,
            status=reply.status,
            fetched_at=self._clock(),
            source=f"{target.scheme}://{target.authority}",
        )


@functools.cache
def _system_tls() -> ssl.SSLContext:
    """Loading the trusted roots takes 20 ms: once."""
    return ssl.create_default_context()


def _headers(kind: Kind) -> list[tuple[str, str]]:
    return [("Accept", _ACCEPT[kind]), ("Accept-Encoding", "identity"), ("User-Agent", VERIFIER)]


class _Memory:
    """Answers for a short while, refusals too, within a bound of bytes; the oldest are dropped first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Need, tuple[Answer, datetime]] = OrderedDict()
        self._bytes = 0

    def recall(self, need: Need, now: datetime) -> Answer | None:
        kept = self._kept.get(need)
        return kept[0] if kept is not None and now < kept[1] else None

    def keep(self, need: Need, answer: Answer, now: datetime) -> None:
        age = _GREATEST_AGE[need.kind] if isinstance(answer, Fetched) else _NEGATIVE_AGE
        if need in self._kept:
            self._drop(need)
        if not age:
            return
        self._kept[need] = answer, now + timedelta(seconds=age)
        self._bytes += _size(need, answer)
        while self._bytes > _REMEMBERED_BYTES:
            self._drop(next(iter(self._kept)))

    def _drop(self, need: Need) -> None:
        answer, _ = self._kept.pop(need)
        self._bytes -= _size(need, answer)


def _size(need: Need, answer: Answer) -> int:
    return 1_024 + len(need.url) + (len(answer.body) if isinstance(answer, Fetched) else 0)


class _Budget:
    """How often each address was asked within the current minute."""

    def __init__(self) -> None:
        self._asked: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def allows(self, address: str, now: datetime, most: int) -> bool:
        minute = int(now.timestamp()) // 60
        last, count = self._asked.pop(address, (minute, 0))
        count = count + 1 if last == minute else 1
        self._asked[address] = minute, count
        if len(self._asked) > _BUDGET_ADDRESSES:
            self._asked.popitem(last=False)
        return count <= most
