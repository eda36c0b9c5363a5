"""A later epoch: who may begin again, from when, and from what is held of them then. Pure.

Nobody begins from zero: the prior is the last posterior, widened by what people may have learnt meanwhile,
the threshold is stricter each time, and no item is asked again (issuer/measurement/epochs.py).
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from issuer.assessments.assemble import admissible, apart
from issuer.assessments.begin import Origin, scale_of
from issuer.assessments.earlier.shown import Past, shown
from issuer.assessments.store import StoredSession
from issuer.measurement import epochs
from issuer.skills.store import Achievement
from schemas.assessment import Bank, Conditions


class Again(Struct, frozen=True):
    """The next epoch of a person, counted from 1, and the moment from which they may begin it."""

    epoch: int
    since: datetime


def again(
    last: StoredSession, achievement: Achievement, conditions: Conditions, *, annulled: bool = False
) -> Again | None:
    """When the person may begin again after this session; None while it is open, or if there is no more.

    Whoever reached the highest level has nothing left to show, unless it was `annulled` since: withdrawn
    because items do not count any more. They may show it with others.
    """
    highest = not annulled and last.level == achievement.levels[-1].code
    if last.finished_at is None or highest or last.epoch >= conditions.epochs:
        return None
    return Again(last.epoch + 1, last.finished_at + timedelta(days=conditions.cool_down_days))


def origin(
    bank: Bank,
    achievement: Achievement,
    epoch: int,
    history: Sequence[Past],
    met: Collection[str] = (),
    *,
    length: int = 0,
    tasks: int = 0,
) -> Origin:
    """What the epoch starts from; `history` are the person's sessions before, the oldest first.

    Items that were annulled since are no part of what is held of them. `met` are items of the bank that they
    met in answers that were deleted. Those of a session that never ended, which was no epoch, are asked again
    only where too few others are left: `length` is the most that a session asks, `tasks` how many it has.
    """
    asked = {placed.item for past in history for placed in past.log.placed}
    excluded = tuple(sorted(asked.union(met) & {item.id for item in bank.items}))
    if not history:
        gone = frozenset(excluded)
        enough = (
            apart(admissible(bank, gone)) >= length and apart(admissible(bank, gone, tasks=True)) >= tasks
        )
        return Origin(epoch, achievement.threshold, excluded=excluded if enough else ())
    prior = shown(history)[-1].prior_of(scale_of(bank))
    return Origin(epoch, epochs.threshold(achievement.threshold, epoch), prior, excluded)
