"""`assay assessment simulate`: what an assessment promises before anybody took it."""

from pathlib import Path
from typing import Any

import msgspec
import rich_click as click
from msgspec import Struct

from issuer.assessments.create import choices
from issuer.assessments.files import FILE, bank_in, read
from issuer.assessments.record import Level, Plan
from issuer.assessments.scoring import ENGINE_VERSION
from issuer.assessments.simulate import WORLD, simulate_uncalibrated
from issuer.organizations.command import columns
from issuer.settings import StartRefused
from issuer.simulation.pool import Pool, pool_from, pool_of
from issuer.simulation.refused import SimulationRefused
from issuer.simulation.run import MOST_SEEDS, PEOPLE, Trial, check_people, simulate
from schemas.assessment import Bank, Conditions, LevelCut
from schemas.items import Model, Parameters
from schemas.strict_json import StrictJsonError, loads

CUT = 0.5
CAP = 0.25
UNCALIBRATED_SEEDS = 20
SHOWN = ("accuracy", "false_among_awards", "qualified_missed", "mean_items", "max_exposure")
MOST_BYTES = 8 * 1024 * 1024


class ListedItem(Struct, frozen=True):
    """An item of a parameter file: logistic metric, D = 1, ability N(0, 1); `b` ascends in a graded item."""

    id: str
    a: float
    b: float | tuple[float, ...]
    model: Model = "2pl"
    area: str = "all"
    c: float = 0.0


class Listed(Struct, frozen=True):
    """A parameter file; the cut is on the ability scale."""

    items: tuple[ListedItem, ...]
    cut: float


@click.command("simulate")
@click.argument("bank", type=FILE, metavar="[BANK.json]", required=False)
@click.option("--parameters", type=FILE, help="Items and a cut, instead of a bank.")
@click.option(
    "--cut", type=float, help="Ability, or before calibration a share of the bank; .5 if left away."
)
@click.option("--threshold", type=float, default=0.95, show_default=True, help="What awards a level.")
@click.option("--cap", type=float, default=CAP, show_default=True, help="The exposure cap of an item.")
@click.option("--examinees", type=int, default=PEOPLE, show_default=True, help="People a world and seed.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The first seed.")
@click.option("--seeds", type=click.IntRange(1, MOST_SEEDS), help="How many seeds; 1, before calibration 20.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    bank: Path | None,
    parameters: Path | None,
    cut: float | None,
    threshold: float,
    cap: float,
    examinees: int,
    seed: int,
    seeds: int | None,
    as_json: bool,  # noqa: FBT001 - a flag of the command line
) -> None:
    """Let thousands of people of known ability take an assessment, in worlds that differ from its model.

    A bank's live items, or the items of a file: {"items": [{"id", "area", "model", "a", "b"}], "cut"}.
    """
    if bank is not None and parameters is not None:
        raise click.UsageError("Name a bank, or give --parameters, not both.")
    if not CUT < threshold < 1:
        raise StartRefused("simulation.threshold", "A threshold lies between .5 and 1.")
    if not 0 < cap <= 1:
        raise StartRefused("simulation.cap", "An exposure cap lies above 0 and is 1 at most.")
    conditions = Conditions(permitted_aids="as published", delivery="adaptive", exposure_cap=cap)
    try:
        pool, usual = _items(parameters) if bank is None else _bank(bank)
        at = usual if cut is None else cut
        if isinstance(pool, Bank):
            found = _uncalibrated(pool, at, threshold, examinees, seed, seeds)
        else:
            trial = Trial(pool, (LevelCut("cut", at),), threshold, conditions, examinees)
            figures = simulate(trial, range(seed, seed + (seeds or 1)), engine=ENGINE_VERSION)
            found = msgspec.to_builtins(figures)
    except SimulationRefused as refused:
        raise StartRefused(refused.code, refused.detail) from refused
    _show(found, as_json=as_json)


def _items(path: Path | None) -> tuple[Pool | Bank, float]:
    """The items of a parameter file, and its cut."""
    if path is None:
        raise click.UsageError("Name a bank, or give --parameters.")
    listed = _listed(path)
    items = listed.items
    own = [Parameters(one.model, one.a, one.b, one.c) for one in items]
    return pool_from([one.id for one in items], [one.area for one in items], own), listed.cut


def _bank(path: Path) -> tuple[Pool | Bank, float]:
    """What is asked of a calibrated bank, or a bank that nobody calibrated yet; and the usual cut."""
    held = bank_in(read(path, "bank"), path)
    return (held if held.tier == "uncalibrated" else pool_of(held)), CUT


def _listed(path: Path) -> Listed:
    try:
        return msgspec.convert(loads(read(path, "parameters", MOST_BYTES), max_bytes=MOST_BYTES), Listed)
    except StrictJsonError as error:
        raise StartRefused("simulation.json", f"{path} is not strict JSON: {error.detail}") from error
    except msgspec.ValidationError as error:
        raise StartRefused("simulation.shape", f"{path} does not list items and a cut: {error}.") from error


def _uncalibrated(
    bank: Bank, cut: float, threshold: float, people: int, seed: int, seeds: int | None
) -> dict[str, Any]:
    """The rule before calibration: nobody knows the items, so each seed draws others and the worst counts."""
    if not 0 < cut < 1:
        raise SimulationRefused("simulation.cut", f"The cut is {cut:g}; a share lies between 0 and 1.")
    check_people(people)
    conditions, size = Conditions(permitted_aids="as published"), choices(bank)
    if size < conditions.items_per_step:
        raise SimulationRefused(
            "simulation.items",
            f"A step asks {conditions.items_per_step} items; the bank has {size} live ones.",
        )
    plan = Plan(
        levels=(Level("cut", "Cut", "", cut),),
        threshold=threshold,
        items_per_step=conditions.items_per_step,
        items_at_most=min(conditions.items_at_most, size),
        assurance="unsupervised",
        permitted_aids="",
    )
    count = seeds or UNCALIBRATED_SEEDS
    found = simulate_uncalibrated(plan, size, people=people, seeds=count, first_seed=seed)
    world = {
        "name": "uncalibrated",
        "says": WORLD,
        "accuracy": None,
        "false_among_awards": found.false_among_awards,
        "qualified_missed": found.rates[0].qualified_missed,
        "mean_items": found.mean_items,
        "max_exposure": None,
    }
    return {
        "tier": "uncalibrated", "scale": "proportion", "items": size, "examinees": people,
        "seeds": list(range(seed, seed + count)), "threshold": threshold, "worlds": [world],
    }  # fmt: skip


def _show(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    rows = [
        (world["name"], *("" if world[name] is None else f"{world[name]:.3f}" for name in SHOWN))
        for world in found["worlds"]
    ]
    click.echo(columns(("WORLD", *(name.replace("_", " ").upper() for name in SHOWN)), rows))
    seeds = len(found["seeds"])
    click.echo(f"{found['items']} items, {found['examinees']:,} people a world and seed, {seeds} seed(s).")
