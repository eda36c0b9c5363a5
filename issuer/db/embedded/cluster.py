"""What PostgreSQL is told: how to make a cluster, whom to let in, how to run; and what its pid file says."""

import ctypes
import os
import secrets
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from issuer.db.embedded.place import SOCKET_NAME, Place

# Durability is PostgreSQL's default (fsync, synchronous_commit, full_page_writes) and is left alone.
# Its log must hold no personal data: no statement, no key value of a failed one.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": "5432",
    "jit": "off",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_timezone": "UTC",
    "timezone": "UTC",
}


def initdb(place: Place, draft: Path) -> list[str]:
    """The command that makes a cluster in `draft`."""
    return [
        f"{place.binaries}/bin/initdb",
        f"--pgdata={draft}",
        "--username=assay",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--auth=peer",
        "--no-instructions",
    ]


def single_user(place: Place, draft: Path) -> list[str]:
    """The command that reads SQL from its input while no server runs."""
    return [f"{place.binaries}/bin/postgres", "--single", "-D", str(draft), "postgres"]


def server(place: Place) -> list[str]:
    """The command that runs the server in the foreground."""
    settings = SETTINGS | {
        "unix_socket_directories": place.socket,
        "hba_file": f"{place.folder}/pg_hba.conf",
        "ident_file": f"{place.folder}/pg_ident.conf",
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return [f"{place.binaries}/bin/postgres", "-D", str(place.data), *options]


def let_in(place: Place) -> None:
    """Only the service's own account and root may connect, as the kernel names them (peer); no passwords."""
    _write(Path(place.folder, "pg_hba.conf"), "local all assay peer map=assay\n")
    names = dict.fromkeys((place.us, "root"))
    _write(Path(place.folder, "pg_ident.conf"), "".join(f'assay "{name}" assay\n' for name in names))


def _write(file: Path, text: str) -> None:
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    draft.write_text(text, encoding="utf-8")
    draft.chmod(0o644)  # PostgreSQL's account reads it; it holds account names only
    draft.rename(file)


def process(place: Place) -> dict[str, Any]:
    """How every program of PostgreSQL is started: its account, no inherited environment, ending with us."""
    account = place.account
    return {
        "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "HOME": str(place.data)},
        "cwd": "/",
        **({"user": account.uid, "group": account.gid, "extra_groups": []} if account.other else {}),
        "preexec_fn": _end_with_parent(),
    }


def _end_with_parent() -> Callable[[], None] | None:
    """Should the watchdog itself be killed, Linux asks the server to stop (fast shutdown).

    A belt beside the braces: elsewhere the next watchdog finds the orphan by its pid file.
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl, set_parent_death_signal = ctypes.CDLL(None).prctl, 1

    def ask() -> None:
        prctl(set_parent_death_signal, signal.SIGINT)

    return ask


def ready(place: Place, pid: int) -> bool:
    """Whether the server with this pid says in its pid file that it takes connections."""
    lines = _pid_file(place)
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"  # noqa: PLR2004 - line 8


def orphan(place: Place) -> int | None:
    """The pid of a server of this very cluster that runs without a watchdog."""
    lines = _pid_file(place)
    pid = abs(int(lines[0])) if lines and lines[0].lstrip("-").isdigit() else 0
    return pid if pid and _serves(pid, place.data) else None


def _serves(pid: int, data: Path) -> bool:
    """Whether process `pid` is a PostgreSQL on `data`, and not a stranger who was given an old number."""
    try:
        os.kill(pid, 0)
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2]
    except ProcessLookupError:
        return False
    except OSError:
        return Path("/proc/self").exists() is False  # no /proc here: believe the pid file
    alive = not state.strip().startswith(("Z", "X"))
    return alive and command[0].endswith(b"postgres") and os.fsencode(data) in command


def disown(place: Place) -> None:
    """Make a stale pid file say our pid instead of one that a stranger was given meanwhile.

    PostgreSQL takes a file with its parent's pid for stale, and still checks that no old backend holds the
    shared memory; removing the file would skip that check.
    """
    # The socket's lock names the old pid too, perhaps a zombie that nobody reaps. The folder is this
    # cluster's alone, so the pid file is guard enough.
    for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        Path(place.socket, name).unlink(missing_ok=True)
    file = place.data / "postmaster.pid"
    lines = _pid_file(place)
    if not lines:
        if file.exists():  # empty: the machine stopped while it was written
            file.unlink()
        return
    descriptor = os.open(file, os.O_WRONLY | os.O_NOFOLLOW | os.O_TRUNC)
    with open(descriptor, "w", encoding="utf-8") as stream:  # noqa: PTH123 - opened without following links
        stream.write("\n".join([str(os.getpid()), *lines[1:]]) + "\n")


def _pid_file(place: Place) -> list[str]:
    try:
        return (place.data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
