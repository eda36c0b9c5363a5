"""What earlier sessions show once items are annulled, and what a later epoch starts from then."""

from collections.abc import Collection
from functools import cache
from uuid import UUID

import msgspec
import pytest

from issuer.assessments.again import origin
from issuer.assessments.bank import digest, read_bank
from issuer.assessments.begin import Origin, first_event, scale_of
from issuer.assessments.course import decision_for, decision_now, due
from issuer.assessments.earlier.shown import Past, shown
from issuer.assessments.forms import form_for
from issuer.assessments.replay import ReplayRefused, replay
from issuer.assessments.session import Session
from issuer.measurement import epochs
from issuer.skills.store import Achievement, Level
from schemas.assessment import Answer, Bank, Conditions, Event, Prior
from tests.unit.assessments.banks import calibrated, uncalibrated

ACHIEVEMENT = Achievement(
    "acme",
    UUID(int=1),
    1,
    UUID(int=2),
    "Tester",
    "Tests.",
    "Answer.",
    0.9,
    12,
    (Level("l", "L", "Some.", 0.7),),
)
RIGHT, WRONG = ("o1",), ("o2",)
CONDITIONS = {
    "ability": Conditions(
        permitted_aids="None.",
        delivery="adaptive",
        items_per_step=5,
        items_at_first=8,
        items_at_least=6,
        items_at_most=8,
    ),
    "proportion": Conditions(permitted_aids="None.", items_per_step=8, items_at_most=8),
}
DOCUMENTS = {"ability": calibrated(60), "proportion": uncalibrated(60)}


@cache
def bank(scale: str) -> Bank:
    return read_bank(DOCUMENTS[scale])


def sat(scale: str, start: Origin, wrong: int, *, late: int = 0, at_most: int = 8) -> Past:
    """A whole session from `start`: so many wrong answers, then right ones.

    As many items as `late` says, the first ones asked, are annulled when the first decision was made.
    """
    seed = bytes([start.epoch]).hex() * 32
    conditions = msgspec.structs.replace(CONDITIONS[scale], items_at_most=at_most)
    began = first_event(bank(scale), digest(DOCUMENTS[scale]), ACHIEVEMENT, conditions, seed, origin=start)
    log, events = Session(began), [Event("started", msgspec.json.encode(began))]

    def add(kind: str, body: msgspec.Struct) -> None:
        events.append(msgspec.convert({"kind": kind, "body": msgspec.json.encode(body)}, Event))
        log.add(events[-1])

    while not log.final:
        match due(bank(scale), log):
            case "form" | "wish":
                add("form", form_for(bank(scale), log))
            case "answer":
                given = WRONG if len(log.answers) < wrong else RIGHT
                add("answered", Answer(log.unanswered[0], given))
            case _:
                unfit = {placed.item for placed in log.placed[:late]} if log.decided else set[str]()
                add("decided", decision_now(bank(scale), log, unfit, stopped=False))
    assert replay(DOCUMENTS[scale], events) == log
    return Past(bank(scale), log, tuple(events))


def without(past: Past, annulled: Collection[str]) -> Past:
    return msgspec.structs.replace(past, annulled=frozenset(annulled))


def start(*history: Past) -> Origin:
    return origin(history[0].bank, ACHIEVEMENT, len(history) + 1, history)


@pytest.mark.parametrize("scale", ["proportion", "ability"])
def test_no_later_epoch_starts_from_what_was_annulled(scale: str) -> None:
    """Neither the next one, nor the one after it, whose prior holds the next one's."""
    first = sat(scale, Origin(1, ACHIEVEMENT.threshold), wrong=2)
    second = sat(scale, start(first), wrong=6)
    assert scale_of(first.bank) == scale
    right = sorted(answer.item for answer in first.log.answers if answer.selected == RIGHT)
    # What they would have started from, had those items never been asked: nothing but the two wrong answers.
    (bare,) = shown([without(first, right)])
    assert bare.decision is not None
    assert (bare.decision.right, bare.decision.asked) == (0, 2)
    if scale == "proportion":
        assert start(without(first, right)).prior == epochs.proportion_prior(0, 2, Prior())
    honest = sat(scale, start(without(first, right)), wrong=6)
    assert honest.log.started.prior != second.log.started.prior
    same = [one.item for one in honest.log.answers] == [one.item for one in second.log.answers]
    assert same or scale == "ability"  # an adaptive session asks what fits the prior
    third = start(without(first, right), without(second, right))
    if same:
        assert third.prior == start(first, honest).prior
    assert third.prior not in (Prior(), start(first, second).prior)
    assert set(third.excluded) == first.log.seen | second.log.seen


