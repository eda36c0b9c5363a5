from collections.abc import Callable
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuer.assessments import kinds
from issuer.assessments.bank import BankRefused, digest, read_bank, shipped
from issuer.assessments.course import decision_for
from issuer.assessments.forms import form_for
from issuer.assessments.replay import ReplayRefused, replay
from issuer.assessments.scoring import ENGINE_VERSION
from issuer.assessments.session import Session
from issuer.demo import right
from schemas.assessment import Answer, Decided, Event, LevelCut, Started
from schemas.items import Multiple, Single

DOCUMENT = shipped()
BANK = read_bank(DOCUMENT)
STARTED = Started(
    engine=ENGINE_VERSION,
    bank_digest=digest(DOCUMENT),
    seed="00" * 32,
    levels=(LevelCut("working", 0.5), LevelCut("proficient", 0.7)),
    threshold=0.95,
    items_per_step=20,
    items_at_most=80,
)


def selected(name: str, seed: bytes, *, knows: bool) -> tuple[str, ...]:
    """What somebody gives who knows the answer; who does not, chooses a wrong option or skips the item."""
    item = BANK.item(name)
    assert item is not None
    if knows:
        return kinds.read(item, right(item), seed).selected
    if isinstance(item, Single | Multiple):
        return tuple(option.id for option in item.options if option.id not in item.key)[:1]
    return ()


def take(started: Started, knows: Callable[[], bool], *, stop_after: int = 4) -> tuple[Session, list[Event]]:
    """Take the assessment to its end, or stop after so many steps, writing the log."""
    session, events = Session(started, [], []), [Event("started", msgspec.json.encode(started))]
    for step in range(1, stop_after + 1):
        form = form_for(BANK, session)
        events.append(Event("form", msgspec.json.encode(form)))
        session.forms.append(form)
        for name in session.unanswered:
            session.answers.append(Answer(name, selected(name, bytes.fromhex(started.seed), knows=knows())))
            events.append(Event("answered", msgspec.json.encode(session.answers[-1])))
        session.decide(decision_for(BANK, session, stopped=step == stop_after))
        assert session.decided is not None
        events.append(Event("decided", msgspec.json.encode(session.decided)))
        if session.decided.decision.outcome != "continue":
            break
    return session, events


@settings(max_examples=25)
@given(st.binary(min_size=32, max_size=32), st.integers(0, 100), st.integers(1, 4))
def test_a_replay_reproduces_the_session(seed: bytes, percent: int, stop_after: int) -> None:
    random = Random(seed)  # noqa: S311 - a simulated taker
    started = msgspec.structs.replace(STARTED, seed=seed.hex())
    session, events = take(started, lambda: random.random() * 100 < percent, stop_after=stop_after)
    assert replay(DOCUMENT, events) == session
    for length in range(1, len(events)):
        if events[length - 1].kind == "decided":
            assert msgspec.json.encode(replay(DOCUMENT, events[:length]).decided) == events[length - 1].body


def test_the_order_of_answers_within_a_step_does_not_matter() -> None:
    _, events = take(STARTED, lambda: True, stop_after=1)
    answers = [event for event in events if event.kind == "answered"]
    mixed = [*events[:2], *reversed(answers), events[-1]]
    assert replay(DOCUMENT, mixed).decided == replay(DOCUMENT, events).decided


def test_a_perfect_first_step_is_an_award_and_a_poor_one_is_not_yet() -> None:
    for knows, outcome, level in ((True, "award", "proficient"), (False, "not_yet", None)):
        session, _ = take(STARTED, lambda knows=knows: knows)  # type: ignore[misc] # a lambda's default
        assert session.decided is not None
        assert (session.decided.decision.outcome, session.decided.decision.level) == (outcome, level)
        assert len(session.forms) == 1


def test_no_more_than_the_most_is_asked() -> None:
    started = msgspec.structs.replace(STARTED, items_at_most=30)
    flip = iter(range(1000))
    session, events = take(started, lambda: next(flip) % 10 < 7)
    assert [len(form.items) for form in session.forms] == [20, 10]
    assert form_for(BANK, session).items == ()
    assert replay(DOCUMENT, events) == session


def test_a_level_reached_is_kept_to_the_end_and_replays() -> None:
    answers = iter([True] * 15 + [False] * 5 + [False] * 40 + [True] * 20)
    session, events = take(STARTED, lambda: next(answers))
    first = msgspec.json.decode(next(one.body for one in events if one.kind == "decided"), type=Decided)
    assert (first.decision.outcome, first.decision.reached) == ("continue", "working")
    assert session.decided is not None
    assert len(session.forms) == 2
    decision = session.decided.decision
    assert [level.state for level in decision.levels] == ["reached", "not_reached"]
    assert decision.levels[0].probability < 0.5
    assert (decision.outcome, decision.level) == ("award", "working")
    assert replay(DOCUMENT, events) == session


