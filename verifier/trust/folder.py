"""A trust folder: documents and pinned issuers that are kept for use without a network.

A trust folder holds `index.json` and the documents that it names:

    {"documents": {"https://…": {"file": "<name>", "mediaType": "…", "fetchedAt": "…", "status": 200}},
     "pinned": {"did:web:…": "name of who vouches"}, "exportedAt": "…"}
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from schemas.complaints import in_words
from schemas.strict_json import StrictJsonError, loads
from verifier.errors import TrustRefused
from verifier.fetch import GONE, LIMITS, OK, Answer, Fetched, Need, Unreachable
from verifier.trust.pinned import Pinned
from verifier.trust.store import TrustStore

INDEX = "index.json"
_MAX_INDEX = 1_048_576
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


class _Entry(Struct, frozen=True, rename="camel"):
    file: str
    media_type: str
    fetched_at: datetime
    status: Literal[200, 410] = OK


class _Index(Struct, frozen=True, rename="camel"):
    documents: dict[str, _Entry] = {}
    pinned: dict[str, str] = {}
    exported_at: datetime | None = None


class Snapshot:
    """A trust folder's documents, without any network; raises TrustRefused when it cannot be read."""

    def __init__(self, folder: Path) -> None:
        """Read the folder's index; documents are read when they are asked for."""
        self._folder = folder
        self._index = _read_index(folder)

    @property
    def pinned(self) -> Pinned:
        """The folder's pinned issuers."""
        return Pinned(self._index.pinned, self._index.exported_at)

    @property
    def trust(self) -> TrustStore:
        """What relies on the folder's pinned issuers alone."""
        return TrustStore(pinned=self._index.pinned, pinned_at=self._index.exported_at)

    async def get(self, need: Need) -> Answer:
        """The document kept for this URL; https also finds what was kept under http (did:web, local use)."""
        kept = need.url
        if kept not in self._index.documents and kept.startswith("https:"):
            kept = "http:" + kept.removeprefix("https:")
        entry = self._index.documents.get(kept)
        if entry is None:
            return Unreachable(need.url, "fetch.offline", "The trust folder does not hold this document.")
        try:
            with (self._folder / entry.file).open("rb") as file:
                body = file.read(LIMITS[need.kind] + 1)
        except OSError:
            return Unreachable(
                need.url, "fetch.failed", "The trust folder's copy of this document cannot be read."
            )
        if len(body) > LIMITS[need.kind]:
            return Unreachable(need.url, "fetch.too_large", "The trust folder's copy is larger than allowed.")
        return Fetched(
            url=kept,
            body=body,
            media_type=entry.media_type,
            status=entry.status,
            fetched_at=entry.fetched_at,
            source=f"trust folder {self._folder.name}",
        )


def _read_index(folder: Path) -> _Index:
    try:
        raw = (folder / INDEX).read_bytes()
    except OSError:
        detail = f"There is no readable {INDEX} in the folder {folder.name}: it is no trust folder."
        raise TrustRefused("trust.unreadable", detail) from None
    try:
        index = msgspec.convert(loads(raw, max_bytes=_MAX_INDEX), _Index)
    except (StrictJsonError, msgspec.ValidationError) as error:
        why = error.detail if isinstance(error, StrictJsonError) else in_words(str(error), "it")
        raise TrustRefused(
            "trust.malformed", f"The trust folder's {INDEX} is not understood: {why}"
        ) from None
    times = [index.exported_at, *(entry.fetched_at for entry in index.documents.values())]
    if any(time is not None and time.tzinfo is None for time in times):
        raise TrustRefused("trust.malformed", f"A time in the trust folder's {INDEX} has no offset.")
    if not all(_FILE.fullmatch(entry.file) for entry in index.documents.values()):
        raise TrustRefused("trust.malformed", f"The trust folder's {INDEX} names a file outside the folder.")
    return index


def write_trust_folder(
    folder: Path, documents: Iterable[Fetched], pinned: Mapping[str, str], *, at: datetime
) -> None:
    """Write documents and pinned issuers for `Snapshot(folder)`; the index comes last, at once."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = {}
    for document in documents:
        name = hashlib.sha256(document.url.encode()).hexdigest()
        (folder / name).write_bytes(document.body)
        status: Literal[200, 410] = GONE if document.status == GONE else OK
        entries[document.url] = _Entry(name, document.media_type, document.fetched_at, status)
    index = msgspec.json.encode(_Index(entries, dict(pinned), at))
    partial = folder / f"{INDEX}.partial"
    partial.write_bytes(msgspec.json.format(index, indent=2))
    partial.replace(folder / INDEX)
