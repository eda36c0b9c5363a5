"""Ask the next questions: which items may be shown just now, and the count of how often each one was.

A cap is the share of the sessions with a bank that may meet an item. Two sessions that ask at once cannot
both take its last place: the row of the item decides, in the transaction that asks.
"""

from collections.abc import Mapping
from math import inf

from asyncpg import Record

from issuer.assessments.forms import form_for
from issuer.assessments.session import Session
from issuer.db.pool import Connection, Db
from issuer.measurement.selection import EXPOSURE_CAP, SESSIONS_AT_FIRST, at_cap
from schemas.assessment import Bank, Conditions, Form

UNCAPPED = inf


async def next_form(
    db: Connection, organization_id: str, bank: Bank, log: Session, conditions: Conditions, second: int
) -> Form:
    """What is asked next, with each of its items counted as shown; the caller records it, or rolls back.

    An item that reached its cap, or was suspended, is passed over. Without any item left the form is empty.
    """
    digest, caps = log.started.bank_digest, caps_of(bank, conditions)
    barred = await _barred(db, organization_id, bank.id, digest, caps)
    while True:
        form = form_for(bank, log, barred, second)
        wanted = {placed.item: caps.get(placed.item, UNCAPPED) for placed in form.items}
        refused = await _count(db, organization_id, digest, wanted) if wanted else frozenset()
        if not refused:
            return form
        barred |= refused


async def barred(
    db: Db, organization_id: str, bank: Bank, digest: str, conditions: Conditions
) -> frozenset[str]:
    """Items that a session under these conditions would not be asked just now."""
    return await _barred(db, organization_id, bank.id, digest, caps_of(bank, conditions))


def caps_of(bank: Bank, conditions: Conditions) -> dict[str, float]:
    """The cap of each item that has one: its own, or the one that was chosen for all.

    In an adaptive session every live item has one: without it, a few of the best would be shown to everybody.
    """
    general = conditions.exposure_cap
    if general is None and conditions.delivery == "adaptive":
        general = EXPOSURE_CAP
    stated = {item.id: item.exposure_cap or general for item in bank.items if item.state == "live"}
    return {name: cap for name, cap in stated.items() if cap is not None}


async def count_session(db: Db, organization_id: str, digest: str) -> None:
    """One session more begins with this bank; to be called last in the transaction that begins it.

    Everybody who begins waits here for one row, until whoever has it commits. A session's own first questions
    are chosen before it counts, so the caps allow an item no more often than they would after.
    """
    await db.execute(
        "INSERT INTO bank_exposure (organization_id, bank_digest, sessions) VALUES ($1, $2, 1)"
        " ON CONFLICT (organization_id, bank_digest) DO UPDATE SET sessions = bank_exposure.sessions + 1",
        organization_id,
        digest,
    )


async def _barred(
    db: Db, organization_id: str, bank_id: str, digest: str, caps: Mapping[str, float]
) -> frozenset[str]:
    """Items that are suspended or annulled, and those that one session more would bring above their cap."""
    rows: list[Record] = await db.fetch(
        "SELECT item_id, NULL::bigint AS shown, 0::bigint AS sessions FROM item_suspension"
        " WHERE organization_id = $1 AND bank_id = $2 AND lifted_at IS NULL"
        # What two persons annulled in a version is not asked there, also where one lifts its suspension.
        " UNION ALL SELECT unnest(items), NULL, 0 FROM annulment"
        " WHERE organization_id = $1 AND state = 'executed' AND $3 = ANY(bank_digests)"
        " UNION ALL SELECT item.item_id, item.shown, bank.sessions FROM item_exposure item"
        " JOIN bank_exposure bank ON bank.organization_id = $1 AND bank.bank_digest = $3"
        " WHERE item.organization_id = $1 AND item.bank_digest = $3"
        " AND item.shown + 1 > $4::float8 * greatest(bank.sessions, $5)",
        organization_id,
        bank_id,
        digest,
        min(caps.values(), default=UNCAPPED),
        SESSIONS_AT_FIRST,
    )
    return frozenset(
        row["item_id"]
        for row in rows
        if row["shown"] is None or at_cap(row["shown"], row["sessions"], caps.get(row["item_id"], UNCAPPED))
    )


async def _count(db: Db, organization_id: str, digest: str, wanted: Mapping[str, float]) -> frozenset[str]:
    """Count each item once more; where a cap forbids one, count none and return those."""
    names = sorted(wanted)  # everybody locks the rows in the same order: nobody waits in a circle
    rows = await db.fetch(
        "INSERT INTO item_exposure (organization_id, bank_digest, item_id, shown)"
        " SELECT $1, $2, item_id, 1 FROM unnest($3::text[]) AS item_id ORDER BY item_id"
        " ON CONFLICT (organization_id, bank_digest, item_id) DO UPDATE SET shown = item_exposure.shown + 1"
        " WHERE item_exposure.shown + 1"
        " <= ($4::float8[])[array_position($3::text[], item_exposure.item_id)] * greatest("
        "  (SELECT sessions FROM bank_exposure WHERE organization_id = $1 AND bank_digest = $2), $5)"
        " RETURNING item_id",
        organization_id,
        digest,
        names,
        [wanted[name] for name in names],
        SESSIONS_AT_FIRST,
    )
    counted = [row["item_id"] for row in rows]
    refused = frozenset(names).difference(counted)
    if refused and counted:
        await db.execute(
            "UPDATE item_exposure SET shown = shown - 1"
            " WHERE organization_id = $1 AND bank_digest = $2 AND item_id = ANY($3::text[])",
            organization_id,
            digest,
            counted,
        )
    return refused
