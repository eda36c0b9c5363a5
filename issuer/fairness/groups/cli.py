"""`assay fairness groups`: protected attributes, asked for a purpose and read in aggregates only."""

import csv
from pathlib import Path

import rich_click as click

from issuer.db.pool import transaction
from issuer.fairness.groups import declare, store
from issuer.organizations.command import Opened, by_option, chosen, columns, organization_option, work
from issuer.organizations.create import person_in
from issuer.settings import StartRefused
from schemas.wording import many

MAX_BYTES = 10_000_000
HEAD = ["email", "option"]


@click.group()
def groups() -> None:
    """Protected attributes such as gender or age group: answered freely, seen only as counts of groups."""


@groups.command("list")
@organization_option
def groups_list(organization: str | None) -> None:
    """List the attributes that are asked for, with their options and what for."""

    async def piece(opened: Opened) -> tuple[store.Question, ...]:
        return await store.questions(opened.pool, await chosen(opened, organization))

    rows = [(one.attribute, ", ".join(one.options), one.purpose) for one in work(piece)]
    click.echo(columns(("ATTRIBUTE", "OPTIONS", "PURPOSE"), rows) if rows else "Nothing is asked for.")


@groups.command("ask")
@organization_option
@click.argument("attribute")
@click.option("--option", "options", multiple=True, required=True, help="An answer; repeat for each.")
@click.option("--purpose", required=True, help="What for, in words that people read before they answer.")
@by_option
def groups_ask(
    organization: str | None, attribute: str, options: tuple[str, ...], purpose: str, role: str
) -> None:
    """Ask takers for an ATTRIBUTE, after their assessment; answering is free and can be withdrawn."""

    async def piece(opened: Opened) -> None:
        organization_id = await chosen(opened, organization)
        at = opened.clock()
        async with transaction(opened.pool) as db:
            by = await person_in(db, organization_id, role, at=at)
            question = store.Question(attribute, options, purpose, at)
            await declare.ask(db, organization_id, question, by=by)

    work(piece)
    click.echo(f"{attribute} is asked for from now on.")


@groups.command("import")
@organization_option
@click.argument("attribute")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@by_option
def groups_import(organization: str | None, attribute: str, file: Path, role: str) -> None:
    """Bring answers that people gave freely elsewhere: FILE is CSV with the columns email and option.

    All or nothing. What people answered or withdrew here themselves stands.
    """
    answers = _read(file)

    async def piece(opened: Opened) -> int:
        organization_id = await chosen(opened, organization)
        at = opened.clock()
        async with transaction(opened.pool) as db:
            by = await person_in(db, organization_id, role, at=at)
            return await declare.bring(db, opened.keystore, organization_id, attribute, answers, by=by, at=at)

    kept = work(piece)
    click.echo(f"Kept {kept} of {many(len(answers), 'answer')}; of the others, people's own acts stand.")


@groups.command("delete")
@organization_option
@click.argument("attribute")
@by_option
def groups_delete(organization: str | None, attribute: str, role: str) -> None:
    """Ask for an ATTRIBUTE no more, and delete every answer to it."""

    async def piece(opened: Opened) -> None:
        organization_id = await chosen(opened, organization)
        at = opened.clock()
        async with transaction(opened.pool) as db:
            by = await person_in(db, organization_id, role, at=at)
            await declare.stop_asking(db, organization_id, attribute, by=by, at=at)

    work(piece)
    click.echo(f"{attribute} is not asked for any more, and its answers are deleted.")


def _read(file: Path) -> dict[str, str]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream.read(MAX_BYTES + 1).splitlines(keepends=True), strict=True))
    except OSError as error:
        raise StartRefused("groups.file", f"{file} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise StartRefused("groups.file", f"{file} is not CSV in UTF-8.") from error
    if rows[:1] != [HEAD]:
        raise StartRefused("groups.file", f"The first line of {file} must be: email,option.")
    answers: dict[str, str] = {}
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(HEAD) or row[0] in answers:
            raise StartRefused(
                "groups.file", f"Line {number} of {file} needs one e-mail address, once, and one option."
            )
        answers[row[0]] = row[1]
    return answers
