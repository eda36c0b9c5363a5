"""SQL for providers, what their assessments are mapped to, and receipts."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from issuer.db.pool import Db
from issuer.receipts.mapping import Mapped


class Provider(Struct, frozen=True):
    """A registered provider; `jwks` are the bytes of its key set, or that stands at `jwks_url`."""

    organization_id: str
    id: UUID
    issuer: str
    name: str
    principal_id: UUID | None
    jwks: bytes | None
    jwks_url: str | None
    created_at: datetime
    revoked_at: datetime | None = None


class ProviderAssessment(Struct, frozen=True):
    """An assessment of a provider's with what it is mapped to; `record_digest` is hexadecimal."""

    organization_id: str
    id: UUID
    provider_id: UUID
    mapped: Mapped
    record_digest: str
    created_at: datetime


class StoredReceipt(Struct, frozen=True):
    """A receipt as stored: it knows nobody. `digest` and `sealed` are none once its person was erased."""

    organization_id: str
    id: UUID
    assessment_id: UUID
    secured: str
    digest: bytes | None
    receipt_sealed: bytes | None
    received_at: datetime
    outcome: str
    level: str | None


_PROVIDER = (
    "SELECT organization_id, id, issuer, name, principal_id, jwks, jwks_url, created_at, revoked_at"
    " FROM provider"
)


async def insert_provider(db: Db, provider: Provider) -> bool:
    """Insert a provider; False if its issuer is registered, or its program bound to another provider."""
    done = await db.fetchval(
        "INSERT INTO provider (organization_id, id, issuer, name, principal_id, jwks, jwks_url, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING true",
        provider.organization_id,
        provider.id,
        provider.issuer,
        provider.name,
        provider.principal_id,
        provider.jwks,
        provider.jwks_url,
        provider.created_at,
    )
    return done is True


async def providers(db: Db, organization_id: str) -> tuple[Provider, ...]:
    """Return every provider that was ever registered, oldest first."""
    rows = await db.fetch(f"{_PROVIDER} WHERE organization_id = $1 ORDER BY created_at, id", organization_id)
    return tuple(Provider(**row) for row in rows)


async def provider_by_id(db: Db, organization_id: str, provider_id: UUID) -> Provider | None:
    """Return a provider by its id with us."""
    row = await db.fetchrow(
        f"{_PROVIDER} WHERE organization_id = $1 AND id = $2", organization_id, provider_id
    )
    return None if row is None else Provider(**row)


async def provider_by_issuer(db: Db, organization_id: str, issuer: str) -> Provider | None:
    """Return the provider with this `iss`: the registered one before those that were revoked."""
    row = await db.fetchrow(
        f"{_PROVIDER} WHERE organization_id = $1 AND issuer = $2"
        " ORDER BY revoked_at DESC NULLS FIRST LIMIT 1",
        organization_id,
        issuer,
    )
    return None if row is None else Provider(**row)


async def provider_of_principal(db: Db, organization_id: str, principal_id: UUID) -> Provider | None:
    """Return the provider that a program delivers for, the registered one before those that were revoked."""
    row = await db.fetchrow(
        f"{_PROVIDER} WHERE organization_id = $1 AND principal_id = $2"
        " ORDER BY revoked_at DESC NULLS FIRST LIMIT 1",
        organization_id,
        principal_id,
    )
    return None if row is None else Provider(**row)


async def mark_provider_revoked(db: Db, organization_id: str, provider_id: UUID, at: datetime) -> bool:
    """Revoke a provider; False if none with this id is registered."""
    done = await db.fetchval(
        "UPDATE provider SET revoked_at = $3 WHERE organization_id = $1 AND id = $2 AND revoked_at IS NULL"
        " RETURNING true",
        organization_id,
        provider_id,
        at,
    )
    return done is True


async def hold_provider(db: Db, organization_id: str, provider_id: UUID) -> bool:
    """Keep a provider from being revoked until the transaction ends; False if it was."""
    held = await db.fetchval(
        "SELECT true FROM provider WHERE organization_id = $1 AND id = $2 AND revoked_at IS NULL FOR SHARE",
        organization_id,
        provider_id,
    )
    return held is True


