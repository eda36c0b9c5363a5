"""What a confirmation asks, and what it may not: the first event of its session. Pure."""

import hashlib
from collections.abc import Iterable

import msgspec
from msgspec import Struct

from issuer.assessments.assemble import admissible
from issuer.assessments.scoring import ENGINE_VERSION
from issuer.assessments.session import Session
from issuer.measurement.epochs import ability_prior
from schemas.assessment import Bank, Conditions, LevelCut, Prior, Started

FEWEST = 10
"""Fewer questions than these settle nothing (docs/confirmation.md has the figures)."""
MINUTES_A_QUESTION = 2.0
SMALLEST_SD = 0.1


class Confirmed(Struct, frozen=True):
    """The result that is confirmed: its log, and the level that its credential names."""

    log: Session
    level: str

    @property
    def prior(self) -> Prior:
        """What was held of the person after it: on the ability scale its mean and standard deviation."""
        started, decided = self.log.started, self.log.decided
        if decided is None:
            raise ValueError("a result without a decision")
        found = decided.decision
        if started.scale == "ability":
            return ability_prior(found.score, max(found.standard_error, SMALLEST_SD), growth=0.0)
        before = started.prior
        return Prior(right=before.right + found.right, wrong=before.wrong + found.asked - found.right)

    @property
    def cut(self) -> LevelCut:
        """The level with its cut on the session's scale; ValueError where the log knows no such level."""
        for level in self.log.started.levels:
            if level.code == self.level:
                return level
        raise ValueError(f"the session knows no level {self.level}")


def length(conditions: Conditions) -> int:
    """How many questions a confirmation asks."""
    return max(conditions.items_to_confirm, FEWEST)


def met(logs: Iterable[Session], bank: Bank) -> tuple[str, ...]:
    """Ids of the bank's items that any of these sessions asked, or was not to ask again, in order."""
    seen = {name for log in logs for name in (*log.seen, *log.started.excluded)}
    return tuple(item.id for item in sorted(bank.items, key=lambda one: one.id) if item.id in seen)


def enough(bank: Bank, excluded: Iterable[str], count: int, *, scale: str) -> bool:
    """Whether so many unseen items, no enemies of seen ones, are there to be asked."""
    unseen = admissible(bank, frozenset(excluded))
    return sum(scale == "proportion" or item.parameters is not None for item in unseen) >= count


def first_event(
    confirmed: Confirmed,
    conditions: Conditions,
    seed: str,
    *,
    excluded: tuple[str, ...],
    time_multiplier: float,
) -> Started:
    """The body of `started`; `seed` is 32 random bytes in hexadecimal.

    The prior is what was held after the first result: so the session's own decision is that of the award
    rule on all evidence together. Of the first session the log names the result by its digest, not the id.
    """
    before, count = confirmed.log.started, length(conditions)
    adaptive = before.scale == "ability"
    return Started(
        engine=ENGINE_VERSION,
        bank_digest=before.bank_digest,
        seed=seed,
        levels=(confirmed.cut,),
        threshold=before.threshold,
        items_per_step=count,
        items_at_most=count,
        delivery="adaptive" if adaptive else "on_the_fly",
        scale=before.scale,
        items_at_first=count if adaptive else 0,
        items_at_least=count if adaptive else 0,
        epoch=before.epoch,
        prior=confirmed.prior,
        excluded=excluded,
        minutes_per_step=MINUTES_A_QUESTION * count,
        time_multiplier=time_multiplier,
        language=before.language,
        confirms=hashlib.sha256(msgspec.json.encode(confirmed.log.decided)).hexdigest(),
    )
