"""What a process has seen: saves work, and keeps old status lists from passing for current ones."""

from collections import OrderedDict
from datetime import datetime
from typing import Any

_LISTS = 4_096
_WITHDRAWN = 65_536
_VERIFIED_BYTES = 33_554_432
_ONCE = 65_536


class Verified:
    """What was made of bytes that were verified, by those bytes or their digest, and what else it rests on.

    Bounded in bytes; what was not used for longest goes first.
    """

    def __init__(self) -> None:
        """Nothing was verified yet."""
        self._held: OrderedDict[tuple[str | bytes, ...], tuple[Any, int]] = OrderedDict()
        self._bytes = 0

    def get(self, key: tuple[str | bytes, ...]) -> Any:
        """What `put` was given for this key; None where it is not held."""
        held = self._held.get(key)
        if held is None:
            return None
        self._held.move_to_end(key)
        return held[0]

    def put(self, key: tuple[str | bytes, ...], verified: Any, size: int) -> None:
        """Keep what was made of the bytes in `key`."""
        self._bytes += size - self._held.pop(key, (None, 0))[1]
        self._held[key] = verified, size
        while self._bytes > _VERIFIED_BYTES:
            _, (_, dropped) = self._held.popitem(last=False)
            self._bytes -= dropped


class Seen:
    """When each list was issued at the latest, and what it withdrew, as long as this lives; bounded.

    `lists` are status lists that were verified, `genuine` credentials, taken apart: those that came more than
    once, since most come once and would only drive out the others. Share one between verifications of a
    process; without one, each verification starts from nothing.
    """

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._newest: OrderedDict[str, datetime] = OrderedDict()
        self._withdrawn: OrderedDict[tuple[str, int | str], None] = OrderedDict()
        self.lists = Verified()
        self.genuine = Verified()
        self._once: OrderedDict[str, None] = OrderedDict()

    def again(self, digest: str) -> bool:
        """Whether the bytes of this digest were genuine before; from now on they were."""
        before = digest in self._once
        self._once[digest] = None
        self._once.move_to_end(digest)
        if len(self._once) > _ONCE:
            self._once.popitem(last=False)
        return before

    def newest(self, url: str) -> datetime | None:
        """The latest issue seen of the list at `url`."""
        return self._newest.get(url)

    def note(self, url: str, issued: datetime) -> None:
        """Remember a list whose signature was verified."""
        before = self._newest.pop(url, issued)
        self._newest[url] = max(before, issued)
        if len(self._newest) > _LISTS:
            self._newest.popitem(last=False)

    def withdraw(self, url: str, place: int | str) -> None:
        """Remember a revocation, by the list's address and the credential's index or id in it."""
        self._withdrawn[url, place] = None
        self._withdrawn.move_to_end((url, place))
        if len(self._withdrawn) > _WITHDRAWN:
            self._withdrawn.popitem(last=False)

    def withdrew(self, url: str, place: int | str) -> bool:
        """Whether this was ever seen revoked, which cannot be undone."""
        return (url, place) in self._withdrawn
