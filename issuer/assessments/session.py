"""What a session's log amounts to so far: the state that questions, decisions and pages are drawn from."""

from collections.abc import Iterable

import msgspec
from msgspec import Struct, field

from schemas.assessment import Answer, Decided, Event, EventKind, Form, Moment, Placed, Rating, Started

GRACE_SECONDS = 5
"""An answer that was sent in time may arrive this much later."""


class Session(Struct):
    """The events so far, in the order of the log, sorted by kind.

    `closed` is the last step (counted from 1) that a decision ended, `timed_out` whether time ran out on the
    one that is open; `moments` are the open step's pauses and resumptions.
    """

    started: Started
    forms: list[Form] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    decided: Decided | None = None
    ratings: list[Rating] = field(default_factory=list)
    closed: int = 0
    timed_out: bool = False
    moments: list[tuple[EventKind, int]] = field(default_factory=list)
    pauses: int = 0

    @property
    def final(self) -> bool:
        """Whether the outcome stands."""
        return self.decided is not None and self.decided.decision.outcome != "continue"

    @property
    def placed(self) -> tuple[Placed, ...]:
        """Everything asked so far, in order."""
        return tuple(placed for form in self.forms for placed in form.items)

    @property
    def seen(self) -> frozenset[str]:
        """Ids of all items asked so far."""
        return frozenset(placed.item for placed in self.placed)

    @property
    def annulled(self) -> frozenset[str]:
        """Ids of items that were asked and do not count any more, as the last decision has it."""
        return frozenset() if self.decided is None else frozenset(self.decided.annulled)

    @property
    def kept(self) -> str | None:
        """The level that stays although items it was reached with were annulled, by the last decision."""
        return None if self.decided is None else self.decided.kept

    @property
    def open_forms(self) -> tuple[Form, ...]:
        """The forms of the step that is under way; none between steps and at the end."""
        return () if self.final else tuple(form for form in self.forms if form.step > self.closed)

    @property
    def step(self) -> int:
        """The step that is under way, or the one that would come next; counted from 1."""
        return self.closed + 1

    @property
    def unanswered(self) -> tuple[str, ...]:
        """Ids of the items that wait for an answer, in the order asked; none once their time is over."""
        if self.timed_out:
            return ()
        answered = {answer.item for answer in self.answers}
        asked = (placed.item for form in self.open_forms for placed in form.items)
        return tuple(name for name in asked if name not in answered)

    @property
    def paused(self) -> bool:
        """Whether the clock of the open step stands still."""
        return bool(self.moments) and self.moments[-1][0] == "paused"

    @property
    def may_pause(self) -> bool:
        """Whether there is a clock that runs, and a pause left to stop it with."""
        running = self.seconds_allowed is not None and bool(self.open_forms) and not self.timed_out
        return running and not self.paused and self.pauses < self.started.pauses

    @property
    def seconds_allowed(self) -> int | None:
        """This person's time for a step, None without a limit."""
        minutes = self.started.minutes_per_step
        return None if minutes is None else round(minutes * 60 * self.started.time_multiplier)

    def seconds_spent(self, second: int) -> int:
        """Time used on the open step at a moment, in seconds since the session began; pauses do not count."""
        forms = self.open_forms
        if not forms:
            return 0
        spent, running_since = 0, forms[0].second
        for kind, at in self.moments:
            if kind == "paused":
                spent += at - running_since
            running_since = at
        return spent if self.paused else spent + max(second - running_since, 0)

    def is_late(self, second: int) -> bool:
        """Whether the open step's time is over, with a little grace for the way here."""
        allowed = self.seconds_allowed
        if allowed is None or not self.open_forms:
            return False
        return self.seconds_spent(second) > allowed + GRACE_SECONDS

    def add(self, event: Event) -> None:
        """Take one more event in, as recorded (`replay` asks whether it should be there)."""
        match event.kind:
            case "form":
                self.forms.append(msgspec.json.decode(event.body, type=Form))
            case "answered":
                self.answers.append(msgspec.json.decode(event.body, type=Answer))
            case "rated":
                self.ratings.append(msgspec.json.decode(event.body, type=Rating))
            case "timed_out":
                self.timed_out = True
            case "paused" | "resumed":
                self.moments.append((event.kind, msgspec.json.decode(event.body, type=Moment).second))
                self.pauses += event.kind == "paused"
            case "decided":
                self.decide(msgspec.json.decode(event.body, type=Decided))
            case "started":
                raise ValueError("a log starts once")

    def decide(self, decided: Decided) -> None:
        """End the open step with this decision."""
        self.decided, self.timed_out, self.moments = decided, False, []
        self.closed = self.forms[-1].step if self.forms else 0


def read(events: Iterable[Event]) -> Session:
    """Return the state that events amount to, without recomputing anything."""
    log = iter(events)
    session = Session(msgspec.json.decode(next(log).body, type=Started))
    for event in log:
        session.add(event)
    return session
