"""How an award came about, whatever it rests on: read for step 2 of the issuance cycle."""

import msgspec

from issuer.assessments.documents import record_path
from issuer.assessments.record import panel_of
from issuer.issuance import store
from issuer.issuance.decide import Award
from issuer.issuance.desk import Desk
from issuer.issuance.draft import Assessed, Outside
from issuer.people.sealing import person_key
from issuer.receipts import store as receipts
from issuer.receipts.accept import Kept, context
from issuer.receipts.words import circumstances
from schemas.assessment import TIERS
from schemas.problems import ProblemError
from schemas.receipt import UNSTATED


async def measured(desk: Desk, award: Award) -> Assessed:
    """Return how the session, or the outside provider's assessment, was conducted."""
    return await (_outside(desk, award) if award.source_kind == "receipt" else _own(desk, award))


async def _own(desk: Desk, award: Award) -> Assessed:
    found = await store.assessment(desk.pool, award.organization_id, award.source_id)
    raised = await store.is_raised(desk.pool, award.organization_id, award.id)
    path = record_path(award.organization_id, found.record_digest)
    record = (await store.published(desk.pool, award.organization_id, [path])).get(path)
    return Assessed(
        title=found.title,
        assurance="confirmed" if raised else found.assurance,
        permitted_aids=found.permitted_aids,
        calibration="uncalibrated" if found.model is None else TIERS[found.model],
        record_digest=found.record_digest,
        synthetic=found.source == "simulated",
        panel=None if record is None else panel_of(record[0]),
    )


async def _outside(desk: Desk, award: Award) -> Assessed:
    """What the provider stated, opened with the person's key; raises `person.erased` once that is gone."""
    organization_id = award.organization_id
    stored = await receipts.receipt(desk.pool, organization_id, award.source_id)
    if stored is None or stored.receipt_sealed is None or stored.digest is None:
        raise ProblemError("person.erased")
    key = await person_key(desk.pool, desk.keystore, organization_id, award.person_id)
    kept = msgspec.json.decode(key.open(stored.receipt_sealed, context(stored.id)), type=Kept)
    assessment = await receipts.assessment_by_id(desk.pool, organization_id, stored.assessment_id)
    if assessment is None:
        raise LookupError(f"no assessment {stored.assessment_id}")  # a foreign key forbids it
    provider = await receipts.provider_by_id(desk.pool, organization_id, assessment.provider_id)
    if provider is None:
        raise LookupError(f"no provider {assessment.provider_id}")  # likewise
    return Assessed(
        title=assessment.mapped.title,
        assurance=kept.receipt.sure,
        permitted_aids=kept.receipt.permitted_aids or "Permitted aids are not stated.",
        calibration=UNSTATED,
        record_digest=assessment.record_digest,
        outside=Outside(
            circumstances(
                provider, kept, secured=stored.secured, digest=stored.digest, at=stored.received_at
            ),
            probable=kept.judged.probable,
        ),
    )
