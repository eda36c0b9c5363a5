"""SQL for what does not count any more, and for the questions that somebody met in deleted answers."""

from collections.abc import Collection
from uuid import UUID

from issuer.db.pool import Connection, Db

_LOCK = "hashtextextended('assay annulled ' || $1, 0)"


async def annulled(db: Db, organization_id: str) -> dict[str, frozenset[str]]:
    """Return, by the digest of a bank version, its items that do not count any more: executed annulments."""
    rows = await db.fetch(
        "SELECT version, array_agg(DISTINCT item) AS items FROM annulment"
        " CROSS JOIN unnest(bank_digests) AS version CROSS JOIN unnest(items) AS item"
        " WHERE organization_id = $1 AND state = 'executed' GROUP BY version",
        organization_id,
    )
    return {row["version"]: frozenset(row["items"]) for row in rows}


async def hold(db: Connection, organization_id: str) -> None:
    """Let nothing be annulled until the transaction ends; several hold at once.

    Lock order: after the rows of a person and a session, before those of awards and the audit line. Whoever
    writes an audit line and may decide after it holds first: an execution takes these two the same way round.
    """
    await db.execute(f"SELECT pg_advisory_xact_lock_shared({_LOCK})", organization_id)


async def held(db: Connection, organization_id: str) -> dict[str, frozenset[str]]:
    """Return what `annulled` returns, for a decision, and `hold` it.

    So whoever decides has committed when a list is made, or knows of what was annulled.
    """
    await hold(db, organization_id)
    return await annulled(db, organization_id)


async def hold_off(db: Connection, organization_id: str) -> None:
    """Wait for everybody who decides just now, and let nobody else, until the transaction ends."""
    await db.execute(f"SELECT pg_advisory_xact_lock({_LOCK})", organization_id)


async def met(db: Db, organization_id: str, person_id: UUID) -> dict[str, frozenset[str] | None]:
    """Return, by the id of a bank, what the person met of it in sessions whose answers were deleted.

    None where that is not known: they were deleted before it was kept.
    """
    rows = await db.fetch(
        "SELECT bank_id, items FROM item_met WHERE organization_id = $1 AND person_id = $2",
        organization_id,
        person_id,
    )
    return {row["bank_id"]: None if row["items"] is None else frozenset(row["items"]) for row in rows}


async def keep_met(
    db: Connection, organization_id: str, person_id: UUID, bank_id: str, items: Collection[str]
) -> None:
    """Keep which items of a bank somebody met, in the transaction that deletes how they answered.

    What is not known stays so.
    """
    await db.execute(
        "INSERT INTO item_met (organization_id, person_id, bank_id, items) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (organization_id, person_id, bank_id) DO UPDATE"
        " SET items = CASE WHEN item_met.items IS NULL THEN NULL ELSE ARRAY("
        "  SELECT DISTINCT item FROM unnest(item_met.items || $4) AS item ORDER BY item) END",
        organization_id,
        person_id,
        bank_id,
        sorted(set(items)),
    )
