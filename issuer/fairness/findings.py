"""What a fairness report says: figures of many people, and a sentence for each finding. Pure.

No figure of people is of fewer than FEWEST (who is one: issuer/fairness/persons.py), and shares are in steps
of five percent: nobody's result follows from them. What is counted of people comes through
issuer/fairness/figures, so that no two reports differ by fewer either; an item's chart is told as it stood at
its last point.
"""

from collections.abc import Collection, Mapping

from msgspec import Struct

from issuer.fairness.charts import EVERY, ItemChart, alarm
from issuer.fairness.groups.count import Counted
from issuer.fairness.groups.store import Question
from issuer.fairness.impact import FEWEST, Group, Impact, coarse, impacts
from schemas.assessment import Bank
from schemas.items import Task
from schemas.wording import many

INSUFFICIENT = "Insufficient data: fewer than {fewest} people."
LIMITS = (
    "A finding says where people must look. It says nothing of any one person and changes no result.",
    "Where it says that nothing was seen or cannot be said, there may still be something.",
    "Groups are those of people who answered of their own accord; others may differ.",
    "Figures of people are counted once in 30 days at most; those of a group move by 20 people, or stand.",
    "One item in twenty that nobody knew beforehand alarms within 1,500 answers all the same.",
)


class Rate(Struct, frozen=True, rename="camel"):
    """How many people, in tens, and a share of them in percent, in fives; None where that tells too much."""

    people: int | None
    percent: int | None
    sentence: str


class Area(Struct, frozen=True, rename="camel"):
    """A content area: live items, answers in tens, its share of them and the one meant, in percent."""

    name: str
    items: int
    answers: int
    share: int | None
    meant: int


class Item(Struct, frozen=True, rename="camel"):
    """An item's charts: the leak sum against its limit, and the share of sessions that were shown it.

    `responses` in twenties: of those after the chart's last point nothing is told.
    """

    id: str
    responses: int
    leak: float
    limit: float
    course: tuple[float, ...]
    exposure: float
    cap: float | None
    state: str


class GroupRate(Struct, frozen=True, rename="camel"):
    """A group that may be shown."""

    name: str
    rate: Rate


class Compared(Struct, frozen=True, rename="camel"):
    """Two groups: ratio to two decimals, p and power to two digits, and the finding in words."""

    reference: str
    other: str
    ratio: float | None
    p: float | None
    power: float | None
    finding: str
    sentence: str


class Attribute(Struct, frozen=True, rename="camel"):
    """Adverse impact by one attribute; `hidden` says how many people, in tens, are in groups not shown."""

    attribute: str
    purpose: str
    groups: tuple[GroupRate, ...]
    hidden: int
    comparisons: tuple[Compared, ...]
    sentence: str


def rate(group: Group, what: str) -> Rate:
    """How often something happened to a group, as far as that may be said."""
    if group.people < FEWEST:
        return Rate(None, None, INSUFFICIENT.format(fewest=FEWEST))
    people, percent = 10 * (group.people // 10), coarse(group.awarded, group.people)
    said = "nearly all or nearly none" if percent is None else f"about {percent} %"
    return Rate(people, percent, f"{said[0].upper()}{said[1:]} of {people} people or more {what}.")


def areas(bank: Bank, answers: Mapping[str, int]) -> tuple[Area, ...]:
    """How the answers cover the content areas."""
    live = [item for item in bank.items if item.state == "live" and not isinstance(item, Task)]
    total = sum(answers.get(item.id, 0) for item in live)
    weights = sum(area.weight for area in bank.areas)
    found = []
    for area in bank.areas:
        own = [item.id for item in live if item.area == area.id]
        given = sum(answers.get(name, 0) for name in own)
        share = round(100 * given / total) if total else None
        found.append(Area(area.name, len(own), 10 * (given // 10), share, round(100 * area.weight / weights)))
    return tuple(found)


def items(
    charts: Mapping[str, ItemChart], sessions: int, caps: Mapping[str, float], suspended: Collection[str]
) -> tuple[Item, ...]:
    """The charts of the items, the nearest to an alarm first."""
    found = [
        Item(
            name,
            EVERY * (chart.leak.responses // EVERY),
            round(chart.course[-1], 2) if chart.course else 0.0,
            round(chart.leak.limit, 1),
            tuple(round(point, 2) for point in chart.course[:-1]),
            round(chart.exposed(sessions).share, 2),
            caps.get(name),
            "suspended" if name in suspended else alarm(chart, sessions, caps.get(name)) or "asked",
        )
        for name, chart in charts.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.state != "suspended", -one.leak / one.limit, one.id)))


def attribute(question: Question, counted: Counted) -> Attribute:
    """Adverse impact by one attribute, or that there is too little to say anything."""
    shown = tuple(
        GroupRate(name, rate(group, "got an award")) for name, group in sorted(counted.groups.items())
    )
    compared = tuple(map(_compared, impacts(counted.groups)))
    sentence = (
        f"{many(len(compared), 'comparison')} of groups of {FEWEST} people and more."
        if compared
        else f"Insufficient data: it takes two groups of {FEWEST} people and more."
    )
    hidden = 10 * (counted.hidden // 10)
    return Attribute(question.attribute, question.purpose, shown, hidden, compared, sentence)


def _compared(found: Impact) -> Compared:
    return Compared(
        found.reference,
        found.other,
        None if found.ratio is None else round(found.ratio, 2),
        _two_digits(found.p),
        _two_digits(found.power),
        found.finding,
        found.sentence,
    )


def _two_digits(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.2g}")
