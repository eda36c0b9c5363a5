"""`assay review propose`, `proposals`, `consequences`, `approve`, `reject`: items that are not to count."""

import re
from uuid import UUID

import msgspec
import rich_click as click

from issuer.organizations.command import Opened, columns, token_option, work
from issuer.organizations.tokens import authenticate
from issuer.review.annulments.approve import NEEDED, approve, reject
from issuer.review.annulments.propose import Cause, Wanted, propose
from issuer.review.annulments.shown import Shown, follows, look_at, look_at_all
from issuer.review.annulments.store import Consequence

READ, PROPOSE, APPROVE = "review:read", "review:propose", "review:approve"
FOLLOWS = {
    "award": "a credential of the new level",
    "keep": "nothing is taken away",
    "withdraw": "withdrawn, if all approve that; else kept",
}

annulment_argument = click.argument("annulment", metavar="ID", type=click.UUID)


@click.command("propose")
@click.argument("bank")
@click.argument("items", metavar="ITEM...", nargs=-1, required=True)
@click.option("--cause", type=click.Choice(("key", "leak")), required=True, help="What is wrong with them.")
@click.option(
    "--why", required=True, help="Why, for the people whose result changes: it is in their letters."
)
@click.option(
    "--version", "versions", multiple=True, help="Only in this version, by digest; may be repeated."
)
@token_option("Your", PROPOSE)
def propose_(
    bank: str, items: tuple[str, ...], cause: Cause, why: str, versions: tuple[str, ...], token: str
) -> None:
    """Propose that ITEMS of a BANK do not count any more: print the list of what would follow.

    They are not asked from now on; no result changes before two other persons approved the list.
    """
    wanted = Wanted(bank, items, cause, why, tuple(one.removeprefix("sha256-") for one in versions))

    async def piece(opened: Opened) -> Shown:
        at = opened.clock()
        who = await authenticate(opened.pool, f"Bearer {token}", PROPOSE, at)
        made = await propose(opened.pool, opened.keystore, who, wanted, at=at)
        return await look_at(opened.pool, who.organization_id, made)

    click.echo(told(work(piece)))


@click.command("proposals")
@token_option("Your", READ)
def proposals(token: str) -> None:
    """List every proposal to annul items, the newest first."""

    async def piece(opened: Opened) -> tuple[Shown, ...]:
        who = await authenticate(opened.pool, f"Bearer {token}", READ, opened.clock())
        return await look_at_all(opened.pool, who.organization_id)

    rows = [
        (
            str(one.proposal.id),
            one.proposal.bank_id,
            ", ".join(one.proposal.items),
            one.proposal.state,
            f"{sum(given.stands for given in one.approvals)} of {NEEDED}",
            str(len(one.listed)),
        )
        for one in work(piece)
    ]
    head = ("ID", "BANK", "ITEMS", "STATE", "APPROVED", "LISTED")
    click.echo(columns(head, rows) if rows else "Nothing was proposed.")


@click.command("consequences")
@annulment_argument
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@token_option("Your", READ)
def consequences(annulment: UUID, token: str, *, as_json: bool) -> None:
    """Print a proposal with all that would follow from it, and the digest that an approval names."""

    async def piece(opened: Opened) -> Shown:
        who = await authenticate(opened.pool, f"Bearer {token}", READ, opened.clock())
        return await look_at(opened.pool, who.organization_id, annulment)

    found = work(piece)
    if as_json:
        digest = {"digest": f"sha256-{found.proposal.digest.hex()}", "state": found.proposal.state}
        lines = [{**msgspec.to_builtins(one), "follows": follows(one)} for one in found.listed]
        click.echo(msgspec.json.encode({"id": annulment, **digest, "consequences": lines}).decode())
        return
    click.echo(told(found))


@click.command("approve")
@annulment_argument
@click.option("--digest", required=True, help="Of the list that you read: `assay review consequences`.")
@click.option("--withdraw", is_flag=True, help="Also withdraw what the remaining answers refute.")
@token_option("Your", APPROVE)
def approve_(annulment: UUID, digest: str, token: str, *, withdraw: bool) -> None:
    """Approve exactly the list with this digest; with the second approval the service carries it out."""
    if not re.fullmatch("(sha256-)?[0-9a-f]{64}", digest):
        raise click.UsageError("A digest is sha256- and 64 hexadecimal digits.")

    async def piece(opened: Opened) -> int:
        at = opened.clock()
        who = await authenticate(opened.pool, f"Bearer {token}", APPROVE, at)
        seen = bytes.fromhex(digest.removeprefix("sha256-"))
        return await approve(opened.pool, who, annulment, seen, withdraw=withdraw, at=at)

    stand = work(piece)
    click.echo(
        f"Approved by {stand} of {NEEDED}."
        + (" The service carries it out within a minute." if stand >= NEEDED else "")
    )


@click.command("reject")
@annulment_argument
@click.option("--keep-suspended", is_flag=True, help="Ask the items no more all the same.")
@token_option("Your", APPROVE)
def reject_(annulment: UUID, token: str, *, keep_suspended: bool) -> None:
    """Reject a proposal for good, or take your own back: nothing follows, and its items are asked again."""

    async def piece(opened: Opened) -> tuple[str, ...]:
        at = opened.clock()
        who = await authenticate(opened.pool, f"Bearer {token}", APPROVE, at)
        return await reject(opened.pool, who, annulment, keep_suspended=keep_suspended, at=at)

    asked = work(piece)
    click.echo(f"Rejected. Asked again: {', '.join(asked) if asked else 'nothing'}.")


def _shows(line: Consequence) -> str:
    """What is left: a level, or a supervised sitting that would not confirm it any more."""
    level = line.after or "none"
    return level if line.confirmation is None else f"{level}, not confirmed ({line.confirmation})"


def told(shown: Shown) -> str:
    """A proposal for a terminal, its digest at the end."""
    one = shown.proposal
    why_not = f"without a replay {one.unreadable}, on hold or withdrawn for another reason {one.held_back}"
    lines = [
        f"Proposal {one.id} ({one.state}): {', '.join(one.items)} of {one.bank_id}, cause {one.cause}",
        f"Why: {' '.join(one.why.split())}",
        f"Finished sessions that were asked one of them, or started from one that was: {one.met}.",
        f"Left as they are: {why_not}.",
    ]
    if shown.successor is not None:
        lines.append(f"Its list had changed: see {shown.successor}.")
    rows = [
        (str(line.session), line.before or "none", _shows(line), FOLLOWS[follows(line)])
        for line in shown.listed
    ]
    lines += [
        "",
        columns(("SESSION", "HOLDS", "SHOWS NOW", "FOLLOWS"), rows) if rows else "No level changes.",
    ]
    return "\n".join([*lines, "", f"Digest of this list: sha256-{one.digest.hex()}"])
