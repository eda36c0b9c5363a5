"""SQL for what stands between the commits, lacks a form, or was left by an erased person."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from issuer.db.pool import Db
from issuer.issuance.decide import SourceKind
from issuer.issuance.store import AwardRow


class Missing(msgspec.Struct, frozen=True):
    """An award in good standing that has no form of this profile to rely on."""

    award: AwardRow
    profile: str
    place: int

    @property
    def mark(self) -> tuple[int, datetime, str, UUID]:
        """Where it stands in the order, for the page that follows it."""
        return self.place, self.award.decided_at, self.award.organization_id, self.award.id


FIRST = (0, datetime.min.replace(tzinfo=UTC), "", UUID(int=0))


# Sets are compared whole: looked up award by award, a hundred thousand would take seconds.
_UNFINISHED = (
    "WITH choice AS MATERIALIZED (SELECT organization_id, profile FROM organization_form"
    " UNION ALL SELECT organization.id, profile FROM organization CROSS JOIN unnest($3::text[]) AS profile"
    " WHERE NOT EXISTS (SELECT FROM organization_form AS chosen"
    "  WHERE chosen.organization_id = organization.id)),"
    " clean AS MATERIALIZED (SELECT form.organization_id, form.award_id, form.profile"
    " FROM credential_form AS form JOIN issuer_key AS key"
    " ON key.organization_id = form.organization_id AND key.kid = form.kid"
    " WHERE form.state = 'released' AND form.status_set_at IS NULL AND key.state <> 'compromised'),"
    " wanted AS (SELECT award.organization_id, award.id AS award_id, choice.profile"
    " FROM award JOIN choice ON choice.organization_id = award.organization_id WHERE award.standing = 'good'"
    " UNION ALL SELECT DISTINCT form.organization_id, form.award_id, form.profile"
    " FROM credential_form AS form WHERE form.state <> 'abandoned' AND NOT EXISTS (SELECT FROM choice"
    "  WHERE choice.organization_id = form.organization_id AND choice.profile = form.profile))"
    " SELECT award.organization_id, award.id, award.person_id, award.achievement_id, award.revision,"
    " award.level, award.source_kind, award.source_id, award.decided_at, award.standing,"
    " award.standing_since, wanted.profile, array_position($2, wanted.profile) AS place"
    " FROM wanted JOIN award"
    " ON award.organization_id = wanted.organization_id AND award.id = wanted.award_id"
    " WHERE award.standing = 'good' AND wanted.profile = ANY($2)"
    " AND (array_position($2, wanted.profile), award.decided_at, award.organization_id, award.id)"
    "  > ($4, $5, $6, $7)"
    " AND NOT EXISTS (SELECT FROM clean WHERE clean.organization_id = wanted.organization_id"
    "  AND clean.award_id = wanted.award_id AND clean.profile = wanted.profile)"
    " AND NOT EXISTS (SELECT FROM credential_form AS form"
    "  WHERE form.organization_id = award.organization_id AND form.award_id = award.id"
    "  AND form.state <> 'abandoned' AND form.created_at > $1)"
    " AND EXISTS (SELECT FROM person WHERE person.organization_id = award.organization_id"
    "  AND person.id = award.person_id AND person.erased_at IS NULL)"
    " ORDER BY place, award.decided_at, award.organization_id, award.id LIMIT $8"
)


async def unfinished(
    db: Db,
    before: datetime,
    *,
    order: Sequence[str],
    default: Sequence[str],
    after: tuple[int, datetime, str, UUID],
    limit: int,
) -> tuple[Missing, ...]:
    """Return the forms that awards in good standing should have, where nobody is just at work.

    That is whatever stands between the first and the second commit, what needs a successor form after a
    suspension was lifted or a key was reported as compromised, and what was chosen since. `order` are the
    profiles that there are, the most important first: the forms of one go before those of the next, then
    older awards before younger ones. `default` is what organisations without a choice release.
    """
    rows = await db.fetch(
        _UNFINISHED,
        before,
        list(order),
        list(default),
        *after,
        limit,
    )
    return tuple(_missing(dict(row)) for row in rows)


def _missing(row: dict[str, Any]) -> Missing:
    profile, place = row.pop("profile"), row.pop("place")
    return Missing(AwardRow(**row), profile, place)


async def undrafted(db: Db, before: datetime) -> tuple[tuple[str, UUID, SourceKind], ...]:
    """Return what was finished with an award before this time, and has none yet: sessions, then receipts."""
    sessions = await db.fetch(
        "SELECT session.organization_id, session.id FROM session JOIN session_person AS link"
        " ON link.organization_id = session.organization_id AND link.session_id = session.id"
        " WHERE session.outcome = 'award' AND session.finished_at <= $1"
        " AND NOT EXISTS (SELECT FROM award WHERE award.organization_id = session.organization_id"
        "  AND award.source_kind = 'session' AND award.source_id = session.id)"
        " ORDER BY session.finished_at, session.organization_id, session.id",
        before,
    )
    receipts = await db.fetch(
        "SELECT receipt.organization_id, receipt.id FROM receipt JOIN receipt_person AS link"
        " ON link.organization_id = receipt.organization_id AND link.receipt_id = receipt.id"
        " WHERE receipt.outcome = 'award' AND receipt.received_at <= $1"
        " AND NOT EXISTS (SELECT FROM award WHERE award.organization_id = receipt.organization_id"
        "  AND award.source_kind = 'receipt' AND award.source_id = receipt.id)"
        " ORDER BY receipt.received_at, receipt.organization_id, receipt.id",
        before,
    )
    return (
        *((row["organization_id"], row["id"], "session") for row in sessions),
        *((row["organization_id"], row["id"], "receipt") for row in receipts),
    )


async def abandon_erased(db: Db) -> int:
    """Give up forms whose person was erased before they were released; returns how many."""
    rows = await db.fetch(
        "UPDATE credential_form AS form SET state = 'abandoned' FROM award JOIN person"
        " ON person.organization_id = award.organization_id AND person.id = award.person_id"
        " WHERE award.organization_id = form.organization_id AND award.id = form.award_id"
        " AND form.state = 'signing' AND person.erased_at IS NOT NULL RETURNING form.award_id"
    )
    return len(rows)
