"""The course of sessions that are not whole forms of an uncalibrated bank: each replays byte for byte."""

from collections import Counter
from collections.abc import Callable
from math import exp
from random import Random

import msgspec
import pytest
from msgspec.structs import replace

from issuer.assessments.assemble import next_items
from issuer.assessments.bank import digest, read_bank, shipped
from issuer.assessments.course import decision_for, due, unrated
from issuer.assessments.forms import form_for
from issuer.assessments.replay import ReplayRefused, replay
from issuer.assessments.scoring import ENGINE_VERSION, evidence
from issuer.assessments.session import Session, read
from schemas.assessment import (
    Answer,
    Bank,
    Calibration,
    Event,
    LevelCut,
    Moment,
    Rating,
    Started,
)
from schemas.items import Criterion, Parameters, RubricLevel, Single, Task

Knows = Callable[[Single], bool]


def calibrated() -> bytes:
    """The single choices of the shipped bank, with parameters that nobody measured; ten are tried out."""
    draw = Random(7)  # noqa: S311 - a simulation
    bank = read_bank(shipped())
    singles = [item for item in bank.items if isinstance(item, Single)]
    items = tuple(
        replace(
            item,
            enemies=(),
            state="pilot" if number >= len(singles) - 10 else "live",
            parameters=None
            if number >= len(singles) - 10
            else Parameters("2pl", round(exp(draw.gauss(0, 0.3)), 3), round(draw.gauss(0, 1), 3)),
        )
        for number, item in enumerate(singles)
    )
    source = Calibration("2pl", "simulated", 2000, "0" * 64, -1.0)
    return msgspec.json.encode(replace(bank, items=items, calibration=source))


DOCUMENT = calibrated()
BANK = read_bank(DOCUMENT)
STARTED = Started(
    engine=ENGINE_VERSION,
    bank_digest=digest(DOCUMENT),
    seed="0a" * 32,
    levels=(LevelCut("working", -0.5), LevelCut("proficient", 0.5)),
    threshold=0.95,
    items_per_step=10,
    items_at_most=40,
    delivery="adaptive",
    scale="ability",
    items_at_first=25,
    items_at_least=10,
)


def take(
    bank: Bank, started: Started, knows: Knows, barred: frozenset[str] = frozenset()
) -> tuple[Session, list[Event]]:
    """Take it to its end, going on whenever that is offered."""
    session, events = Session(started), [Event("started", msgspec.json.encode(started))]

    def add(event: Event) -> None:
        session.add(event)
        events.append(event)

    while (what := due(bank, session)) in {"answer", "form", "wish", "decision"}:
        if what == "answer":
            item = bank.item(session.unanswered[0])
            assert isinstance(item, Single)
            wrong = next(option.id for option in item.options if option.id not in item.key)
            given = item.key if knows(item) else (wrong,)
            add(Event("answered", msgspec.json.encode(Answer(item.id, given))))
        elif what == "decision":
            add(Event("decided", msgspec.json.encode(decision_for(bank, session))))
        else:
            add(Event("form", msgspec.json.encode(form_for(bank, session, barred))))
    return session, events


def of_ability(theta: float, seed: int) -> Knows:
    """Somebody of this ability, who answers as the model says; an item that is tried out is a coin's toss."""
    luck = Random(seed)  # noqa: S311 - a simulation

    def knows(item: Single) -> bool:
        p = item.parameters
        if p is None:
            return luck.random() < 0.5
        assert isinstance(p.b, float)
        return luck.random() < 1 / (1 + exp(-p.a * (theta - p.b)))

    return knows


@pytest.mark.parametrize("theta", [-2.0, -0.5, 0.0, 0.6, 2.0])
def test_an_adaptive_session_ends_with_an_outcome_and_replays(theta: float) -> None:
    session, events = take(BANK, replace(STARTED, pilots_per_step=2), of_ability(theta, 3))
    assert session.final
    assert session.decided is not None
    decision = session.decided.decision
    assert decision.asked <= 40
    if abs(theta) == 2.0:
        assert (decision.outcome, decision.level) == (
            ("award", "proficient") if theta > 0 else ("not_yet", None)
        )
        assert 10 <= decision.asked < 25
    assert replay(DOCUMENT, events) == session == read(events)
    pilots = [placed.item for placed in session.placed if placed.pilot]
    first_step = [placed for form in session.forms if form.step == 1 for placed in form.items]
    assert sum(placed.pilot for placed in first_step) == 2  # later steps may end before their place comes
    assert len(pilots) <= 2 * session.closed
    assert not {scored.item for step in evidence(BANK, session) for scored in step} & set(pilots)
    assert len(session.seen) == len(session.placed)


