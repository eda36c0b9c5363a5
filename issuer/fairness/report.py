"""The fairness report of an assessment: gathered within one organisation, written as JSON or as a page."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from itertools import compress
from operator import and_

import msgspec
from markupsafe import Markup
from msgspec import Struct

from issuer.assessments import store as assessments
from issuer.assessments import telemetry
from issuer.assessments.exposure import caps_of
from issuer.assessments.plots import bars, curves
from issuer.assessments.sitting import open_bank
from issuer.db.pool import Db
from issuer.fairness import findings, functioning, store
from issuer.fairness.findings import Area, Attribute, Item, Rate
from issuer.fairness.functioning import Functioning
from issuer.fairness.groups import count
from issuer.fairness.groups import store as groups
from issuer.fairness.impact import Group
from issuer.fairness.languages import Languages, languages
from issuer.organizations.store import load_organization
from keys.stores.file import FileStore
from schemas.assessment import Started
from schemas.problems import ProblemError
from verifier.web.render import render

PAGE = "issuer.fairness/fairness_report.html"
UNUSUAL = -1.645
"""lz* below this has one session in twenty where the model holds."""
DRAWN = 6
STEPS = 10


class Recorded(Struct, frozen=True):
    """A telemetry signal that is on, and what for."""

    signal: str
    purpose: str


class Between(Struct, frozen=True):
    """Items compared between the groups of an attribute."""

    attribute: str
    pairs: tuple[Functioning, ...]


class Fared(Struct, frozen=True, rename="camel"):
    """How many began, in tens; how often they came to an outcome and got an award, also with more time."""

    began: int
    finished: Rate
    awarded: Rate
    longer: Rate
    awarded_with_longer: Rate


class Report(Struct, frozen=True, rename="camel"):
    """Everything that the report says, in the order of its sections."""

    organization: str
    assessment: str
    title: str
    bank: str
    bank_version: str
    tier: str
    at: str
    fared: Fared
    areas: tuple[Area, ...]
    sessions: int
    items: tuple[Item, ...]
    attributes: tuple[Attribute, ...]
    functioning: tuple[Between, ...]
    languages: Languages | None
    recorded: tuple[Recorded, ...]
    unusual: Rate | None
    limits: tuple[str, ...]


async def report(db: Db, keystore: FileStore, organization_id: str, slug: str, *, at: datetime) -> Report:
    """Gather the report of an assessment, all its versions together; raises problem `assessment.unknown`.

    Items are those of the newest version's bank.
    """
    assessment = await assessments.assessment_by_slug(db, organization_id, slug)
    if assessment is None:
        raise ProblemError("assessment.unknown")
    bank = await open_bank(db, organization_id, assessment.bank_digest)
    sessions = await store.bank_sessions(db, organization_id, bank.id)
    charts = {one.item_id: one.chart for one in await store.charts(db, organization_id, bank.id)}
    suspended = await store.suspended_items(db, organization_id, bank.id)
    asked = await groups.questions(db, organization_id)
    on = await telemetry.switched(db, organization_id)
    fits, unusual = await store.unusual(db, organization_id, slug, UNUSUAL)
    courses = await store.courses(db, organization_id, slug)
    return Report(
        organization=(await load_organization(db, organization_id)).name,
        assessment=slug,
        title=bank.title,
        bank=bank.id,
        bank_version=bank.version,
        tier=bank.tier,
        at=at.date().isoformat(),
        fared=fared(courses),
        areas=findings.areas(bank, await store.answered(db, organization_id, slug)),
        sessions=sessions,
        items=findings.items(charts, sessions, caps_of(bank, assessment.conditions), suspended),
        attributes=tuple(
            [
                findings.attribute(one, await count.outcomes(db, keystore, organization_id, slug, one))
                for one in asked
            ]
        ),
        functioning=await _functioning(db, keystore, organization_id, slug, asked),
        languages=await languages(db, organization_id, bank, courses),
        recorded=tuple(Recorded(one.signal, one.purpose) for one in on),
        unusual=(
            findings.rate(Group(fits, unusual), "have an unusual pattern of answers")
            if any(one.signal == "fit" for one in on)
            else None
        ),
        limits=findings.LIMITS,
    )


async def _functioning(
    db: Db, keystore: FileStore, organization_id: str, slug: str, asked: Sequence[groups.Question]
) -> tuple[Between, ...]:
    found = []
    for one in asked:
        shown = (await count.outcomes(db, keystore, organization_id, slug, one)).groups
        members = await count.members(db, keystore, organization_id, slug, one)
        kept = {session: group for session, group in members.items() if group in shown}
        held = await functioning.answers(db, organization_id, kept)
        # Seconds of figures: in a thread, so that the service goes on answering.
        pairs = await asyncio.to_thread(functioning.functioning, held, kept, shown)
        found.append(Between(one.attribute, pairs))
    return tuple(found)


def fared(courses: Sequence[store.Course]) -> Fared:
    """How people fared, from the sessions of an assessment."""
    rate, awarded = findings.counted_rate, [one.outcome == "award" for one in courses]
    longer = [msgspec.json.decode(one.started, type=Started).time_multiplier > 1 for one in courses]
    ended = [one.outcome is not None for one in courses]
    return Fared(
        began=10 * (len(courses) // 10),
        finished=rate(ended, "came to an outcome"),
        awarded=rate(list(compress(awarded, ended)), "got an award"),
        longer=rate(longer, "had more time"),
        awarded_with_longer=rate(
            list(compress(awarded, map(and_, ended, longer))), "who had more time got an award"
        ),
    )


def page(found: Report) -> bytes:
    """The report as one page by itself: no script, no address, drawings with their figures beside them."""
    return render(PAGE, report=found, exposure=exposure(found.items), charts=charts(found.items))


def exposure(items: tuple[Item, ...]) -> Markup | None:
    """How many items were shown to which share of the sessions; None where there is none."""
    if not items:
        return None
    counts = [
        (
            step / STEPS,
            (step + 1) / STEPS,
            sum(min(int(one.exposure * STEPS), STEPS - 1) == step for one in items),
        )
        for step in range(STEPS)
    ]
    return bars(counts, "Items by the share of sessions that were shown them, from 0 to 1")


def charts(items: tuple[Item, ...]) -> tuple[tuple[str, Markup], ...]:
    """The leak charts that are nearest to an alarm, each beside its limit."""
    drawn = []
    for one in items[:DRAWN]:
        line = [(float(n), y) for n, y in enumerate((*one.course, one.leak))]
        if len(line) > 1:
            limit = [(0.0, one.limit), (line[-1][0], one.limit)]
            drawn.append((one.id, curves([line, limit], (), f"Leak chart of {one.id}; dashed: its limit")))
    return tuple(drawn)
