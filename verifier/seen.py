"""The newest issue of each status list that was seen: an older one must not be passed off as current."""

from collections import OrderedDict
from datetime import datetime

_LISTS = 4_096


class Seen:
    """When each list was issued at the latest, as long as this lives; bounded, the oldest go first.

    Share one between verifications of a process; without one, each verification starts from nothing.
    """

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._newest: OrderedDict[str, datetime] = OrderedDict()

    def newest(self, url: str) -> datetime | None:
        """The latest issue seen of the list at `url`."""
        return self._newest.get(url)

    def note(self, url: str, issued: datetime) -> None:
        """Remember a list whose signature was verified."""
        before = self._newest.pop(url, issued)
        self._newest[url] = max(before, issued)
        if len(self._newest) > _LISTS:
            self._newest.popitem(last=False)
