"""What a decided session adds to the charts of the items it answered. Pure.

A chart holds sums and counts; whose answers they were is not in it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from issuer.assessments.scoring import evidence, weighed
from issuer.assessments.session import Session
from issuer.fairness.exposure import Exposed, over
from issuer.fairness.fit import lz_star
from issuer.fairness.leak import Chart, Learned, score_group, step
from issuer.fairness.merit import on_merit
from schemas.assessment import Bank, Scored
from schemas.items import Task

EVERY = 20
POINTS = 100
"""The course of a chart has a point every so many responses, and so many points at most: the last ones."""

Reason = Literal["leak", "exposure"]


class Response(Struct, frozen=True):
    """An answer as the charts see it: right or not, and what was to be expected of somebody so able.

    `expected` is the probability of the full score on merit where the item is calibrated, otherwise None:
    then `group`, that of the taker's other answers (0 to 4), says what the item's own history expects.
    """

    item: str
    right: bool
    group: int
    expected: float | None = None


class ItemChart(Struct, frozen=True):
    """An item's charts since they began; `sessions_before` are those of its bank until then.

    `course` is the leak chart's sum, a point every EVERY responses.
    """

    sessions_before: int
    shown: int = 0
    leak: Chart = Chart()
    learned: Learned = Learned()
    course: tuple[float, ...] = ()

    def exposed(self, sessions: int) -> Exposed:
        """How many sessions were shown the item, among `sessions` of the bank in all."""
        return Exposed(sessions - self.sessions_before, self.shown)

    def anew(self, sessions: int) -> "ItemChart":
        """The charts begun again when a person has looked: what the item's settled history says is kept."""
        return ItemChart(sessions, learned=Learned(self.learned.people, self.learned.right))


def responses(bank: Bank, session: Session, new: Collection[str]) -> Iterator[Response]:
    """The answers to the items in `new`, each judged by all the others of its session.

    Items that are tried out and tasks that people rate are none, and a question that nobody answered in time
    is no response to it.
    """
    tasks = {item.id for item in bank.items if isinstance(item, Task)}
    scored = [one for one in chain.from_iterable(evidence(bank, session)) if one.item not in tasks]
    expected = _expected(bank, session, scored)
    right = sum(one.right for one in scored)
    for one, merit in zip(scored, expected, strict=True):
        if one.item in new:
            yield Response(one.item, one.right, score_group(right - one.right, len(scored) - 1), merit)


def after(chart: ItemChart, response: Response) -> ItemChart:
    """The charts with one response more."""
    learned, leak = chart.learned, chart.leak
    expected = learned.expected(response.group) if response.expected is None else response.expected
    if expected is not None:
        leak = step(leak, expected, right=response.right)
    if response.expected is None:
        learned = learned.after(response.group, right=response.right, settled=leak.sum == 0)
    due = leak.responses > chart.leak.responses and leak.responses % EVERY == 0
    course = (*chart.course, leak.sum)[-POINTS:] if due else chart.course
    return ItemChart(chart.sessions_before, chart.shown, leak, learned, course)


def extended(
    charts: Mapping[str, ItemChart], shown: Collection[str], found: Iterable[Response], sessions: int
) -> dict[str, ItemChart]:
    """The charts that change when a session was shown items and answered them.

    `sessions` are those of the bank with this one. An item's charts begin when it is first shown.
    """
    changed = {}
    for name in shown:
        chart = charts.get(name) or ItemChart(sessions - 1)
        changed[name] = replace(chart, shown=chart.shown + 1)
    for response in found:
        held = changed.get(response.item) or charts.get(response.item) or ItemChart(sessions)
        changed[response.item] = after(held, response)
    return changed


def alarm(chart: ItemChart, sessions: int, cap: float | None) -> Reason | None:
    """Why somebody must look at an item, None where nobody need; `sessions` are those of its bank."""
    if chart.leak.alarm:
        return "leak"
    return "exposure" if over(chart.exposed(sessions), cap) else None


def person_fit(bank: Bank, session: Session) -> float | None:
    """lz* of a session that is finished on the scale of ability; None of another, or of too few answers."""
    if session.started.scale == "proportion" or not session.final:
        return None
    scored = chain.from_iterable(evidence(bank, session))
    return lz_star((parameters, score > 0) for parameters, score in weighed(bank, scored))


def _expected(bank: Bank, session: Session, scored: list[Scored]) -> tuple[float | None, ...]:
    """On the scale of ability what each answer's chance was on merit, on the other nothing."""
    if session.started.scale == "proportion":
        return (None,) * len(scored)
    return on_merit(tuple(weighed(bank, scored)), session.started.prior)
