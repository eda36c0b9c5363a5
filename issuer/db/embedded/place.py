"""Where the embedded PostgreSQL lives: its folder, its programs, its account, its socket."""

import contextlib
import os
import secrets
import shutil
import stat
import tempfile
from pathlib import Path
from urllib.parse import quote

import msgspec

from issuer.db.embedded.account import Account, choose, reaches
from issuer.db.embedded.binaries import locate, usable
from issuer.settings import StartRefused

SHELTER = Path("/var/lib/assay")  # for what the account must reach when the data folder is closed to it
SHELTERED = "data-"
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_BYTES = 100  # the kernel's limit for a socket's path is 107 bytes, elsewhere 103


class Place(msgspec.Struct, frozen=True):
    """Everything the watchdog must know, as it is handed over: all paths are absolute.

    `folder` is ours; in it `data` belongs to `account`, and so does `socket`, wherever it is.
    """

    folder: str
    binaries: str
    socket: str
    account: Account
    us: str

    @property
    def data(self) -> Path:
        """The cluster itself."""
        return Path(self.folder, "data")

    @property
    def dsn(self) -> str:
        """The address for asyncpg: a socket, never TCP."""
        return f"postgresql://assay@/assay?host={quote(self.socket, safe='')}"


def find(data_dir: Path, *, installation: Path | None = None, shelter: Path = SHELTER) -> Place:
    """Choose or find again the place for this data folder, and make its folders. No mode is ever widened.

    As root, where PostgreSQL's account cannot pass through `data_dir`, the place is a folder below `shelter`
    and `data_dir` holds a file that names it.

    Raises:
        StartRefused: database.account, database.folder, database.folder_owner, database.not_installed, …
    """
    known = _known(data_dir)
    account = choose(known / "data" if known else None)
    us = choose_own_name()
    try:
        folder = known or _new(data_dir, account, shelter)
        if not reaches(account, folder):
            raise StartRefused(
                "database.folder",
                f"PostgreSQL's account {account.name} can no longer pass through to {folder}. "
                "Somebody closed a folder above it; open it again.",
            )
        binaries = usable(
            installation or locate(), account, _sheltered(shelter) if account.other else shelter
        )
        return Place(str(folder), str(binaries), str(_socket(folder, account)), account, us)
    except OSError as error:
        raise StartRefused(
            "database.folder", f"The database folder cannot be made: {error.strerror} ({error.filename})."
        ) from error


def choose_own_name() -> str:
    """The name of the account that we run as, which PostgreSQL is told to let in."""
    import pwd  # noqa: PLC0415 - next to its only use

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return "root"


def remove(data_dir: Path) -> None:
    """Delete what a data folder that is thrown away keeps below the shelter; its service has ended."""
    named = data_dir / "postgres.location"
    if not named.exists():
        return
    folder = Path(named.read_text(encoding="utf-8").strip())
    if folder.name.startswith(SHELTERED) and (folder / "lock").exists():
        shutil.rmtree(folder, ignore_errors=True)
    named.unlink()


def _known(data_dir: Path) -> Path | None:
    folder = data_dir / "postgres"
    named = data_dir / "postgres.location"
    if named.exists():
        folder = Path(named.read_text(encoding="utf-8").strip())
        if not folder.is_dir():
            raise StartRefused(
                "database.folder",
                f"The database folder {folder}, which {named} names, is gone. "
                f"Restore it, or remove {named} to begin anew.",
            )
        return folder
    return folder if folder.is_dir() else None


def _new(data_dir: Path, account: Account, shelter: Path) -> Path:
    if not account.other:
        folder = data_dir / "postgres"
        folder.mkdir(mode=0o700)
        return folder
    if reaches(account, data_dir):
        return _made(data_dir / "postgres")
    folder = _made(_sheltered(shelter) / f"{SHELTERED}{secrets.token_hex(8)}")
    draft = data_dir / f".postgres.location-{secrets.token_hex(4)}"
    draft.write_text(f"{folder}\n", encoding="utf-8")
    draft.rename(data_dir / "postgres.location")
    return folder


def _sheltered(shelter: Path) -> Path:
    """The shelter, which must be root's alone to write: others could plant programs or data in it."""
    if not shelter.exists():
        shelter.mkdir(parents=True)
        shelter.chmod(0o755)  # our own new folder, whatever the umask says
    found = shelter.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise StartRefused(
            "database.folder", f"The folder {shelter} must belong to root and be writable by nobody else."
        )
    return shelter


def _made(folder: Path) -> Path:
    """A new folder of ours that others may pass through: what lies in it has modes of its own."""
    folder.mkdir(mode=0o711)
    folder.chmod(0o711)  # our own new folder, whatever the umask says
    return folder


def _socket(folder: Path, account: Account) -> Path:
    """A folder for the socket with a path short enough for the kernel, open to its account alone."""
    beside = folder / "socket"
    remembered = folder / "socket.location"
    if len(os.fsencode(beside / SOCKET_NAME)) > SOCKET_BYTES:
        if remembered.exists():  # left behind by a watchdog that was killed too
            old = Path(remembered.read_text(encoding="utf-8").strip())
            with contextlib.suppress(OSError):
                if old.lstat().st_uid == account.uid and stat.S_ISDIR(old.lstat().st_mode):
                    return old
        beside = Path(tempfile.mkdtemp(prefix="assay-", dir="/tmp"))
        remembered.write_text(f"{beside}\n", encoding="utf-8")
    beside.mkdir(mode=0o700, exist_ok=True)
    if account.other:
        os.chown(beside, account.uid, account.gid)
    return beside
