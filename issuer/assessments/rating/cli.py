"""`assay rating`: works that wait, ratings, who rates, and how raters agree."""

from uuid import UUID

import rich_click as click

from issuer.assessments.rating.agree import BankAgreement, agreement_by_version
from issuer.assessments.rating.rate import Given, Rated, rate
from issuer.assessments.rating.raters import forget_rater, name_rater
from issuer.assessments.rating.works import Waiting, waiting_for
from issuer.db.pool import transaction
from issuer.organizations.command import Opened, chosen, columns, organization_option, token_option, work
from issuer.organizations.store import person_by_role
from issuer.organizations.tokens import authenticate
from schemas.problems import ProblemError

SCOPE = "ratings:write"
AT_MOST = 20


@click.group()
def rating() -> None:
    """Texts that people wrote for performance tasks, rated by two other persons."""


@rating.command("list")
@token_option("The rater's", SCOPE)
def list_(token: str) -> None:
    """Show the works that wait for your rating, the oldest first: the task, the text, the rubric, no name."""

    async def piece(opened: Opened) -> tuple[Waiting, ...]:
        rater = await authenticate(opened.pool, f"Bearer {token}", SCOPE, opened.clock())
        return await waiting_for(opened.pool, opened.keystore, rater, limit=AT_MOST)

    found = work(piece)
    click.echo("\n\n".join(map(told, found)) if found else "No work waits for your rating.")


@rating.command("give")
@click.argument("session", type=click.UUID)
@click.argument("item")
@click.argument("points", nargs=-1, required=True, metavar="CRITERION=POINTS...")
@token_option("The rater's", SCOPE)
def give(session: UUID, item: str, points: tuple[str, ...], token: str) -> None:
    """Rate a work of `assay rating list`: the points of one level for each criterion. It counts once."""
    given = Given(session, item, dict(map(_pair, points)))

    async def piece(opened: Opened) -> Rated:
        rater = await authenticate(opened.pool, f"Bearer {token}", SCOPE, opened.clock())
        return await rate(opened.pool, opened.keystore, rater, given, opened.clock)

    done = work(piece)
    click.echo("Recorded. Thank you." if done.did == "recorded" else "You gave the same before; it stands.")


@rating.command("rater")
@organization_option
@click.argument("role")
@click.option("--email", help="The person's address; only a keyed hash of it is kept.")
@click.option(
    "--forget", is_flag=True, help="Forget which person it is and end their tokens; what they rated stands."
)
def rater_(organization: str | None, role: str, email: str | None, *, forget: bool) -> None:
    """Say which person a ROLE is, so that they cannot rate their own work or count twice under two roles."""
    if forget == (email is not None):
        raise click.UsageError("Say either --email or --forget.")

    async def piece(opened: Opened) -> None:
        organization_id = await chosen(opened, organization)
        at = opened.clock()
        async with transaction(opened.pool) as db:
            if email is not None:
                await name_rater(db, opened.keystore, organization_id, role, email, at=at)
                return
            principal_id = await person_by_role(db, organization_id, role)
            if principal_id is None:
                raise ProblemError("principal.unknown")
            await forget_rater(db, organization_id, principal_id, at=at)

    work(piece)
    if forget:
        click.echo(f"Who {role} is, is forgotten, and its tokens work no more.")
        return
    click.echo(f"{role} is one person. Their token: assay token create --person '{role}' --scope {SCOPE}")


@rating.command("agreement")
@organization_option
@click.option("--assessment", required=True, metavar="NAME", help="Its short name.")
def agreement(organization: str | None, assessment: str) -> None:
    """Print how the first two raters agree on each criterion, for each version of the bank."""

    async def piece(opened: Opened) -> tuple[BankAgreement, ...]:
        return await agreement_by_version(opened.pool, await chosen(opened, organization), assessment)

    for found in work(piece):
        click.echo(f"Bank {found.version}. Works that need a third rater, or needed one: {found.thirds}")
        rows = [
            (one.item, one.criterion, str(one.works), _figure(one.exact), _figure(one.kappa))
            for one in found.criteria
        ]
        head = ("TASK", "CRITERION", "WORKS", "SAME POINTS", "KAPPA")
        click.echo(columns(head, rows) if rows else "It has no tasks.")


def _pair(text: str) -> tuple[str, int]:
    name, _, points = text.partition("=")
    if not name or not points.isdecimal():
        raise click.UsageError(f"Not a criterion with its points: {text!r}. Write it as accuracy=2.")
    return name, int(points)


def told(one: Waiting) -> str:
    """A work for a terminal: the task, the text with a bar before each line, the rubric."""
    lines = [f"Session {one.session_id}, item {one.task.id}: {one.title}, written on {one.since}"]
    lines[0] += f", asked in {one.language}"
    lines += ["", one.task.stem]
    lines += [] if one.task.exhibit is None else ["", one.task.exhibit]
    lines += [
        "",
        f"Permitted: {one.aids}",
        "",
        "The text:",
        *(f"  | {line}" for line in one.words.split("\n")),
    ]
    for criterion in one.task.rubric:
        lines += ["", f"{criterion.id}: {criterion.name}"]
        lines += [f"  {level.points}  {level.description}" for level in criterion.levels]
    return "\n".join(lines)


def _figure(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.2f}"
