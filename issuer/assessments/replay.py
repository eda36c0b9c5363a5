"""Replay a session's log: the same events give the same forms, decisions and bands, byte for byte."""

from collections.abc import Iterable
from functools import lru_cache
from typing import TypeVar

import msgspec

from issuer.assessments import kinds
from issuer.assessments.bank import digest, read_bank
from issuer.assessments.course import decision_for, due, reached
from issuer.assessments.forms import form_for
from issuer.assessments.kinds.task import lint_rating
from issuer.assessments.scoring import ENGINES
from issuer.assessments.session import Session
from schemas.assessment import Answer, Bank, Decided, Event, Form, Moment, Rating, Started
from schemas.items import Task

T = TypeVar("T")

read_bank_once = lru_cache(maxsize=8)(read_bank)
"""Whoever replays a thousand sessions reads their bank once."""


class ReplayRefused(Exception):  # noqa: N818 - a refusal with a stable code, not an error of ours
    """Where a log stops being reproduced.

    `code` is replay.engine, replay.bank, replay.order, replay.event, replay.form, replay.answer, replay.time,
    replay.rating or replay.decision; `sequence` is the event's place in the log, counted from 1; `recorded`
    and `computed` are the two bodies where there are two.
    """

    def __init__(
        self, code: str, detail: str, *, recorded: bytes | None = None, computed: bytes | None = None
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.recorded = recorded
        self.computed = computed
        self.sequence = 0


def replay(bank_document: bytes, events: Iterable[Event]) -> Session:
    """Go through the log, recompute each form and decision, and compare it with the bytes recorded.

    Returns the state at the end; raises ReplayRefused at the first event that does not reproduce, and
    BankRefused for bytes that are no bank.
    """
    session: Session | None = None
    bank: Bank | None = None
    for sequence, event in enumerate(events, 1):
        try:
            if session is None or bank is None:
                session = _start(bank_document, event)
                bank = read_bank_once(bank_document)
            else:
                _step(bank, session, event)
        except ReplayRefused as refused:
            refused.sequence = sequence
            raise
        except (ArithmeticError, LookupError, ValueError) as error:
            impossible = ReplayRefused("replay.event", f"No session holds such values: {error}")
            impossible.sequence = sequence
            raise impossible from error
    if session is None:
        raise ReplayRefused("replay.order", "The log is empty.")
    return session


def _start(bank_document: bytes, event: Event) -> Session:
    if event.kind != "started":
        raise ReplayRefused("replay.order", "The log does not begin with its start.")
    started = _body(event, Started, "replay.order")
    if started.engine not in ENGINES:
        raise ReplayRefused("replay.engine", f"The session was scored by engine {started.engine}.")
    if started.bank_digest != digest(bank_document):
        raise ReplayRefused("replay.bank", "The session used another version of the bank.")
    return Session(started)


def _step(bank: Bank, session: Session, event: Event) -> None:
    if session.final:
        raise ReplayRefused("replay.order", "Something follows the final decision.")
    match event.kind:
        case "form":
            _form(bank, session, event)
        case "answered":
            _answer(bank, session, event)
        case "paused" | "resumed" | "timed_out":
            _time(session, event)
        case "rated":
            _rating(bank, session, event)
        case "decided":
            _decided(bank, session, event)
        case "started":
            raise ReplayRefused("replay.order", "The log starts twice.")
    session.add(event)


def _form(bank: Bank, session: Session, event: Event) -> None:
    recorded = _body(event, Form, "replay.form")
    computed = form_for(bank, session, frozenset(recorded.barred), recorded.second)
    if due(bank, session) not in {"form", "wish"}:
        raise ReplayRefused("replay.order", "Questions were asked while others were open.")
    _same(event, computed, "replay.form", f"Step {computed.step} does not follow from the seed.")


def _answer(bank: Bank, session: Session, event: Event) -> None:
    answer = _body(event, Answer, "replay.answer")
    item = bank.item(answer.item) if answer.item in session.unanswered else None
    if item is None:
        raise ReplayRefused("replay.answer", "An answer is recorded twice, or to a question not asked.")
    if answer.selected and not kinds.valid(item, answer.selected):
        raise ReplayRefused(
            "replay.answer", "An answer does not belong to its question, or not in this form."
        )
    _same(event, answer, "replay.answer", "An answer is not written as it should be.")


def _time(session: Session, event: Event) -> None:
    second = _body(event, Moment, "replay.time").second
    limited = session.seconds_allowed is not None and bool(session.open_forms)
    may = {
        "paused": not session.paused and session.pauses < session.started.pauses,
        "resumed": session.paused,
        "timed_out": not session.paused and session.is_late(second),
    }
    if not limited or session.timed_out or not may[event.kind]:
        raise ReplayRefused("replay.time", f"At second {second} the time could not be {event.kind}.")


def _rating(bank: Bank, session: Session, event: Event) -> None:
    rating = _body(event, Rating, "replay.rating")
    item = bank.item(rating.item)
    answered = any(answer.item == rating.item for answer in session.answers)
    again = any((one.item, one.rater) == (rating.item, rating.rater) for one in session.ratings)
    if not isinstance(item, Task) or not answered or again or any(lint_rating(item, rating)):
        raise ReplayRefused("replay.rating", "A rating is recorded twice, or does not fit its task's rubric.")


def _decided(bank: Bank, session: Session, event: Event) -> None:
    # Before the end of a step there is one thing to decide: the taker stops and takes what is reached.
    early = due(bank, session) != "decision"
    recorded = _body(event, Decided, "replay.decision")
    stopped = early or recorded.decision.stopped
    # What was found unfit by then, the log says, as it says of each form what could not be asked.
    computed = decision_for(
        bank, session, stopped=stopped, annulled=frozenset(recorded.annulled), kept=recorded.kept
    )
    if recorded.kept not in {None, reached(session)} or (recorded.kept and not recorded.annulled):
        raise ReplayRefused("replay.decision", "A level is kept that was not reached before, or for nothing.")
    order = [None, *(level.code for level in session.started.levels)]
    before, now = map(order.index, (reached(session), computed.decision.reached))
    if recorded.annulled and now < before:
        raise ReplayRefused("replay.decision", "A level was taken back while the session went on.")
    if early and computed.decision.reached is None:
        raise ReplayRefused("replay.decision", "A session was ended before its time with no level reached.")
    _same(event, computed, "replay.decision", "The decision does not follow from the answers.")


def _same(event: Event, computed: msgspec.Struct, code: str, detail: str) -> None:
    body = msgspec.json.encode(computed)
    if body != event.body:
        raise ReplayRefused(code, detail, recorded=event.body, computed=body)


def _body(event: Event, form: type[T], code: str) -> T:
    try:
        return msgspec.json.decode(event.body, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ReplayRefused(code, f"An event cannot be read: {error}", recorded=event.body) from error
