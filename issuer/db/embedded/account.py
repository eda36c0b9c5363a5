"""Which operating-system account runs PostgreSQL, and what that account can reach."""

import os
import pwd
import stat
from pathlib import Path

import msgspec

from issuer.settings import StartRefused

# PostgreSQL refuses to run as root; the first of these that exists runs it then.
UNPRIVILEGED = ("assay", "postgres", "nobody")


class Account(msgspec.Struct, frozen=True):
    """A named account; `other` is true where we are root and must change into it."""

    name: str
    uid: int
    gid: int
    other: bool


def choose(data: Path | None = None) -> Account:
    """Our own account, or as root an unprivileged one: the owner of the existing folder `data`, if any.

    Raises:
        StartRefused: database.account (no name, no unprivileged account), database.folder_owner
    """
    ours = os.geteuid()
    owner = data.stat().st_uid if data is not None and data.exists() else None
    if ours != 0:
        if owner not in {None, ours}:
            raise StartRefused(
                "database.folder_owner",
                f"The database folder {data} belongs to another account. "
                "Start the service as before, or as root.",
            )
        return _named(ours, other=False)
    if owner:
        return _named(owner, other=True)
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid, other=True)
    raise StartRefused(
        "database.account",
        "PostgreSQL does not run as root, and this machine has none of the accounts "
        f"{', '.join(UNPRIVILEGED)}. Start the service as an ordinary account or set ASSAY_DATABASE_URL.",
    )


def _named(uid: int, *, other: bool) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise StartRefused(
            "database.account",
            f"PostgreSQL needs an account with a name, and user id {uid} has none. "
            "Add it to /etc/passwd or set ASSAY_DATABASE_URL.",
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, other=other)


def reaches(account: Account, path: Path, *, files: bool = False) -> bool:
    """Whether `account` may pass through every folder down to `path`, and with `files` read all below it."""
    resolved = path.resolve()
    folders = [*reversed(resolved.parents), *([resolved] if resolved.is_dir() else [])]
    if not all(_allows(account, folder, 0o1) for folder in folders):
        return False
    if not files:
        return True
    return all(
        _allows(account, entry, 0o5 if entry.is_dir() else 0o4)
        for entry in (resolved, *resolved.rglob("*"))
        if not entry.is_symlink()
    )


def _allows(account: Account, path: Path, wanted: int) -> bool:
    """The classic three classes of bits; the account keeps no group but its own when we change into it."""
    found = path.stat()
    mode = stat.S_IMODE(found.st_mode)
    if found.st_uid == account.uid:
        mode >>= 6
    elif found.st_gid == account.gid:
        mode >>= 3
    return mode & wanted == wanted
