"""Step 1 of the issuance cycle: is there an award? Pure, and the same answer for ever."""

from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

import msgspec

# Never change it: every credential's id follows from this namespace and from what was decided.
AWARDS = UUID("6f0c7b1e-52a5-4d0c-9d0f-3b8f2f6a7c11")


# What an award may rest on: a session of our own assessments, an outside provider's receipt, or a session
# that was scored again without items that two persons annulled.
SourceKind = Literal["session", "receipt", "review"]


class Attempt(msgspec.Struct, frozen=True):
    """A session, a receipt or a correction as the decision needs it; `outcome` is none while one goes on."""

    organization_id: str
    source_id: UUID
    person_id: UUID
    achievement_id: UUID
    revision: int
    finished_at: datetime | None
    outcome: str | None
    level: str | None
    source_kind: SourceKind = "session"


class Award(msgspec.Struct, frozen=True):
    """What was decided: this person reached this level. `id` follows from the rest.

    `decided_at` in whole seconds.
    """

    organization_id: str
    id: UUID
    person_id: UUID
    achievement_id: UUID
    revision: int
    level: str
    source_kind: SourceKind
    source_id: UUID
    decided_at: datetime


class NotYet(msgspec.Struct, frozen=True):
    """The attempt is finished and shows no level."""

    reason: str = "The attempt is finished and reached no level."


class Continue(msgspec.Struct, frozen=True):
    """The attempt is not finished."""

    reason: str = "The attempt is not finished."


def decide(attempt: Attempt) -> Award | NotYet | Continue:
    """Turn a finished attempt into an award, or say why there is none."""
    if attempt.finished_at is None:
        return Continue()
    if attempt.outcome != "award" or attempt.level is None:
        return NotYet()
    return Award(
        organization_id=attempt.organization_id,
        id=award_id(attempt, attempt.level),
        person_id=attempt.person_id,
        achievement_id=attempt.achievement_id,
        revision=attempt.revision,
        level=attempt.level,
        source_kind=attempt.source_kind,
        source_id=attempt.source_id,
        decided_at=attempt.finished_at.replace(microsecond=0),
    )


def award_id(attempt: Attempt, level: str) -> UUID:
    """Return the award's id.

    UUIDv5 of organisation, person, achievement, level, source kind and id, revision.
    """
    decided = (
        attempt.organization_id,
        str(attempt.person_id),
        str(attempt.achievement_id),
        level,
        attempt.source_kind,
        str(attempt.source_id),
        str(attempt.revision),
    )
    return uuid5(AWARDS, msgspec.json.encode(decided).decode())