@pytest.mark.parametrize("scale", ["proportion", "ability"])
def test_whoever_met_nothing_of_it_starts_as_before(scale: str) -> None:
    first = sat(scale, Origin(1, ACHIEVEMENT.threshold), wrong=4)
    second = sat(scale, start(first), wrong=4)
    never = {item.id for item in bank(scale).items} - first.log.seen - second.log.seen
    history = [first, second]
    found = shown([without(one, never) for one in history])
    assert [one.decision for one in found] == [
        one.log.decided and one.log.decided.decision for one in history
    ]
    assert [one.prior for one in found] == [one.log.started.prior for one in history]
    assert start(*(without(one, never) for one in history)) == start(*history)


def test_answers_that_are_gone_hold_nothing_where_something_of_them_may_not_count() -> None:
    first = sat("proportion", Origin(1, ACHIEVEMENT.threshold), wrong=4)
    kept = (first.events[0], first.events[-1])
    log = Session(first.log.started, decided=first.log.decided, closed=0)
    for lost, prior in ((False, start(first).prior), (True, Prior())):
        gone = Past(first.bank, log, kept, frozenset({"x"}), lost=lost)
        begun = origin(first.bank, ACHIEVEMENT, 2, [gone], met=first.log.seen)
        assert begun.prior == prior
        assert frozenset(begun.excluded) == first.log.seen


def test_what_somebody_met_in_a_session_that_never_ended_is_asked_again_only_for_want_of_others() -> None:
    items = sorted(item.id for item in bank("proportion").items)
    for met, length, excluded in ((52, 8, items[:52]), (53, 8, []), (60, 8, []), (0, 8, [])):
        begun = origin(bank("proportion"), ACHIEVEMENT, 1, [], items[:met], length=length)
        assert (begun.prior, begun.threshold) == (Prior(), ACHIEVEMENT.threshold)
        assert list(begun.excluded) == excluded


def test_what_may_not_be_asked_beside_what_somebody_met_is_no_other_question() -> None:
    """Else a newcomer would be asked two questions of eight, or none, and be told *not yet*."""
    names = [item.id for item in bank("proportion").items]
    beside = dict(zip(names[:30], names[30:], strict=True))
    items = tuple(
        msgspec.structs.replace(item, enemies=(beside[item.id],) if item.id in beside else ())
        for item in bank("proportion").items
    )
    hostile = msgspec.structs.replace(bank("proportion"), items=items)
    for met, excluded in ((names[:22], names[:22]), (names[:24], []), (names[:30], [])):
        begun = origin(hostile, ACHIEVEMENT, 1, [], met, length=8)
        assert list(begun.excluded) == excluded
        began = first_event(
            hostile, "00" * 32, ACHIEVEMENT, CONDITIONS["proportion"], "00" * 32, origin=begun
        )
        assert len(form_for(hostile, Session(began)).items) == 8


@pytest.mark.parametrize("scale", ["proportion", "ability"])
def test_what_is_annulled_while_a_session_goes_on_counts_no_more_in_it(scale: str) -> None:
    """The log says so, and replays (`sat` sees to that); the next steps leave it out as well."""
    past = sat(scale, Origin(1, 0.999), wrong=2, late=2, at_most=24)
    gone = {placed.item for placed in past.log.placed[:2]}
    assert past.log.decided is not None
    assert set(past.log.decided.annulled) == gone
    decision = past.log.decided.decision
    assert (decision.right, decision.asked) == (len(past.log.answers) - 2, len(past.log.answers) - 2)
    (now,) = shown([without(past, gone)])
    assert now.decision == decision
    forged = msgspec.structs.replace(past.log.decided, annulled=("never-asked",))
    events = (*past.events[:-1], Event("decided", msgspec.json.encode(forged)))
    with pytest.raises(ReplayRefused, match="does not follow"):
        replay(DOCUMENTS[scale], events)


