"""One frozen Struct from environment and TOML; whoever needs a setting is handed it."""

import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from schemas.complaints import in_words

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
LOOPBACK = ("127.0.0.1", "::1")
LOG_LEVELS = ("debug", "info", "warning", "error")
MAX_WORKERS = 64
MOST_UNASKED = 4  # of them without being told to: each takes some 100 MB
DEFAULT_PORT = 8000
_CONTACT = re.compile(r"mailto:[!-~]+@[!-~]+|https://[!-~]+")  # RFC 9116, section 2.5.3


class StartRefused(Exception):  # noqa: N818 - a refusal with a sentence, not a programming error
    """The program cannot do what it was asked at the command line: a stable code and one clear sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


class SettingsRefused(StartRefused):
    """A setting is missing or wrong."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything an operator decides: ASSAY_<NAME> in the environment or <name> in the TOML file.

    `listen` are addresses without port; in the environment they are separated by commas. `trust` are trust
    files and folders (docs/trust.md); in the environment they are separated as in PATH.
    """

    base_url: str = "http://localhost:8000"
    data_dir: Path = Path("var")
    database_url: str | None = None
    passphrase: str | None = None
    passphrase_file: Path | None = None
    smtp_url: str | None = None
    mail_from: str = "Assay <assay@localhost>"
    contact: str | None = None
    workers: int = 1
    port: int = DEFAULT_PORT
    listen: tuple[str, ...] = LOOPBACK
    log_level: str = "info"
    tls_cert: Path | None = None
    tls_key: Path | None = None
    trust: tuple[Path, ...] = ()
    vc_api: str = "off"
    vc_api_token: str | None = None

    @property
    def local(self) -> bool:
        """Whether the service is for this machine only: mail goes to a folder, a passphrase is made up."""
        return urlsplit(self.base_url).hostname in LOCAL_HOSTS

    @property
    def host(self) -> str:
        """Host and port as in the base URL, lower case: what did:web names."""
        return urlsplit(self.base_url).netloc

    def __repr__(self) -> str:
        """Name the service; never a secret, because representations end up in logs."""
        return f"Settings(base_url={self.base_url!r}, data_dir={str(self.data_dir)!r})"


def load(environ: Mapping[str, str], file: Path | None = None) -> Settings:
    """Settings from ASSAY_* variables, which win, and a TOML file (ASSAY_CONFIG where none is given).

    Raises:
        SettingsRefused: settings.unknown, settings.invalid, settings.file, settings.base_url,
            settings.listen, trust.unreadable, trust.malformed
    """
    named = file or (Path(environ["ASSAY_CONFIG"]) if environ.get("ASSAY_CONFIG") else None)
    values: dict[str, Any] = _from_file(named) if named else {}
    values |= {
        name: environ[f"ASSAY_{name.upper()}"]
        for name in Settings.__struct_fields__
        if environ.get(f"ASSAY_{name.upper()}")
    }
    if isinstance(values.get("listen"), str):
        values["listen"] = tuple(part.strip() for part in values["listen"].split(",") if part.strip())
    if isinstance(values.get("trust"), str):
        values["trust"] = tuple(filter(None, values["trust"].split(os.pathsep)))
    if "base_url" in values:
        values["base_url"] = _base_url(str(values["base_url"]))
    elif "port" in values or "tls_cert" in values:
        scheme = "https" if "tls_cert" in values else "http"
        values["base_url"] = f"{scheme}://localhost:{values.get('port', DEFAULT_PORT)}"
    # What the VC API holds is in the memory of one process.
    values.setdefault("workers", _cores() if values.get("vc_api", "off") == "off" else 1)
    if "port" not in values and "base_url" in values:
        values["port"] = _local_port(values["base_url"])
    try:
        settings = msgspec.convert(values, Settings, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise SettingsRefused("settings.invalid", _wrong(str(error), environ, named)) from error
    return _checked(settings)


def _wrong(message: str, environ: Mapping[str, str], file: Path | None) -> str:
    """What is wrong with a setting, by the name that it was given under."""
    name = message.rpartition("`$.")[2].partition("`")[0].partition("[")[0]
    if environ.get(f"ASSAY_{name.upper()}"):
        return in_words(message.partition(" - at ")[0], path=f"ASSAY_{name.upper()}")
    return f"In the settings file {file}: {in_words(message)}"


def _path(kind: type, value: Any) -> Any:
    """Turn text into a path, which msgspec does not know; refuse the rest."""
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError


def _from_file(file: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsRefused(
            "settings.file", f"The settings file {file} cannot be read: {error.strerror}."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsRefused("settings.file", f"The settings file {file} is not TOML: {error}.") from error
    unknown = sorted(set(values) - set(Settings.__struct_fields__))
    if unknown:
        raise SettingsRefused(
            "settings.unknown", f"The settings file {file} names unknown settings: {', '.join(unknown)}."
        )
    return values


def _base_url(text: str) -> str:
    """Scheme, host and optional port, lower case, without a final slash: identifiers are built on this."""
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SettingsRefused(
            "settings.base_url", f"The base URL {text!r} is not an address: {error}."
        ) from error
    if parts.scheme not in {"http", "https"} or not host or parts.username or parts.path not in {"", "/"}:
        raise SettingsRefused(
            "settings.base_url",
            f"The base URL {text!r} must be https://host or https://host:port, with no path.",
        )
    if parts.query or parts.fragment:
        raise SettingsRefused(
            "settings.base_url", f"The base URL {text!r} must not have a query or a fragment."
        )
    if parts.scheme == "http" and host not in LOCAL_HOSTS:
        raise SettingsRefused(
            "settings.base_url", f"The base URL {text!r} must use https: plain http is for localhost only."
        )
    shown = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{shown}" + (f":{port}" if port and port != default else "")


def _cores() -> int:
    """The processors that this process may use, as far as nobody says how many to use."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(allowed, MOST_UNASKED)


