"""`assay assessment calibrate`: item parameters from recorded responses."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import rich_click as click
from msgspec import UNSET, UnsetType

from issuer.assessments.bank import digest
from issuer.assessments.calibrating.version import (
    Source,
    calibration_of,
    lint_next,
    next_version,
    parameters,
    points,
    synthetic,
    written,
)
from issuer.assessments.files import FILE, bank_in, read, write_new
from issuer.calibration import responses as response_files
from issuer.calibration.calibrate import Calibrated, calibrate, too_few
from issuer.calibration.dif import Dif, dif, members, read_groups
from issuer.calibration.link import link, linked
from issuer.calibration.refused import CalibrationRefused, named
from issuer.calibration.report import lines, report
from issuer.calibration.responses import MAX_BYTES, Responses, check
from issuer.settings import StartRefused
from schemas.assessment import Bank
from schemas.items import Model, Parameters

MODELS: tuple[Model, ...] = ("rasch", "2pl", "3pl", "grm")


@click.command("calibrate")
@click.argument("responses", type=FILE, metavar="RESPONSES.csv")
@click.option("--model", type=click.Choice(MODELS), required=True, help="What an item is described by.")
@click.option("--prior", type=click.Choice(["eb"]), help="Learn a prior on log a from 50 items and more.")
@click.option("--without", "left_out", multiple=True, metavar="ITEM", help="Leave an item out. Repeatable.")
@click.option("--groups", type=FILE, help="Person and group, to compare groups item by item.")
@click.option("--reference", help="The group that others are compared with.")
@click.option("--bank", "bank_file", type=FILE, help="Whose items these are: unknown ones are refused.")
@click.option("--link", "old_file", type=FILE, help="A calibrated version, on whose scale the figures go.")
@click.option("--write", type=FILE, help="Where the bank's next version goes: a file that is not there yet.")
@click.option("--version", help="What the bank's next version is called.")
@click.option(
    "--source",
    type=click.Choice(["recorded", "simulated"]),
    default="recorded",
    show_default=True,
    help="Whose answers they are: people's, or drawn ones, which only a SYNTHETIC bank may rest on.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    responses: Path,
    model: Model,
    prior: str | None,
    left_out: tuple[str, ...],
    groups: Path | None,
    reference: str | None,
    bank_file: Path | None,
    old_file: Path | None,
    write: Path | None,
    version: str | None,
    source: Source,
    as_json: bool,  # noqa: FBT001 - a flag of the command line
) -> None:
    """Estimate item parameters from responses: a person column and one column an item, empty if not met."""
    if write is not None and (bank_file is None or version is None):
        raise click.UsageError("--write needs --bank and --version.")
    if (groups is None) != (reference is None):
        raise click.UsageError("--groups and --reference go together.")
    document = read(bank_file, "bank") if bank_file is not None else b""
    bank = bank_in(document, bank_file) if bank_file is not None else None
    with _refusals(f"{responses}: "):
        found = response_files.read(read(responses, "responses", MAX_BYTES))
    with _refusals():
        calibrated = _calibrated(found.without(left_out), model, bank, empirical_bayes=prior == "eb")
        scale = None if old_file is None else link(calibrated, _parameters_in(old_file))
        printed = report(calibrated, _compared(calibrated, groups, reference), scale)
        if scale is not None:
            calibrated = linked(calibrated, scale)
    made: str | None = None
    if bank is not None and write is not None and version is not None:
        made = _write(write, document, bank, version, calibrated, source, old_file)
    if as_json:
        click.echo(msgspec.json.encode(printed).decode())
        return
    click.echo("\n".join(lines(printed)))
    if made is not None:
        click.echo(made)


def _parameters_in(file: Path) -> dict[str, Parameters]:
    return {item.id: item.parameters for item in bank_in(read(file, "bank"), file).items if item.parameters}


def _compared(
    calibrated: Calibrated, groups: Path | None, reference: str | None
) -> tuple[Dif, ...] | UnsetType:
    if groups is None or reference is None:
        return UNSET
    stated = read_groups(read(groups, "groups", MAX_BYTES))
    return dif(calibrated, members(calibrated.responses, stated, reference))


def _calibrated(
    responses: Responses, model: Model, bank: Bank | None, *, empirical_bayes: bool
) -> Calibrated:
    check(responses, model, None if bank is None else points(bank))
    return calibrate(responses, model, empirical_bayes=empirical_bayes)


def _write(
    path: Path,
    document: bytes,
    bank: Bank,
    version: str,
    calibrated: Calibrated,
    source: Source,
    old: Path | None,
) -> str:
    """Write the bank's next version; returns what to say of it."""
    if source == "simulated" and not synthetic(bank):
        raise StartRefused(
            "calibration.source",
            f"{bank.id} is not called SYNTHETIC, so its parameters come from recorded responses only.",
        )
    of_live = {item.id for item in bank.items if item.state == "live"}
    for sentence in too_few(calibrated.responses, calibrated.setting.model, of_live):
        raise StartRefused("calibration.too_few_people", f"{sentence} Nothing was written.")
    new, short = next_version(
        bank,
        version,
        calibration_of(calibrated, source, None if old is None else digest(read(old, "bank"))),
        parameters(calibrated),
    )
    findings = list(lint_next(bank, new))
    if findings:
        raise StartRefused("calibration.unfit", f"{' '.join(findings[:10])} Nothing was written.")
    content = written(document, new)
    write_new(path, content, "bank")
    still = f" Without parameters yet, for want of responses: {named(short)}." if short else ""
    return f"{new.id} {new.version}: {path}, SHA-256 {digest(content)}.{still}"


@contextmanager
def _refusals(where: str = "") -> Iterator[None]:
    try:
        yield
    except CalibrationRefused as refused:
        raise StartRefused(refused.code, f"{where}{refused.detail}") from refused
