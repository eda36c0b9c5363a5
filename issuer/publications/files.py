"""The publications as files, so that a process starts and answers while the database is down.

One file a publication, replaced atomically: a line of JSON about it, then its bytes. One process at a time
writes; it holds a lock on the folder for as long as it lives.
"""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import msgspec

from issuer.publications.store import Publication, etag

SUFFIX = ".publication"
NAME_AT_MOST = 200  # file systems allow 255 bytes


class _Head(msgspec.Struct, frozen=True):
    path: str
    media_type: str
    gone: bool
    version: int
    published_at: str
    sha256: str


class Mirror:
    """The folder `published` in the data folder, mode 0700: some of what is kept there is for us alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock: int | None = None

    def read(self) -> dict[str, Publication]:
        """Every publication that is complete; a damaged file counts as absent, the database replaces it."""
        found = {}
        for file in self._folder.glob(f"*{SUFFIX}") if self._folder.is_dir() else ():
            publication = _decode(file.read_bytes())
            if publication is not None:
                found[publication.path] = publication
        return found

    def ours(self) -> bool:
        """Whether this process is the one that writes; it becomes so when there is no other."""
        if self._lock is not None:
            return True
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        self._lock = lock
        return True

    def write(self, publications: Iterable[Publication]) -> None:
        """Write these, each atomically and durably."""
        for publication in publications:
            draft = self._folder / f".{secrets.token_hex(8)}"
            with draft.open("xb") as stream:
                stream.write(_encode(publication))
                stream.flush()
                os.fsync(stream.fileno())
            draft.rename(self._folder / _name(publication.path))

    def replace(self, publications: Mapping[str, Publication]) -> None:
        """Make the folder hold just these; files that are right already are left alone."""
        held = self.read()
        self.write(publication for path, publication in publications.items() if held.get(path) != publication)
        kept = {_name(path) for path in publications}
        for file in self._folder.glob(f"*{SUFFIX}"):
            if file.name not in kept:
                file.unlink()

    def close(self) -> None:
        """Let another process write."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _name(path: str) -> str:
    readable = quote(path, safe="")
    if len(readable) > NAME_AT_MOST:
        readable = hashlib.sha256(path.encode()).hexdigest()
    return f"{readable}{SUFFIX}"


def _encode(publication: Publication) -> bytes:
    head = _Head(
        path=publication.path,
        media_type=publication.media_type,
        gone=publication.gone,
        version=publication.version,
        published_at=publication.published_at.isoformat(),
        sha256=hashlib.sha256(publication.body).hexdigest(),
    )
    return msgspec.json.encode(head) + b"\n" + publication.body


def _decode(content: bytes) -> Publication | None:
    line, newline, body = content.partition(b"\n")
    try:
        head = msgspec.json.decode(line, type=_Head)
        published_at = datetime.fromisoformat(head.published_at)
    except (msgspec.DecodeError, ValueError):
        return None
    if not newline or hashlib.sha256(body).hexdigest() != head.sha256:
        return None
    return Publication(
        path=head.path,
        media_type=head.media_type,
        body=body,
        gone=head.gone,
        version=head.version,
        published_at=published_at,
        etag=etag(body),
    )
