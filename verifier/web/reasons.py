"""Every reason code with its outcome and meaning, as docs/verification-steps.md has them, for /docs/reasons.

The documents do not travel with the package: `make documents` reads them and writes reasons.json beside this
module, which does.
"""

import functools
import re
from importlib import resources
from pathlib import Path

import msgspec
from msgspec import Struct

FILE = "reasons.json"
_STEP = re.compile(r"^### (\d+\. .+)$")
_ROW = re.compile(r"^\| `([a-z_]+\.[a-z0-9_]+)` \| (\w+) \| (.+) \|$")


class Explained(Struct, frozen=True):
    """One code: what its check found, and what that means."""

    code: str
    outcome: str
    meaning: str


class Step(Struct, frozen=True):
    """One step of the verification, with its codes in the document's order."""

    title: str
    reasons: tuple[Explained, ...]


def read_document(text: str) -> tuple[Step, ...]:
    """Return the steps of docs/verification-steps.md that have a table of codes."""
    steps: list[tuple[str, list[Explained]]] = []
    for line in text.splitlines():
        if title := _STEP.match(line):
            steps.append((title[1], []))
        elif (row := _ROW.match(line)) and steps:
            steps[-1][1].append(Explained(*row.groups()))
    return tuple(Step(title, tuple(reasons)) for title, reasons in steps)


@functools.cache
def steps() -> tuple[Step, ...]:
    """Return the steps as they travel with the package."""
    return msgspec.json.decode(
        resources.files(__package__).joinpath(FILE).read_bytes(), type=tuple[Step, ...]
    )


def as_text(document: str) -> bytes:
    """Return what FILE must hold for this document."""
    return msgspec.json.format(msgspec.json.encode(read_document(document)), indent=1) + b"\n"


def write(root: Path) -> None:
    """Write FILE anew from the documents of the checkout at `root`."""
    document = (root / "docs" / "verification-steps.md").read_text(encoding="utf-8")
    (root / "verifier" / "web" / FILE).write_bytes(as_text(document))
