"""A session's story for whoever looks at it again: replayed, question by question, decision by decision."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from issuer.assessments import store as assessments
from issuer.assessments.earlier.store import annulled
from issuer.assessments.kinds import places
from issuer.assessments.scoring import NOTHING, evidence
from issuer.assessments.session import Session
from issuer.assessments.sitting import open_bank, read_log
from issuer.db.pool import Db
from issuer.fairness.store import suspended_items
from issuer.review.reproduce import Replayed, reproduce
from schemas.assessment import Bank, Decided, Decision
from schemas.items import Item, Task, Text

SEALED = "(written; the log holds a keyed hash of it only)"


class Question(Struct, frozen=True):
    """An asked item: its text, what was given in words, and what it earned of how much.

    `points` and `most` are None for an item that was tried out, which counts for nothing. `definition` is the
    item as its bank has it, with key and rationales. `annulled` and `suspended`: as it stands now.
    """

    item: str
    step: int
    stem: str
    given: tuple[str, ...]
    points: int | None
    most: int | None
    annulled: bool
    suspended: bool
    definition: dict[str, Any]


class Story(Struct, frozen=True):
    """What a session was: whether its log replays, what was asked and given, and what was decided in turn.

    Of a log that does not replay there is no story: `replayed` says where and why. `version` is the bank's.
    """

    replayed: Replayed
    bank: str | None = None
    version: str | None = None
    questions: tuple[Question, ...] = ()
    decisions: tuple[Decision, ...] = ()


async def story(db: Db, organization_id: str, session_id: UUID) -> Story:
    """Return a session's story; raises problem `session.unknown`."""
    replayed = await reproduce(db, organization_id, session_id)
    if replayed.point is not None:
        return Story(replayed)
    events = await assessments.events(db, organization_id, session_id)
    log = read_log(events)
    digest = log.started.bank_digest
    bank = await open_bank(db, organization_id, digest)
    gone = (await annulled(db, organization_id)).get(digest, NOTHING)
    suspended = await suspended_items(db, organization_id, bank.id)
    decided = [msgspec.json.decode(one.body, type=Decided) for one in events if one.kind == "decided"]
    return Story(
        replayed=replayed,
        bank=bank.id,
        version=bank.version,
        questions=_questions(bank, log, gone, suspended),
        decisions=tuple(one.decision for one in decided),
    )


def _questions(
    bank: Bank, log: Session, gone: frozenset[str], suspended: frozenset[str]
) -> tuple[Question, ...]:
    given = {answer.item: answer.selected for answer in log.answers}
    scored = [one for step in evidence(bank, log) for one in step]
    items = {item.id: item for item in bank.items}
    return tuple(
        Question(
            item=placed.item,
            step=form.step,
            stem=items[placed.item].stem,
            given=in_words(items[placed.item], given.get(placed.item, ())),
            points=None if placed.pilot else sum(one.score for one in scored if one.item == placed.item),
            most=None if placed.pilot else sum(one.most for one in scored if one.item == placed.item),
            annulled=placed.item in gone,
            suspended=placed.item in suspended,
            definition=msgspec.to_builtins(items[placed.item]),
        )
        for form in log.forms
        for placed in form.items
    )


def written(story: Story, words: Mapping[str, str]) -> Story:
    """Return the story with what was written for tasks, by item, where the log has a keyed hash only."""
    questions = tuple(
        replace(one, given=(words[one.item],)) if one.item in words else one for one in story.questions
    )
    return replace(story, questions=questions)


def in_words(item: Item, selected: tuple[str, ...]) -> tuple[str, ...]:
    """What was given, as the taker saw it: the texts of options and targets instead of their ids."""
    if isinstance(item, Task | Text):
        return (SEALED,) if selected else ()
    texts = places(item)

    def said(one: str) -> str:
        left, pair, right = one.partition(">")
        if not pair:
            return texts.get(f"options.{left}", left)
        target = texts.get(f"targets.{right}", texts.get(f"gaps.{left}.{right}", right))
        return f"{texts.get(f'options.{left}', left)} > {target}"

    return tuple(map(said, selected))