def stopped_early(answered: int, first: int = 15) -> tuple[Session, list[Event]]:
    """Get so many of the first 20 right, go on, and stop after so many answers more."""
    answers = iter([True] * first + [False] * (20 - first))
    session, events = take(STARTED, lambda: next(answers), stop_after=1)
    session.decide(decision_for(BANK, session))
    events[-1] = Event("decided", msgspec.json.encode(session.decided))
    form = form_for(BANK, session)
    events.append(Event("form", msgspec.json.encode(form)))
    session.forms.append(form)
    for name in session.unanswered[:answered]:
        session.answers.append(Answer(name, selected(name, bytes.fromhex(STARTED.seed), knows=True)))
        events.append(Event("answered", msgspec.json.encode(session.answers[-1])))
    session.decide(decision_for(BANK, session, stopped=True))
    events.append(Event("decided", msgspec.json.encode(session.decided)))
    return session, events


@pytest.mark.parametrize("answered", [0, 1, 19])
def test_a_step_that_was_stopped_in_is_set_aside_and_replays(answered: int) -> None:
    session, events = stopped_early(answered)
    before = msgspec.json.decode(events[22].body, type=Decided)
    decided = session.decided
    assert decided is not None
    assert (decided.decision.outcome, decided.decision.level, decided.decision.asked) == (
        "award",
        "working",
        20,
    )
    assert decided.decision.levels == before.decision.levels
    assert decided.bands == before.bands
    assert (before.set_aside, decided.set_aside) == (0, 20)
    assert b"setAside" not in events[22].body
    assert replay(DOCUMENT, events) == session
    assert session.unanswered == ()
    late = Event("answered", events[3].body)
    assert refusal([*events, late]) == "replay.order"


def test_before_the_end_of_a_step_only_what_is_reached_can_be_decided() -> None:
    session, events = stopped_early(3)
    session.decided, session.closed = None, 1
    going_on = Event("decided", msgspec.json.encode(decision_for(BANK, session)))
    assert refusal([*events[:-1], going_on]) == "replay.decision"
    counted = msgspec.structs.replace(msgspec.json.decode(events[-1].body, type=Decided), set_aside=0)
    assert refusal([*events[:-1], Event("decided", msgspec.json.encode(counted))]) == "replay.decision"
    _, nothing_reached = stopped_early(3, first=12)
    assert refusal(nothing_reached) == "replay.decision"


def test_seen_and_unanswered_follow_the_log() -> None:
    _, events = take(STARTED, lambda: True)
    half = replay(DOCUMENT, events[:7])
    assert len(half.seen) == 20
    assert len(half.unanswered) == 15
    assert half.decided is None


def refusal(events: list[Event], document: bytes = DOCUMENT) -> str:
    with pytest.raises(ReplayRefused) as refused:
        replay(document, events)
    assert refused.value.detail
    return refused.value.code


def test_whatever_was_changed_in_a_log_is_refused() -> None:
    _, events = take(STARTED, lambda: True)
    start, form, answer, *_, end = events
    other = Event(
        "form",
        msgspec.json.encode(form_for(BANK, Session(msgspec.structs.replace(STARTED, seed="11"), [], []))),
    )
    assert refusal([]) == "replay.order"
    assert refusal(events[1:]) == "replay.order"
    assert refusal([start, start]) == "replay.order"
    assert refusal([*events, form]) == "replay.order"
    assert refusal([start, other]) == "replay.form"
    assert refusal([start, answer]) == "replay.answer"
    assert refusal([start, form, answer, answer]) == "replay.answer"
    assert refusal([start, form, answer, end]) == "replay.decision"
    started = msgspec.json.encode(msgspec.structs.replace(STARTED, engine="uncalibrated-0"))
    assert refusal([Event("started", started)]) == "replay.engine"
    assert refusal(events, DOCUMENT + b"\n") == "replay.bank"


def test_an_answer_out_of_the_items_own_order_is_refused() -> None:
    started = msgspec.structs.replace(STARTED, seed="01" * 32)  # its first form has a multiple choice
    _, events = take(started, lambda: True)
    form = form_for(BANK, Session(started, [], []))
    item = next(one for placed in form.items if isinstance(one := BANK.item(placed.item), Multiple))
    backwards = Event("answered", msgspec.json.encode(Answer(item.id, tuple(reversed(item.key)))))
    assert refusal([*events[:2], backwards]) == "replay.answer"


def test_bytes_that_are_no_bank_are_refused_even_under_their_own_digest() -> None:
    started = msgspec.structs.replace(STARTED, bank_digest=digest(b"{}"))
    with pytest.raises(BankRefused):
        replay(b"{}", [Event("started", msgspec.json.encode(started))])
