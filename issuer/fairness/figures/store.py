"""SQL for what reports told of groups of people."""

from datetime import datetime

import msgspec
from msgspec import Struct

from issuer.db.pool import Db
from issuer.fairness.functioning import Functioning


class Held(Struct, frozen=True):
    """A group's people and awards as they were counted at `upto`."""

    people: int
    awarded: int
    upto: datetime


class Figures(Struct, frozen=True):
    """Counts of groups, the names of those that are told, how many people are in others, and items compared.

    `held` has every group that ever had enough people.
    """

    held: dict[str, Held] = {}
    told: tuple[str, ...] = ()
    hidden: int = 0
    pairs: tuple[Functioning, ...] = ()


class Subject(Struct, frozen=True):
    """What is counted: of which organisation, of which assessment by its short name, by which property."""

    organization_id: str
    slug: str
    name: str


async def figures(db: Db, subject: Subject) -> tuple[datetime, Figures] | None:
    """Return what was told last, and when it was counted."""
    row = await db.fetchrow(
        "SELECT looked_at, figures FROM report_figures"
        " WHERE organization_id = $1 AND slug = $2 AND subject = $3",
        subject.organization_id,
        subject.slug,
        subject.name,
    )
    return None if row is None else (row["looked_at"], msgspec.json.decode(row["figures"], type=Figures))


async def keep(db: Db, subject: Subject, told: Figures, *, before: datetime | None, at: datetime) -> bool:
    """Write what is told from now on; False where somebody counted since `before`: theirs stands."""
    done = await db.fetchval(
        "INSERT INTO report_figures (organization_id, slug, subject, looked_at, figures)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (organization_id, slug, subject)"
        " DO UPDATE SET looked_at = $4, figures = $5 WHERE report_figures.looked_at = $6 RETURNING true",
        subject.organization_id,
        subject.slug,
        subject.name,
        at,
        msgspec.json.encode(told).decode(),
        before,
    )
    return bool(done)
