"""The fairness report of an assessment: gathered within one organisation, written as JSON or as a page."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import compress
from operator import and_
from uuid import UUID

import msgspec
from markupsafe import Markup
from msgspec import Struct

from issuer import audit
from issuer.assessments import store as assessments
from issuer.assessments import telemetry
from issuer.assessments.exposure import caps_of
from issuer.assessments.plots import bars, curves
from issuer.assessments.sitting import open_bank
from issuer.db.pool import Db, Pool, transaction
from issuer.fairness import findings, functioning, store
from issuer.fairness.figures import settle
from issuer.fairness.figures.store import Figures, Subject
from issuer.fairness.findings import Area, Attribute, Item, Rate
from issuer.fairness.functioning import Functioning
from issuer.fairness.groups import count
from issuer.fairness.groups import store as groups
from issuer.fairness.groups.count import Counted
from issuer.fairness.impact import FEWEST, Group, shown
from issuer.fairness.languages import Languages, languages
from issuer.fairness.persons import one_each
from issuer.organizations.store import load_organization
from keys.stores.file import FileStore
from schemas.assessment import Started
from schemas.problems import ProblemError
from verifier.web.render import render

PAGE = "issuer.fairness/fairness_report.html"
UNUSUAL = -1.645
"""lz* below this has one session in twenty where the model holds."""
COURSE, LANGUAGES = "(course)", "(languages)"
"""What is counted besides attributes, whose names have no such signs."""
NOBODY = Group(0, 0)
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


async def report(
    db: Pool, keystore: FileStore, organization_id: str, slug: str, *, by: UUID | None = None, at: datetime
) -> Report:
    """Gather the report of an assessment, all its versions together; raises problem `assessment.unknown`.

    Items are those of the newest version's bank. That it was asked for has its line in the audit log: `by`
    which principal, None for the command of whoever runs the service.
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
    courses = await store.courses(db, organization_id, slug)
    told = {one: await _settled(db, keystore, organization_id, slug, one, at=at) for one in asked}
    fits = await store.fits(db, organization_id, slug)
    rates = await _rates(db, organization_id, slug, courses, fits, at=at)
    async with transaction(db) as audited:
        await audit.append(audited, organization_id, "fairness.read", slug, principal_id=by, at=at)
    return Report(
        organization=(await load_organization(db, organization_id)).name,
        assessment=slug,
        title=bank.title,
        bank=bank.id,
        bank_version=bank.version,
        tier=bank.tier,
        at=at.date().isoformat(),
        fared=fared(rates),
        areas=findings.areas(bank, await store.answered(db, organization_id, slug)),
        sessions=sessions,
        items=findings.items(charts, sessions, caps_of(bank, assessment.conditions), suspended),
        attributes=tuple(
            findings.attribute(one, Counted(settle.groups(found), found.hidden))
            for one, found in told.items()
        ),
        functioning=tuple(Between(one.attribute, found.pairs) for one, found in told.items()),
        languages=await languages(db, Subject(organization_id, slug, LANGUAGES), bank, courses, at=at),
        recorded=tuple(Recorded(one.signal, one.purpose) for one in on),
        unusual=(
            findings.rate(rates.get("unusual", NOBODY), "have an unusual pattern of answers")
            if any(one.signal == "fit" for one in on)
            else None
        ),
        limits=findings.LIMITS,
    )


async def _settled(
    db: Db,
    keystore: FileStore,
    organization_id: str,
    slug: str,
    question: groups.Question,
    *,
    at: datetime,
) -> Figures:
    """What may be told of an attribute's groups."""

    async def counted() -> Mapping[str, Group]:
        return await count.outcomes(db, keystore, organization_id, slug, question)

    async def compared(upto: Mapping[str, datetime]) -> tuple[Functioning, ...]:
        members = await count.members(db, keystore, organization_id, slug, question, upto)
        return await functioning.between(db, organization_id, members, upto)

    # An attribute that is deleted and asked for again begins anew.
    subject = Subject(organization_id, slug, f"{question.attribute}@{question.since.isoformat()}")
    return await settle.settled(db, subject, counted, compared, shown, at=at)


async def _rates(
    db: Db,
    organization_id: str,
    slug: str,
    courses: Sequence[store.Course],
    fits: Sequence[store.Fit],
    *,
    at: datetime,
) -> Mapping[str, Group]:
    """How often what happened to people, as far as it may be told."""

    async def counted() -> Mapping[str, Group]:
        return enough({**course(courses), "unusual": unusual(fits)})[0]

    subject = Subject(organization_id, slug, COURSE)
    return settle.groups(await settle.settled(db, subject, counted, None, enough, at=at))


def enough(groups: Mapping[str, Group]) -> tuple[dict[str, Group], int]:
    """The groups of FEWEST people and more; they overlap, so that none follows from the others."""
    return {name: group for name, group in groups.items() if group.people >= FEWEST}, 0


def course(courses: Sequence[store.Course]) -> dict[str, Group]:
    """Of how many people how many came to an end, with which outcome, and with how much time."""
    courses = one_each(courses)
    awarded = [one.outcome == "award" for one in courses]
    longer = [msgspec.json.decode(one.started, type=Started).time_multiplier > 1 for one in courses]
    ended = [one.outcome is not None for one in courses]
    happened = {
        "finished": ended,
        "awarded": list(compress(awarded, ended)),
        "longer": longer,
        "awarded_with_longer": list(compress(awarded, map(and_, ended, longer))),
    }
    return {name: Group(len(one), sum(one)) for name, one in happened.items()}


def unusual(fits: Sequence[store.Fit]) -> Group:
    """Of how many people there is a person fit, and of how many of them it is unusual."""
    counted = one_each(fits)
    return Group(len(counted), sum(one.fit < UNUSUAL for one in counted))


def fared(rates: Mapping[str, Group]) -> Fared:
    """How people fared, in words."""

    def rate(name: str, what: str) -> Rate:
        return findings.rate(rates.get(name, NOBODY), what)

    return Fared(
        began=10 * (rates.get("finished", NOBODY).people // 10),
        finished=rate("finished", "came to an outcome"),
        awarded=rate("awarded", "got an award"),
        longer=rate("longer", "had more time"),
        awarded_with_longer=rate("awarded_with_longer", "who had more time got an award"),
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
