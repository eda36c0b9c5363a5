"""Somebody who takes the adaptive assessment over HTTP, as a browser does: a page, a form, a redirect.

The bank's own parameters say how likely a right answer is. Each answer that got a reply is written down, to
be looked for in the log afterwards.
"""

import asyncio
import re
import time
from random import Random
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from issuer.measurement.models import probability
from schemas.assessment import Bank
from schemas.items import Single

BUSY, TRIES = 503, 20
_ITEM = re.compile(r'name="item" value="([^"]+)"')
_ACTION = re.compile(r'<form[^>]* action="([^"]+/(?:start|continue|answers))"')


class Spent(NamedTuple):
    """One request: what it was, when it began (seconds of the run), how long it took, its status."""

    what: str
    at: float
    seconds: float
    status: int


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Browser:
    """One person's connection: kept while the server keeps it, opened anew where it does not."""

    def __init__(self, base_url: str, begun: float) -> None:
        split = urlsplit(base_url)
        self.host, self.port, self.begun = split.hostname or "", split.port or 80, begun
        self.spent: list[Spent] = []
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, what: str, method: str, path: str, fields: dict[str, str] | None = None) -> Reply:
        """Send a request and wait for all of its reply; what is lost on the way is asked once more."""
        body = b"" if fields is None else urlencode(fields).encode()
        lines = [f"{method} {path} HTTP/1.1", f"host: {self.host}:{self.port}", "accept: text/html"]
        if fields is not None:
            lines += ["content-type: application/x-www-form-urlencoded", f"content-length: {len(body)}"]
        request = "\r\n".join((*lines, "", "")).encode() + body
        at = time.perf_counter()
        try:
            reply = await self._once(request)
        except (OSError, asyncio.IncompleteReadError):
            await self.close()
            reply = await self._once(request)
        self.spent.append(Spent(what, at - self.begun, time.perf_counter() - at, reply.status))
        return reply

    async def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _once(self, request: bytes) -> Reply:
        if self._streams is not None and self._streams[0].at_eof():
            await self.close()
        if self._streams is None:
            self._streams = await asyncio.open_connection(self.host, self.port)
        reader, writer = self._streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in head[1:])}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection") == "close":
            await self.close()
        return Reply(int(head[0].split(" ")[1]), headers, body)


class Candidate:
    """One person with a link: takes the assessment until it ends, or until `until` (seconds of the run)."""

    def __init__(self, bank: Bank, link: str, browser: Browser, seed: str) -> None:
        self.bank, self.path, self.browser = bank, urlsplit(link).path, browser
        self.random = Random(seed)  # noqa: S311 - a simulation
        self.ability = self.random.gauss(0, 1)
        self.answers: list[tuple[str, tuple[str, ...]]] = []
        self.ended = False

    async def take(self, *, spread: float, think: float, until: float) -> None:
        """Begin at some moment of `spread` seconds; think exponentially, `think` seconds on average."""
        await asyncio.sleep(self.random.uniform(0, spread))
        page = await self._page("open")
        while time.perf_counter() - self.browser.begun < until:
            action = _ACTION.search(page)
            if action is None:
                self.ended = True
                break
            item = _ITEM.search(page)
            if not action[1].endswith("/answers") or item is None:
                page = await self._send("begin", action[1], {})
                continue
            if think:
                await asyncio.sleep(self.random.expovariate(1 / think))
            chosen = self._chosen(item[1])
            page = await self._send("answer", action[1], {"item": item[1], "option": chosen})
            self.answers.append((item[1], (chosen,)))
        await self.browser.close()

    async def _send(self, what: str, action: str, fields: dict[str, str]) -> str:
        await self._asked(what, "POST", action, fields, wanted=303)
        return await self._page("question")

    async def _page(self, what: str) -> str:
        return (await self._asked(what, "GET", self.path, None, wanted=200)).body.decode()

    async def _asked(
        self, what: str, method: str, path: str, fields: dict[str, str] | None, *, wanted: int
    ) -> Reply:
        """Whoever is told that the service is busy tries again, as the page says."""
        reply = await self.browser.ask(what, method, path, fields)
        for _ in range(TRIES):
            if reply.status != BUSY:
                break
            await asyncio.sleep(self.random.uniform(0.5, 1.5))
            reply = await self.browser.ask(what, method, path, fields)
        if reply.status == wanted:
            return reply
        raise RuntimeError(f"{what}: {reply.status} {reply.body[:200]!r}")

    def _chosen(self, name: str) -> str:
        item = self.bank.item(name)
        if not isinstance(item, Single) or item.parameters is None:
            raise TypeError(f"{name} is no calibrated single choice")
        if self.random.random() < probability(item.parameters, self.ability):
            return item.key[0]
        return self.random.choice([option.id for option in item.options if option.id not in item.key])
