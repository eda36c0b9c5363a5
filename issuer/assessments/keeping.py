"""How long what somebody leaves here is kept, as the organisation's rules have it: for their own pages. Pure.

The job that deletes (issuer/fairness/retention) reads the same rules; without one, a thing stays until the
person's data is erased.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from issuer.assessments.sitting import Sitting
from issuer.organizations.retention import Rule


class Keeping(Struct, frozen=True):
    """After how many days answers and the words of tasks go, counted from the end; None is never by itself.

    `answers_until` is that day for answers of a session that has ended; `link_until` the day from which the
    invitation's link leads nowhere, where a rule deletes invitations.
    """

    answers: int | None
    works: int | None
    answers_until: datetime | None
    link_until: datetime | None


def keeping(rules: Sequence[Rule], sitting: Sitting) -> Keeping:
    """What the rules mean for one person's sitting."""
    days = {rule.kind: rule.days for rule in rules}
    ended = None if sitting.session is None else sitting.session.finished_at
    answers, invitations = days.get("answers"), days.get("invitations")
    return Keeping(
        answers,
        days.get("works"),
        None if answers is None or ended is None else ended + timedelta(days=answers),
        None if invitations is None else sitting.invitation.expires_at + timedelta(days=invitations),
    )
