"""Scoring again without annulled items: the log stays, and only evidence is set aside."""

from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuer.assessments.bank import digest, read_bank, shipped
from issuer.assessments.course import decision_for
from issuer.assessments.forms import form_for
from issuer.assessments.replay import ReplayRefused, replay
from issuer.assessments.scoring import ENGINE_VERSION
from issuer.assessments.session import Session
from issuer.review.rescore import Rescored, rescore
from schemas.assessment import Answer, Event, LevelCut, Started
from schemas.items import Multiple, Single

DOCUMENT = shipped("working-with-ai")
BANK = read_bank(DOCUMENT)
CHOICES = {item.id: item for item in BANK.items if isinstance(item, Single | Multiple)}


def log(seed: str, share: float, *, stop_within: int | None = None) -> list[Event]:
    """A session whose taker knows a share of the choices, and may stop after so many answers."""
    random = Random(seed)  # noqa: S311 - a simulated taker
    started = Started(
        engine=ENGINE_VERSION,
        bank_digest=digest(DOCUMENT),
        seed=seed,
        levels=(LevelCut("low", 0.3), LevelCut("high", 0.6)),
        threshold=0.9,
        items_per_step=10,
        items_at_most=40,
    )
    session, events = Session(started), [Event("started", msgspec.json.encode(started))]

    def add(kind: str, body: msgspec.Struct) -> None:
        events.append(msgspec.convert({"kind": kind, "body": msgspec.json.encode(body)}, Event))
        session.add(events[-1])

    while not session.final:
        add("form", form_for(BANK, session))
        for name in session.unanswered:
            reached = session.decided is not None and session.decided.decision.reached
            if reached and len(session.answers) == stop_within:
                break
            known = name in CHOICES and random.random() < share
            add("answered", Answer(name, CHOICES[name].key if known else ()))
        add("decided", decision_for(BANK, session, stopped=bool(session.unanswered)))
    return events


SEEDS = st.binary(min_size=32, max_size=32).map(bytes.hex)


@settings(max_examples=8)
@given(SEEDS, st.floats(0, 1), st.data())
def test_only_the_evidence_of_annulled_items_goes(seed: str, share: float, data: st.DataObject) -> None:
    events = log(seed, share)
    session = replay(DOCUMENT, events)
    assert session.decided is not None
    as_decided = rescore(DOCUMENT, events, frozenset())
    assert (as_decided.level, as_decided.undecided) == (session.decided.decision.level, False)
    asked = sorted(session.seen)
    never = frozenset(item.id for item in BANK.items) - session.seen
    assert rescore(DOCUMENT, events, never) == as_decided
    answers = {answer.item: bool(answer.selected) for answer in session.answers}
    gone = frozenset(data.draw(st.sets(st.sampled_from(asked), max_size=len(asked))))
    again = rescore(DOCUMENT, events, gone)
    order = [None, *again.order]
    if not any(answers[item] for item in gone):
        assert order.index(again.level) >= order.index(as_decided.level)  # only wrong answers went
    assert rescore(DOCUMENT, events, session.seen).level is None  # nothing is left to show anything
    assert replay(DOCUMENT, events) == session


def test_a_part_that_was_set_aside_stays_so() -> None:
    random = Random(3)  # noqa: S311 - seeds
    found = 0
    while found < 3:
        events = log(random.randbytes(32).hex(), 0.75, stop_within=14)
        session = replay(DOCUMENT, events)
        assert session.decided is not None
        if session.decided.set_aside:
            found += 1
            assert session.decided.decision.stopped
            assert rescore(DOCUMENT, events, frozenset()) == Rescored(
                "low", undecided=False, order=("low", "high")
            )


def test_evidence_that_shrinks_can_leave_a_level_open() -> None:
    """Somebody who still sat there would be asked more; who is finished gets what is sure."""
    found = set()
    for share in (1.0, 0.5):
        events = log("05" * 32, share)
        session = replay(DOCUMENT, events)
        found.add(len(session.placed) < 40)
        assert rescore(DOCUMENT, events, session.seen).undecided == (len(session.placed) < 40)
    assert found == {True, False}


def test_what_does_not_replay_or_is_not_finished_is_not_scored() -> None:
    events = log("07" * 32, 0.9)
    for broken, code in (
        (events[:-1], "replay.order"),
        ([*events[:2], Event("answered", b"{}"), *events[3:]], "replay.answer"),
    ):
        with pytest.raises(ReplayRefused) as refused:
            rescore(DOCUMENT, broken, frozenset())
        assert refused.value.code == code
