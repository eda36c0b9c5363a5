"""What a confirmation asks, and what it may not: the first event of its session. Pure."""

import hashlib
from collections.abc import Collection, Iterable

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from issuer.assessments.assemble import admissible, apart
from issuer.assessments.earlier.shown import Shown
from issuer.assessments.scoring import ENGINE_VERSION
from issuer.assessments.session import Session
from issuer.measurement.epochs import ability_prior
from schemas.assessment import Bank, Conditions, LevelCut, Prior, Scale, Started

FEWEST = 10
"""Fewer questions than these settle nothing (docs/confirmation.md has the figures)."""
MINUTES_A_QUESTION = 2.0
SMALLEST_SD = 0.1


class Confirmed(Struct, frozen=True):
    """The result that is confirmed: its log, the level that its credential names, and what it shows now.

    `now` is what the log says, but for items that were annulled since.
    """

    log: Session
    level: str
    now: Shown

    @property
    def prior(self) -> Prior:
        """What is held of the person after it: on the ability scale its mean and standard deviation.

        Everybody's prior where that cannot be said any more.
        """
        found, before = self.now.decision, self.now.prior
        if found is None:
            return Prior()
        if self.now.scale == "ability":
            return ability_prior(found.score, max(found.standard_error, SMALLEST_SD), growth=0.0)
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


def asked_as(conditions: Conditions, scale: Scale) -> Conditions:
    """The conditions under which a confirmation asks: caps hold as in the session that asks alike.

    The best questions at the cut are not to be everybody's.
    """
    return replace(conditions, delivery="adaptive" if scale == "ability" else "on_the_fly")


def met(logs: Iterable[Session], bank: Bank, known: Iterable[str] = ()) -> tuple[str, ...]:
    """Ids of the bank's items that any of these sessions asked, or was not to ask again, in order.

    `known` are items that deleted answers were to.
    """
    seen = {name for log in logs for name in (*log.seen, *log.started.excluded)}.union(known)
    return tuple(item.id for item in sorted(bank.items, key=lambda one: one.id) if item.id in seen)


def enough(bank: Bank, excluded: Iterable[str], barred: Collection[str], count: int, *, scale: Scale) -> bool:
    """Whether so many unseen items, no enemies of seen ones, are there and may be asked just now.

    `barred` are items that are suspended or at their exposure cap. Of items that are enemies, directly or by
    others between them, one is sure to be asked: whatever is chosen, so many can be.
    """
    unseen = (
        one
        for one in admissible(bank, frozenset(excluded))
        if one.id not in barred and (scale == "proportion" or one.parameters is not None)
    )
    return apart(unseen) >= count


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
        delivery=asked_as(conditions, before.scale).delivery,
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