def test_areas_stay_even_and_each_answer_moves_the_next_question() -> None:
    session, _ = take(BANK, STARTED, lambda _: True)
    counts = Counter(item.area for name in session.seen if (item := BANK.item(name)))
    assert max(counts.values()) - min(counts.values()) <= 1
    other, _ = take(BANK, STARTED, lambda _: False)
    assert session.placed[0] == other.placed[0]
    assert session.seen != other.seen


def test_what_is_barred_is_not_asked_and_the_log_says_why_the_next_one_was() -> None:
    session, _ = take(BANK, STARTED, lambda _: True)
    first = session.placed[0].item
    around, events = take(BANK, STARTED, lambda _: True, frozenset({first}))
    assert first not in around.seen
    assert around.forms[0].barred == (first,)
    assert replay(DOCUMENT, events) == around
    forgotten = msgspec.json.encode(replace(around.forms[0], barred=()))
    with pytest.raises(ReplayRefused) as refused:
        replay(DOCUMENT, [events[0], Event("form", forgotten), *events[2:]])
    assert (refused.value.code, refused.value.sequence) == ("replay.form", 2)
    assert refused.value.recorded == forgotten
    assert refused.value.computed is not None


def test_when_everything_is_barred_the_step_ends_and_says_so() -> None:
    everything = frozenset(item.id for item in BANK.items)
    session = Session(STARTED)
    session.add(Event("form", msgspec.json.encode(form_for(BANK, session, everything))))
    assert session.forms[0].items == ()
    assert session.forms[0].barred
    assert due(BANK, session) == "decision"


def test_a_stop_in_an_adaptive_step_counts_what_was_answered() -> None:
    _, events = take(BANK, STARTED, of_ability(1.2, 5))
    states = [read(events[:n]) for n in range(2, len(events))]
    early = next(
        state
        for state in states
        if due(BANK, state) == "answer" and decision_for(BANK, state, stopped=True).decision.reached
    )
    decided = decision_for(BANK, early, stopped=True)
    assert decided.set_aside == 1
    assert decided.decision.asked == len(early.answers)
    log = [
        *events[: 1 + len(early.forms) + len(early.answers)],
        Event("decided", msgspec.json.encode(decided)),
    ]
    assert replay(DOCUMENT, log).final


def test_a_fixed_form_is_the_same_for_everybody_and_an_enemy_never_follows() -> None:
    document = shipped()
    bank = read_bank(document)
    started = replace(
        STARTED, bank_digest=digest(document), delivery="fixed", scale="proportion", items_per_step=20,
        levels=(LevelCut("working", 0.5),), items_at_most=80, items_at_first=0, items_at_least=0,
    )  # fmt: skip
    one, other = (form_for(bank, Session(replace(started, seed=seed * 32))) for seed in ("01", "02"))
    assert [placed.item for placed in one.items] == [placed.item for placed in other.items]
    assert one != other  # the order of options is each session's own
    first = bank.items[0]
    foes = tuple(item.id for item in bank.items[1:50])
    hostile = replace(bank, items=(replace(first, enemies=foes), *bank.items[1:]))
    for seed in range(20):
        chosen = next_items(hostile, set(), bytes([seed]), 1, 40)
        assert first.id not in chosen or not set(foes) & set(chosen)
        assert not set(foes) & set(next_items(hostile, {first.id}, bytes([seed]), 1, 40))


def test_a_session_ends_where_only_enemies_of_what_was_asked_are_left_and_older_logs_stay() -> None:
    """Ten pairs of enemies and ten without: twenty can be asked. Half are right, so that the rule is open."""
    plain = read_bank(shipped())
    singles = [item for item in plain.items if isinstance(item, Single)][::4][:30]
    names = [item.id for item in singles]
    items = tuple(
        replace(item, enemies=(names[n + 20],) if n < 10 else (names[n - 20],) if n >= 20 else ())
        for n, item in enumerate(singles)
    )
    document = msgspec.json.encode(replace(plain, items=items))
    bank, flip = read_bank(document), iter(range(100))
    now = replace(
        STARTED, bank_digest=digest(document), delivery="on_the_fly", scale="proportion",
        items_at_first=0, items_at_least=0, levels=(LevelCut("working", 0.5),),
    )  # fmt: skip
    session, events = take(bank, now, lambda _: next(flip) % 2 == 0)
    assert session.decided is not None
    assert (session.decided.decision.outcome, len(session.placed), len(session.forms)) == ("not_yet", 20, 2)
    assert replay(document, events) == session
    of_then = [Event("started", msgspec.json.encode(replace(now, engine="assay-2"))), *events[1:-1]]
    earlier = read(of_then)
    decided = decision_for(bank, earlier)
    assert decided.decision.outcome == "continue"
    assert replay(document, [*of_then, Event("decided", msgspec.json.encode(decided))]).closed == 2


