"""The course of a session: what is due next, and what a decision at this point says. Pure."""

from collections.abc import Set as AbstractSet
from itertools import chain
from typing import Literal

from issuer.assessments.forms import step_length
from issuer.assessments.kinds.task import met
from issuer.assessments.scoring import NOTHING, bands, decide, evidence, scored_room
from issuer.assessments.session import Session
from issuer.measurement.rule import reference_level, stop
from schemas.assessment import Bank, Decided, Scored
from schemas.items import Task

Due = Literal["answer", "form", "rating", "decision", "wish", "nothing"]


def due(bank: Bank, session: Session) -> Due:
    """What the session waits for.

    `answer`: from the taker. `form`: the service asks the next questions. `rating`: raters look at a task.
    `decision`: the service decides. `wish`: the taker goes on, or stops. `nothing`: the outcome stands.
    """
    if session.final:
        return "nothing"
    if not session.open_forms:
        return "wish" if session.closed else "form"
    if session.unanswered:
        return "answer"
    if session.started.delivery == "adaptive" and not session.timed_out and not _step_ends(bank, session):
        return "form"
    return "rating" if unrated(bank, session) else "decision"


def unrated(bank: Bank, session: Session) -> tuple[str, ...]:
    """Ids of the answered tasks of which a criterion is not settled by two raters, or by a third."""
    given = {answer.item for answer in session.answers}
    tasks = (bank.item(placed.item) for form in session.open_forms for placed in form.items)
    return tuple(
        task.id
        for task in tasks
        if isinstance(task, Task)
        and task.id in given
        and None in met(task, [one for one in session.ratings if one.item == task.id]).values()
    )


def decision_for(
    bank: Bank,
    session: Session,
    *,
    stopped: bool = False,
    annulled: AbstractSet[str] = NOTHING,
    kept: str | None = None,
) -> Decided:
    """Decision and bands on all that counts so far; with `stopped` the taker ends it here.

    Without `annulled` items, which were found unfit later: the log says what was decided then, and this what
    it would have been. The level `kept` stays reached whatever they leave (`decision_now`).
    """
    steps, set_aside = counted(bank, session, annulled)
    decision = decide(bank, session.started, steps, scored_room(bank, session), kept)
    if stopped:
        decision = stop(decision)
    found = tuple(chain.from_iterable(steps))
    stated = bands(bank, session.started, found, reference_level(decision).cut)
    uncounted = (session.annulled | annulled) & session.seen
    return Decided(decision, stated, set_aside, tuple(sorted(uncounted)), kept)


def counted(
    bank: Bank, session: Session, annulled: AbstractSet[str] = NOTHING
) -> tuple[tuple[tuple[Scored, ...], ...], int]:
    """The evidence that a decision rests on, step by step, and how many questions are set aside.

    A step of a whole form that has open questions is no evidence, its answers neither: it is set aside as a
    whole. An adaptive step counts as far as it was answered.
    """
    steps = evidence(bank, session, annulled)
    if not session.unanswered:
        return steps, 0
    if session.started.delivery == "adaptive":
        return steps, len(session.unanswered)
    return steps[:-1], sum(len(form.items) for form in session.open_forms)


def decision_now(bank: Bank, session: Session, annulled: AbstractSet[str], *, stopped: bool) -> Decided:
    """The decision that is due, where items were `annulled` while the session goes on.

    They do not count. A level that was reached with them and called the taker's stays: whether it is refuted
    is for two persons to see (docs/decisions/0033). It raises nothing above itself.
    """
    unfit = (session.annulled | annulled) & session.seen
    return decision_for(
        bank, session, stopped=stopped, annulled=annulled, kept=reached(session) if unfit else None
    )


def reached(session: Session) -> str | None:
    """The level that the last decision called the taker's, at the end or to go on from."""
    return None if session.decided is None else session.decided.decision.reached


def _step_ends(bank: Bank, session: Session) -> bool:
    """Whether an adaptive step ends here: all is decided, its length is reached, or nothing is left."""
    if not session.open_forms[-1].items:
        return True
    asked = sum(not placed.pilot for form in session.open_forms for placed in form.items)
    if asked >= step_length(session) or (room := scored_room(bank, session)) <= 0:
        return True
    return decide(bank, session.started, evidence(bank, session), room, session.kept).outcome != "continue"
