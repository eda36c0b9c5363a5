"""`assay assessment publish`."""

from pathlib import Path

import msgspec
import rich_click as click

from issuer.assessments import store
from issuer.assessments.bank import MAX_BYTES
from issuer.assessments.files import FILE, read, standard_in
from issuer.assessments.offers import fit, publish_offer, read_offer
from issuer.db.pool import transaction
from issuer.organizations.command import Opened, chosen, organization_option, refusal, work
from issuer.organizations.create import machine
from issuer.settings import StartRefused
from issuer.simulation.figures import Figures
from schemas.problems import ProblemError
from schemas.strict_json import StrictJsonError, loads

PRINCIPAL = "publishing"


@click.command()
@organization_option
@click.argument("offer", type=FILE)
@click.option("--bank", type=FILE, required=True, help="The item bank (JSON).")
@click.option("--standard", type=FILE, help="Cut scores of a panel, for levels without a cut.")
@click.option("--figures", type=FILE, help="What `simulate --offer --write` wrote, for a calibrated bank.")
def publish(
    organization: str | None, offer: Path, bank: Path, standard: Path | None, figures: Path | None
) -> None:
    """Publish the assessment that the document OFFER describes, or its next version.

    Whoever is taking it goes on with the version they began. Nothing is published when something is wrong,
    nor while a target is missed: how often results would be wrong is simulated before anybody takes it.
    """
    described, document = read(offer, "offer"), read(bank, "bank")
    panel = None if standard is None else standard_in(standard)
    simulated = None if figures is None else _figures(figures)
    try:
        fitting = fit(read_offer(described), document, standard=panel, figures=simulated)
    except ProblemError as problem:
        raise refusal(problem) from problem

    async def piece(opened: Opened) -> store.Assessment:
        organization_id, at = await chosen(opened, organization), opened.clock()
        async with transaction(opened.pool) as db:
            principal_id = await machine(db, organization_id, PRINCIPAL, at=at)
            return await publish_offer(
                db,
                opened.settings.base_url,
                organization_id,
                fitting,
                principal_id=principal_id,
                at=at,
            )

    made = work(piece)
    click.echo(f"Published {made.slug}, version {made.version}: invite people to {made.slug!r}.")
    click.echo(f"Simulated at {fitting.offer.achievement.threshold:g}: {fitting.evidence.sentence}")


def _figures(path: Path) -> Figures:
    try:
        return msgspec.convert(loads(read(path, "figures"), max_bytes=MAX_BYTES), Figures)
    except (StrictJsonError, msgspec.ValidationError) as error:
        raise StartRefused("figures.invalid", f"{path} holds no figures: {error}.") from error
