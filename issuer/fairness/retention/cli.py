"""`assay fairness retention`: how long what is kept."""

import rich_click as click

from issuer.db.pool import transaction
from issuer.organizations.command import Opened, by_option, chosen, columns, organization_option, work
from issuer.organizations.create import person_in
from issuer.organizations.retention import KINDS, Kind, Rule, drop_rule, rules, set_rule
from schemas.wording import many

kind_argument = click.argument("kind", type=click.Choice(tuple(KINDS)))


@click.group()
def retention() -> None:
    """How long what is kept; a job of the service deletes the rest."""


@retention.command("list")
@organization_option
def retention_list(organization: str | None) -> None:
    """List what there is to keep, and for how long."""

    async def piece(opened: Opened) -> dict[str, int]:
        kept = await rules(opened.pool, await chosen(opened, organization))
        return {rule.kind: rule.days for rule in kept}

    days = work(piece)
    rows = [
        (kind, many(days[kind], "day") if kind in days else "until the erasure", what)
        for kind, what in KINDS.items()
    ]
    click.echo(columns(("KIND", "KEPT", "WHAT"), rows))


@retention.command("set")
@organization_option
@kind_argument
@click.option("--days", type=int, required=True, help="For how many days.")
@by_option
def retention_set(organization: str | None, kind: Kind, days: int, role: str) -> None:
    """Keep a KIND of data for so many days. What is older goes within the hour, and cannot come back."""

    async def piece(opened: Opened) -> None:
        organization_id = await chosen(opened, organization)
        at = opened.clock()
        async with transaction(opened.pool) as db:
            by = await person_in(db, organization_id, role, at=at)
            await set_rule(db, organization_id, Rule(kind, days), by=by, at=at)

    work(piece)
    click.echo(f"{kind}: kept for {many(days, 'day')}.")


@retention.command("drop")
@organization_option
@kind_argument
@by_option
def retention_drop(organization: str | None, kind: Kind, role: str) -> None:
    """Keep a KIND of data until the person is erased."""

    async def piece(opened: Opened) -> None:
        organization_id = await chosen(opened, organization)
        at = opened.clock()
        async with transaction(opened.pool) as db:
            by = await person_in(db, organization_id, role, at=at)
            await drop_rule(db, organization_id, kind, by=by, at=at)

    work(piece)
    click.echo(f"{kind}: kept until the erasure.")
