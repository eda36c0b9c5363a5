"""`assay forms`: which secured forms an organisation releases its credentials in."""

import rich_click as click

from issuer.issuance import choice
from issuer.issuance.choice import Wanted
from issuer.issuance.profiles import PROFILES
from issuer.organizations.command import Opened, chosen, columns, organization_option, work


@click.group()
def forms() -> None:
    """The secured forms that an organisation releases its credentials in."""


@forms.command("list")
@organization_option
def forms_list(organization: str | None) -> None:
    """List every form that there is, and which ones this organisation releases."""

    async def piece(opened: Opened) -> tuple[Wanted, ...]:
        return await choice.chosen(opened.pool, await chosen(opened, organization))

    algorithms = {one.profile.name: one.algorithm for one in work(piece)}
    rows = [
        (
            profile.name,
            f"yes, with {algorithms[profile.name]}" if profile.name in algorithms else "no",
            ", ".join(profile.algorithms),
            f"{profile.title}: {profile.note}",
        )
        for profile in PROFILES
    ]
    click.echo(columns(("FORM", "RELEASED", "ALGORITHMS", "WHAT IT IS"), rows))


@forms.command("choose")
@organization_option
@click.argument("named", metavar="FORM[:ALGORITHM]...", nargs=-1, required=True)
def forms_choose(organization: str | None, named: tuple[str, ...]) -> None:
    """Release credentials in exactly these forms, as in `assay forms choose ob3-jwt vc+jwt:ES384`.

    The running service adds what credentials in good standing lack. What was released before stays valid.
    """

    async def piece(opened: Opened) -> tuple[str, tuple[Wanted, ...]]:
        organization_id = await chosen(opened, organization)
        asked = choice.parse([_pair(name) for name in named])
        await choice.choose(
            opened.pool, opened.keystore, opened.settings, organization_id, asked, opened.clock
        )
        return organization_id, asked

    organization_id, asked = work(piece)
    said = ", ".join(f"{one.profile.name} with {one.algorithm}" for one in asked)
    click.echo(f"{organization_id} releases {said}.")


def _pair(named: str) -> tuple[str, str | None]:
    name, _, algorithm = named.partition(":")
    return name, algorithm or None