async def insert_assessment(db: Db, assessment: ProviderAssessment) -> None:
    """Insert an assessment of a provider's."""
    mapped = assessment.mapped
    await db.execute(
        "INSERT INTO provider_assessment (organization_id, id, provider_id, uri, version, achievement_id,"
        " achievement_revision, mapping, record_digest, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        assessment.organization_id,
        assessment.id,
        assessment.provider_id,
        mapped.uri,
        mapped.version or "",
        mapped.achievement,
        mapped.revision,
        msgspec.json.encode(mapped),
        assessment.record_digest,
        assessment.created_at,
    )


_ASSESSMENT = (
    "SELECT organization_id, id, provider_id, mapping, record_digest, created_at FROM provider_assessment"
)


async def assessments(db: Db, organization_id: str, provider_id: UUID) -> tuple[ProviderAssessment, ...]:
    """Return what is mapped of a provider, in the order of its URIs and versions."""
    rows = await db.fetch(
        f"{_ASSESSMENT} WHERE organization_id = $1 AND provider_id = $2 ORDER BY uri, version",
        organization_id,
        provider_id,
    )
    return tuple(_assessment(dict(row)) for row in rows)


async def assessment_by_id(db: Db, organization_id: str, assessment_id: UUID) -> ProviderAssessment | None:
    """Return a mapped assessment by its id with us."""
    row = await db.fetchrow(
        f"{_ASSESSMENT} WHERE organization_id = $1 AND id = $2", organization_id, assessment_id
    )
    return None if row is None else _assessment(dict(row))


async def assessment_by_uri(
    db: Db, organization_id: str, provider_id: UUID, uri: str, version: str | None
) -> ProviderAssessment | None:
    """Return what a version of an assessment is mapped to: by itself, or with every other version."""
    row = await db.fetchrow(
        f"{_ASSESSMENT} WHERE organization_id = $1 AND provider_id = $2 AND uri = $3"
        " AND version = ANY($4::text[]) ORDER BY version DESC LIMIT 1",
        organization_id,
        provider_id,
        uri,
        ["", version or ""],
    )
    return None if row is None else _assessment(dict(row))


def _assessment(row: dict[str, Any]) -> ProviderAssessment:
    return ProviderAssessment(mapped=msgspec.json.decode(row.pop("mapping"), type=Mapped), **row)


async def insert_receipt(db: Db, receipt: StoredReceipt, *, jti_mac: bytes, person_id: UUID) -> bool:
    """Insert a receipt with its person; False if its `jti` is known (waits for whoever just stores it)."""
    done = await db.fetchval(
        "INSERT INTO receipt (organization_id, id, assessment_id, jti_mac, secured, digest, receipt_sealed,"
        " received_at, outcome, level) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " ON CONFLICT (organization_id, jti_mac) DO NOTHING RETURNING true",
        receipt.organization_id,
        receipt.id,
        receipt.assessment_id,
        jti_mac,
        receipt.secured,
        receipt.digest,
        receipt.receipt_sealed,
        receipt.received_at,
        receipt.outcome,
        receipt.level,
    )
    if done is None:
        return False
    await db.execute(
        "INSERT INTO receipt_person (organization_id, receipt_id, person_id) VALUES ($1, $2, $3)",
        receipt.organization_id,
        receipt.id,
        person_id,
    )
    return True


async def receipt(db: Db, organization_id: str, receipt_id: UUID) -> StoredReceipt | None:
    """Return a receipt."""
    row = await db.fetchrow(
        "SELECT organization_id, id, assessment_id, secured, digest, receipt_sealed, received_at, outcome,"
        " level FROM receipt WHERE organization_id = $1 AND id = $2",
        organization_id,
        receipt_id,
    )
    return None if row is None else StoredReceipt(**row)


async def invited_person(db: Db, organization_id: str, identifier: UUID) -> UUID | None:
    """Return the person with this id, or the one whom the invitation with this id is for."""
    found: UUID | None = await db.fetchval(
        "SELECT id FROM person WHERE organization_id = $1 AND id = $2 AND erased_at IS NULL"
        " UNION ALL SELECT person_id FROM invitation WHERE organization_id = $1 AND id = $2 LIMIT 1",
        organization_id,
        identifier,
    )
    return found
