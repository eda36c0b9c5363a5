"""What a receipt leads to, by what the organisation declared of its assessment. Pure."""

import math

from msgspec import Struct

from issuer.receipts.mapping import Mapped
from schemas.problems import ProblemError
from schemas.receipt import ASSURANCES, Receipt


class Judged(Struct, frozen=True):
    """The level of ours that is reached, if any, and how that was found.

    `ours`: by our cut on the provider's scale; otherwise by the level that the provider states. `probable`:
    by the probability of being at or above that cut, so that our award rule held; else by the bare score.
    """

    level: str | None
    ours: bool
    probable: bool

    @property
    def outcome(self) -> str:
        """`award` or `not_yet`."""
        return "not_yet" if self.level is None else "award"


def judge(receipt: Receipt, mapped: Mapped, threshold: float) -> Judged:
    """Return what a receipt leads to; `threshold` is the probability that awards a level.

    Raises problems `receipt.assurance`, `receipt.level`, `receipt.malformed` (a level that its own score
    contradicts), `receipt.score` (none to decide by, or on another scale), `receipt.error`.
    """
    if ASSURANCES.index(receipt.sure) < ASSURANCES.index(mapped.least_assurance):
        raise ProblemError(
            "receipt.assurance",
            f"Its assurance is {receipt.sure}; {mapped.least_assurance} is the least that is accepted.",
        )
    return _by_cuts(receipt, mapped, threshold) if receipt.level is None else _by_level(receipt, mapped)


def _by_level(receipt: Receipt, mapped: Mapped) -> Judged:
    if receipt.level not in mapped.levels:
        raise ProblemError("receipt.level", "The level that it states is not one that was mapped.")
    ours = mapped.levels[receipt.level]
    stated = receipt.score, receipt.cut
    if ours is not None and None not in stated and stated[0] < stated[1]:  # type: ignore[operator]  # neither is None
        raise ProblemError("receipt.malformed", "It states a level, and a score below that level's cut.")
    return Judged(ours, ours=False, probable=False)


def _by_cuts(receipt: Receipt, mapped: Mapped, threshold: float) -> Judged:
    if not mapped.cuts:
        raise ProblemError(
            "receipt.level", "It states no level, and no cuts were mapped to decide by its score."
        )
    if receipt.score is None:
        raise ProblemError("receipt.score", "It states neither a level nor a score.")
    if receipt.scale != mapped.scale:
        raise ProblemError("receipt.score", "Its scale is not the one that the cuts were mapped on.")
    if receipt.error is None and not mapped.accept_without_error:
        raise ProblemError(
            "receipt.error", "It states no standard error, and deciding by the bare score was not accepted."
        )
    reached = [cut.level for cut in mapped.cuts if _above(receipt.score, cut.score, receipt.error, threshold)]
    return Judged(reached[-1] if reached else None, ours=True, probable=bool(receipt.error))


def _above(score: float, cut: float, error: float | None, threshold: float) -> bool:
    """Whether a level is reached: by probability (normal error, flat prior) where an error is stated."""
    if not error:
        return score >= cut
    return (1 + math.erf((score - cut) / error / math.sqrt(2))) / 2 >= threshold