@pytest.mark.parametrize("then", [WRONG, RIGHT])
def test_a_level_that_was_called_the_taker_s_stays_and_annulled_items_raise_none_above_it(
    then: tuple[str, ...],
) -> None:
    """It was reached with items that are annulled in the step after: that is for two persons to look at.

    With them, right answers from then on would show the higher level, too; without them, neither.
    """
    levels = (Level("low", "L", "Some.", 0.77), Level("high", "H", "Much.", 0.8))
    achievement = msgspec.structs.replace(ACHIEVEMENT, levels=levels)
    conditions = msgspec.structs.replace(CONDITIONS["proportion"], items_at_most=16)
    began = first_event(
        bank("proportion"),
        digest(DOCUMENTS["proportion"]),
        achievement,
        conditions,
        "00" * 32,
        origin=Origin(1, 0.9),
    )
    log, events = Session(began), [Event("started", msgspec.json.encode(began))]

    def add(kind: str, body: msgspec.Struct) -> None:
        events.append(msgspec.convert({"kind": kind, "body": msgspec.json.encode(body)}, Event))
        log.add(events[-1])

    unfit, with_all, bare = set[str](), None, None
    for given in (RIGHT, then):
        add("form", form_for(bank("proportion"), log))
        for name in log.unanswered:
            add("answered", Answer(name, given))
        unfit = {placed.item for placed in log.placed[:9]} if log.decided else set[str]()
        with_all = decision_for(bank("proportion"), log).decision.reached
        bare = decision_for(bank("proportion"), log, annulled=unfit).decision.reached
        add("decided", decision_now(bank("proportion"), log, unfit, stopped=False))
    assert log.decided is not None
    assert (with_all, bare) == ("high" if then == RIGHT else "low", None)
    assert set(log.decided.annulled) == unfit
    decision = log.decided.decision
    assert (log.final, decision.reached, decision.level, log.decided.kept) == (True, "low", "low", "low")
    assert [level.state == "reached" for level in decision.levels] == [True, False]
    assert replay(DOCUMENTS["proportion"], events) == log
    for forged in (None, "high"):
        changed = msgspec.structs.replace(log.decided, kept=forged)
        with pytest.raises(ReplayRefused):
            replay(DOCUMENTS["proportion"], (*events[:-1], Event("decided", msgspec.json.encode(changed))))


def test_a_log_that_takes_back_one_of_two_levels_does_not_replay() -> None:
    """What is left shows the lower one: without its floor the log would still follow from the answers."""
    levels = (
        Level("low", "L", "Some.", 0.3),
        Level("high", "H", "Much.", 0.75),
        Level("top", "T", "All.", 0.95),
    )
    began = first_event(
        bank("proportion"),
        digest(DOCUMENTS["proportion"]),
        msgspec.structs.replace(ACHIEVEMENT, levels=levels),
        msgspec.structs.replace(CONDITIONS["proportion"], items_at_most=24),
        "00" * 32,
        origin=Origin(1, 0.9),
    )
    log, events = Session(began), [Event("started", msgspec.json.encode(began))]

    def add(kind: str, body: msgspec.Struct) -> None:
        events.append(msgspec.convert({"kind": kind, "body": msgspec.json.encode(body)}, Event))
        log.add(events[-1])

    for then in (RIGHT, WRONG):
        add("form", form_for(bank("proportion"), log))
        for at, name in enumerate(log.unanswered):
            add("answered", Answer(name, RIGHT if at < 4 else then))
        if log.decided is None:
            add("decided", decision_now(bank("proportion"), log, set(), stopped=False))
    unfit = {placed.item for placed in log.placed[:5]}
    assert log.decided is not None
    assert log.decided.decision.reached == "high"
    kept = decision_now(bank("proportion"), log, unfit, stopped=False)
    bare = decision_for(bank("proportion"), log, annulled=unfit)
    assert (kept.kept, kept.decision.reached, bare.decision.reached) == ("high", "high", "low")
    replay(DOCUMENTS["proportion"], (*events, Event("decided", msgspec.json.encode(kept))))
    with pytest.raises(ReplayRefused, match="taken back"):
        replay(DOCUMENTS["proportion"], (*events, Event("decided", msgspec.json.encode(bare))))
