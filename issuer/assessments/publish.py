"""`assay assessment publish`."""

from pathlib import Path

import msgspec
import rich_click as click

from issuer.assessments import store
from issuer.assessments.bank import MAX_BYTES
from issuer.assessments.files import FILE, read
from issuer.assessments.offers import publish_offer, read_offer
from issuer.db.pool import transaction
from issuer.organizations.command import Opened, chosen, organization_option, work
from issuer.organizations.create import machine
from issuer.settings import StartRefused
from schemas.standard import Standard
from schemas.strict_json import StrictJsonError, loads

PRINCIPAL = "publishing"


@click.command()
@organization_option
@click.argument("offer", type=FILE)
@click.option("--bank", type=FILE, required=True, help="The item bank (JSON).")
@click.option("--standard", type=FILE, help="Cut scores of a panel, for levels without a cut.")
def publish(organization: str | None, offer: Path, bank: Path, standard: Path | None) -> None:
    """Publish the assessment that the document OFFER describes, or its next version.

    Whoever is taking it goes on with the version they began. Nothing is published when something is wrong.
    """
    described, document = read(offer, "offer"), read(bank, "bank")
    panel = None if standard is None else _standard(standard)

    async def piece(opened: Opened) -> store.Assessment:
        wanted = read_offer(described)
        organization_id, at = await chosen(opened, organization), opened.clock()
        async with transaction(opened.pool) as db:
            principal_id = await machine(db, organization_id, PRINCIPAL, at=at)
            return await publish_offer(
                db,
                opened.settings.base_url,
                organization_id,
                wanted,
                document,
                standard=panel,
                principal_id=principal_id,
                at=at,
            )

    made = work(piece)
    click.echo(f"Published {made.slug}, version {made.version}: invite people to {made.slug!r}.")


def _standard(path: Path) -> Standard:
    try:
        return msgspec.convert(loads(read(path, "standard"), max_bytes=MAX_BYTES), Standard)
    except (StrictJsonError, msgspec.ValidationError) as error:
        raise StartRefused("standard.invalid", f"{path} holds no cut scores: {error}.") from error
