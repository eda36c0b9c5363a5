"""`assay person`."""

import sys
from uuid import UUID

import rich_click as click

from issuer.organizations.command import Opened, chosen, organization_option, work
from issuer.people.enroll import find
from issuer.people.erase import erase
from schemas.problems import ProblemError


@click.group()
def person() -> None:
    """The people whom an organisation measured."""


@person.command("erase")
@organization_option
@click.argument("who")
@click.option("--yes", is_flag=True, help="Do not ask.")
def person_erase(organization: str | None, who: str, *, yes: bool) -> None:
    """Erase a person for ever: their key is destroyed, and nothing here can be read or traced back to them.

    WHO is the person's id or e-mail address, or - to read it from the input, where no shell remembers it.
    Credentials that the person already holds stay genuine.
    """
    sought = sys.stdin.readline().strip() if who == "-" else who
    if not yes:
        click.confirm("This cannot be undone. Go on?", abort=True)

    async def piece(opened: Opened) -> tuple[UUID, bool]:
        organization_id = await chosen(opened, organization)
        person_id = _as_id(sought) or await find(opened.pool, opened.keystore, organization_id, sought)
        if person_id is None:
            raise ProblemError("person.unknown")
        return person_id, await erase(opened.pool, organization_id, person_id, at=opened.clock())

    person_id, now = work(piece)
    click.echo(
        f"Erased {person_id}." if now else f"{person_id} was erased before; nothing was left to erase."
    )


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
