"""`assay assessment replay`, and `assay review` with the commands of its two rooms."""

from collections import Counter
from uuid import UUID

import msgspec
import rich_click as click

from issuer.assessments.rating.raters import name_rater
from issuer.db.pool import transaction
from issuer.organizations.command import Opened, chosen, organization_option, work
from issuer.review.annulments.cli import approve_, consequences, proposals, propose_, reject_
from issuer.review.reproduce import Point, Replayed, reproduce, reproduce_all
from issuer.review.requests.cli import answer_, begin_, list_, show_
from issuer.settings import StartRefused
from schemas.wording import many

AROUND = 60  # characters shown on either side of the first difference
DIFFERENT = 1


@click.command()
@organization_option
@click.argument("session", type=click.UUID, required=False)
@click.option("--all", "every", is_flag=True, help="Every session there is, instead of one.")
@click.option("--assessment", metavar="NAME", help="With --all: only the sessions of this assessment.")
@click.option("--json", "as_json", is_flag=True, help="Print one object, with both bodies where they differ.")
def replay(
    organization: str | None, session: UUID | None, assessment: str | None, *, every: bool, as_json: bool
) -> int:
    """Compute the result of SESSION again from its log: the same byte for byte, or where it differs.

    Exit status 1 says that it differs; what cannot be replayed at all is refused with its reason.
    """
    if every == (session is not None):
        raise click.UsageError("Name one session, or say --all.")
    if assessment is not None and not every:
        raise click.UsageError("--assessment goes with --all.")
    if session is not None:
        return _one(organization, session, as_json=as_json)
    return _every(organization, assessment, as_json=as_json)


def _one(organization: str | None, session: UUID, *, as_json: bool) -> int:
    async def piece(opened: Opened) -> Replayed:
        return await reproduce(opened.pool, await chosen(opened, organization), session)

    found = work(piece)
    if found.verdict == "impossible" and found.point is not None:
        raise StartRefused(found.point.code, f"{found.point.detail} Nothing was compared.")
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    elif found.point is None:
        click.echo(_same(found))
    else:
        click.echo(_different(found, found.point))
    return 0 if found.point is None else DIFFERENT


def _every(organization: str | None, assessment: str | None, *, as_json: bool) -> int:
    counts: Counter[str] = Counter()
    apart: list[Replayed] = []

    async def piece(opened: Opened) -> None:
        async for found in reproduce_all(opened.pool, await chosen(opened, organization), assessment):
            counts[found.verdict] += 1
            if found.point is not None:
                apart.append(found)

    work(piece)
    total = sum(counts.values())
    if as_json:
        told = {
            "sessions": total,
            "same": counts["same"],
            "different": counts["different"],
            "impossible": counts["impossible"],
            "points": apart,
        }
        click.echo(msgspec.json.encode(told).decode())
    else:
        for found in apart:
            if found.point is not None:
                click.echo(f"{found.session} event {found.point.sequence}: {_told(found.point)}")
        click.echo(
            f"{many(total, 'session')}: {counts['same']} the same byte for byte, "
            f"{counts['different']} different, {counts['impossible']} that cannot be replayed here."
        )
    return DIFFERENT if apart else 0


def _same(found: Replayed) -> str:
    ended = "It is not finished." if found.outcome is None else f"It ended as {found.outcome}."
    if found.level is not None:
        ended = f"It ended with an award: {found.level}."
    result = "nothing is decided yet" if found.digest is None else f"SHA-256 of the result: {found.digest}"
    return f"{found.session}: the same byte for byte, {many(found.events, 'event')}. {ended}\n{result}"


def _different(found: Replayed, point: Point) -> str:
    lines = [f"{found.session}: different at event {point.sequence} of {found.events}. {_told(point)}"]
    if point.offset is not None:
        first = max(point.offset - AROUND, 0)
        shown = slice(first, point.offset + AROUND)
        lines += [
            f"First difference at byte {point.offset}; around it:",
            f"  recorded: {(point.recorded or '')[shown]}",
            f"  computed: {(point.computed or '')[shown]}",
        ]
    return "\n".join(lines)


def _told(point: Point) -> str:
    kind = "" if point.kind is None else f"({point.kind}) "
    return f"{kind}{point.detail} [{point.code}]"


@click.group()
def review() -> None:
    """Looking again: what people ask for, items that are annulled, and two persons who approve."""


@review.command("reviewer")
@organization_option
@click.argument("role")
@click.option("--email", required=True, help="The person's address; only a keyed hash of it is kept.")
def reviewer(organization: str | None, role: str, email: str) -> None:
    """Say which person a ROLE is: so nobody decides on their own result, or counts twice under two roles."""

    async def piece(opened: Opened) -> None:
        organization_id = await chosen(opened, organization)
        async with transaction(opened.pool) as db:
            await name_rater(db, opened.keystore, organization_id, role, email, at=opened.clock())

    work(piece)
    click.echo(
        f"{role} is one person. Their token: assay token create --person '{role}' --scope …\n"
        "(review:read, review:propose, review:approve; confirmations:supervise, confirmations:decide)"
    )


for command in (list_, show_, begin_, answer_, propose_, proposals, consequences, approve_, reject_):
    review.add_command(command)
