"""SQL for control charts, suspended items, and whom an organisation wants told."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from issuer.db.pool import Db
from issuer.fairness.charts import ItemChart
from issuer.fairness.leak import Chart, Learned
from schemas.assessment import Event


class Waiting(Struct, frozen=True):
    """A session with decisions that the charts have not read: events up to `upto`, of which `read` are."""

    assessment_id: UUID
    created_at: datetime
    upto: int
    read: int


class Suspension(Struct, frozen=True):
    """An item that is not asked for now; `suspended_by` is None where a chart did it."""

    organization_id: str
    id: UUID
    bank_id: str
    item_id: str
    reason: str
    since: datetime
    suspended_by: UUID | None


class Kept(Struct, frozen=True):
    """An item's charts as stored, and since when they run."""

    item_id: str
    since: datetime
    chart: ItemChart


async def bank_digests(db: Db, organization_id: str) -> tuple[str, ...]:
    """Return the digests of every bank version of the organisation, the newest first."""
    rows = await db.fetch(
        "SELECT digest FROM bank WHERE organization_id = $1 ORDER BY created_at DESC, digest", organization_id
    )
    return tuple(row["digest"] for row in rows)


async def waiting(db: Db, organization_id: str, *, after: UUID, limit: int) -> tuple[UUID, ...]:
    """Return sessions with a decision that the charts have not read, by id, from after the id `after`."""
    rows = await db.fetch(
        "SELECT DISTINCT session_id FROM session_event"
        " WHERE organization_id = $1 AND kind = 'decided' AND NOT charted AND session_id > $2"
        " ORDER BY session_id LIMIT $3",
        organization_id,
        after,
        limit,
    )
    return tuple(row["session_id"] for row in rows)


async def take(db: Db, organization_id: str, session_id: UUID) -> Waiting | None:
    """Mark a session's decisions as read, in the transaction that writes the charts; None if none waits."""
    # Events are appended under the same lock: what is read here is what the charts get.
    session = await db.fetchrow(
        "SELECT assessment_id, created_at FROM session WHERE organization_id = $1 AND id = $2 FOR UPDATE",
        organization_id,
        session_id,
    )
    if session is None:  # its person was erased just now: it waits under its new id
        return None
    read: int = await db.fetchval(
        "SELECT coalesce(max(sequence), 0) FROM session_event"
        " WHERE organization_id = $1 AND session_id = $2 AND kind = 'decided' AND charted",
        organization_id,
        session_id,
    )
    rows = await db.fetch(
        "UPDATE session_event SET charted = true"
        " WHERE organization_id = $1 AND session_id = $2 AND kind = 'decided' AND NOT charted"
        " RETURNING sequence",
        organization_id,
        session_id,
    )
    if not rows:
        return None
    upto = max(row["sequence"] for row in rows)
    return Waiting(session["assessment_id"], session["created_at"], upto, read)


async def count_session(db: Db, organization_id: str, bank_id: str, *, more: int) -> int:
    """Add to the sessions that the charts of a bank have read, hold its row, and return how many they are."""
    sessions: int = await db.fetchval(
        "INSERT INTO bank_chart (organization_id, bank_id, sessions) VALUES ($1, $2, $3)"
        " ON CONFLICT (organization_id, bank_id) DO UPDATE SET sessions = bank_chart.sessions + $3"
        " RETURNING sessions",
        organization_id,
        bank_id,
        more,
    )
    return sessions


_CHART = (
    "SELECT item_id, since, sessions_before, shown, responses, level, highest, information, course, people,"
    " correct, people_waiting, correct_waiting FROM item_chart"
)


async def charts(db: Db, organization_id: str, bank_id: str) -> tuple[Kept, ...]:
    """Return the charts of a bank's items, by their ids."""
    rows = await db.fetch(
        f"{_CHART} WHERE organization_id = $1 AND bank_id = $2 ORDER BY item_id", organization_id, bank_id
    )
    return tuple(
        Kept(
            row["item_id"],
            row["since"],
            ItemChart(
                row["sessions_before"],
                row["shown"],
                Chart(row["responses"], row["level"], row["highest"], row["information"]),
                Learned(
                    tuple(row["people"]),
                    tuple(row["correct"]),
                    tuple(row["people_waiting"]),
                    tuple(row["correct_waiting"]),
                ),
                tuple(row["course"]),
            ),
        )
        for row in rows
    )


