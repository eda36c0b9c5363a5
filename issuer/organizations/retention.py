"""How long an organisation keeps what: a rule for a kind of data, audited. Without one, until the erasure."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from issuer import audit
from issuer.db.pool import Connection, Db
from schemas.problems import ProblemError

Kind = Literal["answers", "works", "telemetry", "invitations", "receipts", "requests"]
KINDS: dict[Kind, str] = {
    "answers": "answers, forms and ratings of a session, after its end (its start, where it never ended)",
    "works": "the words of performance tasks, after the session's end",
    "telemetry": "response times and person fit, after the session's end",
    "invitations": "invitations, after they expired",
    "receipts": "outside providers' receipts, after they came; what was decided stays",
    "requests": "what people asked to have looked at again, and the answer, after it",
}
LEAST_DAYS: dict[Kind, int] = {
    "answers": 30,
    "works": 30,
    "telemetry": 1,
    "invitations": 1,
    "receipts": 30,
    "requests": 30,
}
"""Who contests a result needs what it rests on: that is there for a month at least."""
MOST_DAYS = 36_500


class Rule(Struct, frozen=True):
    """Keep this kind of data for so many days."""

    kind: Kind
    days: int


async def rules(db: Db, organization_id: str) -> tuple[Rule, ...]:
    """Return the organisation's rules, by their kinds."""
    rows = await db.fetch(
        "SELECT kind, days FROM retention WHERE organization_id = $1 ORDER BY kind", organization_id
    )
    return tuple(Rule(**row) for row in rows)


async def set_rule(db: Connection, organization_id: str, rule: Rule, *, by: UUID, at: datetime) -> None:
    """Keep a kind of data for so many days from now on, in the caller's transaction.

    Raises problem `retention.days`.
    """
    least = LEAST_DAYS[rule.kind]
    if not least <= rule.days <= MOST_DAYS:
        raise ProblemError("retention.days", f"This is kept for {least} to {MOST_DAYS:,} days.")
    await db.execute(
        "INSERT INTO retention (organization_id, kind, days, set_by, set_at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (organization_id, kind) DO UPDATE SET days = $3, set_by = $4, set_at = $5",
        organization_id,
        rule.kind,
        rule.days,
        by,
        at,
    )
    reference = f"{rule.kind} {rule.days}"
    await audit.append(db, organization_id, "retention.set", reference, principal_id=by, at=at)


async def drop_rule(db: Connection, organization_id: str, kind: Kind, *, by: UUID, at: datetime) -> None:
    """Keep a kind of data until the erasure, in the caller's transaction; raises problem `retention.none`."""
    dropped = await db.fetchval(
        "DELETE FROM retention WHERE organization_id = $1 AND kind = $2 RETURNING true", organization_id, kind
    )
    if not dropped:
        raise ProblemError("retention.none")
    await audit.append(db, organization_id, "retention.dropped", kind, principal_id=by, at=at)
