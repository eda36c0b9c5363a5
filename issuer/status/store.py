"""SQL for status lists and the bits of credential forms."""

from datetime import datetime
from uuid import UUID

import msgspec

from issuer.db.pool import Db
from issuer.status.lists import LENGTH, Cause


class Slot(msgspec.Struct, frozen=True):
    """The next place in a list.

    `counter` is its number in order, which the permutation turns into an index.
    """

    list_id: UUID
    length: int
    counter: int


class Bits(msgspec.Struct, frozen=True):
    """One version of a list: exactly the bits that were set when `version` was written."""

    length: int
    version: int
    signed_version: int | None
    signed_at: datetime | None
    signed_kid_state: str | None
    proof_kid_state: str | None
    indexes: tuple[int, ...]


class AwardStanding(msgspec.Struct, frozen=True):
    """An award as its standing needs it; `since` is none where the standing never changed."""

    person_id: UUID
    standing: str
    since: datetime | None


async def allocate(db: Db, organization_id: str, list_id: UUID, at: datetime) -> Slot:
    """Take the next place of the organisation's open list, or of a new one, `list_id`, where none has room.

    Holds the list's row until the transaction ends: a place whose transaction fails is given to the next one.
    """
    row = await db.fetchrow(
        "SELECT id, length, allocated FROM status_list"
        " WHERE organization_id = $1 AND allocated < length ORDER BY created_at, id LIMIT 1 FOR UPDATE",
        organization_id,
    )
    if row is None:
        await db.execute(
            "INSERT INTO status_list (organization_id, id, purpose, length, allocated, created_at)"
            " VALUES ($1, $2, 'revocation', $3, 1, $4)",
            organization_id,
            list_id,
            LENGTH,
            at,
        )
        return Slot(list_id, LENGTH, 0)
    await db.execute(
        "UPDATE status_list SET allocated = allocated + 1 WHERE organization_id = $1 AND id = $2",
        organization_id,
        row["id"],
    )
    return Slot(row["id"], row["length"], row["allocated"])


async def bits(db: Db, organization_id: str, list_id: UUID) -> Bits:
    """Read a list in one statement, so that version and bits belong together."""
    row = await db.fetchrow(
        "SELECT length, version, signed_version, signed_at,"
        " (SELECT state FROM issuer_key AS key WHERE key.organization_id = list.organization_id"
        "  AND key.kid = list.signed_kid) AS signed_kid_state,"
        " (SELECT state FROM issuer_key AS key WHERE key.organization_id = list.organization_id"
        "  AND key.kid = list.proof_kid) AS proof_kid_state,"
        " ARRAY(SELECT status_index FROM credential_form AS form"
        "  WHERE form.organization_id = list.organization_id AND form.status_list_id = list.id"
        "  AND form.status_set_at IS NOT NULL) AS indexes"
        " FROM status_list AS list WHERE organization_id = $1 AND id = $2",
        organization_id,
        list_id,
    )
    if row is None:
        raise LookupError(f"no status list {list_id}")
    return Bits(
        length=row["length"],
        version=row["version"],
        signed_version=row["signed_version"],
        signed_at=row["signed_at"],
        signed_kid_state=row["signed_kid_state"],
        proof_kid_state=row["proof_kid_state"],
        indexes=tuple(row["indexes"]),
    )


async def mark_signed(
    db: Db,
    organization_id: str,
    list_id: UUID,
    version: int,
    kids: tuple[str, str | None],
    *,
    at: datetime,
) -> bool:
    """Note that this version is about to be published; False if the same or a newer one already was, later.

    `kids` are the keys of the token and, where there is one, of the embedded proof.

    Compare and set: whoever signed from older bits loses, so a bit that was published is never lost again.
    """
    marked = await db.fetchval(
        "UPDATE status_list SET signed_version = $3, signed_kid = $4, signed_at = $5, proof_kid = $6"
        " WHERE organization_id = $1 AND id = $2 AND (signed_version IS NULL OR signed_version < $3"
        "  OR (signed_version = $3 AND signed_at < $5))"
        " RETURNING true",
        organization_id,
        list_id,
        version,
        kids[0],
        at,
        kids[1],
    )
    return marked is True


async def due(db: Db, signed_before: datetime) -> tuple[tuple[str, UUID], ...]:
    """Return the lists whose published form is missing, behind, old, or signed by a compromised key."""
    rows = await db.fetch(
        "SELECT list.organization_id, list.id FROM status_list AS list"
        " WHERE list.signed_version IS NULL OR list.signed_version < list.version OR list.signed_at < $1"
        " OR EXISTS (SELECT FROM issuer_key AS key WHERE key.organization_id = list.organization_id"
        "  AND key.kid IN (list.signed_kid, list.proof_kid) AND key.state = 'compromised')"
        " ORDER BY list.organization_id, list.id",
        signed_before,
    )
    return tuple((row["organization_id"], row["id"]) for row in rows)