async def keep_charts(db: Db, organization_id: str, bank_id: str, kept: Collection[Kept]) -> None:
    """Write items' charts, in the transaction that read them."""
    await db.executemany(
        "INSERT INTO item_chart (organization_id, bank_id, item_id, since, sessions_before, shown, responses,"
        " level, highest, information, course, people, correct, people_waiting, correct_waiting)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
        " ON CONFLICT (organization_id, bank_id, item_id) DO UPDATE SET since = $4, sessions_before = $5,"
        " shown = $6, responses = $7, level = $8, highest = $9, information = $10, course = $11,"
        " people = $12, correct = $13, people_waiting = $14, correct_waiting = $15",
        [
            (
                organization_id,
                bank_id,
                one.item_id,
                one.since,
                one.chart.sessions_before,
                one.chart.shown,
                one.chart.leak.responses,
                one.chart.leak.sum,
                one.chart.leak.highest,
                one.chart.leak.information,
                one.chart.course,
                one.chart.learned.people,
                one.chart.learned.right,
                one.chart.learned.people_waiting,
                one.chart.learned.right_waiting,
            )
            for one in kept
        ],
    )


_SUSPENSION = "SELECT organization_id, id, bank_id, item_id, reason, since, suspended_by FROM item_suspension"


async def suspensions(db: Db, organization_id: str) -> tuple[Suspension, ...]:
    """Return what is suspended now, the oldest first."""
    rows = await db.fetch(
        f"{_SUSPENSION} WHERE organization_id = $1 AND lifted_at IS NULL ORDER BY since, bank_id, item_id",
        organization_id,
    )
    return tuple(Suspension(**row) for row in rows)


async def suspended_items(db: Db, organization_id: str, bank_id: str) -> frozenset[str]:
    """Return the ids of a bank's items that are suspended now."""
    rows = await db.fetch(
        "SELECT item_id FROM item_suspension"
        " WHERE organization_id = $1 AND bank_id = $2 AND lifted_at IS NULL",
        organization_id,
        bank_id,
    )
    return frozenset(row["item_id"] for row in rows)


async def insert_suspension(db: Db, suspension: Suspension) -> bool:
    """Suspend an item; False if it is suspended already."""
    done = await db.fetchval(
        "INSERT INTO item_suspension (organization_id, id, bank_id, item_id, reason, since, suspended_by)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT (organization_id, bank_id, item_id) WHERE lifted_at IS NULL DO NOTHING RETURNING true",
        suspension.organization_id,
        suspension.id,
        suspension.bank_id,
        suspension.item_id,
        suspension.reason,
        suspension.since,
        suspension.suspended_by,
    )
    return bool(done)


async def lift_suspension(
    db: Db, organization_id: str, suspension_id: UUID, *, by: UUID, at: datetime
) -> tuple[str, str] | None:
    """Let an item be asked again and return its bank's and its own id; None if no such suspension stands."""
    row = await db.fetchrow(
        "UPDATE item_suspension SET lifted_at = $3, lifted_by = $4"
        " WHERE organization_id = $1 AND id = $2 AND lifted_at IS NULL RETURNING bank_id, item_id",
        organization_id,
        suspension_id,
        at,
        by,
    )
    return None if row is None else (row["bank_id"], row["item_id"])


async def name_contact(db: Db, organization_id: str, person_id: UUID, *, at: datetime) -> None:
    """Note who is told when an item is suspended, instead of whoever was before."""
    await db.execute(
        "INSERT INTO organization_contact (organization_id, person_id, named_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (organization_id) DO UPDATE SET person_id = $2, named_at = $3",
        organization_id,
        person_id,
        at,
    )


async def contact(db: Db, organization_id: str) -> UUID | None:
    """Return who is told, or None where nobody is named or that person was erased."""
    found: UUID | None = await db.fetchval(
        "SELECT contact.person_id FROM organization_contact AS contact JOIN person"
        " ON person.organization_id = contact.organization_id AND person.id = contact.person_id"
        " WHERE contact.organization_id = $1 AND person.erased_at IS NULL",
        organization_id,
    )
    return found


