"""Create an assessment: a bank by its digest, an achievement's levels, and the published record of both."""

from datetime import datetime
from uuid import UUID, uuid4

from msgspec.structs import replace

from issuer import audit
from issuer.assessments import store
from issuer.assessments.bank import BankRefused, digest, read_bank
from issuer.assessments.begin import cuts
from issuer.assessments.documents import documents, publish_documents
from issuer.assessments.lint import lint_conditions, lint_tier
from issuer.assessments.rating.agree import known_agreement
from issuer.assessments.record import Level, Plan, Simulation, record_digest
from issuer.assessments.simulate import shipped_simulation
from issuer.assessments.stated import Basis, synthetic
from issuer.db.pool import Connection
from issuer.organizations.store import Organization, load_organization
from issuer.simulation.figures import Figures
from issuer.skills.store import Achievement
from issuer.skills.store import Level as StoredLevel
from schemas.assessment import Bank, Conditions
from schemas.items import Task
from schemas.problems import ProblemError
from schemas.standard import Standard


async def create_assessment(
    db: Connection,
    achievement: Achievement,
    bank_document: bytes,
    slug: str,
    conditions: Conditions,
    *,
    principal_id: UUID | None,
    at: datetime,
    simulation: Simulation | None = None,
    standard: Standard | None = None,
    figures: Figures | None = None,
) -> store.Assessment:
    """Create an assessment of an achievement in the caller's transaction, and publish its record and report.

    Under a slug that is taken it is the next version: sessions that began go on with theirs, new ones begin
    with this. Without a `simulation` the record states the error rates that are shipped for this very rule
    and number of items, if any. `standard` is the panel's that set the cuts, `figures` are this version's
    simulated worlds. How raters agreed so far on the tasks is stated as it is now. Raises problem
    `bank.invalid`, `bank.unfit`, naming the first thing that is wrong or lacking, or `bank.synthetic`: for
    demonstrations only.
    """
    organization = await load_organization(db, achievement.organization_id)
    bank = fit_bank(bank_document, conditions)
    _refuse(bank, achievement, organization)
    conditions = bounded(bank, conditions)
    bank_digest = digest(bank_document)
    plan = plan_of(achievement.levels, achievement.threshold, conditions)
    rates = simulation or shipped_simulation(plan, choices(bank))
    placed, agreed = cuts(bank, achievement.levels), await known_agreement(db, organization.id, slug, bank)
    basis = Basis(conditions=conditions, cuts=placed, standard=standard, figures=figures, agreement=agreed)
    made = documents(organization.name, bank, bank_digest, plan, basis, simulation=rates)
    assessment = store.Assessment(
        organization_id=organization.id,
        id=uuid4(),
        slug=slug,
        version=await store.next_version(db, organization.id, slug),
        achievement_id=achievement.id,
        achievement_revision=achievement.revision,
        bank_digest=bank_digest,
        record_digest=record_digest(made.record),
        conditions=conditions,
    )
    await store.insert_bank(db, organization.id, bank_digest, bank_document, at=at)
    await store.insert_assessment(db, assessment, at=at)
    named = str(assessment.id)
    await audit.append(db, organization.id, "assessment.created", named, principal_id=principal_id, at=at)
    await publish_documents(db, organization.id, made, at=at)
    return assessment


def fit_bank(document: bytes, conditions: Conditions) -> Bank:
    """The bank in these bytes, fit for the conditions; raises problem `bank.invalid` or `bank.unfit`."""
    try:
        bank = read_bank(document)
    except BankRefused as refused:
        raise ProblemError("bank.invalid", refused.detail) from refused
    for finding in (*lint_tier(bank), *lint_conditions(bank, conditions)):
        raise ProblemError("bank.unfit", finding)
    return bank


def _refuse(bank: Bank, achievement: Achievement, organization: Organization) -> None:
    if synthetic(bank) and not organization.demo:
        raise ProblemError("bank.synthetic")
    try:
        cuts(bank, achievement.levels)
    except ValueError as error:
        raise ProblemError("bank.unfit", f"A level's cut cannot be placed: {error}.") from error


def choices(bank: Bank) -> int:
    """How many items can be asked and scored by themselves: nobody is asked more than that."""
    return sum(item.state == "live" and not isinstance(item, Task) for item in bank.items)


def bounded(bank: Bank, conditions: Conditions) -> Conditions:
    """The conditions as the bank can keep them: no session asks more than there is."""
    return replace(conditions, items_at_most=min(conditions.items_at_most, choices(bank)))


def plan_of(levels: tuple[StoredLevel, ...], threshold: float, conditions: Conditions) -> Plan:
    """The plan that record and simulation take."""
    return Plan(
        levels=tuple(Level(one.code, one.name, one.description, one.cut) for one in levels),
        threshold=threshold,
        items_per_step=conditions.items_per_step,
        items_at_most=conditions.items_at_most,
        assurance=conditions.assurance,
        permitted_aids=conditions.permitted_aids,
    )
