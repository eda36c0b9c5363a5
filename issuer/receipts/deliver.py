"""What is delivered, in each of its formats, to receipts of a provider that we know."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

from issuer.db.pool import Pool, unavailable
from issuer.receipts import store
from issuer.receipts.ags import from_ags
from issuer.receipts.lines import from_csv
from issuer.receipts.pieces import Piece
from issuer.receipts.qti import from_qti
from issuer.receipts.read import Delivery, audiences, named, not_ahead, said
from issuer.receipts.store import Provider, ProviderAssessment
from issuer.receipts.xapi import from_xapi
from issuer.settings import Settings
from schemas.problems import ProblemError
from schemas.receipt import Secured

# Gives a stored receipt its credential; returns its id, or None where that has to wait for the job.
Settle = Callable[[str, UUID], Awaitable[UUID | None]]


async def bound(pool: Pool, organization_id: str, principal_id: UUID) -> Provider:
    """Return the provider that a program delivers for; raises `receipt.unbound`, `receipt.revoked`."""
    with unavailable():
        provider = await store.provider_of_principal(pool, organization_id, principal_id)
    if provider is None:
        raise ProblemError("receipt.unbound")
    if provider.revoked_at is not None:
        raise ProblemError("receipt.revoked")
    return provider


async def deliver_ags(
    pool: Pool, settings: Settings, provider: Provider, assessment_id: UUID, body: bytes, *, at: datetime
) -> tuple[Delivery, ...]:
    """Return the delivery that an AGS score to the line item of a mapped assessment is.

    Raises `receipt.assessment`, those of `schemas.receipt.receipt`, `receipt.unfinished`, `receipt.subject`.
    """
    assessment = await _lineitem(pool, provider, assessment_id)
    audience = audiences(settings, provider.organization_id)[0]
    found = said(lambda: from_ags(body, provider, assessment, audience, at.timestamp()))
    return deliveries(provider, (Piece(found, body),), "token", at)


async def deliver_qti(
    pool: Pool, settings: Settings, provider: Provider, assessment_id: UUID, body: bytes, *, at: datetime
) -> tuple[Delivery, ...]:
    """Return the delivery that a QTI result of a mapped assessment is; raises what `deliver_ags` does."""
    assessment = await _lineitem(pool, provider, assessment_id)
    audience = audiences(settings, provider.organization_id)[0]
    found = said(lambda: from_qti(body, provider, assessment, audience, at.timestamp()))
    return deliveries(provider, (found,), "token", at)


async def _lineitem(pool: Pool, provider: Provider, assessment_id: UUID) -> ProviderAssessment:
    """Return the mapped assessment that is a line item; raises `receipt.assessment`."""
    with unavailable():
        assessment = await store.assessment_by_id(pool, provider.organization_id, assessment_id)
    if assessment is None or assessment.provider_id != provider.id:
        raise ProblemError("receipt.assessment")
    return assessment


def deliver_xapi(
    settings: Settings, provider: Provider, body: bytes, *, at: datetime
) -> tuple[Delivery, ...]:
    """Return the deliveries that xAPI statements are; raises what `deliver_ags` does."""
    audience = audiences(settings, provider.organization_id)[0]
    found = said(lambda: from_xapi(body, provider, audience, settings.base_url, at.timestamp()))
    return deliveries(provider, found, "token", at)


def deliver_csv(
    settings: Settings, provider: Provider, body: bytes, *, secured: Secured = "token", at: datetime
) -> tuple[Delivery, ...]:
    """Return the deliveries that the lines of a file are; raises those of `schemas.receipt.receipt`."""
    audience = audiences(settings, provider.organization_id)[0]
    found = said(lambda: from_csv(body, provider, audience, at.timestamp()))
    return deliveries(provider, found, secured, at)


def deliveries(
    provider: Provider, found: Sequence[Piece], secured: Secured, at: datetime
) -> tuple[Delivery, ...]:
    """Return what was read as deliveries of a provider that did not sign it."""
    for one in found:
        with named(one.place):
            not_ahead(one.receipt, at)
    return tuple(Delivery(provider, one.receipt, secured, one.original, one.place) for one in found)