async def keep_fit(db: Db, organization_id: str, session_id: UUID, fit: float) -> None:
    """Write a finished session's person fit, where that signal is on."""
    await db.execute(
        "INSERT INTO session_fit (organization_id, session_id, fit) VALUES ($1, $2, $3)"
        " ON CONFLICT (organization_id, session_id) DO NOTHING",
        organization_id,
        session_id,
        fit,
    )


async def logs(db: Db, organization_id: str, sessions: Collection[UUID]) -> dict[UUID, list[Event]]:
    """Return the logs of sessions, as far as they are kept."""
    rows = await db.fetch(
        "SELECT session_id, kind, body FROM session_event WHERE organization_id = $1"
        " AND session_id = ANY($2) ORDER BY session_id, sequence",
        organization_id,
        list(sessions),
    )
    found: dict[UUID, list[Event]] = {session_id: [] for session_id in sessions}
    for row in rows:
        found[row["session_id"]].append(Event(row["kind"], row["body"]))
    return found


class Course(Struct, frozen=True):
    """A session of an assessment, as far as a report counts it; one person may have several.

    The sessions of somebody who was erased are nobody's: of those the first ones count, and no others.
    """

    person_id: UUID
    session_id: UUID
    outcome: str | None
    started: bytes
    finished_at: datetime | None = None


class Fit(Struct, frozen=True):
    """The person fit of a session that counts; one person may have several."""

    person_id: UUID
    fit: float


# The sessions that count of an assessment, in any version. A sitting that confirms an earlier result is no
# attempt of its own; it is tied to nobody here, and would be one person more.
_SESSIONS = (
    " FROM session s"
    " LEFT JOIN session_person p ON p.organization_id = s.organization_id AND p.session_id = s.id"
    " JOIN assessment a ON a.organization_id = s.organization_id AND a.id = s.assessment_id"
)
_COUNTED = (
    " WHERE s.organization_id = $1 AND a.slug = $2 AND NOT s.confirming"
    " AND (p.person_id IS NOT NULL OR s.epoch = 1)"
)
_LAST_FIRST = " ORDER BY s.finished_at DESC NULLS LAST, s.id"


async def courses(db: Db, organization_id: str, slug: str) -> tuple[Course, ...]:
    """Return every session of an assessment that counts and whose log has its beginning.

    The last that has its outcome first, those under way at the end.
    """
    rows = await db.fetch(
        "SELECT coalesce(p.person_id, s.id) AS person_id, s.id AS session_id, s.outcome, e.body AS started,"
        f" s.finished_at{_SESSIONS}"
        " JOIN session_event e ON e.organization_id = s.organization_id AND e.session_id = s.id"
        f"{_COUNTED} AND e.kind = 'started'{_LAST_FIRST}",
        organization_id,
        slug,
    )
    return tuple(Course(**row) for row in rows)


async def fits(db: Db, organization_id: str, slug: str) -> tuple[Fit, ...]:
    """Return the person fits of an assessment's sessions that count, those of the last first."""
    rows = await db.fetch(
        f"SELECT coalesce(p.person_id, s.id) AS person_id, f.fit{_SESSIONS}"
        " JOIN session_fit f ON f.organization_id = s.organization_id AND f.session_id = s.id"
        f"{_COUNTED}{_LAST_FIRST}",
        organization_id,
        slug,
    )
    return tuple(Fit(**row) for row in rows)


async def answered(db: Db, organization_id: str, slug: str) -> dict[str, int]:
    """Return how often each item of an assessment was answered."""
    rows = await db.fetch(
        "SELECT e.item_id, count(*) AS answers FROM session s"
        " JOIN assessment a ON a.organization_id = s.organization_id AND a.id = s.assessment_id"
        " JOIN session_event e ON e.organization_id = s.organization_id AND e.session_id = s.id"
        " WHERE s.organization_id = $1 AND a.slug = $2 AND e.kind = 'answered' GROUP BY e.item_id",
        organization_id,
        slug,
    )
    return {row["item_id"]: row["answers"] for row in rows}


async def bank_sessions(db: Db, organization_id: str, bank_id: str) -> int:
    """Return how many sessions the charts of a bank have read."""
    counted: int | None = await db.fetchval(
        "SELECT sessions FROM bank_chart WHERE organization_id = $1 AND bank_id = $2",
        organization_id,
        bank_id,
    )
    return counted or 0
