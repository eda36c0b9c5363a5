"""The audit log: hash-chained per organisation, ids and digests only, never a name or an address.

Every line's chain value covers the line before it, so an edited, removed or reordered line shows. What a
chain alone cannot show is that the newest lines are missing; whoever keeps a `Head` elsewhere can ask for
that too.
"""

import hashlib
import json
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import msgspec

from issuer.db.pool import Db

GENESIS = "assay audit chain, version 1"


class Head(msgspec.Struct, frozen=True):
    """The newest line of an organisation's log: its number, from 1, and its chain value."""

    sequence: int
    chain: bytes


class AuditBroken(Exception):  # noqa: N818 - the word names what was found, as in the documentation
    """The log of an organisation is not what was written; `sequence` is the first line that shows it."""

    def __init__(self, sequence: int, detail: str) -> None:
        self.sequence = sequence
        super().__init__(f"audit line {sequence}: {detail}")


def origin(organization_id: str) -> bytes:
    """Return the chain value before an organisation's first line."""
    return hashlib.sha256(f"{GENESIS}\n{organization_id}".encode()).digest()


def link(
    previous: bytes,
    organization_id: str,
    sequence: int,
    action: str,
    reference: str,
    *,
    principal_id: UUID | None,
    digest: bytes | None,
    at: datetime,
) -> bytes:
    """Return the chain value (32 bytes) of one line: SHA-256 over the value before and every column."""
    line = [
        organization_id,
        sequence,
        at.astimezone(UTC).isoformat(timespec="microseconds"),
        None if principal_id is None else str(principal_id),
        action,
        reference,
        None if digest is None else digest.hex(),
    ]
    return hashlib.sha256(previous + json.dumps(line, separators=(",", ":")).encode()).digest()


async def append(
    db: Db,
    organization_id: str,
    action: str,
    reference: str,
    *,
    principal_id: UUID | None = None,
    digest: bytes | None = None,
    at: datetime,
) -> None:
    """Write one line, inside the transaction of the change it records.

    The row of the organisation is locked until that transaction ends, so lines of one organisation are
    written one after another. Lock order everywhere: this line first, `publications.store.publish` after it.
    """
    if isinstance(db, asyncpg.Pool) or not db.is_in_transaction():
        raise RuntimeError("an audit line belongs into the transaction of the change that it records")
    # NO KEY: rows that merely refer to the organisation can still be inserted meanwhile.
    await db.execute("SELECT id FROM organization WHERE id = $1 FOR NO KEY UPDATE", organization_id)
    last = await _head(db, organization_id)
    sequence = last.sequence + 1
    chain = link(
        last.chain,
        organization_id,
        sequence,
        action,
        reference,
        principal_id=principal_id,
        digest=digest,
        at=at,
    )
    await db.execute(
        "INSERT INTO audit (organization_id, sequence, at, principal_id, action, reference, digest, chain)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        organization_id,
        sequence,
        at,
        principal_id,
        action,
        reference,
        digest,
        chain,
    )


async def verify_chain(db: Db, organization_id: str, *, at_least: Head | None = None) -> Head:
    """Read an organisation's log and return its head; raise `AuditBroken` at the first line that is wrong.

    `at_least` is a head that was noted earlier, outside the database: the log must still contain that very
    line.
    """
    rows = await db.fetch(
        "SELECT sequence, at, principal_id, action, reference, digest, chain FROM audit"
        " WHERE organization_id = $1 ORDER BY sequence",
        organization_id,
    )
    head = Head(0, origin(organization_id))
    for row in rows:
        sequence = head.sequence + 1
        if row["sequence"] != sequence:
            raise AuditBroken(sequence, "this line is missing")
        expected = link(
            head.chain,
            organization_id,
            sequence,
            row["action"],
            row["reference"],
            principal_id=row["principal_id"],
            digest=row["digest"],
            at=row["at"],
        )
        if row["chain"] != expected:
            raise AuditBroken(sequence, "this line is not the one that was written")
        head = Head(sequence, expected)
        if at_least is not None and at_least.sequence == sequence and at_least.chain != expected:
            raise AuditBroken(sequence, "this line differs from the one that was noted elsewhere")
    if at_least is not None and head.sequence < at_least.sequence:
        raise AuditBroken(head.sequence + 1, "the newest lines are missing")
    return head


async def _head(db: Db, organization_id: str) -> Head:
    row = await db.fetchrow(
        "SELECT sequence, chain FROM audit WHERE organization_id = $1 ORDER BY sequence DESC LIMIT 1",
        organization_id,
    )
    return Head(0, origin(organization_id)) if row is None else Head(row["sequence"], row["chain"])
