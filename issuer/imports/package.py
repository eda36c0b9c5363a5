"""What was handed over (an item, a folder, a zip package), as names and bytes that can do no harm."""

import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from issuer.imports.refusals import ImportRefused, named

MANIFEST = "imsmanifest.xml"
MAX_PACKAGE = 67_108_864  # bytes of the zip itself
MAX_UNPACKED = 268_435_456  # bytes, as the archive declares them and as they are
MAX_READ = 4_194_304  # bytes of one file that is read
MAX_FILES = 10_000
MAX_RATIO = 200  # unpacked : packed, of a file larger than the next figure
RATIO_FROM = 65_536
_END = b"PK\x05\x06"
_END_SIZE = 22
_MAX_DIRECTORY = 4_194_304  # bytes of the archive's central directory: each entry of it costs memory
_ARCHIVES = (".zip", ".imscc", ".jar", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".7z", ".rar", ".zst")


class Package(Struct, frozen=True):
    """The names in it, sorted, and how to read one; `packed` packages must have a manifest."""

    names: tuple[str, ...]
    read: Callable[[str], bytes]
    packed: bool = False


@contextmanager
def opened(path: Path) -> Iterator[Package]:
    """Whatever stands at the path, while it is open; raises ImportRefused."""
    kind = _kind(path)
    if kind == "zip":
        with _archive(path) as archive:
            yield _zip(archive)
    else:
        yield _folder(path) if kind == "folder" else Package((path.name,), lambda _: _bounded(path))


def _kind(path: Path) -> Literal["folder", "zip", "file"]:
    try:
        if path.is_dir():
            return "folder"
        size = path.stat().st_size
        if not path.is_file():
            raise ImportRefused("package.unreadable", f"{named(path.name)} is neither a file nor a folder.")
        if size > MAX_PACKAGE:
            raise ImportRefused("package.too_large", f"{named(path.name)} has more than {MAX_PACKAGE} bytes.")
        with path.open("rb") as file:
            head = file.read(4)
    except OSError as error:
        raise ImportRefused("package.unreadable", f"{named(path.name)} cannot be read.") from error
    return "zip" if head[:2] == b"PK" else "file"


def _bounded(path: Path) -> bytes:
    """The bytes of a file that is small enough."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_READ + 1)
    except OSError as error:
        raise ImportRefused("package.unreadable", f"{named(path.name)} cannot be read.") from error
    if len(content) > MAX_READ:
        raise ImportRefused("package.too_large", f"{named(path.name)} has more than {MAX_READ} bytes.")
    return content


def _folder(path: Path) -> Package:
    names: list[str] = []
    for found in _files(path):
        names.append(found.relative_to(path).as_posix())
        if len(names) > MAX_FILES:
            raise ImportRefused("package.too_many", f"The folder holds more than {MAX_FILES} files.")
    return Package(tuple(sorted(names)), lambda name: _bounded(path / name))


def _files(path: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(path):
        for name in sorted(folders) + sorted(files):
            found = Path(folder) / name
            mode = found.lstat().st_mode
            if stat.S_ISLNK(mode):
                raise ImportRefused("package.link", f"{named(name)} is a symbolic link.")
            if stat.S_ISREG(mode):
                yield found


def _archive(path: Path) -> zipfile.ZipFile:
    _directory(path)
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ImportRefused("package.damaged", "The package is no whole zip archive.") from error


def _zip(archive: zipfile.ZipFile) -> Package:
    entries = archive.infolist()
    if len(entries) > MAX_FILES:
        raise ImportRefused("package.too_many", f"The package holds more than {MAX_FILES} files.")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise ImportRefused("package.too_large", f"The package unpacks to more than {MAX_UNPACKED} bytes.")
    seen: set[str] = set()
    for entry in entries:
        _check(entry)
        folded = entry.filename.rstrip("/").casefold()
        if folded in seen:
            raise ImportRefused("package.twice", f"The package holds {named(entry.filename)} twice.")
        seen.add(folded)
    files = {entry.filename: entry for entry in entries if not entry.is_dir()}
    return Package(tuple(sorted(files)), lambda name: _unpack(archive, files[name]), packed=True)


def _directory(path: Path) -> None:
    """Refuse, before anything is built from it, an archive whose directory is large or not at its end."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _END_SIZE - 20, 0))
        tail = file.read()
    end = tail[-_END_SIZE:]
    if not end.startswith(_END) or tail[:4] == b"PK\x06\x07":
        raise ImportRefused(
            "package.damaged", "The package does not end as a plain zip archive without comment does."
        )
    if int.from_bytes(end[12:16], "little") > _MAX_DIRECTORY:
        raise ImportRefused("package.too_many", "The package's directory is larger than an import reads.")


