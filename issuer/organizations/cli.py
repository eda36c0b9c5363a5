"""`assay token`, `assay keys` and `assay trust`."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import rich_click as click

from issuer.db.pool import transaction
from issuer.organizations import keys as organization_keys
from issuer.organizations import store
from issuer.organizations.command import Opened, chosen, columns, organization_option, work
from issuer.organizations.create import machine, person_in
from issuer.organizations.tokens import ALLOWS, SCOPES, create_token, revoke_token
from issuer.organizations.trust import Exported, export
from keys.public import PublicKey

CREATE = """Create a token and print it: it is shown this once.

LABEL names the program that will have it. With --person it is a person's: LABEL is then their role, such as
'second rater'; before they rate, review or supervise, say who that is (`assay rating rater`,
`assay review reviewer`).

What each scope allows:

\b
""" + "\n".join(f"{scope}\n  {allowed}" for scope, allowed in ALLOWS.items())


@click.group()
def token() -> None:
    """API tokens: who may ask the service for what."""


@token.command("create", help=CREATE)
@organization_option
@click.argument("label")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice(SCOPES),
    metavar="SCOPE",
    help="What it may do, one of those above. May be repeated.",
)
@click.option("--days", type=click.IntRange(min=1), help="How long it works; without an end if left away.")
@click.option(
    "--person", is_flag=True, help="For a person, who alone may rate, supervise and approve: LABEL is a role."
)
def token_create(
    organization: str | None, label: str, scopes: tuple[str, ...], days: int | None, *, person: bool
) -> None:
    """Create a token for whom LABEL names, and print it."""

    async def piece(opened: Opened) -> str:
        organization_id = await chosen(opened, organization)
        at = opened.clock()
        expires_at = None if days is None else at + timedelta(days=days)
        async with transaction(opened.pool) as db:
            principal_id = await (person_in if person else machine)(db, organization_id, label, at=at)
            wanted = tuple(dict.fromkeys(scopes))
            _, text = await create_token(
                db, organization_id, principal_id, label, wanted, at=at, expires_at=expires_at
            )
        return text

    click.echo(work(piece))


@token.command("list")
@organization_option
def token_list(organization: str | None) -> None:
    """List all tokens, oldest first: id, program, whether they still work, and scopes."""

    async def piece(opened: Opened) -> tuple[tuple[store.Token, ...], datetime]:
        organization_id = await chosen(opened, organization)
        return await store.tokens(opened.pool, organization_id), opened.clock()

    found, now = work(piece)
    rows = [(str(one.id), one.label, _standing(one, now), ", ".join(one.scopes)) for one in found]
    click.echo(columns(("ID", "PROGRAM", "STATE", "SCOPES"), rows) if rows else "There are no tokens yet.")


def _standing(one: store.Token, now: datetime) -> str:
    if one.revoked_at is not None:
        return f"revoked {one.revoked_at:%Y-%m-%d}"
    if one.expires_at is None:
        return "works"
    return f"{'works until' if one.expires_at > now else 'expired'} {one.expires_at:%Y-%m-%d}"


@token.command("revoke")
@organization_option
@click.argument("token_id", metavar="ID", type=click.UUID)
def token_revoke(organization: str | None, token_id: UUID) -> None:
    """Revoke the token with this ID (see `assay token list`). It stops working at once."""

    async def piece(opened: Opened) -> bool:
        organization_id = await chosen(opened, organization)
        async with transaction(opened.pool) as db:
            return await revoke_token(db, organization_id, token_id, at=opened.clock())

    if not work(piece):
        raise click.ClickException("No token with this id works here, so nothing was changed.")
    click.echo(f"Revoked {token_id}.")


@click.group()
def keys() -> None:
    """The keys that an organisation signs its credentials with."""


@keys.command("list")
@organization_option
def keys_list(organization: str | None) -> None:
    """List every key that there ever was, oldest first, with its state."""

    async def piece(opened: Opened) -> tuple[store.StoredKey, ...]:
        return await store.keys(opened.pool, await chosen(opened, organization))

    rows = [(key.kid, key.algorithm, key.state, f"{_since(key):%Y-%m-%d %H:%M} UTC") for key in work(piece)]
    click.echo(columns(("KID", "ALGORITHM", "STATE", "SINCE"), rows))


def _since(key: store.StoredKey) -> datetime:
    return key.compromised_at or key.retired_at or key.activated_at


@keys.command("rotate")
@organization_option
@click.option("--algorithm", help="Only the key for this algorithm, as in `assay keys list`.")
def keys_rotate(organization: str | None, algorithm: str | None) -> None:
    """Sign with new keys from now on, one for each algorithm. What older keys signed stays genuine."""

    async def piece(opened: Opened) -> tuple[str, tuple[PublicKey, ...]]:
        organization_id = await chosen(opened, organization)
        made = await organization_keys.rotate(
            opened.pool,
            opened.keystore,
            opened.settings,
            organization_id,
            opened.clock,
            algorithm=algorithm,
        )
        return organization_id, made

    organization_id, made = work(piece)
    for key in made:
        click.echo(f"{organization_id} signs with {key.kid} ({key.algorithm}) now. Older keys still verify.")


# A thumbprint may begin with a hyphen, and with -h.
AS_IT_IS = {"ignore_unknown_options": True, "help_option_names": ["--help"]}


@keys.command("compromise", context_settings=AS_IT_IS)
@organization_option
@click.argument("kid")
@click.option("--yes", is_flag=True, help="Do not ask.")
def keys_compromise(organization: str | None, kid: str, *, yes: bool) -> None:
    """Report that the private half of the key KID may be in other hands. This is final.

    Nothing that only this key signed is genuine any more, whatever date it claims. Honest awards are signed
    again with another key by the running service. `assay keys list` shows the KID of every key.
    """
    if not yes:
        click.confirm(
            "Everything that only this key signed stops being genuine, for ever. Go on?", abort=True
        )

    async def piece(opened: Opened) -> tuple[str, str | None]:
        organization_id = await chosen(opened, organization)
        successor = await organization_keys.compromise(
            opened.pool, opened.keystore, opened.settings, organization_id, kid, opened.clock
        )
        return organization_id, None if successor is None else successor.kid

    organization_id, successor = work(piece)
    click.echo(f"{kid} is reported as compromised and no longer published.")
    if successor is not None:
        click.echo(f"{organization_id} signs with {successor} now.")


@click.group()
def trust() -> None:
    """What others need to verify without a network."""


@trust.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--organization", "organizations", multiple=True, help="Only this one; may be repeated.")
@click.option("--vouched-by", help="Who vouches for these issuers; the service's own address if left away.")
def trust_export(folder: Path, organizations: tuple[str, ...], vouched_by: str | None) -> None:
    """Write DID documents, keys and signed status lists into FOLDER, for `assay verify --trust FOLDER`."""

    async def piece(opened: Opened) -> tuple[Exported, datetime]:
        at = opened.clock()
        made = await export(opened.pool, opened.settings, folder, organizations, vouched_by=vouched_by, at=at)
        return made, at

    made, at = work(piece)
    click.echo(f"Wrote {made.documents} documents to {folder}. Exported {_moment(at)}.")
    if made.until is not None:
        click.echo(f"Status lists in it count until {_moment(made.until)}; export again before.")


def _moment(at: datetime) -> str:
    return f"{at.day} {at:%b %Y, %H:%M} UTC"
