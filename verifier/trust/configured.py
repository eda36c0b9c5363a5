"""A trust file: the sources that a caller or a service relies on, as JSON that nobody needs to program.

{"sources": [{"kind": "registry", "name": "Register of Examples", "url": "https://register.example/issuers.json"}]}
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import get_args

import msgspec
from msgspec import Struct

from schemas.complaints import in_words
from schemas.strict_json import StrictJsonError, loads
from verifier.errors import TrustRefused
from verifier.trust import federation, pinned, registry, signed_registry
from verifier.trust.folder import Snapshot
from verifier.trust.source import Source
from verifier.trust.store import TrustStore

MAX_FILE = 1_048_576

# The kinds that a file may name; `own` is the service's own knowledge and cannot be claimed.
Kind = pinned.Configured | registry.Configured | signed_registry.Configured | federation.Configured
KINDS: tuple[type[Kind], ...] = get_args(Kind)
_NAMES = tuple(str(kind.__struct_config__.tag) for kind in KINDS)


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    sources: tuple[Kind, ...]


def read_sources(file: Path, now: datetime) -> tuple[Source, ...]:
    """The sources of a trust file; registries' files are looked for beside it. Raises TrustRefused."""
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_FILE + 1)
    except OSError:
        raise TrustRefused("trust.unreadable", f"The trust file {file.name} cannot be read.") from None
    try:
        found = msgspec.convert(loads(data, max_bytes=MAX_FILE), _File)
    except StrictJsonError as error:
        raise _misread(file, f"it is not acceptable JSON: {error.detail}") from None
    except msgspec.ValidationError as error:
        raise _misread(file, _complaint(str(error))) from None
    if not found.sources:
        raise TrustRefused("trust.malformed", f"The trust file {file.name} names no source.")
    return tuple(_open(one, file, now) for one in found.sources)


def _misread(file: Path, why: str) -> TrustRefused:
    return TrustRefused("trust.malformed", f"The trust file {file.name} is not understood: {why}")


def _complaint(message: str) -> str:
    """The member, and what it must be; of a kind that there is not, which ones there are."""
    if message.startswith("Invalid value") and message.endswith(".kind`"):
        return f"a source's kind is one of {', '.join(_NAMES)}."
    return in_words(message, "it")


def _open(one: Kind, file: Path, now: datetime) -> Source:
    """The source, or which one of the file's cannot be used; raises TrustRefused."""
    try:
        return one.open(file.parent, now)
    except TrustRefused as refused:
        detail = f"The source “{one.name}” in {file.name} cannot be used: {refused.detail}"
        raise TrustRefused(refused.code, detail) from None


def open_trust(paths: Iterable[Path], now: datetime) -> tuple[TrustStore, tuple[Snapshot, ...]]:
    """What these trust folders and trust files name together, and the folders; raises TrustRefused."""
    sources: list[Source] = []
    folders: list[Snapshot] = []
    for path in paths:
        if path.is_file():
            sources += read_sources(path, now)
            continue
        if not path.exists():
            raise TrustRefused("trust.unreadable", f"There is no trust file or trust folder {path.name}.")
        folder = Snapshot(path)
        folders.append(folder)
        sources.append(folder.pinned)
    return TrustStore(sources=tuple(sources)), tuple(folders)