async def lock_award(db: Db, organization_id: str, award_id: UUID) -> AwardStanding | None:
    """Return an award's standing and hold its row until the transaction ends."""
    row = await db.fetchrow(
        "SELECT person_id, standing, standing_since FROM award"
        " WHERE organization_id = $1 AND id = $2 FOR UPDATE",
        organization_id,
        award_id,
    )
    return None if row is None else AwardStanding(row["person_id"], row["standing"], row["standing_since"])


async def set_standing(
    db: Db, organization_id: str, award_id: UUID, standing: str, *, at: datetime, reason_sealed: bytes | None
) -> None:
    """Write an award's standing, since when, and the reason for the holder."""
    await db.execute(
        "UPDATE award SET standing = $3, standing_since = $4, reason_sealed = $5"
        " WHERE organization_id = $1 AND id = $2",
        organization_id,
        award_id,
        standing,
        at,
        reason_sealed,
    )


async def set_bits(
    db: Db, organization_id: str, award_id: UUID, cause: str, *, over: tuple[str, ...], at: datetime
) -> tuple[UUID, ...]:
    """Set the bits of the award's forms that have none, give those with a cause in `over` the new one.

    A form that is still being signed is abandoned: its bytes must never get out as good ones. Returns the
    lists that hold a form of the award, in a fixed order.
    """
    await db.execute(
        "UPDATE credential_form SET status_set_at = COALESCE(status_set_at, $4), status_cause = $3,"
        " state = CASE state WHEN 'signing' THEN 'abandoned' ELSE state END"
        " WHERE organization_id = $1 AND award_id = $2 AND (status_cause IS NULL OR status_cause = ANY($5))",
        organization_id,
        award_id,
        cause,
        at,
        list(over),
    )
    return await lists_of(db, organization_id, award_id)


async def lists_of(db: Db, organization_id: str, award_id: UUID) -> tuple[UUID, ...]:
    """Return the lists that hold a form of the award, in a fixed order."""
    rows = await db.fetch(
        "SELECT DISTINCT status_list_id FROM credential_form"
        " WHERE organization_id = $1 AND award_id = $2 ORDER BY status_list_id",
        organization_id,
        award_id,
    )
    return tuple(row["status_list_id"] for row in rows)


async def supersede(db: Db, organization_id: str, award_id: UUID, *, at: datetime) -> tuple[UUID, ...]:
    """Turn suspended forms into superseded ones: their bits stay set for ever.

    Returns the lists concerned.
    """
    rows = await db.fetch(
        "UPDATE credential_form SET status_cause = 'superseded', status_set_at = $3"
        " WHERE organization_id = $1 AND award_id = $2 AND status_cause = 'suspended'"
        " RETURNING status_list_id",
        organization_id,
        award_id,
        at,
    )
    return tuple(sorted({row["status_list_id"] for row in rows}))


async def grow_version(db: Db, organization_id: str, list_id: UUID) -> None:
    """Say that the list's bits changed.

    Holds its row, so that versions and bits are written one after another.
    """
    await db.execute(
        "UPDATE status_list SET version = version + 1 WHERE organization_id = $1 AND id = $2",
        organization_id,
        list_id,
    )


async def causes(db: Db, organization_id: str, list_id: UUID) -> dict[str, Cause]:
    """Return why each bit of a list is set, by index (a string, as in the credentials)."""
    rows = await db.fetch(
        "SELECT form.status_index, form.status_cause, CASE WHEN form.status_cause = 'superseded'"
        " THEN form.status_set_at ELSE award.standing_since END AS since"
        " FROM credential_form AS form JOIN award"
        " ON award.organization_id = form.organization_id AND award.id = form.award_id"
        " WHERE form.organization_id = $1 AND form.status_list_id = $2 AND form.status_set_at IS NOT NULL"
        " ORDER BY form.status_index",
        organization_id,
        list_id,
    )
    return {str(row["status_index"]): Cause(row["status_cause"], row["since"]) for row in rows}


async def changed_standings(db: Db, organization_id: str) -> tuple[tuple[UUID, str], ...]:
    """Return the awards whose standing was ever changed, with the one that they have, in no telling order."""
    rows = await db.fetch(
        "SELECT id, standing FROM award WHERE organization_id = $1 AND standing_since IS NOT NULL"
        " ORDER BY id",
        organization_id,
    )
    return tuple((row["id"], row["standing"]) for row in rows)


async def reason(db: Db, organization_id: str, award_id: UUID) -> tuple[AwardStanding, bytes | None] | None:
    """Return an award's standing with the sealed reason."""
    row = await db.fetchrow(
        "SELECT person_id, standing, standing_since, reason_sealed FROM award"
        " WHERE organization_id = $1 AND id = $2",
        organization_id,
        award_id,
    )
    if row is None:
        return None
    return AwardStanding(row["person_id"], row["standing"], row["standing_since"]), row["reason_sealed"]
