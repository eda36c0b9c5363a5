"""`assay assessment calibrate`: item parameters from recorded responses."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import rich_click as click
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

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
from schemas.assessment import Bank, Calibration
from schemas.items import Model, Parameters

if TYPE_CHECKING:
    from issuer.assessments.calibrating.recorded import Recorded
    from issuer.organizations.command import Opened

MODELS: tuple[Model, ...] = ("rasch", "2pl", "3pl", "grm")


@click.command("calibrate")
@click.argument("responses", type=FILE, metavar="RESPONSES.csv", required=False)
@click.option("--assessment", metavar="NAME", help="Read what people answered here, instead of a file.")
@click.option("--organization", metavar="ID", help="Whose assessment, where there are several organisations.")
@click.option("--by", "role", metavar="ROLE", help="Who has it read: a role, for the audit log.")
@click.option("--by-language", is_flag=True, help="Compare the bank's languages item by item.")
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
    responses: Path | None,
    assessment: str | None,
    model: Model,
    prior: str | None,
    groups: Path | None,
    reference: str | None,
    old_file: Path | None,
    write: Path | None,
    version: str | None,
    source: Source,
    as_json: bool,  # noqa: FBT001 - a flag of the command line
    **given: Any,
) -> None:
    """Estimate item parameters from responses: a person column and one column an item, empty if not met.

    With --assessment they are those of people's first sittings in the database; only figures come out.
    """
    _refuse_mixtures(responses, assessment, write, version, groups, reference, source, given)
    with _refusals("" if responses is None else f"{responses}: "):
        told = _from_file(responses, given) if responses is not None else _from_database(assessment, given)
    with _refusals():
        calibrated = _calibrated(told.responses, model, told.bank, empirical_bayes=prior == "eb")
        scale = None if old_file is None else link(calibrated, _parameters_in(old_file))
        compared = _compared(calibrated, groups, reference)
        if given["by_language"] and told.bank is not None:
            reference = told.bank.language
            compared = dif(calibrated, members(calibrated.responses, told.languages, reference))
        printed = report(calibrated, compared, scale)
        printed = replace(printed, warnings=(*printed.warnings, *told.notes))
        if scale is not None:
            calibrated = linked(calibrated, scale)
    made: str | None = None
    if told.bank is not None and write is not None and version is not None:
        linked_to = None if old_file is None else digest(read(old_file, "bank"))
        stated = calibration_of(calibrated, printed, reference, source, linked_to)
        made = _write(write, told.document, told.bank, version, calibrated, stated)
    if as_json:
        click.echo(msgspec.json.encode(printed).decode())
        return
    click.echo("\n".join(lines(printed)))
    if made is not None:
        click.echo(made)


class _Told(NamedTuple):
    """Responses, whose items they are, where that is known, and in which language each row was asked."""

    responses: Responses
    document: bytes
    bank: Bank | None
    languages: Mapping[str, str] = {}
    notes: tuple[str, ...] = ()


def _refuse_mixtures(
    responses: Path | None,
    assessment: str | None,
    write: Path | None,
    version: str | None,
    groups: Path | None,
    reference: str | None,
    source: Source,
    given: Mapping[str, Any],
) -> None:
    """Raise UsageError for options that say nothing together."""
    if (responses is None) == (assessment is None):
        raise click.UsageError("Give either a file of responses, or --assessment.")
    if (groups is None) != (reference is None):
        raise click.UsageError("--groups and --reference go together.")
    if assessment is None:
        if write is not None and (given["bank_file"] is None or version is None):
            raise click.UsageError("--write needs --bank and --version.")
        if given["by_language"] or given["role"] or given["organization"]:
            raise click.UsageError("--organization, --by and --by-language need --assessment.")
        return
    if given["role"] is None:
        raise click.UsageError("--assessment needs --by: who has people's answers read is audited.")
    if write is not None and version is None:
        raise click.UsageError("--write needs --version.")
    if given["bank_file"] is not None or groups is not None or source != "recorded":
        raise click.UsageError(
            "--assessment knows its bank and who answered: no --bank, --groups or --source."
        )


def _from_file(responses: Path, given: Mapping[str, Any]) -> _Told:
    bank_file: Path | None = given["bank_file"]
    document = read(bank_file, "bank") if bank_file is not None else b""
    bank = bank_in(document, bank_file) if bank_file is not None else None
    found = response_files.read(read(responses, "responses", MAX_BYTES))
    return _Told(found.without(given["left_out"]), document, bank)


def _from_database(assessment: str | None, given: Mapping[str, Any]) -> _Told:
    # A file of responses needs neither database nor driver.
    from issuer.assessments.calibrating.recorded import recorded  # noqa: PLC0415 - see above
    from issuer.organizations.command import chosen, work  # noqa: PLC0415 - likewise

    async def piece(opened: "Opened") -> "Recorded":
        organization_id = await chosen(opened, given["organization"])
        return await recorded(
            opened.pool,
            organization_id,
            str(assessment),
            without=given["left_out"],
            role=given["role"],
            at=opened.clock(),
        )

    found = work(piece)
    return _Told(found.responses, found.document, found.bank, found.languages, found.note)


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
    stated: Calibration,
) -> str:
    """Write the bank's next version; returns what to say of it."""
    if stated.source == "simulated" and not synthetic(bank):
        raise StartRefused(
            "calibration.source",
            f"{bank.id} is not called SYNTHETIC, so its parameters come from recorded responses only.",
        )
    of_live = {item.id for item in bank.items if item.state == "live"}
    for sentence in too_few(calibrated.responses, calibrated.setting.model, of_live):
        raise StartRefused("calibration.too_few_people", f"{sentence} Nothing was written.")
    new, short = next_version(bank, version, stated, parameters(calibrated))
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
