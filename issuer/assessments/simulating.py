"""`assay assessment simulate`: what an assessment promises before anybody took it.

NumPy is imported for a calibrated bank only; before calibration the simulation needs none.
"""

from pathlib import Path
from typing import Any

import msgspec
import rich_click as click

from issuer.assessments.files import FILE, write_new
from issuer.assessments.scoring import ENGINE_VERSION
from issuer.assessments.simulate import SEEDS, WORLD, simulate_uncalibrated
from issuer.assessments.targets import targets_after, targets_before
from issuer.assessments.trials import After, Before, Chosen, of_bank, of_offer, of_parameters
from issuer.lazy import ours
from issuer.organizations.command import columns
from issuer.settings import StartRefused
from issuer.simulation.figures import Figures
from issuer.simulation.gate import Target
from issuer.simulation.limits import MOST_SEEDS, PEOPLE, check_people
from issuer.simulation.refused import SimulationRefused
from schemas.assessment import Bank
from schemas.wording import many

SHOWN = ("accuracy", "false_among_awards", "qualified_missed", "mean_items", "max_exposure")


@click.command("simulate")
@click.argument("bank", type=FILE, metavar="[BANK.json]", required=False)
@click.option("--parameters", type=FILE, help="Items and a cut, instead of a bank.")
@click.option("--offer", type=FILE, help="Levels, threshold and conditions, as they are to be published.")
@click.option("--standard", type=FILE, help="Cut scores of a panel, for the offer's levels without a cut.")
@click.option(
    "--cut", type=float, help="Ability, or before calibration a share of the bank; .5 if left away."
)
@click.option("--threshold", type=float, help="What awards a level; .95 if left away.")
@click.option("--cap", type=float, help="The exposure cap of an item; .25 if left away.")
@click.option("--examinees", type=int, default=PEOPLE, show_default=True, help="People a world and seed.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The first seed.")
@click.option("--seeds", type=click.IntRange(1, MOST_SEEDS), help="How many seeds; 1, before calibration 20.")
@click.option("--write", "target", type=FILE, help="Where the figures go, for `publish --figures`.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    bank: Path | None,
    parameters: Path | None,
    offer: Path | None,
    standard: Path | None,
    target: Path | None,
    as_json: bool,  # noqa: FBT001 - a flag of the command line
    **chosen: Any,
) -> None:
    """Let thousands of people of known ability take an assessment, in worlds that differ from its model.

    A bank's live items, or the items of a file: {"items": [{"id", "area", "model", "a", "b"}], "cut"}. With
    --offer it is simulated as it is to be published, and --write keeps the figures that publishing needs.
    """
    options = Chosen(**chosen)
    try:
        asked = _asked(bank, parameters, offer, standard, options)
        if isinstance(asked, After):
            found, targets = _after(asked, options, target)
        else:
            found, targets = _before(asked, options, target)
    except SimulationRefused as refused:
        raise StartRefused(refused.code, refused.detail) from refused
    if as_json:
        click.echo(msgspec.json.encode(found))
    else:
        _show(found)
        _judge(targets)


def _asked(
    bank: Path | None, parameters: Path | None, offer: Path | None, standard: Path | None, options: Chosen
) -> After | Before:
    if bank is None:
        if parameters is None:
            raise click.UsageError("Name a bank, or give --parameters.")
        if offer is not None:
            raise click.UsageError("An offer goes with a bank.")
        return of_parameters(parameters, options)
    if parameters is not None:
        raise click.UsageError("Name a bank, or give --parameters, not both.")
    return of_bank(bank, options) if offer is None else of_offer(bank, offer, standard, options)


def _after(asked: After, options: Chosen, target: Path | None) -> tuple[dict[str, Any], tuple[Target, ...]]:
    """Simulate calibrated items, and keep the figures where they are wanted."""
    figures = _figures(asked, options)
    if target is not None:
        write_new(target, msgspec.json.format(msgspec.json.encode(figures), indent=1) + b"\n", "figures")
    return msgspec.to_builtins(figures), targets_after(figures, asked.conditions)


def _figures(asked: After, options: Chosen) -> Figures:
    """All worlds; raises SimulationRefused, and StartRefused `command.not_installed` without NumPy."""
    try:
        from issuer.simulation import pool, run  # noqa: PLC0415 - NumPy, which nothing else here needs
    except ModuleNotFoundError as error:
        if ours(error):
            raise
        raise StartRefused(
            "command.not_installed",
            "A calibrated bank is simulated with NumPy, which is not installed here. "
            "Install assay[measurement] (in a checkout: `make install`).",
        ) from error
    if isinstance(asked.items, Bank):
        items = pool.pool_of(asked.items)
    else:
        listed = asked.items.items
        items = pool.pool_from(
            [one.id for one in listed], [one.area for one in listed], [one.parameters for one in listed]
        )
    trial = run.Trial(items, asked.levels, asked.threshold, asked.conditions, options.examinees, asked.source)
    seeds = range(options.seed, options.seed + (options.seeds or 1))
    return run.simulate(trial, seeds, engine=ENGINE_VERSION)


def _before(asked: Before, options: Chosen, target: Path | None) -> tuple[dict[str, Any], tuple[Target, ...]]:
    """The rule before calibration: nobody knows the items, so each seed draws others and the worst counts."""
    if target is not None:
        raise SimulationRefused(
            "simulation.write",
            "Publishing simulates a bank that is not calibrated by itself: no file is needed.",
        )
    check_people(options.examinees)
    count, plan = options.seeds or SEEDS, asked.plan
    found = simulate_uncalibrated(
        plan, asked.items, people=options.examinees, seeds=count, first_seed=options.seed
    )
    world = {
        "name": "uncalibrated",
        "says": WORLD,
        "accuracy": None,
        "false_among_awards": found.false_among_awards,
        "qualified_missed": found.rates[0].qualified_missed,
        "mean_items": found.mean_items,
        "max_exposure": None,
    }
    told = {
        "tier": "uncalibrated", "scale": "proportion", "items": asked.items,
        "examinees": options.examinees, "seeds": list(range(options.seed, options.seed + count)),
        "threshold": plan.threshold, "worlds": [world],
    }  # fmt: skip
    return told, targets_before(found, plan.threshold)


def _show(found: dict[str, Any]) -> None:
    rows = [
        (world["name"], *("" if world[name] is None else f"{world[name]:.3f}" for name in SHOWN))
        for world in found["worlds"]
    ]
    click.echo(columns(("WORLD", *(name.replace("_", " ").upper() for name in SHOWN)), rows))
    items, seeds = many(found["items"], "item"), many(len(found["seeds"]), "seed")
    click.echo(f"{items}, {found['examinees']:,} people a world and seed, {seeds}.")


def _judge(targets: tuple[Target, ...]) -> None:
    """Say what publishing would say of these figures; fewer people or seeds only give a first idea."""
    missed = [one.sentence for one in targets if not one.met]
    if not missed:
        click.echo("Every target is met.")
        return
    click.echo(f"Missed, of {many(len(targets), 'target')}: {len(missed)}.")
    for sentence in missed:
        click.echo(f"  {sentence}.")
