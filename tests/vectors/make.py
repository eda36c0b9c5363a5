"""Writes the vectors, never silently: a test holds what is committed against what this would write.

python -m tests.vectors.make            # writes new and changed cases, removes those that are gone
python -m tests.vectors.make --check    # writes nothing; exit status 1 and the ids where they differ
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tests.vectors.maker import FAMILIES
from verifier.conformance.case import Case, schema

FOLDER = Path(__file__).parent


def inventory() -> Iterator[Case]:
    """Every case, family by family."""
    for family in FAMILIES:
        yield from family()


def files() -> dict[str, bytes]:
    """What belongs in the folder: name to content; two cases of one id are a mistake."""
    made = {"schema.json": _pretty(schema())}
    for case in inventory():
        name = f"{case.id}.json"
        assert name not in made, f"{case.id} stands twice"
        made[name] = _pretty(case)
    return made


def differences() -> list[str]:
    """The names of files that are missing, changed or too many."""
    made = files()
    there = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.json")}
    return sorted(
        name
        for name in made.keys() | there
        if name not in made or name not in there or (FOLDER / name).read_bytes() != made[name]
    )


def _pretty(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def main() -> None:
    if sys.argv[1:] == ["--check"]:
        found = differences()
        sys.stdout.write("".join(f"{name}\n" for name in found))
        sys.exit(1 if found else 0)
    made = files()
    for name in differences():
        path = FOLDER / name
        if name in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(made[name])
        else:
            path.unlink()
        sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main()
