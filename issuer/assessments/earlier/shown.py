"""What earlier sessions show without the items that were annulled since. Pure: their logs stay as they are.

A later epoch starts from what was held after the one before. So evidence that does not count any more goes
from its own session and from all that followed it.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from msgspec import Struct
from msgspec.structs import replace

from issuer.assessments.course import decision_for
from issuer.assessments.scoring import NOTHING
from issuer.assessments.session import Session, read
from issuer.measurement import epochs
from schemas.assessment import Bank, Decision, Event, Prior, Scale


class Past(Struct, frozen=True):
    """A session that was decided: its bank, its log, and the events that the log was read from.

    `annulled`: what does not count of it any more. `lost`: something may not, and which of its answers that
    was is not kept.
    """

    bank: Bank
    log: Session
    events: tuple[Event, ...] = ()
    annulled: frozenset[str] = NOTHING
    lost: bool = False


class Shown(Struct, frozen=True):
    """What a session shows now: the prior that it started from, and its decision.

    The decision is None where that cannot be said any more, or nothing was decided.
    """

    scale: Scale
    prior: Prior
    decision: Decision | None

    def prior_of(self, scale: Scale) -> Prior:
        """What the next epoch starts from: the posterior, widened by what people may have learnt.

        On another scale (the bank was calibrated since) it says nothing, and nothing where it is not known:
        the prior is then everybody's.
        """
        found = self.decision
        if found is None or self.scale != scale:
            return Prior()
        if scale == "ability":
            return epochs.ability_prior(found.score, found.standard_error)
        return epochs.proportion_prior(found.right, found.asked, self.prior)


def shown(history: Iterable[Past]) -> tuple[Shown, ...]:
    """What each of a person's sessions shows now; `history` has them all, the oldest first.

    One that nothing was taken from shows what its log says.
    """
    found: list[Shown] = []
    before: Shown | None = None  # what its log says, where that is not what it shows now
    for past in history:
        started, decided = past.log.started, past.log.decided
        recorded = Shown(started.scale, started.prior, None if decided is None else decided.decision)
        prior = started.prior if before is None else found[-1].prior_of(started.scale)
        now = _now(past, recorded, prior)
        before = None if now == recorded else recorded
        found.append(now)
    return tuple(found)


def _now(past: Past, recorded: Shown, prior: Prior) -> Shown:
    changed = prior != recorded.prior or not past.annulled.isdisjoint(past.log.seen)
    if recorded.decision is None or not (changed or past.lost):
        return recorded
    if past.lost or not past.log.forms:  # nothing is left to decide on once more
        return Shown(recorded.scale, prior, None)
    decision = decided_again(past.bank, past.events, past.annulled, prior)
    return Shown(recorded.scale, prior, decision)


def decided_again(
    bank: Bank, events: Sequence[Event], annulled: AbstractSet[str], prior: Prior | None = None
) -> Decision:
    """The last decision of a finished session once more, without `annulled` items, from another `prior`.

    Every level is looked at where it was looked at then, so that no luck of a later look comes in.
    """
    as_it_stood = read(events[:-1])  # when the last decision was made: what was set aside then stays so
    if prior is not None:
        as_it_stood.started = replace(as_it_stood.started, prior=prior)
    return decision_for(bank, as_it_stood, annulled=annulled).decision
