"""Files for our eyes only: read with their modes checked, written whole and durably, never replaced."""

import os
import secrets
import stat
from pathlib import Path

_FOLDER_MODE = 0o700
_FILE_MODE = 0o600
_OTHERS = 0o077
_MAX_FILE = 16_384


class StoreRefused(Exception):  # noqa: N818 — the house's name: what a refusal is, not that it is an error
    """What a key store will not do; `code` is stable, `detail` names a file at most.

    keys.passphrase_missing, keys.wrong_passphrase, keys.open_mode (others may read or write), keys.corrupt,
    keys.unknown, keys.algorithm, keys.unreadable (the system said no), keys.unwrap.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


def private_folder(folder: Path) -> None:
    """Make `folder` with mode 0700, or check that it is closed to others; no mode is ever changed."""
    folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    _check_mode(folder, folder.stat().st_mode)


def read(path: Path) -> bytes:
    """The file's bytes; a symbolic link, a mode open to others and an oversized file are refused."""
    # Checked on the open file: what was checked is what is read.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        _check_mode(path, os.fstat(descriptor).st_mode)
        content = file.read(_MAX_FILE + 1)
    if len(content) > _MAX_FILE:
        raise StoreRefused("keys.corrupt", f"{path} is longer than any file that the key store writes.")
    return content


def create(path: Path, content: bytes) -> bool:
    """Write a new file so that a crash leaves it whole or absent; False when the name is already taken.

    A link, unlike a rename, never replaces: of two processes that create one name, exactly one wins.
    """
    temporary = path.with_name(f".tmp-{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
        _sync(path.parent)
    return True


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check_mode(path: Path, mode: int) -> None:
    if mode & _OTHERS:
        detail = f"{path} is open to other accounts (mode {stat.S_IMODE(mode):04o}, not 0700 or 0600)."
        raise StoreRefused("keys.open_mode", detail)
