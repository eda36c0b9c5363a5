"""All publications in memory, kept fresh by polling one row; and the verifier's way to read our own."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from issuer.db.pool import Pool, is_down
from issuer.publications import store
from issuer.publications.files import Mirror
from issuer.publications.store import Publication
from schemas.problems import ProblemError
from verifier.fetch import Answer, Fetch, Fetched, Need, Unreachable

POLL_SECONDS = 0.25
PUBLIC = "/o/"

log = logging.getLogger("assay.publications")


class Publications:
    """What this process answers from. `folder` is the data folder's `published`.

    `database` says whether the last look at the database succeeded; None before the first.
    """

    def __init__(self, pool: Pool, folder: Path) -> None:
        self._pool = pool
        self._mirror = Mirror(folder)
        self._held: dict[str, Publication] = {}
        self._documents: dict[str, tuple[str, object]] = {}
        self._seen = 0
        self._complete = False  # whether what is held came from the database, not from files
        self._mirrored = False  # whether this process has brought the files up to what it holds
        self._unwritten: list[Publication] = []
        self._one = asyncio.Lock()
        self._filing = asyncio.Lock()
        self.database: bool | None = None

    def load(self) -> None:
        """Begin with what the files hold."""
        self._held = self._mirror.read()

    @property
    def usable(self) -> bool:
        """Whether there is anything to answer from: the database was read once, or files were there."""
        return self._complete or bool(self._held)

    def get(self, path: str) -> Publication | None:
        """The publication at this path (with `/private/` ones, which are never served), or None."""
        return self._held.get(path)

    async def find(self, path: str) -> Publication | None:
        """As `get`; what is not held is looked for once in the database: it may be a moment old."""
        held = self.get(path)
        if held is None and path.startswith(PUBLIC) and self.database is not False:
            with contextlib.suppress(ProblemError):
                await self.refresh()
            held = self.get(path)
        return held

    def document(self, path: str) -> object:
        """The publication at this path, decoded from JSON once per change; None where there is none."""
        held = self._held.get(path)
        if held is None or held.gone:
            return None
        kept = self._documents.get(path)
        if kept is None or kept[0] != held.etag:
            kept = self._documents[path] = held.etag, msgspec.json.decode(held.body)
        return kept[1]

    async def refresh(self) -> None:
        """Take over what has changed in the database since the last time, and bring the files up to it.

        Raises:
            ProblemError: database.unavailable; what is held stays as it is
        """
        await self._take()
        await self._keep()

    async def _take(self) -> None:
        async with self._one:
            try:
                self._unwritten += await self._read()
            except Exception as error:
                if isinstance(error, ProblemError) or is_down(error):
                    self.database = False
                    raise ProblemError("database.unavailable") from error
                raise
            self.database = True

    async def _keep(self) -> None:
        async with self._filing:
            changed, self._unwritten = self._unwritten, []
            await asyncio.to_thread(self._write, changed)

    async def _read(self) -> list[Publication]:
        version = await store.version(self._pool)
        if self._complete and version == self._seen:
            return []
        if not self._complete or version < self._seen:  # the first time, or another database was put in place
            rows = await store.since(self._pool, 0)
            self._held = {row.path: row for row in rows}
            self._complete, self._mirrored = True, False
        else:
            rows = await store.since(self._pool, self._seen)
            self._held |= {row.path: row for row in rows}
        self._seen = max([version, *(row.version for row in rows)])
        return rows

    def _write(self, changed: list[Publication]) -> None:
        if not changed and self._mirrored:
            return
        try:
            if not self._mirror.ours():
                return
            if self._mirrored:
                self._mirror.write(changed)
            else:
                self._mirror.replace(self._held)
                self._mirrored = True
        except OSError as error:  # a full disk must not stop us from answering
            self._mirrored = False
            log.warning("publications.files", extra={"detail": error.strerror})

    async def follow(self) -> None:
        """Refresh for ever, several times a second; while the database is down, answer from what is held.

        A disk that is slow to take the files must not keep a withdrawal from being known.
        """
        filing: asyncio.Task[None] | None = None
        try:
            while True:
                before = self.database
                try:
                    await self._take()
                except ProblemError:
                    if before is not False:
                        log.warning("database.down")
                except Exception:
                    log.exception("publications.poll")
                else:
                    if before is False:
                        log.info("database.up")
                    due = self._unwritten or not self._mirrored
                    if due and (filing is None or filing.done()):
                        filing = asyncio.create_task(self._keep())
                await asyncio.sleep(POLL_SECONDS)
        finally:
            if filing is not None:
                await asyncio.wait({filing})

    def close(self) -> None:
        """Let another process write the files."""
        self._mirror.close()


class Published:
    """A verifier's fetch that reads our own publications without a request; else asks `fallback`.

    An address is ours if its host and port are the base URL's: did:web always says https, also in local use.
    """

    def __init__(
        self, publications: Publications, base_url: str, fallback: Fetch, clock: Callable[[], datetime]
    ) -> None:
        self._publications = publications
        self._base_url = base_url
        self._host = urlsplit(base_url).netloc
        self._fallback = fallback
        self._clock = clock

    async def get(self, need: Need) -> Answer:
        """Answer from memory where the address is ours."""
        try:
            parts = urlsplit(need.url)
        except ValueError:
            return await self._fallback.get(need)
        if parts.scheme not in {"https", "http"} or parts.netloc.lower() != self._host:
            return await self._fallback.get(need)
        held = await self._publications.find(parts.path) if parts.path.startswith(PUBLIC) else None
        if held is None:
            return Unreachable(need.url, "fetch.status", "This service publishes nothing at that address.")
        return Fetched(
            url=self._base_url + parts.path,
            body=held.body,
            media_type=held.media_type,
            status=410 if held.gone else 200,
            fetched_at=self._clock(),
            source="this service",
        )