def _local_port(base_url: str) -> int:
    """Where to listen if nothing else is said: the base URL's own port for a local service, else 8000."""
    parts = urlsplit(base_url)
    return (parts.port or 80) if parts.hostname in LOCAL_HOSTS else DEFAULT_PORT


def _checked(settings: Settings) -> Settings:
    if not 1 <= settings.workers <= MAX_WORKERS:
        raise SettingsRefused("settings.invalid", f"workers must be between 1 and {MAX_WORKERS}.")
    if not 0 <= settings.port <= 65535:  # noqa: PLR2004 - the range of TCP ports
        raise SettingsRefused("settings.invalid", "port must be between 0 and 65535.")
    if settings.log_level not in LOG_LEVELS:
        raise SettingsRefused("settings.invalid", f"log_level must be one of {', '.join(LOG_LEVELS)}.")
    if not settings.listen:
        raise SettingsRefused("settings.listen", "listen must name at least one address.")
    if settings.smtp_url and urlsplit(settings.smtp_url).scheme not in {"smtp", "smtps"}:
        raise SettingsRefused("settings.invalid", "smtp_url must begin with smtp:// or smtps://.")
    if settings.contact and not _CONTACT.fullmatch(settings.contact):
        raise SettingsRefused(
            "settings.invalid", "contact must be mailto:somebody@example.org or begin with https://."
        )
    if settings.database_url and urlsplit(settings.database_url).scheme not in {"postgres", "postgresql"}:
        raise SettingsRefused("settings.invalid", "database_url must begin with postgresql://.")
    if settings.trust:
        _check_trust(settings.trust)
    return msgspec.structs.replace(settings, data_dir=settings.data_dir.expanduser().absolute())


def _check_trust(paths: tuple[Path, ...]) -> None:
    """Raise SettingsRefused where the sources of trust cannot be read, before anything is started."""
    from verifier.errors import TrustRefused  # noqa: PLC0415 — most commands need none of this
    from verifier.trust import open_trust  # noqa: PLC0415 — likewise

    try:
        open_trust(paths, datetime.now(UTC))
    except TrustRefused as refused:
        raise SettingsRefused(refused.code, refused.detail) from refused


def data_folder(settings: Settings) -> Path:
    """The data folder, made on first use; what is private in it has folders of its own.

    Raises:
        SettingsRefused: data_dir.unwritable
    """
    try:
        # Others may pass through (the embedded PostgreSQL's account must), nobody else may list it.
        settings.data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsRefused(
            "data_dir.unwritable",
            f"The data folder {settings.data_dir} cannot be made: {error.strerror}. "
            "Name another with ASSAY_DATA_DIR.",
        ) from error
    if not os.access(settings.data_dir, os.W_OK | os.X_OK):
        raise SettingsRefused(
            "data_dir.unwritable",
            f"The data folder {settings.data_dir} cannot be written. Name another with ASSAY_DATA_DIR.",
        )
    return settings.data_dir


def known_data_folder(settings: Settings) -> Path:
    """The data folder of a service that was started before: a command in the wrong folder makes none.

    Raises:
        StartRefused: data_dir.missing
    """
    if not (settings.data_dir / "keys").is_dir():
        raise StartRefused(
            "data_dir.missing",
            f"There is no service's data in {settings.data_dir}. Start the service first, or go to where it "
            "was started, or name its data folder with ASSAY_DATA_DIR.",
        )
    return data_folder(settings)


def passphrase(settings: Settings) -> str:
    """The key store's passphrase; in local use one is made up once and kept in the data folder, mode 0600.

    Raises:
        SettingsRefused: passphrase.missing, passphrase.unreadable, passphrase.open_mode
    """
    if settings.passphrase:
        return settings.passphrase
    file = settings.passphrase_file
    if file is None:
        if not settings.local:
            raise SettingsRefused(
                "passphrase.missing",
                "Name the key store's passphrase with ASSAY_PASSPHRASE or ASSAY_PASSPHRASE_FILE.",
            )
        file = _made_up(data_folder(settings) / "passphrase")
    try:
        with file.open(encoding="utf-8") as stream:
            if os.fstat(stream.fileno()).st_mode & 0o077:
                raise SettingsRefused(
                    "passphrase.open_mode",
                    f"The passphrase file {file} is readable by others; its mode must be 0600.",
                )
            text = stream.read().strip()
    except OSError as error:
        raise SettingsRefused(
            "passphrase.unreadable", f"The passphrase file {file} cannot be read: {error.strerror}."
        ) from error
    if not text:
        raise SettingsRefused("passphrase.missing", f"The passphrase file {file} is empty.")
    return text


def _made_up(file: Path) -> Path:
    """Create `file` with a random passphrase unless it exists; several processes may start at once."""
    if file.exists():
        return file
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    draft.touch(mode=0o600)
    try:
        draft.write_text(secrets.token_urlsafe(32) + "\n", encoding="utf-8")
        os.link(draft, file)  # fails where another process was first: then that one counts
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return file
