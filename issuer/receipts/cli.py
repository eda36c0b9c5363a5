"""`assay provider` and `assay receipts`."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec
import rich_click as click

from issuer.organizations.command import Opened, chosen, columns, organization_option, work
from issuer.receipts import store
from issuer.receipts.accept import Accepted, accept
from issuer.receipts.deliver import deliver_csv
from issuer.receipts.mapping import ProviderRequest
from issuer.receipts.read import known
from issuer.receipts.register import register, revoke
from issuer.receipts.store import Provider, ProviderAssessment
from issuer.settings import StartRefused
from issuer.skills.store import Achievement, achievements
from schemas.complaints import in_words
from schemas.strict_json import StrictJsonError, loads
from schemas.wording import many

FILE = click.Path(dir_okay=False, path_type=Path)
FILE_AT_MOST = 4_194_304  # bytes


@click.group()
def provider() -> None:
    """Outside assessment providers, and what their results lead to here."""


@provider.command("add")
@organization_option
@click.argument("file", type=FILE)
def provider_add(organization: str | None, file: Path) -> None:
    """Register the provider that FILE describes: JSON, as in docs/receipts.md."""
    asked = _asked(file)

    async def piece(opened: Opened) -> tuple[Provider, tuple[ProviderAssessment, ...]]:
        organization_id = await chosen(opened, organization)
        return await register(opened.pool, organization_id, asked, principal_id=None, at=opened.clock())

    made, assessments = work(piece)
    click.echo(f"Registered {made.name} as {made.id}.")
    for one in assessments:
        click.echo(
            f"{one.mapped.uri} is {one.id}; its record: /o/{one.organization_id}/records/{one.record_digest}"
        )


@provider.command("list")
@organization_option
def provider_list(organization: str | None) -> None:
    """List every provider that was ever registered, oldest first."""

    async def piece(opened: Opened) -> tuple[Provider, ...]:
        return await store.providers(opened.pool, await chosen(opened, organization))

    rows = [(str(one.id), one.issuer, one.name, _standing(one.revoked_at)) for one in work(piece)]
    head = ("ID", "ISSUER", "NAME", "STATE")
    click.echo(columns(head, rows) if rows else "There are no providers yet.")


def _standing(revoked_at: datetime | None) -> str:
    return "registered" if revoked_at is None else f"revoked {revoked_at:%Y-%m-%d}"


@provider.command("revoke")
@organization_option
@click.argument("provider_id", metavar="ID", type=click.UUID)
def provider_revoke(organization: str | None, provider_id: UUID) -> None:
    """Revoke the provider with this ID: nothing of it is accepted any more. Credentials stay."""

    async def piece(opened: Opened) -> Provider:
        organization_id = await chosen(opened, organization)
        return await revoke(opened.pool, organization_id, provider_id, principal_id=None, at=opened.clock())

    click.echo(f"Revoked {work(piece).name}.")


@provider.command("achievements")
@organization_option
def provider_achievements(organization: str | None) -> None:
    """List what results can lead to: each achievement's id, revision, name and levels."""

    async def piece(opened: Opened) -> tuple[Achievement, ...]:
        return await achievements(opened.pool, await chosen(opened, organization))

    rows = [
        (str(one.id), str(one.revision), one.name, ", ".join(level.code for level in one.levels))
        for one in work(piece)
        if one.outside
    ]
    head = ("ACHIEVEMENT", "REVISION", "NAME", "LEVELS")
    click.echo(columns(head, rows) if rows else "There is no achievement yet that results can lead to.")


@click.group()
def receipts() -> None:
    """Results from outside assessment providers."""


@receipts.command("import")
@organization_option
@click.argument("file", metavar="FILE.csv", type=FILE)
@click.option("--provider", "issuer", required=True, help="The issuer of the provider, as registered.")
def receipts_import(organization: str | None, file: Path, issuer: str) -> None:
    """Import results from a CSV file: all of them, or none where a line is wrong. See docs/receipts.md.

    The running service issues what they lead to. Credentials say that the operator imported the result.
    """
    body = _read(file)

    async def piece(opened: Opened) -> tuple[Accepted, ...]:
        organization_id, at = await chosen(opened, organization), opened.clock()
        found = await known(opened.pool, organization_id, issuer)
        read = deliver_csv(opened.settings, found, body, secured="operator", at=at)
        return await accept(opened.pool, opened.keystore, organization_id, read, principal_id=None, at=at)

    done = work(piece)
    awards = sum(one.judged.level is not None for one in done)
    click.echo(f"Stored {many(len(done), 'result')}. Those that reached a level get a credential: {awards}.")


def _asked(file: Path) -> ProviderRequest:
    try:
        return msgspec.convert(loads(_read(file)), ProviderRequest)
    except StrictJsonError as error:
        raise StartRefused("provider.invalid", f"{file.name}: {error.detail}") from None
    except msgspec.ValidationError as error:
        raise StartRefused("provider.invalid", in_words(str(error), whole=file.name)) from None


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            body = opened.read(FILE_AT_MOST + 1)
    except OSError as error:
        raise StartRefused("file.unreadable", f"{file.name} cannot be read: {error.strerror}.") from None
    if len(body) > FILE_AT_MOST:
        raise StartRefused("file.too_large", f"{file.name} has more than {FILE_AT_MOST} bytes.")
    return body
