"""What a report may tell of groups today, so that no two reports differ by few people (decision 0039).

Counted once in thirty days at most; a group's figures move only when twenty people more are behind them.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from issuer.db.pool import Db
from issuer.fairness.figures import store
from issuer.fairness.figures.store import Figures, Held, Subject
from issuer.fairness.functioning import Functioning
from issuer.fairness.impact import FEWEST, Group

STANDS_FOR = timedelta(days=30)

Hide = Callable[[Mapping[str, Group]], tuple[dict[str, Group], int]]
"""Which groups may be told, and how many people are in the others."""
Count = Callable[[], Awaitable[Mapping[str, Group]]]
Compare = Callable[[Mapping[str, datetime]], Awaitable[tuple[Functioning, ...]]]
"""Compares items between groups, each as it was at its moment."""


async def settled(
    db: Db, subject: Subject, count: Count, compare: Compare | None, hide: Hide, *, at: datetime
) -> Figures:
    """Return the figures that stand, or count anew where they have stood for long enough.

    Before there are twenty people in all nothing is told and nothing is kept.
    """
    before = await store.figures(db, subject)
    if before is not None and at < before[0] + STANDS_FOR:
        return before[1]
    counted = await count()
    if before is None and sum(group.people for group in counted.values()) < FEWEST:
        return Figures()
    found = moved(Figures() if before is None else before[1], counted, hide, at=at)
    if compare is not None:
        found = await _compared(Figures() if before is None else before[1], found, compare)
    if await store.keep(db, subject, found, before=None if before is None else before[0], at=at):
        return found
    now = await store.figures(db, subject)  # somebody counted at the same time: one answer for both
    return found if now is None else now[1]


def moved(before: Figures, counted: Mapping[str, Group], hide: Hide, *, at: datetime) -> Figures:
    """The figures after counting: a group with FEWEST people more than it was told with moves. Pure.

    A group that has fewer than FEWEST people by now is not told; what it had stays the step to move from.
    """
    held = dict(before.held)
    for name, group in counted.items():
        earlier = held[name].people if name in held else 0
        if group.people >= earlier + FEWEST:
            held[name] = Held(group.people, group.awarded, at)
    standing = {
        name: group if group.people < FEWEST else Group(held[name].people, held[name].awarded)
        for name, group in counted.items()
    }
    told, hidden = hide(standing)
    return Figures(held, tuple(told), 10 * (hidden // 10))


def groups(found: Figures) -> dict[str, Group]:
    """The groups that are told."""
    return {name: Group(found.held[name].people, found.held[name].awarded) for name in found.told}


async def _compared(before: Figures, found: Figures, compare: Compare) -> Figures:
    """With the items compared again between groups of which one moved; other pairs stand as told."""
    new = {name for name in found.told if found.held[name] != before.held.get(name)}
    pairs = before.pairs
    if new:
        earlier = {(pair.reference, pair.focal): pair for pair in before.pairs}
        again = await compare({name: found.held[name].upto for name in found.told})
        pairs = tuple(
            pair if {pair.reference, pair.focal} & new else earlier.get((pair.reference, pair.focal), pair)
            for pair in again
        )
    stand = tuple(pair for pair in pairs if {pair.reference, pair.focal} <= set(found.told))
    return Figures(found.held, found.told, found.hidden, stand)
