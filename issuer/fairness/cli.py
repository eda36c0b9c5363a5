"""`assay fairness`: what is suspended, who is told, what is recorded."""

from pathlib import Path
from uuid import UUID

import msgspec
import rich_click as click

from issuer.assessments import telemetry
from issuer.db.pool import transaction
from issuer.fairness import store
from issuer.fairness.find import title_of
from issuer.fairness.groups.cli import groups
from issuer.fairness.report import Report, page, report
from issuer.fairness.retention.cli import retention
from issuer.fairness.suspend import Reason, lift, name_contact, suspend, suspension
from issuer.organizations.command import Opened, by_option, chosen, columns, organization_option, work
from issuer.organizations.create import person_in
from issuer.settings import StartRefused
from schemas.problems import ProblemError


@click.group()
def fairness() -> None:
    """Items and groups under watch: control charts, and what they found."""


@fairness.command("suspended")
@organization_option
def suspended(organization: str | None) -> None:
    """List the items that are not asked for now, the oldest first, and why."""

    async def piece(opened: Opened) -> tuple[store.Suspension, ...]:
        return await store.suspensions(opened.pool, await chosen(opened, organization))

    rows = [
        (
            str(one.id),
            one.bank_id,
            one.item_id,
            one.reason,
            f"{one.since:%Y-%m-%d %H:%M} UTC",
            "a chart" if one.suspended_by is None else "a person",
        )
        for one in work(piece)
    ]
    head = ("ID", "BANK", "ITEM", "REASON", "SINCE", "BY")
    click.echo(columns(head, rows) if rows else "No item is suspended.")


@fairness.command("suspend")
@organization_option
@click.argument("bank")
@click.argument("item")
@click.option(
    "--reason",
    type=click.Choice(("key", "person")),
    default="person",
    show_default=True,
    help="`key`: its key or text is in doubt.",
)
@by_option
def suspend_item(organization: str | None, bank: str, item: str, reason: Reason, role: str) -> None:
    """Ask an ITEM of a BANK (both by id) no more, in any version, until it is lifted."""

    async def piece(opened: Opened) -> UUID:
        organization_id = await chosen(opened, organization)
        at = opened.clock()
        title = await title_of(opened.pool, organization_id, bank, item)
        async with transaction(opened.pool) as db:
            by = await person_in(db, organization_id, role, at=at)
            wanted = suspension((organization_id, bank, item), reason, by=by, at=at)
            if not await suspend(db, opened.keystore, wanted, title):
                raise ProblemError("item.suspended")
        return wanted.id

    click.echo(f"{item} is not asked any more. Ask it again with `assay fairness lift {work(piece)}`.")


@fairness.command("lift")
@organization_option
@click.argument("suspension_id", metavar="ID", type=click.UUID)
@by_option
def lift_item(organization: str | None, suspension_id: UUID, role: str) -> None:
    """Ask a suspended item again; its charts begin anew. ID is that of `assay fairness suspended`."""

    async def piece(opened: Opened) -> tuple[str, str]:
        organization_id = await chosen(opened, organization)
        at = opened.clock()
        async with transaction(opened.pool) as db:
            by = await person_in(db, organization_id, role, at=at)
            return await lift(db, organization_id, suspension_id, by=by, at=at)

    bank, item = work(piece)
    click.echo(f"{item} of {bank} may be asked again.")


@fairness.command("recorded")
@organization_option
def recorded(organization: str | None) -> None:
    """List the signals about how people answer: which are on, since when, what for."""

    async def piece(opened: Opened) -> dict[str, telemetry.Switched]:
        on = await telemetry.switched(opened.pool, await chosen(opened, organization))
        return {one.signal: one for one in on}

    on = work(piece)
    rows = [
        (signal, f"since {on[signal].since:%Y-%m-%d}", on[signal].purpose)
        if signal in on
        else (signal, "off", "")
        for signal in telemetry.SIGNALS
    ]
    click.echo(columns(("SIGNAL", "STATE", "PURPOSE"), rows))


signal_argument = click.argument("signal", type=click.Choice(telemetry.SIGNALS))


@fairness.command("record")
@organization_option
@signal_argument
@click.option("--purpose", required=True, help="What for, in words that takers read before they begin.")
@by_option
def record(organization: str | None, signal: telemetry.Signal, purpose: str, role: str) -> None:
    """Record a SIGNAL of sessions that begin from now on; without this it is recorded nowhere."""

    async def piece(opened: Opened) -> None:
        organization_id = await chosen(opened, organization)
        at = opened.clock()
        async with transaction(opened.pool) as db:
            by = await person_in(db, organization_id, role, at=at)
            await telemetry.switch_on(db, organization_id, signal, purpose, by=by, at=at)

    work(piece)
    click.echo(f"{signal} is recorded of sessions that begin from now on.")


@fairness.command("forget")
@organization_option
@signal_argument
@by_option
def forget(organization: str | None, signal: telemetry.Signal, role: str) -> None:
    """Record a SIGNAL no more, and delete what was recorded of it."""

    async def piece(opened: Opened) -> None:
        organization_id = await chosen(opened, organization)
        at = opened.clock()
        async with transaction(opened.pool) as db:
            by = await person_in(db, organization_id, role, at=at)
            await telemetry.switch_off(db, organization_id, signal, by=by, at=at)

    work(piece)
    click.echo(f"{signal} is off, and what was recorded of it is deleted.")


@fairness.command("contact")
@organization_option
@click.option("--name", required=True, help="How to address them.")
@click.option("--email", required=True, help="Where the message goes.")
def contact(organization: str | None, name: str, email: str) -> None:
    """Name the one person who is told by mail when something needs a look, instead of whoever was before.

    They are told when a chart takes an item out, and when somebody asks for a review of their result. Name
    and address are kept encrypted. To be told allows nothing: whoever looks needs a token of their own
    (`assay token create --person`).
    """

    async def piece(opened: Opened) -> UUID:
        organization_id = await chosen(opened, organization)
        async with transaction(opened.pool) as db:
            return await name_contact(db, opened.keystore, organization_id, name, email, at=opened.clock())

    click.echo(f"{work(piece)} is told from now on. `assay person erase` ends it.")


@fairness.command("report")
@organization_option
@click.option("--assessment", "slug", metavar="NAME", required=True, help="The assessment's short name.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.option(
    "--html", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write it as a page into FILE."
)
@click.option("--by", "role", metavar="ROLE", help="Who reads it, for the audit log: a role, never a name.")
def fairness_report(
    organization: str | None, slug: str, file: Path | None, role: str | None, *, as_json: bool
) -> None:
    """Say how people and items fared, for people who must judge: groups, items, content, what is recorded.

    Each reading has its line in the audit log.
    """

    async def piece(opened: Opened) -> Report:
        organization_id, at, by = await chosen(opened, organization), opened.clock(), None
        if role is not None:
            async with transaction(opened.pool) as db:
                by = await person_in(db, organization_id, role, at=at)
        return await report(opened.pool, opened.keystore, organization_id, slug, by=by, at=at)

    found = work(piece)
    if file is not None:
        try:
            file.write_bytes(page(found))
        except OSError as error:
            raise StartRefused("report.unwritable", f"{file} cannot be written: {error.strerror}.") from error
    if as_json or file is None:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        click.echo(f"Wrote {file}.")


fairness.add_command(groups)
fairness.add_command(retention)