def _check(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    # `orig_filename` is what the archive says; zipfile cuts it at a NUL and may turn its separators.
    if entry.orig_filename != name or not _plain(name.removesuffix("/")):
        raise ImportRefused("package.path", f"{named(entry.orig_filename)} is no plain path in a package.")
    mode = entry.external_attr >> 16
    if mode and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or not stat.S_IFMT(mode)):
        raise ImportRefused("package.link", f"{named(name)} is a link or a device.")
    if entry.flag_bits & 0x41:
        raise ImportRefused("package.encrypted", f"{named(name)} is encrypted.")
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise ImportRefused(
            "package.compression", f"{named(name)} is packed with another method than deflate."
        )
    if name.casefold().endswith(_ARCHIVES):
        raise ImportRefused("package.nested", f"{named(name)} is an archive in the package.")
    if entry.file_size > RATIO_FROM and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
        raise ImportRefused(
            "package.ratio", f"{named(name)} unpacks to more than {MAX_RATIO} times its packed size."
        )


def _plain(name: str) -> bool:
    """Whether a name is a relative path that stays where it is, on any system."""
    parts = name.split("/")
    return (
        len(name) <= 1_024  # noqa: PLR2004 - longer than any file system takes
        and not any(part in {"", ".", ".."} for part in parts)
        and not any(character in '\\:*?"<>|' or not character.isprintable() for character in name)
    )


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The bytes of an entry, at most as many as it declared, whatever it inflates to."""
    if entry.file_size > MAX_READ:
        raise ImportRefused("package.too_large", f"{named(entry.filename)} has more than {MAX_READ} bytes.")
    try:
        with archive.open(entry) as file:
            content = file.read(entry.file_size + 1)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, zlib.error) as error:
        raise ImportRefused("package.damaged", f"{named(entry.filename)} is damaged.") from error
    if len(content) != entry.file_size:
        raise ImportRefused("package.damaged", f"{named(entry.filename)} is not as long as the package says.")
    return content


def beside(package: Package, name: str) -> Callable[[str], bytes]:
    """How to read what a file of the package refers to, by a path from where it stands, in the package only.

    The function raises ImportRefused item.file where nothing of the package is named.
    """

    def read(href: str) -> bytes:
        try:
            parts = urlsplit(href)
        except ValueError:
            parts = urlsplit("http:")
        where = name.split("/")[:-1]
        for part in unquote(parts.path).split("/"):
            where = where[:-1] if part == ".." and where else [*where, part]
        found = "/".join(part for part in where if part != ".")
        if parts.scheme or parts.netloc or found not in package.names:
            raise ImportRefused("item.file", f"{named(href)} is not in the package.")
        return package.read(found)

    return read


def inside(href: str) -> str:
    """The package's own name for what a manifest points at; raises ImportRefused manifest.outside."""
    try:
        parts = urlsplit(href)
    except ValueError as error:
        raise ImportRefused("manifest.outside", f"{named(href)} is no path in the package.") from error
    name = unquote(parts.path)
    if parts.scheme or parts.netloc or not _plain(name):
        raise ImportRefused("manifest.outside", f"{named(href)} is no path in the package.")
    return name
