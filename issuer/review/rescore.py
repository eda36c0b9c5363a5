"""Score a session again without items that were annulled since. Pure: the log stays what it is."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from fractions import Fraction

from msgspec import Struct

from issuer.assessments.earlier.shown import decided_again
from issuer.assessments.replay import ReplayRefused, read_bank_once, replay
from issuer.measurement.rule import exact, stop
from schemas.assessment import Event, Prior


class Rescored(Struct, frozen=True):
    """What the remaining answers show: the code of the highest level reached, or None; `order` has them all.

    `undecided`: they leave a level open that the session had decided; somebody who still sat there would have
    been asked more. `refuted`: the levels that they decide against as surely as an award decides for one: the
    probability of being at or above the cut is 1 - t at most, on all that is left.
    """

    level: str | None
    undecided: bool
    order: tuple[str, ...]
    refuted: tuple[str, ...] = ()


def rescore(
    bank_document: bytes, events: Sequence[Event], annulled: AbstractSet[str], prior: Prior | None = None
) -> Rescored:
    """Replay a finished session, then decide once more on its evidence without the annulled items.

    `prior`: what it would have started from, where annulled items are no part of that either. Raises
    ReplayRefused for a log that does not replay or is not finished: nothing can be said of what it shows.
    """
    log = replay(bank_document, events)
    if log.decided is None or not log.final:
        raise ReplayRefused("replay.order", "The session is not finished.")
    decision = decided_again(read_bank_once(bank_document), events, annulled, prior)
    undecided = decision.outcome == "continue" and not log.decided.decision.stopped
    doubt = 1 - exact(log.started.threshold)
    return Rescored(
        stop(decision).level,
        undecided,
        tuple(level.code for level in log.started.levels),
        tuple(level.code for level in decision.levels if Fraction(level.probability) <= doubt),
    )
