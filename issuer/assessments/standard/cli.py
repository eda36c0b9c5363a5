"""`assay assessment standard`: cuts from a panel's ratings, and the booklet that bookmarks are put in."""

from collections.abc import Callable
from pathlib import Path

import rich_click as click

from issuer.assessments.bank import BankRefused, digest, read_bank
from issuer.assessments.files import FILE, read, write_new
from issuer.assessments.standard import angoff as angoffs
from issuer.assessments.standard import bookmark as bookmarks
from issuer.assessments.standard.document import encode
from issuer.assessments.standard.ratings import MAX_BYTES
from issuer.assessments.standard.refused import StandardRefused
from issuer.settings import StartRefused
from schemas.assessment import Bank
from schemas.standard import SetLevel, Standard
from schemas.wording import many

SMALL_PANEL = 5

_bank = click.option("--bank", type=FILE, required=True, help="The bank version that was judged.")
_panel = click.option(
    "--panel",
    default="panel",
    show_default=True,
    help="What the panel is called where the standard is published; panellists are not named.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print the document instead of sentences.")
_write = click.option("--write", type=FILE, help="Where the document goes: a file that is not there yet.")
_probability = click.option(
    "--response-probability",
    type=click.FloatRange(0.5, 0.9),
    default=bookmarks.RESPONSE_PROBABILITY,
    show_default=True,
    help="How sure an answer is right on a page that a just-qualified person masters.",
)


@click.group()
def standard() -> None:
    """Cut scores by the judgement of a panel, with its spread and the cut's standard error."""


@standard.command("angoff")
@click.argument("ratings", type=FILE)
@_bank
@_panel
@_json
@_write
def angoff(ratings: Path, bank: Path, panel: str, *, as_json: bool, write: Path | None) -> None:
    """Cuts from RATINGS, a CSV file with the columns panellist, item, level, round and rating (0 to 1)."""
    judged = read(ratings, "standard", MAX_BYTES)
    _tell(
        bank, lambda item_bank, name: angoffs.angoff(judged, item_bank, name, panel), write, as_json=as_json
    )


@standard.command("bookmark")
@click.argument("ratings", type=FILE)
@_bank
@_panel
@_probability
@_json
@_write
def bookmark(
    ratings: Path, bank: Path, panel: str, response_probability: float, *, as_json: bool, write: Path | None
) -> None:
    """Cuts from RATINGS, a CSV file with the columns panellist, level, round, item and points.

    A line is a bookmark: the first page of the booklet that a just-qualified person does not master.
    """
    judged = read(ratings, "standard", MAX_BYTES)

    def made(item_bank: Bank, name: str) -> Standard:
        return bookmarks.bookmark(judged, item_bank, name, panel, response_probability)

    _tell(bank, made, write, as_json=as_json)


@standard.command("booklet")
@_bank
@_probability
def booklet(bank: Path, response_probability: float) -> None:
    """Print a calibrated bank's booklet, easy items first, as CSV: page, item, points, ability."""
    item_bank, _ = _read_bank(bank)
    try:
        pages = bookmarks.booklet(item_bank, response_probability)
    except StandardRefused as refused:
        raise StartRefused(refused.code, refused.detail) from refused
    lines = (f"{at},{page.item},{page.points},{page.ability:.3f}" for at, page in enumerate(pages, 1))
    click.echo("\n".join(("page,item,points,ability", *lines)))


def _read_bank(path: Path) -> tuple[Bank, str]:
    """A bank that can be used, and its digest."""
    document = read(path, "bank")
    try:
        return read_bank(document), digest(document)
    except BankRefused as refused:
        raise StartRefused(refused.code, f"{path}: {refused.detail}") from refused


def _tell(path: Path, made: Callable[[Bank, str], Standard], write: Path | None, *, as_json: bool) -> None:
    """Write and print what the panel set; raises StartRefused before anything is written or printed."""
    bank, bank_digest = _read_bank(path)
    try:
        found = made(bank, bank_digest)
    except StandardRefused as refused:
        raise StartRefused(refused.code, refused.detail) from refused
    document = encode(found)
    if write is not None:
        write_new(write, document, "standard")
    click.echo(document.decode().rstrip() if as_json else _sentences(found, bank))


def _sentences(found: Standard, bank: Bank) -> str:
    size, rounds = found.panel.size, found.panel.rounds
    judged = many(found.items, "item" if found.method == "angoff" else "page")
    head = (
        f"{found.method.capitalize()} on {bank.id} {bank.version} ({bank.tier}): {size} panellists, "
        f"{many(rounds, 'round')}, {judged}."
    )
    lines = [head, *(_level(level, found) for level in found.levels)]
    if size < SMALL_PANEL:
        lines.append(f"{size} panellists say little about how much panels differ: read the errors as rough.")
    if bank.calibration != "uncalibrated" and bank.calibration.source == "simulated":
        lines.append(
            "SYNTHETIC: the items' parameters come from simulated responses. For demonstrations only."
        )
    lines.append(f"Bank SHA-256 {found.bank}.")
    return "\n".join(lines)


def _level(level: SetLevel, found: Standard) -> str:
    spread = ", ".join(f"{one:.3f}" for one in found.panel.spread[level.code])
    if level.scale == "proportion":
        told = f"{level.cut:.1%} of the bank, standard error {level.standard_error:.1%}"
    else:
        told = f"ability {level.cut:+.3f}, standard error {level.standard_error:.3f}"
    if level.proportion is not None and level.proportion_error is not None:
        told += f" ({level.proportion:.1%} of the bank, standard error {level.proportion_error:.1%})"
    if level.misfit is not None:
        told += f"; ratings differ from the items' parameters by {level.misfit:.2f}"
    return f"{level.code}: {told}; panellists' standard deviation by round {spread}"
