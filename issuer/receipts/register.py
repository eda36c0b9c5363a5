"""Registering a provider with what its assessments lead to, and revoking it."""

from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import msgspec

from issuer import audit
from issuer.assessments.documents import record_path
from issuer.assessments.record import MEDIA_TYPE, record_digest
from issuer.db.pool import Connection, Pool, transaction
from issuer.organizations.create import machine
from issuer.publications.store import publish
from issuer.receipts import store
from issuer.receipts.keysets import read_keys
from issuer.receipts.mapping import Mapped, ProviderRequest, check_mapped, check_provider
from issuer.receipts.record import outside_record
from issuer.receipts.store import Provider, ProviderAssessment
from issuer.skills.store import load_achievement
from schemas.problems import ProblemError

URL_AT_MOST = 500


async def register(
    pool: Pool, organization_id: str, asked: ProviderRequest, *, principal_id: UUID | None, at: datetime
) -> tuple[Provider, tuple[ProviderAssessment, ...]]:
    """Register a provider with its mappings, and publish their records; all or nothing.

    Raises problems `provider.invalid`, `provider.exists`, `achievement.unknown`.
    """
    check_provider(asked)
    jwks = _keys(asked)
    async with transaction(pool) as db:
        program = None if asked.program is None else await machine(db, organization_id, asked.program, at=at)
        provider = Provider(
            organization_id, uuid4(), asked.issuer, asked.name, program, jwks, asked.jwks_url, at
        )
        if not await store.insert_provider(db, provider):
            raise ProblemError("provider.exists")
        made = [await _map(db, provider, mapped, at=at) for mapped in asked.assessments]
        await audit.append(
            db,
            organization_id,
            "provider.registered",
            str(provider.id),
            principal_id=principal_id,
            at=at,
        )
        for assessment, record in made:
            path = record_path(organization_id, assessment.record_digest)
            await publish(db, organization_id, path, MEDIA_TYPE, record, at=at)
    return provider, tuple(assessment for assessment, _ in made)


async def revoke(
    pool: Pool, organization_id: str, provider_id: UUID, *, principal_id: UUID | None, at: datetime
) -> Provider:
    """Revoke a provider: from now on nothing of it is accepted. What it led to before stays.

    Repeating it changes nothing. Raises problem `provider.unknown`.
    """
    async with transaction(pool) as db:
        if await store.mark_provider_revoked(db, organization_id, provider_id, at):
            await audit.append(
                db, organization_id, "provider.revoked", str(provider_id), principal_id=principal_id, at=at
            )
        provider = await store.provider_by_id(db, organization_id, provider_id)
    if provider is None:
        raise ProblemError("provider.unknown")
    return provider


async def _map(
    db: Connection, provider: Provider, mapped: Mapped, *, at: datetime
) -> tuple[ProviderAssessment, bytes]:
    achievement = await load_achievement(db, provider.organization_id, mapped.achievement, mapped.revision)
    check_mapped(mapped, achievement)
    record = outside_record(provider.issuer, provider.name, mapped, achievement)
    assessment = ProviderAssessment(
        provider.organization_id, uuid4(), provider.id, mapped, record_digest(record), at
    )
    await store.insert_assessment(db, assessment)
    return assessment, record


def _keys(asked: ProviderRequest) -> bytes | None:
    """The key set to be stored, with at least one key that we can use."""
    if asked.jwks_url is not None and not _https(asked.jwks_url):
        raise ProblemError("provider.invalid", "jwksUrl must be an https address.")
    if asked.jwks is None:
        return None
    body = msgspec.json.encode(asked.jwks)
    try:
        read_keys(body)
    except ValueError as error:
        raise ProblemError("provider.invalid", f"In jwks: {error}") from None
    return body


def _https(address: str) -> bool:
    """Whether this is an address to ask; the guarded network judges it again each time it is asked."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    fits = len(address) <= URL_AT_MOST and address.isascii() and address.isprintable()
    return fits and parts.scheme == "https" and bool(parts.hostname) and parts.username is None
