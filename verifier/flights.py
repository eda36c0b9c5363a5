"""Asking for a thing once, however many want it: at the same moment, or within one request of many."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any

from verifier.fetch import OWN_LIMITS, Answer, Fetch, Fetched, Need

_BYTES = 67_108_864


class Flights:
    """Whoever needs what is being asked for already waits for that answer instead of asking again."""

    def __init__(self) -> None:
        """Nothing is being asked for."""
        # By event loop too: a blocking caller has one of its own, in a thread of its own.
        self._aloft: dict[tuple[asyncio.AbstractEventLoop, Need], asyncio.Task[Answer]] = {}

    async def join(self, need: Need, ask: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
        """The answer of the one request for `need`, which `ask` makes where none is under way."""
        key = asyncio.get_running_loop(), need
        task = self._aloft.get(key)
        if task is None:
            task = self._aloft[key] = key[0].create_task(ask())
            task.add_done_callback(lambda _: self._aloft.pop(key))
        # Shielded: whoever goes away takes nobody else's answer along.
        return await asyncio.shield(task)


class Once:
    """What one request with many credentials has asked for: each key document and list one time.

    They are judged by the same documents, and nobody is asked ten thousand times. Bounded in bytes; the
    oldest answers are dropped first. Links are never remembered.
    """

    def __init__(self) -> None:
        """Nothing was asked for yet."""
        self._flights = Flights()
        self._answers: OrderedDict[Need, Answer] = OrderedDict()
        self._bytes = 0

    async def get(self, need: Need, fetch: Fetch) -> Answer:
        """The first answer to this need, from `fetch` where there is none yet."""
        known = self._answers.get(need)
        if known is not None:
            return known
        if need.kind == "credential":
            return await fetch.get(need)
        return await self._flights.join(need, lambda: self._ask(need, fetch))

    async def _ask(self, need: Need, fetch: Fetch) -> Answer:
        answer = await fetch.get(need)
        if isinstance(answer, Fetched) or answer.code not in OWN_LIMITS:
            self._answers[need] = answer
            self._bytes += _size(answer)
            while self._bytes > _BYTES:
                _, dropped = self._answers.popitem(last=False)
                self._bytes -= _size(dropped)
        return answer


def _size(answer: Answer) -> int:
    return 1_024 + (len(answer.body) if isinstance(answer, Fetched) else 0)