def test_time_is_limited_stands_still_in_a_pause_and_ends_the_step() -> None:
    timed = replace(STARTED, minutes_per_step=1.0, time_multiplier=1.5, pauses=1)
    session, events = Session(timed), [Event("started", msgspec.json.encode(timed))]

    def add(kind: str, body: msgspec.Struct) -> None:
        event = msgspec.convert({"kind": kind, "body": msgspec.json.encode(body)}, Event)
        session.add(event)
        events.append(event)

    add("form", form_for(BANK, session, second=3))
    assert (session.seconds_allowed, session.forms[0].second) == (90, 3)
    add("paused", Moment(30))
    assert (session.paused, session.seconds_spent(500)) == (True, 27)
    add("resumed", Moment(630))
    assert session.seconds_spent(640) == 37
    assert not session.is_late(698)
    assert session.is_late(699)
    assert replay(DOCUMENT, events) == session
    for kind, second in (("timed_out", 698), ("paused", 640), ("resumed", 640)):
        moment = msgspec.convert({"kind": kind, "body": msgspec.json.encode(Moment(second))}, Event)
        with pytest.raises(ReplayRefused) as refused:
            replay(DOCUMENT, [*events, moment])
        assert refused.value.code == "replay.time"
    add("timed_out", Moment(700))
    assert session.unanswered == ()
    assert due(BANK, session) == "decision"
    add("decided", decision_for(BANK, session))
    assert session.decided is not None
    assert (session.decided.decision.asked, session.decided.decision.right) == (1, 0)
    assert replay(DOCUMENT, events) == session
    assert (session.seconds_spent(999), session.is_late(999)) == (0, False)


def test_a_task_waits_for_two_raters_and_each_criterion_is_evidence() -> None:
    levels = (RubricLevel(0, "Not there."), RubricLevel(1, "There."))
    rubric = tuple(Criterion(name, name, levels, 1) for name in ("query", "words"))
    area = BANK.areas[0].id
    task = Task(id="task-1", area=area, stem="Write.", rubric=rubric, words_at_most=100)
    plain = read_bank(shipped())
    document = msgspec.json.encode(replace(plain, items=(*plain.items, task)))
    bank = read_bank(document)
    started = replace(
        STARTED, bank_digest=digest(document), delivery="on_the_fly", scale="proportion", tasks=1,
        items_per_step=4, items_at_most=4, items_at_first=0, items_at_least=0,
        levels=(LevelCut("working", 0.5),),
    )  # fmt: skip
    session, events = Session(started), [Event("started", msgspec.json.encode(started))]

    def add(kind: str, body: msgspec.Struct) -> None:
        event = msgspec.convert({"kind": kind, "body": msgspec.json.encode(body)}, Event)
        session.add(event)
        events.append(event)

    add("form", form_for(bank, session))
    assert session.unanswered[-1] == task.id
    for name in session.unanswered:
        add("answered", Answer(name, ("ab" * 32,) if name == task.id else ()))
    assert (due(bank, session), unrated(bank, session)) == ("rating", (task.id,))
    add("rated", Rating(task.id, "one", {"query": 1, "words": 0}))
    assert due(bank, session) == "rating"
    for wrong in (
        Rating(task.id, "one", {"query": 1, "words": 0}),
        Rating(task.id, "two", {"query": 9, "words": 0}),
        Rating(session.placed[0].item, "two", {}),
    ):
        with pytest.raises(ReplayRefused) as refused:
            replay(document, [*events, Event("rated", msgspec.json.encode(wrong))])
        assert refused.value.code == "replay.rating"
    add("rated", Rating(task.id, "two", {"query": 1, "words": 0}))
    assert due(bank, session) == "decision"
    add("decided", decision_for(bank, session))
    assert session.decided is not None
    assert (session.decided.decision.right, session.decided.decision.asked) == (1, 6)
    assert replay(document, events) == session
    assert due(bank, session) == "nothing"
    assert session.open_forms == ()
