"""Files that a command is given and writes: read whole, refused in a sentence, written once or not at all."""

from pathlib import Path

import msgspec
import rich_click as click

from issuer.assessments.bank import MAX_BYTES, BankRefused, parse_bank
from issuer.settings import StartRefused
from schemas.assessment import Bank
from schemas.standard import Standard
from schemas.strict_json import StrictJsonError, loads

FILE = click.Path(dir_okay=False, path_type=Path)


def read(path: Path, what: str, most: int = MAX_BYTES) -> bytes:
    """The bytes of a file, one more than `most` where it is larger.

    Raises StartRefused `<what>.unreadable`.
    """
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise StartRefused(f"{what}.unreadable", f"{path} cannot be read: {error.strerror}.") from error


def bank_in(document: bytes, path: Path) -> Bank:
    """The bank in these bytes, as it is; raises StartRefused with bank.json or bank.shape."""
    try:
        return parse_bank(document)
    except BankRefused as refused:
        raise StartRefused(refused.code, f"{path}: {refused.detail}") from refused


def standard_in(path: Path) -> Standard:
    """A panel's cut scores; raises StartRefused `standard.invalid`."""
    try:
        return msgspec.convert(loads(read(path, "standard"), max_bytes=MAX_BYTES), Standard)
    except (StrictJsonError, msgspec.ValidationError) as error:
        raise StartRefused("standard.invalid", f"{path} holds no cut scores: {error}.") from error


def write_new(path: Path, content: bytes, what: str) -> None:
    """Write a file that is not there yet, whole or not at all.

    Raises StartRefused `<what>.exists` or `<what>.unwritable`.
    """
    made = False
    try:
        with path.open("xb") as file:
            made = True
            file.write(content)
    except FileExistsError:
        raise StartRefused(f"{what}.exists", f"{path} is there already. It is never written over.") from None
    except OSError as error:
        if made:
            path.unlink()
        raise StartRefused(f"{what}.unwritable", f"{path} cannot be written: {error.strerror}.") from error
