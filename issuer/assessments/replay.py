"""Replay a session's log: the same events give the same forms, decisions and bands, byte for byte."""

from collections.abc import Iterable
from itertools import chain

import msgspec

from issuer.assessments import kinds
from issuer.assessments.assemble import next_form
from issuer.assessments.bank import digest, read_bank
from issuer.assessments.scoring import ENGINE_VERSION, bands, decide, evidence, reference_cut, stop
from schemas.assessment import Answer, Bank, Decided, Event, Form, Started


class ReplayRefused(Exception):  # noqa: N818 - a refusal with a stable code, not an error of ours
    """`code` is replay.engine, replay.bank, replay.order, replay.form, replay.answer or replay.decision."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Session(msgspec.Struct):
    """What the log amounts to so far: the state that a page is drawn from."""

    started: Started
    forms: list[Form]
    answers: list[Answer]
    decided: Decided | None = None

    @property
    def seen(self) -> frozenset[str]:
        """Ids of all items asked so far."""
        return frozenset(placed.item for form in self.forms for placed in form.items)

    @property
    def unanswered(self) -> tuple[str, ...]:
        """Ids of the items that wait for an answer, in the order asked; none once the outcome stands."""
        if self.decided is not None and self.decided.decision.outcome != "continue":
            return ()
        answered = {answer.item for answer in self.answers}
        asked = (placed.item for form in self.forms for placed in form.items)
        return tuple(name for name in asked if name not in answered)


def form_for(bank: Bank, session: Session) -> Form:
    """The next step's form; without items when the session may ask no more or the bank is used up."""
    started, seen = session.started, session.seen
    room = min(started.items_per_step, started.items_at_most - len(seen))
    return next_form(bank, seen, bytes.fromhex(started.seed), len(session.forms) + 1, max(room, 0))


def decision_for(bank: Bank, session: Session, *, stopped: bool = False) -> Decided:
    """Decision, step by step, and bands on all that was asked; with `stopped` the taker ends it here.

    A step with open questions is no evidence, its answers neither: it is set aside as a whole.
    """
    started = session.started
    complete = session.forms[:-1] if session.unanswered else session.forms
    set_aside = sum(len(form.items) for form in session.forms[len(complete) :])
    steps = evidence(bank, bytes.fromhex(started.seed), complete, session.answers)
    at_most = min(started.items_at_most, len(bank.items))
    decision = decide(steps, started.levels, started.threshold, at_most)
    if stopped:
        decision = stop(decision)
    areas = (area.id for area in bank.areas)
    scored = tuple(chain.from_iterable(steps))
    return Decided(decision, bands(scored, areas, reference_cut(decision)), set_aside)


def replay(bank_document: bytes, events: Iterable[Event]) -> Session:
    """Go through the log, recompute each form and decision, and compare it with the bytes recorded.

    Returns the state at the end; raises ReplayRefused at the first event that does not reproduce, and
    BankRefused for bytes that are no bank.
    """
    log = iter(events)
    first = next(log, None)
    if first is None or first.kind != "started":
        raise ReplayRefused("replay.order", "The log does not begin with its start.")
    session = Session(msgspec.json.decode(first.body, type=Started), [], [])
    if session.started.engine != ENGINE_VERSION:
        raise ReplayRefused("replay.engine", f"The session was scored by engine {session.started.engine}.")
    if session.started.bank_digest != digest(bank_document):
        raise ReplayRefused("replay.bank", "The session used another version of the bank.")
    bank = read_bank(bank_document)
    for event in log:
        _step(bank, session, event)
    return session


def _step(bank: Bank, session: Session, event: Event) -> None:
    if session.decided and session.decided.decision.outcome != "continue":
        raise ReplayRefused("replay.order", "Something follows the final decision.")
    match event.kind:
        case "form":
            form = form_for(bank, session)
            if msgspec.json.encode(form) != event.body:
                raise ReplayRefused("replay.form", f"Step {form.step} does not follow from the seed.")
            session.forms.append(form)
        case "answered":
            session.answers.append(_answer(bank, session, event.body))
        case "decided":
            session.decided = _decided(bank, session, event.body)
        case _:
            raise ReplayRefused("replay.order", "The log starts twice.")


def _answer(bank: Bank, session: Session, body: bytes) -> Answer:
    answer = msgspec.json.decode(body, type=Answer)
    item = bank.item(answer.item) if answer.item in session.seen else None
    if item is None:
        raise ReplayRefused("replay.answer", f"An answer is to item {answer.item}, which was not asked.")
    if any(answer.item == earlier.item for earlier in session.answers):
        raise ReplayRefused("replay.answer", f"Item {answer.item} is answered twice.")
    if not kinds.valid(item, answer.selected):
        raise ReplayRefused("replay.answer", f"The answer to item {answer.item} is none that it can have.")
    return answer


def _decided(bank: Bank, session: Session, body: bytes) -> Decided:
    # Before the end of a step there is one thing to decide: the taker stops and takes what is reached.
    early = bool(session.unanswered)
    for stopped in (True,) if early else (False, True):
        decided = decision_for(bank, session, stopped=stopped)
        if msgspec.json.encode(decided) == body and (decided.decision.reached or not early):
            return decided
    raise ReplayRefused("replay.decision", "The decision does not follow from the answers.")
