"""Create an assessment: a bank by its digest, an achievement's levels, and the published record of both."""

from datetime import datetime
from uuid import UUID, uuid4

from msgspec import Struct

from issuer import audit
from issuer.assessments import store
from issuer.assessments.bank import BankRefused, digest, read_bank
from issuer.assessments.record import (
    MEDIA_TYPE,
    Level,
    Plan,
    Simulation,
    assessment_record,
    record_digest,
)
from issuer.assessments.simulate import shipped_simulation
from issuer.db.pool import Connection
from issuer.publications.store import publish
from issuer.skills.store import Achievement
from schemas.assessment import Assurance
from schemas.problems import ProblemError


class Terms(Struct, frozen=True):
    """What an organisation chooses around a bank: length and conditions; levels and rule are elsewhere."""

    slug: str
    items_per_step: int
    items_at_most: int
    assurance: Assurance
    permitted_aids: str


def record_path(organization_id: str, record: str) -> str:
    """Return where an assessment record is published, by the SHA-256 of its bytes in hexadecimal."""
    return f"/o/{organization_id}/records/{record}"


async def create_assessment(
    db: Connection,
    achievement: Achievement,
    bank_document: bytes,
    terms: Terms,
    *,
    principal_id: UUID | None,
    at: datetime,
    simulation: Simulation | None = None,
) -> store.Assessment:
    """Create an assessment of an achievement in the caller's transaction, and publish its record.

    Without a `simulation` the record states the error rates that are shipped for this very rule and number of
    items, and "unstated" if there are none. Raises problem `bank.invalid`, naming the first thing that is
    wrong with the bank.
    """
    try:
        bank = read_bank(bank_document)
    except BankRefused as refused:
        raise ProblemError("bank.invalid", refused.detail) from refused
    bank_digest = digest(bank_document)
    plan = _plan(achievement, terms, len(bank.items))
    rates = simulation or shipped_simulation(plan, len(bank.items))
    record = assessment_record(bank, bank_digest, plan, rates)
    organization_id = achievement.organization_id
    assessment = store.Assessment(
        organization_id=organization_id,
        id=uuid4(),
        slug=terms.slug,
        achievement_id=achievement.id,
        achievement_revision=achievement.revision,
        bank_digest=bank_digest,
        record_digest=record_digest(record),
        items_per_step=plan.items_per_step,
        items_at_most=plan.items_at_most,
        assurance=plan.assurance,
        permitted_aids=plan.permitted_aids,
    )
    await store.insert_bank(db, organization_id, bank_digest, bank_document, at=at)
    await store.insert_assessment(db, assessment, at=at)
    await audit.append(
        db, organization_id, "assessment.created", str(assessment.id), principal_id=principal_id, at=at
    )
    path = record_path(organization_id, assessment.record_digest)
    await publish(db, organization_id, path, MEDIA_TYPE, record, at=at)
    return assessment


def _plan(achievement: Achievement, terms: Terms, items: int) -> Plan:
    """The terms as far as the bank reaches: nobody is asked more than it holds."""
    at_most = min(terms.items_at_most, items)
    return Plan(
        levels=tuple(Level(one.code, one.name, one.description, one.cut) for one in achievement.levels),
        threshold=achievement.threshold,
        items_per_step=min(terms.items_per_step, at_most),
        items_at_most=at_most,
        assurance=terms.assurance,
        permitted_aids=terms.permitted_aids,
    )
