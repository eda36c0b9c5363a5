"""`assay assessment import`: a QTI 3 package becomes a bank document, or is refused item by item."""

import os
import secrets
from pathlib import Path

import msgspec
import rich_click as click

from issuer.imports.importing import Imported, Wanted, import_package
from issuer.imports.refusals import ImportRefused
from issuer.settings import StartRefused
from schemas.wording import many


@click.command("import")
@click.argument("package", type=click.Path(path_type=Path))
@click.option("--bank-id", metavar="ID", required=True, help="The bank's id: lower-case letters and digits.")
@click.option("--title", required=True, help="The bank's title, as takers read it.")
@click.option("--write", "target", type=click.Path(path_type=Path), help="Where to write the bank.")
@click.option("--bank-version", default="1.0.0", show_default=True, help="The bank's version.")
@click.option("--language", help="The bank's language; left away, the one that all items name, or en.")
@click.option("--description", help="What the bank measures.")
@click.option("--area", help="The content area of all items; left away, what the manifest says of each.")
@click.option("--live", is_flag=True, help="Set the items live; left away, they are drafts and not asked.")
@click.option("--partial", is_flag=True, help="Write the bank although some items are refused.")
@click.option("--replace", is_flag=True, help="Write over a file that exists.")
@click.option("--json", "as_json", is_flag=True, help="Say what became of each item as JSON.")
def import_(
    *,
    package: Path,
    bank_id: str,
    title: str,
    target: Path | None,
    bank_version: str,
    language: str | None,
    description: str | None,
    area: str | None,
    live: bool,
    partial: bool,
    replace: bool,
    as_json: bool,
) -> None:
    """Import a QTI 3 item, folder or content package as a bank document (docs/qti.md).

    Each item keeps its scoring exactly, or is refused with the reason. The bank is written whole or not at
    all: with every item, or with --partial those that could be taken. Without --write, only the report.
    """
    wanted = Wanted(
        bank_id, title, bank_version, language, description, area, state="live" if live else "draft"
    )
    try:
        imported = import_package(package, wanted)
    except ImportRefused as refused:
        raise StartRefused(refused.code, refused.detail) from refused
    click.echo(_json(imported) if as_json else _lines(imported))
    if target is not None:
        _write(target, imported, partial=partial, replace=replace)


def _json(imported: Imported) -> str:
    of = len(imported.taken) + len(imported.refused)
    report = {"of": of, "taken": imported.taken, "refused": imported.refused}
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode()


def _lines(imported: Imported) -> str:
    lines = []
    for taken in imported.taken:
        lost = f" Not kept: {'; '.join(taken.lost)}." if taken.lost else ""
        lines.append(f"taken    {_shown(taken.file)}: {taken.kind} {taken.id}.{lost}")
    lines += [f"refused  {_shown(one.file)}: {one.reason} [{one.code}]" for one in imported.refused]
    lines.append(
        f"Can be taken: {len(imported.taken)} of {many(len(imported.taken) + len(imported.refused), 'item')}."
    )
    return "\n".join(lines)


def _shown(name: str) -> str:
    """A stranger's file name, on one line."""
    return name if name.isprintable() else repr(name)


def _write(target: Path, imported: Imported, *, partial: bool, replace: bool) -> None:
    """The whole file or none: written beside its place, and moved there when it is complete."""
    of = len(imported.taken) + len(imported.refused)
    if imported.document is None:
        raise StartRefused("import.none", "None of the items can be taken; nothing was written.")
    if imported.refused and not partial:
        raise StartRefused(
            "import.refused",
            f"Cannot be taken: {len(imported.refused)} of {many(of, 'item')}; nothing was written. "
            "With --partial the others are.",
        )
    if target.exists() and not replace:
        raise StartRefused(
            "import.exists", f"{target} exists; nothing was written. --replace writes over it."
        )
    beside = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        with beside.open("xb") as file:
            file.write(imported.document)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise StartRefused("import.write", f"{target} cannot be written: {error.strerror}.") from error
