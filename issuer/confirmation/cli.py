"""`assay confirmation`: open a supervised sitting, and decide what one did not settle."""

from uuid import UUID

import rich_click as click

from issuer.confirmation.cases import Waiting, decide, waiting_for
from issuer.confirmation.store import Choice, Identity
from issuer.confirmation.supervise import Opened as OpenedCode
from issuer.confirmation.supervise import open_confirmation
from issuer.organizations.command import Opened, token_option, work
from issuer.organizations.tokens import authenticate

SUPERVISE, DECIDE = "confirmations:supervise", "confirmations:decide"
AT_MOST = 50
REASONS = {
    "inconsistent": "The sitting showed less than the first result lets expect.",
    "unsure": "It fits the first result, but leaves more doubt about the level than a credential may.",
    "unfinished": "Too few questions were answered to say anything.",
    "confirmed": "Nothing stands against it.",
}


@click.group()
def confirmation() -> None:
    """Short supervised sittings that confirm a result, and the cases that people decide."""


@confirmation.command("open")
@click.argument("credential", type=click.UUID)
@click.option(
    "--identity",
    type=click.Choice(("document", "known")),
    required=True,
    help="How you know who sits there: you saw an identity document, or you know the person.",
)
@token_option("The supervisor's", SUPERVISE)
def open_(credential: UUID, identity: Identity, token: str) -> None:
    """Give the code for confirming a CREDENTIAL, whose id its holder reads to you from their page.

    Say it to the person who sits before you, and stay with them until the end.
    """

    async def piece(opened: Opened) -> OpenedCode:
        at = opened.clock()
        who = await authenticate(opened.pool, f"Bearer {token}", SUPERVISE, at)
        return await open_confirmation(opened.pool, opened.keystore, who, credential, identity, at=at)

    made = work(piece)
    goes_on = " The sitting goes on at its question." if made.resumes else ""
    click.echo(f"{made.code}\nIt works once, until {made.expires_at:%H:%M} UTC.{goes_on}")


@confirmation.command("cases")
@token_option("Your", DECIDE)
def cases(token: str) -> None:
    """Show sittings that settled nothing by themselves: the figures, no name."""

    async def piece(opened: Opened) -> tuple[Waiting, ...]:
        who = await authenticate(opened.pool, f"Bearer {token}", DECIDE, opened.clock())
        return await waiting_for(opened.pool, who, limit=AT_MOST)

    found = work(piece)
    click.echo("\n\n".join(map(told, found)) if found else "No case waits for you.")


@confirmation.command("decide")
@click.argument("case", type=click.UUID)
@click.argument("decision", type=click.Choice(("raise", "leave", "again")))
@click.option("--why", required=True, help="Why, in words for the person, who reads them.")
@token_option("Your", DECIDE)
def decide_(case: UUID, decision: Choice, why: str, token: str) -> None:
    """Decide a CASE: raise the assurance all the same, leave the credential, or allow another sitting."""

    async def piece(opened: Opened) -> bool:
        at = opened.clock()
        who = await authenticate(opened.pool, f"Bearer {token}", DECIDE, at)
        return await decide(opened.pool, opened.keystore, who, case, decision, why, at=at)

    done = work(piece)
    told_ = " The service issues the credential again in a moment." if decision == "raise" else ""
    click.echo(f"Decided; the person is told.{told_}" if done else "You decided the same before; it stands.")


def told(one: Waiting) -> str:
    """A case for a terminal."""
    lines = [f"Case {one.id}: {one.title}, level {one.level}; sitting {one.session_id}"]
    found = one.judgement
    if found is None:
        return "\n".join([*lines, "Its answers were deleted by the rule of retention: there are no figures."])
    expected = "time ran out before all were asked, so nothing was to be expected of them"
    if found.predicted is not None:
        chance = f"so few or fewer by chance: {float(found.predicted.lower_tail):.1%}"
        expected = f"expected: {found.predicted.expected:.1f}; {chance}"
    lines += [
        REASONS[found.verdict],
        f"Answered {found.answered} of {found.planned} questions. Points: {found.points}; {expected}.",
        f"At or above the level, on all answers: {found.probability:.1%}; asked for: {found.threshold:.0%}.",
        f"Identity: {one.identity}.",
    ]
    return "\n".join(lines)
