"""Sessions of people who do not exist, by the engine's own course: from `started` to the last decision.

What `issuer/assessments/take.py` does with a database, done with the same pure functions and a log in memory:
exposure is counted, time runs, tasks are rated, some people stop, and some begin again in a later epoch.
"""

from collections import Counter
from collections.abc import Callable
from functools import cache
from random import Random
from typing import NamedTuple
from uuid import UUID

import msgspec

from issuer.assessments import kinds
from issuer.assessments.again import origin
from issuer.assessments.bank import digest, read_bank, shipped
from issuer.assessments.begin import Origin, first_event
from issuer.assessments.course import decision_for, due, unrated
from issuer.assessments.earlier.shown import Past
from issuer.assessments.exposure import caps_of
from issuer.assessments.forms import form_for
from issuer.assessments.session import Session
from issuer.demo import right
from issuer.measurement.models import probability
from issuer.measurement.selection import at_cap
from issuer.skills.store import Achievement, Level
from schemas.assessment import Answer, Bank, Conditions, Event, EventKind, Moment, Rating
from schemas.items import Inline, Item, Match, Multiple, Numeric, Order, Parameters, Single, Task, Text

BANKS = ("synthetic", "sql-for-analysts", "working-with-ai")
LEVELS = (Level("working", "Working", "", 0.5), Level("proficient", "Proficient", "", 0.7))
ACHIEVEMENT = Achievement("bench", UUID(int=1), 1, UUID(int=2), "Bench", "", "", 0.95, 12, LEVELS)
SECONDS_AN_ANSWER = 40.0
STOPS, PAUSES, SKIPS, GOES_AGAIN = 0.2, 0.05, 0.2, 0.3


class Log(NamedTuple):
    """A finished session: its bank by name, and its events as they would be stored."""

    bank: str
    events: tuple[Event, ...]


class Shown:
    """How often each item of a bank was shown, as the service counts it."""

    def __init__(self) -> None:
        self.items: Counter[str] = Counter()
        self.sessions = 0

    def barred(self, caps: dict[str, float]) -> frozenset[str]:
        return frozenset(name for name, cap in caps.items() if at_cap(self.items[name], self.sessions, cap))


@cache
def bank_of(name: str) -> Bank:
    return read_bank(shipped(name))


def logs(chance: Random, shown: dict[str, Shown]) -> list[Log]:
    """One person's sessions with one of the shipped banks: one, or two epochs."""
    name = chance.choice(BANKS)
    conditions = _conditions(name, chance)
    ability = chance.gauss(0, 1)
    held = _take(name, conditions, Origin(1, ACHIEVEMENT.threshold), _answers(ability, chance), shown, chance)
    found = [Log(name, held.events)]
    if chance.random() < GOES_AGAIN:
        again = origin(bank_of(name), ACHIEVEMENT, 2, [Past(bank_of(name), held.session)])
        found.append(
            Log(name, _take(name, conditions, again, _answers(ability, chance), shown, chance).events)
        )
    return found


def _conditions(bank: str, chance: Random) -> Conditions:
    timed = chance.random() < 0.5
    return Conditions(
        permitted_aids="",
        delivery="adaptive" if bank == "synthetic" else chance.choice(("fixed", "on_the_fly")),
        minutes_per_step=chance.choice((10.0, 20.0)) if timed else None,
        pauses=2,
        tasks=chance.choice((0, 0, 1)) if bank != "synthetic" else 0,
    )


Answers = Callable[[Item], dict[str, list[str]]]


def _answers(ability: float, chance: Random) -> Answers:
    """What somebody of this ability enters; nothing where they skip the item."""

    def fields(item: Item) -> dict[str, list[str]]:
        if isinstance(item, Task):
            return {"work": ["What I would write."]}
        if chance.random() < probability(item.parameters or Parameters("rasch", 1.0, 0.0), ability):
            return right(item)
        return {} if chance.random() < SKIPS else _anything(item, chance)

    return fields


def _anything(item: Item, chance: Random) -> dict[str, list[str]]:
    """An answer in the item's form, whatever it says."""
    if isinstance(item, Single | Multiple):
        return {"option": [chance.choice(item.options).id]}
    if isinstance(item, Order):
        places = chance.sample(range(1, 1 + len(item.options)), len(item.options))
        return {f"place.{one.id}": [str(at)] for one, at in zip(item.options, places, strict=True)}
    if isinstance(item, Match):
        return {f"match.{one.id}": [chance.choice(item.targets).id] for one in item.options}
    if isinstance(item, Inline):
        return {f"gap.{gap.id}": [chance.choice(gap.options).id] for gap in item.gaps}
    if isinstance(item, Text):
        return {"text": [f"something else {chance.random()}"]}
    assert isinstance(item, Numeric)
    return {"number": [str(chance.randint(-100, 100))]}


class _Sitting:
    """A session under way: its state, its log, its clock."""

    def __init__(self, session: Session) -> None:
        self.session, self.second = session, 0
        self.events: tuple[Event, ...] = (Event("started", msgspec.json.encode(session.started)),)

    def add(self, kind: EventKind, body: msgspec.Struct) -> None:
        event = Event(kind, msgspec.json.encode(body))
        self.session.add(event)
        self.events += (event,)


def _take(
    name: str,
    conditions: Conditions,
    begin: Origin,
    answers: Answers,
    shown: dict[str, Shown],
    chance: Random,
) -> _Sitting:
    bank, own = bank_of(name), shown.setdefault(name, Shown())
    seed = chance.randbytes(32).hex()
    started = first_event(bank, digest(shipped(name)), ACHIEVEMENT, conditions, seed, origin=begin)
    held, caps = _Sitting(Session(started)), caps_of(bank, conditions)
    own.sessions += 1
    goes_on = chance.random() >= STOPS
    while (what := due(bank, held.session)) != "nothing":
        session = held.session
        if what in {"form", "wish"}:
            if what == "wish" and not goes_on and session.decided and session.decided.decision.reached:
                held.add("decided", decision_for(bank, session, stopped=True))
                continue
            form = form_for(bank, session, own.barred(caps), held.second)
            own.items.update(placed.item for placed in form.items)
            held.add("form", form)
        elif what == "answer":
            _answer(bank, held, answers, chance)
        elif what == "rating":
            _rate(bank, held, chance)
        else:
            held.add("decided", decision_for(bank, session))
    return held


def _answer(bank: Bank, held: _Sitting, answers: Answers, chance: Random) -> None:
    session = held.session
    if session.may_pause and chance.random() < PAUSES:
        held.add("paused", Moment(held.second))
        held.second += round(chance.expovariate(1 / 3600))
        held.add("resumed", Moment(held.second))
    held.second += round(chance.expovariate(1 / SECONDS_AN_ANSWER))
    if session.is_late(held.second):
        held.add("timed_out", Moment(held.second))
        return
    item = bank.item(session.unanswered[0])
    assert item is not None
    fields = answers(item)
    given = kinds.read(item, fields, bytes.fromhex(session.started.seed)).selected if fields else ()
    held.add("answered", Answer(item.id, given))


def _rate(bank: Bank, held: _Sitting, chance: Random) -> None:
    """One more rater for the first task that waits for one: points are a toss, so a third is often needed."""
    task = bank.item(unrated(bank, held.session)[0])
    assert isinstance(task, Task)
    rater = f"rater-{sum(one.item == task.id for one in held.session.ratings)}"
    points = {one.id: chance.choice(one.levels).points for one in task.rubric}
    held.add("rated", Rating(task.id, rater, points))
