"""`assay assessment check` and `move`: what an author does with a bank before anybody answers it."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import rich_click as click

from issuer.assessments import versions
from issuer.assessments.bank import digest
from issuer.assessments.files import FILE, bank_in, read, write_new
from issuer.assessments.lint import lint, lint_tier
from issuer.settings import StartRefused
from schemas.items import State
from schemas.wording import many


@click.command()
@click.argument("bank", type=FILE)
@click.option("--since", type=FILE, help="The version before it: what it may not change is checked too.")
def check(bank: Path, since: Path | None) -> None:
    """Say everything that would make the item bank in a file unfit to use."""
    document = read(bank, "bank")
    new = bank_in(document, bank)
    findings = [*lint(new), *lint_tier(new)]
    if since is not None:
        findings += versions.lint_version(bank_in(read(since, "bank"), since), new)
    _refuse(findings, "bank.lint")
    states = Counter(item.state for item in new.items)
    counted = ", ".join(f"{states[state]} {state}" for state in versions.STATES if states[state])
    items, areas = many(len(new.items), "item"), many(len(new.areas), "area")
    click.echo(f"{new.id} {new.version}: {items} ({counted}) in {areas}, {new.tier}.")
    click.echo(f"SHA-256 {digest(document)}. No findings.")


@click.command()
@click.argument("bank", type=FILE)
@click.argument("items", nargs=-1, required=True, metavar="ITEM...")
@click.option("--to", "state", type=click.Choice(versions.STATES[1:]), required=True, help="Their new state.")
@click.option("--version", required=True, help="What the new version is called.")
@click.option("--write", type=FILE, required=True, help="Where it goes: a file that is not there yet.")
def move(bank: Path, items: tuple[str, ...], state: State, version: str, write: Path) -> None:
    """Write a bank's next version, in which some items are pilot, live or retired."""
    document = read(bank, "bank")
    old = bank_in(document, bank)
    unknown = [name for name in items if old.item(name) is None]
    if unknown:
        raise StartRefused("bank.item_unknown", f"The bank has no item {unknown[0]!r}. Nothing was written.")
    new = versions.move(old, dict.fromkeys(items, state), version)
    before = set(lint(old))
    caused = [finding for finding in lint(new) if finding not in before]
    _refuse([*versions.lint_version(old, new), *caused], "bank.move")
    moved = json.loads(document)
    moved["version"] = version
    for item in moved["items"]:
        if item["id"] in items:
            item["state"] = state
    written = (json.dumps(moved, ensure_ascii=False, indent=2) + "\n").encode()
    write_new(write, written, "bank")
    click.echo(f"{new.id} {new.version}: {len(set(items))} moved to {state}. SHA-256 {digest(written)}")


def _refuse(findings: Iterable[str], code: str) -> None:
    """Print every finding; raises StartRefused if there is one."""
    found = list(findings)
    for finding in found:
        click.echo(finding)
    if found:
        raise StartRefused(code, f"{many(len(found), 'finding')}; the bank stays as it is.")
