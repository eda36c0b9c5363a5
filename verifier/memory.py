"""What the guarded network remembers: answers for a short while, and copies for when nobody answers.

RFC 5861, section 4 (stale-if-error): where a source cannot be reached, or fails on its own side, its earlier
answer may be used up to a stated age, and says so. Whoever answers that there is nothing (404), something
else, or nothing any more (410) has answered: then no copy is used.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from verifier.fetch import OWN_LIMITS, Answer, Fetched, Kind, Need, Unreachable

# Anybody can use up our own limits, by asking for what is not there: that must not keep a withdrawal quiet
# for longer than a list is kept anyway.
_OURS_TO_ASK: Final = timedelta(minutes=5)
_WITHDRAWALS: Final = frozenset({"status_list", "badge_object"})
# For how long a copy stands in for a source that cannot be reached, unless the caller says otherwise.
COPY_AGE: Final = timedelta(hours=24)

# Seconds for which an answer may be given again: a withdrawal must show, a share link may be closed.
_FRESH: dict[Kind, int] = {
    "issuer_key": 60,
    "status_list": 10,
    "credential": 0,
    "badge_object": 10,
    "registry": 300,
    "entity_statement": 300,
}
_NEGATIVE = 10
_BYTES = 16_777_216
# These say that there was no answer, and nothing about what the source would have answered.
_OUTAGES = OWN_LIMITS | {"fetch.failed", "fetch.timeout", "fetch.unavailable"}


class _Kept(Struct, frozen=True):
    """The last answer of a source, and the failure that came after it, if any, until when."""

    until: datetime
    answer: Fetched | None = None
    etag: str | None = None
    failure: Unreachable | None = None


class Memory:
    """Bounded in bytes; what was not used for longest is dropped first. `copy_age` bounds the copies."""

    def __init__(self, copy_age: timedelta = COPY_AGE) -> None:
        """Nothing is known yet."""
        self._copy_age = copy_age
        self._kept: OrderedDict[Need, _Kept] = OrderedDict()
        self._bytes = 0

    def recall(self, need: Need, now: datetime) -> Answer | None:
        """The last answer or failure, while it is fresh."""
        kept = self._kept.get(need)
        if kept is None or now >= kept.until:
            return None
        self._kept.move_to_end(need)
        return kept.failure or kept.answer

    def instead(self, need: Need, answer: Answer, now: datetime) -> Answer:
        """The earlier answer where this one is an outage and the copy is not too old; else this one."""
        kept = self._kept.get(need)
        if isinstance(answer, Fetched) or answer.code not in _OUTAGES or kept is None or kept.answer is None:
            return answer
        ours = answer.code in OWN_LIMITS and need.kind in _WITHDRAWALS
        if now - kept.answer.fetched_at > (min(self._copy_age, _OURS_TO_ASK) if ours else self._copy_age):
            return answer
        self._kept.move_to_end(need)
        return msgspec.structs.replace(kept.answer, stale=answer)

    def etag(self, need: Need) -> str | None:
        """The entity tag to ask with (RFC 9110, section 13.1.2)."""
        kept = self._kept.get(need)
        return None if kept is None else kept.etag

    def unchanged(self, need: Need, now: datetime) -> Fetched | None:
        """The answer that the source has just confirmed (304); None where it is no longer held."""
        kept = self._kept.get(need)
        if kept is None or kept.answer is None:
            return None
        return msgspec.structs.replace(kept.answer, fetched_at=now)

    def keep(self, need: Need, answer: Answer, now: datetime, etag: str | None = None) -> None:
        """Remember an answer in place of the one before; an outage leaves the copy where it is."""
        if isinstance(answer, Fetched):
            kept = _Kept(now + timedelta(seconds=_FRESH[need.kind]), answer, etag)
            if _FRESH[need.kind]:
                self._put(need, kept)
        elif answer.code not in OWN_LIMITS:
            until = now + timedelta(seconds=_NEGATIVE)
            before = self._kept.get(need)
            if before is not None and answer.code in _OUTAGES:
                self._put(need, _Kept(until, before.answer, before.etag, answer))
            else:
                self._put(need, _Kept(until, failure=answer))

    def _put(self, need: Need, kept: _Kept) -> None:
        if need in self._kept:
            self._drop(need)
        self._kept[need] = kept
        self._bytes += _size(need, kept)
        while self._bytes > _BYTES:
            self._drop(next(iter(self._kept)))

    def _drop(self, need: Need) -> None:
        self._bytes -= _size(need, self._kept.pop(need))


def _size(need: Need, kept: _Kept) -> int:
    return 1_024 + len(need.url) + (len(kept.answer.body) if kept.answer is not None else 0)


class Budget:
    """How often each address was asked within the current minute; bounded by `addresses`."""

    def __init__(self, addresses: int) -> None:
        """Nobody was asked yet."""
        self._addresses = addresses
        self._asked: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def allows(self, address: str, now: datetime, most: int) -> bool:
        """Count one more request to this address, and say whether it is within `most` a minute."""
        minute = int(now.timestamp()) // 60
        last, count = self._asked.pop(address, (minute, 0))
        count = count + 1 if last == minute else 1
        self._asked[address] = minute, count
        if len(self._asked) > self._addresses:
            self._asked.popitem(last=False)
        return count <= most
