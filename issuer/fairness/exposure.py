"""Exposure: the share of sessions that were shown an item, held against its cap.

The cap is kept online, session by session; this chart is the second look, which finds a cap that is not kept.
"""

from math import exp, lgamma, log

from msgspec import Struct

from issuer.measurement.selection import SESSIONS_AT_FIRST

FALSE_ALARM = 0.001
"""For one item: a bank has hundreds of them."""


class Exposed(Struct, frozen=True):
    """In a window: how many sessions there were, and how many of them were shown the item."""

    sessions: int
    shown: int

    @property
    def share(self) -> float:
        """The share of sessions, 0 to 1; 0 without sessions."""
        return self.shown / self.sessions if self.sessions else 0.0


def over(seen: Exposed, cap: float | None) -> bool:
    """Whether an item was shown to more sessions than its cap explains; without a cap nothing is over it.

    As for delivery, fewer sessions than SESSIONS_AT_FIRST count as so many.
    """
    sessions = max(seen.sessions, SESSIONS_AT_FIRST)
    if cap is None or cap >= 1.0 or seen.shown <= cap * sessions:
        return False
    return at_least(seen.shown, sessions, cap) < FALSE_ALARM


def at_least(shown: int, sessions: int, share: float) -> float:
    """The probability of `shown` or more among `sessions`, if each is shown it with probability `share`."""
    whole = lgamma(sessions + 1)
    terms = (
        whole - lgamma(k + 1) - lgamma(sessions - k + 1) + k * log(share) + (sessions - k) * log(1 - share)
        for k in range(shown, sessions + 1)
    )
    return min(1.0, sum(map(exp, terms)))
