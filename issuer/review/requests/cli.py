"""`assay review list`, `show`, `begin`, `answer`: what people ask to have looked at again."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from uuid import UUID

import msgspec
import rich_click as click

from issuer.assessments.rating.store import own_persons
from issuer.organizations.command import Opened, columns, token_option, work
from issuer.organizations.tokens import authenticate
from issuer.review.requests import store
from issuer.review.requests.answer import answer, begin
from issuer.review.requests.show import Shown, show
from issuer.review.requests.store import Waiting
from issuer.review.requests.story import Question
from issuer.settings import StartRefused
from schemas.assessment import Decision

READ, PROPOSE = "review:read", "review:propose"
AT_MOST = 100

request_argument = click.argument("request", metavar="ID", type=click.UUID)


@click.command("list")
@token_option("Your", READ)
def list_(token: str) -> None:
    """List the requests for a review that nobody has answered, the oldest first, without anybody's name."""

    async def piece(opened: Opened) -> tuple[Waiting, ...]:
        who = await authenticate(opened.pool, f"Bearer {token}", READ, opened.clock())
        own = await own_persons(opened.pool, who.organization_id, who.id)
        return await store.waiting(opened.pool, who.organization_id, besides=own, limit=AT_MOST)

    rows = [
        (str(one.id), one.assessment, f"{one.asked_at:%Y-%m-%d}", "no" if one.begun_at is None else "yes")
        for one in work(piece)
    ]
    click.echo(columns(("ID", "ASSESSMENT", "ASKED", "BEGUN"), rows) if rows else "No request waits.")


@click.command("show")
@request_argument
@click.option("--item", metavar="ID", help="Only this question, as JSON: material, options, key, rationales.")
@token_option("Your", READ)
def show_(request: UUID, item: str | None, token: str) -> None:
    """Print what a person asks, and their session as it replays: asked, given, decided; not who it is.

    Questions have the number that the person saw: 1.3 is the third of the first part.
    """

    async def piece(opened: Opened) -> Shown:
        at = opened.clock()
        who = await authenticate(opened.pool, f"Bearer {token}", READ, at)
        return await show(opened.pool, opened.keystore, who, request, at=at)

    shown = work(piece)
    click.echo(told(shown) if item is None else _whole(shown, item))


@click.command("begin")
@request_argument
@token_option("Your", PROPOSE)
def begin_(request: UUID, token: str) -> None:
    """Say that somebody looks at a request: the person's page then says so."""

    async def piece(opened: Opened) -> None:
        at = opened.clock()
        await begin(
            opened.pool, await authenticate(opened.pool, f"Bearer {token}", PROPOSE, at), request, at=at
        )

    work(piece)
    click.echo("Their page says now that somebody looks at it.")


@click.command("answer")
@request_argument
@click.option("--annulment", type=click.UUID, help="What you proposed because of it: their page follows it.")
@token_option("Your", PROPOSE)
def answer_(request: UUID, annulment: UUID | None, token: str) -> None:
    """Answer a request once, with the words on standard input: they are mailed to the person."""
    if sys.stdin.isatty():
        click.echo("Write your answer to the person; end it with Ctrl-D.", err=True)
    words = sys.stdin.read()

    async def piece(opened: Opened) -> None:
        at = opened.clock()
        who = await authenticate(opened.pool, f"Bearer {token}", PROPOSE, at)
        await answer(opened.pool, opened.keystore, who, request, words, annulment_id=annulment, at=at)

    work(piece)
    click.echo("Answered. They are told by mail, and their page shows it.")


def told(shown: Shown) -> str:
    """A request for a terminal: the words with a bar before each line, then the session."""
    one, followed, story = shown.request, shown.followed, shown.story
    point = story.replayed.point
    lines = [f"Request {one.id} about session {one.session_id}, asked on {one.asked_at.date()}", ""]
    lines += _barred("What they write:", followed.words)
    if followed.state == "answered":
        lines += [*_barred("What they were answered:", followed.answer), f"Became: {followed.became}", ""]
    replay = "the same byte for byte" if point is None else f"{point.detail} [{point.code}]"
    lines.append(f"Replayed: {replay}")
    if story.bank is not None:
        lines += [f"Bank {story.bank}, version {story.version}", ""]
        lines += _questions(story.questions)
        lines += ["", *map(_decision, story.decisions)]
    return "\n".join(lines)


def _barred(title: str, text: str | None) -> list[str]:
    words = "(deleted)" if text is None else text
    return [title, *(f"  | {line}" for line in words.split("\n")), ""]


def _whole(shown: Shown, item: str) -> str:
    asked = next((one for one in shown.story.questions if one.item == item), None)
    if asked is None:
        raise StartRefused("item.unknown", f"The session was not asked {item}, or does not replay.")
    return msgspec.json.format(msgspec.json.encode(asked.definition)).decode()


def _questions(questions: Sequence[Question]) -> Iterator[str]:
    number: Counter[int] = Counter()
    for one in questions:
        number[one.step] += 1
        yield _question(one, number[one.step])


def _question(one: Question, number: int) -> str:
    marks = [name for name, is_so in (("annulled", one.annulled), ("suspended", one.suspended)) if is_so]
    earned = "tried out" if one.points is None else f"{one.points} of {one.most}"
    given = " " + ("; ".join(one.given) if one.given else "(skipped)")
    if one.definition["kind"] == "task":
        given = "".join(f"\n      | {line}" for line in given[1:].split("\n"))
    head = f"{one.step}.{number}  {one.item}  {', '.join([earned, *marks])}"
    return f"{head}\n    {one.stem}\n    gave:{given}"


def _decision(one: Decision) -> str:
    levels = ", ".join(f"{level.code} {level.probability:.3f} {level.state}" for level in one.levels)
    return f"Decided after {one.right} of {one.asked}: {one.outcome} {one.level or ''} ({levels})"
