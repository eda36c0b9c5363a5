"""The guarded network: the one place from which a verification reaches out."""

import asyncio
import functools
import ssl
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from verifier.fetch import (
    LIMITS,
    NO_ANSWER,
    VERIFIER,
    Answer,
    Clock,
    Fetched,
    Kind,
    Need,
    Unreachable,
    utc_now,
)
from verifier.flights import Flights
from verifier.guard import Target, UrlRefused, aim, authority_of, permitted
from verifier.memory import COPY_AGE, Budget, Memory

if TYPE_CHECKING:
    import httpcore  # only its types: the base install works without it

_ACCEPT: dict[Kind, str] = {
    "issuer_key": "application/did+json, application/jwk+json, application/json",
    "status_list": (
        "application/vc+jwt, application/vc;q=0.9, application/ld+json;q=0.8, application/json;q=0.7,"
        " */*;q=0.1"
    ),
    "credential": "text/plain",
    "badge_object": "application/ld+json, application/json",
    "registry": "application/jwt, application/json;q=0.9",
    "entity_statement": "application/entity-statement+jwt",
}
_SECONDS = 3.0
# Requests within a minute, to one address and in all: a flood of credentials must not become a flood at
# somebody's door, by whatever names it is reached.
_BUDGET = 60
_BUDGET_IN_ALL = 1_200
_ADDRESSES_TRIED = 4
# All that a minute's requests can have gone to.
_BUDGET_ADDRESSES = _BUDGET_IN_ALL * _ADDRESSES_TRIED + 1
_AT_ONCE = 32


class Https:
    """The guarded network: https only, one resolution, pinned public addresses, no redirects, bounded.

    `local_origins` are origins that the *user* names, such as `http://localhost:8000`: plain http is
    permitted to just those, at loopback addresses only. Raises OriginRefused for anything else there.
    Share one between verifications: then a document is asked for once at a time and not again at once, and
    for `copy_age` an earlier answer stands in for a source that cannot be reached (`Fetched.stale`).
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
        copy_age: timedelta = COPY_AGE,
    ) -> None:
        """`resolve`, `network`, `tls` replace the system's; `seconds` bounds each request in all."""
        self._local = tuple(authority_of(origin) for origin in local_origins)
        self._clock = clock
        self._resolve = resolve
        self._network = network
        self._tls = tls
        self._seconds = seconds
        self._memory = Memory(copy_age)
        self._flights = Flights()
        self._budget = Budget(_BUDGET_ADDRESSES)
        self._asking = 0

    async def get(self, need: Need) -> Answer:
        """Look into memory, judge the address, then ask; never raises."""
        now = self._clock()
        answer = self._memory.recall(need, now)
        if answer is None:  # what is remembered was judged when it was asked for
            try:
                target = aim(need.url, self._local, link=need.kind == "credential")
            except UrlRefused as refused:
                return Unreachable(need.url, "fetch.refused", str(refused))
            answer = await self._flights.join(need, lambda: self._within_bounds(need, target))
            now = self._clock()
        return self._memory.instead(need, answer, now)

    async def _within_bounds(self, need: Need, target: Target) -> Answer:
        """Ask, unless too much is being asked already."""
        now = self._clock()
        if self._asking >= _AT_ONCE:
            return Unreachable(target.url, "fetch.busy", "Too many addresses are being asked just now.")
        if not target.local and not self._budget.allows("", now, _BUDGET_IN_ALL):
            return Unreachable(target.url, "fetch.budget", "Too many addresses were asked within a minute.")
        self._asking += 1
        try:
            answer, etag = await self._ask(need, target)
        finally:
            self._asking -= 1
        self._memory.keep(need, answer, now, etag)
        return answer

    async def _ask(self, need: Need, target: Target) -> tuple[Answer, str | None]:
        """The answer, and the entity tag by which to ask whether it changed."""
        try:
            from verifier import wire  # noqa: PLC0415 — httpcore is an extra, and most verifications need no network
        except ImportError:
            detail = 'Install "assay[online]" to fetch over the network.'
            return Unreachable(need.url, "fetch.not_installed", detail), None
        known = self._memory.etag(need)
        try:
            async with asyncio.timeout(self._seconds):
                addresses = await (self._resolve or wire.resolve)(target.host, target.port)
                refused = self._judge(target, addresses)
                if refused is not None:
                    return refused, None
                reply = await wire.ask(
                    target,
                    addresses[:_ADDRESSES_TRIED],
                    headers=_headers(need.kind, known),
                    limit=LIMITS[need.kind],
                    network=self._network,
                    tls=self._tls or _system_tls(),
                )
        except TimeoutError:
            detail = f"No full answer within {self._seconds:g} seconds."
            return Unreachable(target.url, "fetch.timeout", detail), None
        except wire.WireFailed as failed:
            return Unreachable(target.url, failed.code, failed.detail, failed.status), None
        if reply.status == wire.NOT_MODIFIED:
            unchanged = self._memory.unchanged(need, self._clock()) if known is not None else None
            detail = "The answer is that nothing changed, which was not asked."
            return unchanged or Unreachable(target.url, "fetch.status", detail), known
        fetched = Fetched(
            url=target.url,
            body=reply.body,
            media_type=reply.media_type,
            status=reply.status,
            fetched_at=self._clock(),
            source=f"{target.scheme}://{target.authority}",
        )
        return fetched, reply.etag

    def _judge(self, target: Target, addresses: tuple[str, ...]) -> Unreachable | None:
        """Why these addresses are not asked; None where they may be."""
        if not addresses or not all(permitted(found, local=target.local) for found in addresses):
            return Unreachable(target.url, "fetch.failed", NO_ANSWER)
        now, tried = self._clock(), addresses[:_ADDRESSES_TRIED]
        if not target.local and not all(self._budget.allows(one, now, _BUDGET) for one in tried):
            detail = "This address was asked too often within a minute."
            return Unreachable(target.url, "fetch.budget", detail)
        return None


@functools.cache
def _system_tls() -> ssl.SSLContext:
    """Loading the trusted roots takes 20 ms: once."""
    return ssl.create_default_context()


def _headers(kind: Kind, known: str | None) -> list[tuple[str, str]]:
    usual = [("Accept", _ACCEPT[kind]), ("Accept-Encoding", "identity"), ("User-Agent", VERIFIER)]
    return usual if known is None else [*usual, ("If-None-Match", known)]
