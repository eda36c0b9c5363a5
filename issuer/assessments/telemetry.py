"""Signals about how somebody answers, each off until an organisation switches it on, for a purpose it states.

`response-times`: an event of a session has its moment; otherwise it has a day, which says nothing of pace.
`fit`: how likely a finished session's pattern of right and wrong is. What a session records was settled when
it began, and its taker was told so then.
"""

import hashlib
from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from issuer import audit
from issuer.db.pool import Connection, Db
from schemas.problems import ProblemError

Signal = Literal["response-times", "fit"]
SIGNALS: tuple[Signal, ...] = ("response-times", "fit")
PURPOSE_AT_MOST = 500  # characters


class Switched(Struct, frozen=True):
    """A signal that is on, what for, and since when."""

    signal: Signal
    purpose: str
    since: datetime


async def switched(db: Db, organization_id: str) -> tuple[Switched, ...]:
    """Return the signals that are on."""
    rows = await db.fetch(
        "SELECT signal, purpose, since FROM telemetry WHERE organization_id = $1 ORDER BY signal",
        organization_id,
    )
    return tuple(Switched(**row) for row in rows)


async def switch_on(
    db: Connection, organization_id: str, signal: Signal, purpose: str, *, by: UUID, at: datetime
) -> None:
    """Record a signal from the next session on, in the caller's transaction.

    The audit line has the purpose's digest. Another purpose for a signal that is on holds for sessions from
    now on. Raises problem `telemetry.purpose`.
    """
    text = " ".join(purpose.split())
    if not 0 < len(text) <= PURPOSE_AT_MOST or not text.isprintable():
        raise ProblemError("telemetry.purpose")
    await db.execute(
        "INSERT INTO telemetry (organization_id, signal, purpose, since, switched_by)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (organization_id, signal)"
        " DO UPDATE SET purpose = $3, since = $4, switched_by = $5",
        organization_id,
        signal,
        text,
        at,
        by,
    )
    digest = hashlib.sha256(text.encode()).digest()
    await audit.append(db, organization_id, "telemetry.on", signal, principal_id=by, digest=digest, at=at)


async def switch_off(db: Connection, organization_id: str, signal: Signal, *, by: UUID, at: datetime) -> None:
    """Record a signal no more and delete what was recorded, in the caller's transaction.

    Raises problem `telemetry.off` where it is off already.
    """
    was_on = await db.fetchval(
        "DELETE FROM telemetry WHERE organization_id = $1 AND signal = $2 RETURNING true",
        organization_id,
        signal,
    )
    if not was_on:
        raise ProblemError("telemetry.off")
    if signal == "fit":
        await db.execute("DELETE FROM session_fit WHERE organization_id = $1", organization_id)
    else:
        await db.execute(
            "UPDATE session_event SET at = date_trunc('day', at, 'UTC')"
            " WHERE organization_id = $1 AND at <> date_trunc('day', at, 'UTC')",
            organization_id,
        )
    await audit.append(db, organization_id, "telemetry.off", signal, principal_id=by, at=at)
