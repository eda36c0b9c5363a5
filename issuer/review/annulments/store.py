"""SQL for annulments, their consequences and approvals, and for the sessions that met an item."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

from asyncpg import Record
from msgspec import Struct

from issuer.db.pool import Db
from issuer.review.store import listed_people

State = Literal["open", "executed", "void", "rejected"]


class Scope(Struct, frozen=True):
    """The items that do not count, and the versions of their bank (by digest) in which they do not."""

    bank_id: str
    items: tuple[str, ...]
    bank_digests: tuple[str, ...]


class Held(Struct, frozen=True):
    """An award from a session, first or corrected; `annulled`: an annulment withdrew it, no other reason."""

    id: UUID
    level: str
    standing: Literal["good", "suspended", "revoked"]
    annulled: bool


class Met(Struct, frozen=True):
    """A finished session that was asked one of the items, and what its person holds from it now.

    Or one of a later epoch, which started from what such a session had shown.
    """

    session_id: UUID
    person_id: UUID
    slug: str
    epoch: int
    achievement_id: UUID
    revision: int
    finished_at: datetime
    level: str | None  # as the session was decided
    awards: tuple[Held, ...]


class Consequence(Struct, frozen=True, rename="camel"):
    """A session of which the remaining answers show another level than its person holds.

    `before` and `after` are codes of levels, None for none. `award` is the highest one that stands now.
    `refuted`: the remaining answers decide against `before`, instead of only showing it less surely.
    `confirmation`: the session is a supervised sitting that raised the award's assurance; without the items
    this would be its verdict. The level is then the same.
    """

    session: UUID
    before: str | None
    after: str | None
    undecided: bool
    award: UUID | None
    raises: bool
    refuted: bool = False
    confirmation: Literal["inconsistent", "unsure", "unfinished"] | None = None


class Annulment(Struct, frozen=True):
    """A proposal as it was made; only `state` moves, once. `digest` covers it and its list (32 bytes).

    `replaces`: the proposal whose list had changed before it was approved.
    """

    organization_id: str
    id: UUID
    bank_id: str
    items: tuple[str, ...]
    bank_digests: tuple[str, ...]
    cause: str
    why: str
    met: int
    unreadable: int
    held_back: int
    digest: bytes
    proposed_by: UUID
    proposed_with: UUID
    proposed_at: datetime
    state: State = "open"
    closed_at: datetime | None = None
    withdrawn: bool | None = None
    replaces: UUID | None = None

    @property
    def scope(self) -> Scope:
        """Which items, in which versions of the bank."""
        return Scope(self.bank_id, self.items, self.bank_digests)


class Listed(Struct, frozen=True):
    """A line of the list with its own id, which a corrected award has as its source."""

    id: UUID
    consequence: Consequence


class Approval(Struct, frozen=True):
    """That a person approved; `stands`: their token was not revoked since, and it is known who they are.

    An address belongs to one principal at a time, so that approvals that stand are of different people.
    """

    principal_id: UUID
    token_id: UUID
    withdraw: bool
    at: datetime
    stands: bool


async def met(
    db: Db, organization_id: str, items: Sequence[str], bank_digests: Sequence[str]
) -> tuple[Met, ...]:
    """Return the finished sessions that rest on one of the items, and their awards; not the erased ones.

    They were asked it, or an earlier epoch was, which they started from.
    """
    sessions = await asked(db, organization_id, items, bank_digests)
    rows = await db.fetch(
        "SELECT session.id AS session_id, link.person_id, assessment.slug, session.epoch,"
        " assessment.achievement_id, assessment.achievement_revision AS revision, session.finished_at,"
        " session.level FROM session JOIN session_person AS link"
        " ON link.organization_id = session.organization_id AND link.session_id = session.id"
        " JOIN assessment ON assessment.organization_id = session.organization_id"
        " AND assessment.id = session.assessment_id"
        " WHERE session.organization_id = $1 AND session.finished_at IS NOT NULL"
        " AND EXISTS (SELECT FROM session AS own JOIN session_person AS other"
        "  ON other.organization_id = own.organization_id AND other.session_id = own.id"
        "  JOIN assessment AS named ON named.organization_id = own.organization_id"
        "  AND named.id = own.assessment_id WHERE own.organization_id = $1 AND own.id = ANY($2)"
        "  AND other.person_id = link.person_id AND named.slug = assessment.slug"
        "  AND own.epoch <= session.epoch)"
        " ORDER BY session.id",
        organization_id,
        sessions,
    )
    held = await _held(db, organization_id, [row["session_id"] for row in rows])
    return tuple(Met(**row, awards=tuple(held[row["session_id"]])) for row in rows)


async def asked(
    db: Db, organization_id: str, items: Sequence[str], bank_digests: Sequence[str]
) -> list[UUID]:
    """Return the sessions that were asked one of the items, finished or not, sittings too.

    An id of an item holds no sign that JSON would escape, so that it stands in the bytes of a form as it is.
    """
    rows = await db.fetch(
        "SELECT session.id FROM session WHERE session.organization_id = $1"
        " AND EXISTS (SELECT FROM session_event AS begun CROSS JOIN unnest($3::bytea[]) AS mark"
        "  WHERE begun.organization_id = session.organization_id AND begun.session_id = session.id"
        "  AND begun.sequence = 1 AND position(mark IN begun.body) > 0)"
        " AND EXISTS (SELECT FROM session_event AS form CROSS JOIN unnest($2::bytea[]) AS mark"
        "  WHERE form.organization_id = session.organization_id AND form.session_id = session.id"
        "  AND form.kind = 'form' AND position(mark IN form.body) > 0)",
        organization_id,
        [f'"item":"{item}"'.encode() for item in items],
        [f'"bankDigest":"{digest}"'.encode() for digest in bank_digests],
    )
    return [row["id"] for row in rows]


async def _held(db: Db, organization_id: str, sessions: Sequence[UUID]) -> defaultdict[UUID, list[Held]]:
    """Return the awards from each session: its own, and those that an annulment corrected it to."""
    rows = await db.fetch(
        "SELECT COALESCE(line.session_id, award.source_id) AS session_id, award.id, award.level,"
        " award.standing, EXISTS (SELECT FROM annulment_consequence AS other JOIN annulment"
        "  ON annulment.organization_id = other.organization_id AND annulment.id = other.annulment_id"
        "  WHERE other.organization_id = award.organization_id AND annulment.withdrawn"
        "  AND other.session_id = COALESCE(line.session_id, award.source_id)"
        "  AND annulment.closed_at = award.standing_since) AS annulled"
        " FROM award LEFT JOIN annulment_consequence AS line"
        " ON line.organization_id = award.organization_id AND line.id = award.source_id"
        " WHERE award.organization_id = $1 AND award.source_kind IN ('session', 'review')"
        " AND COALESCE(line.session_id, award.source_id) = ANY($2::uuid[])"
        " ORDER BY award.decided_at, award.id",
        organization_id,
        list(sessions),
    )
    held: defaultdict[UUID, list[Held]] = defaultdict(list)
    for row in rows:
        held[row["session_id"]].append(Held(row["id"], row["level"], row["standing"], row["annulled"]))
    return held


async def insert(db: Db, annulment: Annulment, consequences: Sequence[Consequence]) -> None:
    """Insert a proposal and its list, inside a transaction."""
    await db.execute(
        "INSERT INTO annulment (organization_id, id, bank_id, items, bank_digests, cause, why, met,"
        " unreadable, held_back, digest, proposed_by, proposed_with, proposed_at, replaces)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        annulment.organization_id,
        annulment.id,
        annulment.bank_id,
        list(annulment.items),
        list(annulment.bank_digests),
        annulment.cause,
        annulment.why,
        annulment.met,
        annulment.unreadable,
        annulment.held_back,
        annulment.digest,
        annulment.proposed_by,
        annulment.proposed_with,
        annulment.proposed_at,
        annulment.replaces,
    )
    await db.executemany(
        "INSERT INTO annulment_consequence (organization_id, id, annulment_id, session_id, level_before,"
        " level_after, undecided, award_id, raises, refuted, confirmation)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        [
            (
                annulment.organization_id,
                uuid4(),
                annulment.id,
                one.session,
                one.before,
                one.after,
                one.undecided,
                one.award,
                one.raises,
                one.refuted,
                one.confirmation,
            )
            for one in consequences
        ],
    )


_ANNULMENT = (
    "SELECT organization_id, id, bank_id, items, bank_digests, cause, why, met, unreadable, held_back,"
    " digest, proposed_by, proposed_with, proposed_at, state, closed_at, withdrawn, replaces FROM annulment"
)


async def annulment(db: Db, organization_id: str, annulment_id: UUID) -> Annulment | None:
    """Return a proposal of the organisation."""
    row = await db.fetchrow(
        f"{_ANNULMENT} WHERE organization_id = $1 AND id = $2", organization_id, annulment_id
    )
    return None if row is None else _annulment(row)


async def annulments(db: Db, organization_id: str) -> tuple[Annulment, ...]:
    """Return every proposal that there ever was, the newest first."""
    rows = await db.fetch(
        f"{_ANNULMENT} WHERE organization_id = $1 ORDER BY proposed_at DESC, id", organization_id
    )
    return tuple(map(_annulment, rows))


def _annulment(row: Record) -> Annulment:
    return Annulment(**{**row, "items": tuple(row["items"]), "bank_digests": tuple(row["bank_digests"])})


async def replaced_by(db: Db, organization_id: str, annulment_id: UUID) -> UUID | None:
    """Return the proposal that took the place of one whose list had changed."""
    successor: UUID | None = await db.fetchval(
        "SELECT id FROM annulment WHERE organization_id = $1 AND replaces = $2", organization_id, annulment_id
    )
    return successor


async def lock(db: Db, organization_id: str, annulment_id: UUID) -> None:
    """Hold a proposal until the transaction ends."""
    await db.execute(
        "SELECT id FROM annulment WHERE organization_id = $1 AND id = $2 FOR UPDATE",
        organization_id,
        annulment_id,
    )


async def lock_bank(db: Db, organization_id: str, bank_id: str) -> None:
    """Let one transaction at a time execute annulments of a bank."""
    await db.execute(
        "SELECT id FROM annulment WHERE organization_id = $1 AND bank_id = $2 ORDER BY id FOR UPDATE",
        organization_id,
        bank_id,
    )


async def listed(db: Db, organization_id: str, annulment_id: UUID) -> tuple[Listed, ...]:
    """Return the list of a proposal in order of session ids, without people who were erased since."""
    rows = await db.fetch(
        "SELECT id, session_id, level_before, level_after, undecided, award_id, raises, refuted,"
        " confirmation FROM annulment_consequence WHERE organization_id = $1 AND annulment_id = $2"
        " ORDER BY session_id",
        organization_id,
        annulment_id,
    )
    return tuple(
        Listed(
            row["id"],
            Consequence(
                row["session_id"],
                row["level_before"],
                row["level_after"],
                row["undecided"],
                row["award_id"],
                row["raises"],
                row["refuted"],
                row["confirmation"],
            ),
        )
        for row in rows
    )


async def lock_listed(db: Db, organization_id: str, annulment_id: UUID) -> None:
    """Hold the people of a list, then their awards, until the transaction ends.

    In the order that every other transaction takes them; nobody on the list is erased meanwhile.
    """
    people = await listed_people(db, organization_id, annulment_id)
    for statement in (
        "SELECT id FROM person WHERE organization_id = $1 AND id = ANY($2) ORDER BY id FOR KEY SHARE",
        "SELECT id FROM award WHERE organization_id = $1 AND person_id = ANY($2) ORDER BY id FOR UPDATE",
    ):
        await db.execute(statement, organization_id, people)


async def close(
    db: Db, organization_id: str, annulment_id: UUID, state: State, *, withdrawn: bool | None, at: datetime
) -> None:
    """Write what became of a proposal, once."""
    await db.execute(
        "UPDATE annulment SET state = $3, withdrawn = $4, closed_at = $5"
        " WHERE organization_id = $1 AND id = $2 AND state = 'open'",
        organization_id,
        annulment_id,
        state,
        withdrawn,
        at,
    )


async def insert_approval(db: Db, organization_id: str, annulment_id: UUID, approval: Approval) -> None:
    """Insert an approval; the database takes one of each principal and one of each token."""
    await db.execute(
        "INSERT INTO annulment_approval (organization_id, annulment_id, principal_id, token_id, withdraw, at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        organization_id,
        annulment_id,
        approval.principal_id,
        approval.token_id,
        approval.withdraw,
        approval.at,
    )


async def approvals(db: Db, organization_id: str, annulment_id: UUID) -> tuple[Approval, ...]:
    """Return the approvals of a proposal, the oldest first, with whether their tokens still stand."""
    rows = await db.fetch(
        "SELECT approval.principal_id, approval.token_id, approval.withdraw, approval.at,"
        " token.revoked_at IS NULL AND principal.email_hmac IS NOT NULL AS stands"
        " FROM annulment_approval AS approval JOIN api_token AS token"
        " ON token.organization_id = approval.organization_id AND token.id = approval.token_id"
        " JOIN principal ON principal.organization_id = approval.organization_id"
        " AND principal.id = approval.principal_id"
        " WHERE approval.organization_id = $1 AND approval.annulment_id = $2"
        " ORDER BY approval.at, approval.principal_id",
        organization_id,
        annulment_id,
    )
    return tuple(Approval(**row) for row in rows)


async def approved(db: Db, needed: int) -> tuple[tuple[str, UUID], ...]:
    """Return every open proposal that has at least this many approvals that stand, the oldest first."""
    rows = await db.fetch(
        "SELECT annulment.organization_id, annulment.id FROM annulment JOIN annulment_approval AS approval"
        " ON approval.organization_id = annulment.organization_id AND approval.annulment_id = annulment.id"
        " JOIN api_token AS token ON token.organization_id = approval.organization_id"
        " AND token.id = approval.token_id JOIN principal"
        " ON principal.organization_id = approval.organization_id AND principal.id = approval.principal_id"
        " WHERE annulment.state = 'open' AND token.revoked_at IS NULL AND principal.email_hmac IS NOT NULL"
        " GROUP BY annulment.organization_id, annulment.id, annulment.proposed_at HAVING count(*) >= $1"
        " ORDER BY annulment.proposed_at, annulment.organization_id, annulment.id",
        needed,
    )
    return tuple((row["organization_id"], row["id"]) for row in rows)
