"""SQL for organisations, their principals, API tokens and keys."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from issuer.db.pool import Db
from schemas.problems import ProblemError

KeyState = Literal["active", "retired", "compromised"]


class Organization(Struct, frozen=True):
    """An issuer: `id` is in its DID, its URLs and its tokens, chosen once and never used again."""

    id: str
    name: str
    url: str | None
    demo: bool
    created_at: datetime


class StoredPrincipal(Struct, frozen=True):
    """Who acts: a machine's name or a role's label, never a person's name."""

    organization_id: str
    id: UUID
    kind: Literal["person", "machine"]
    label: str
    roles: tuple[str, ...]
    created_at: datetime


class Token(Struct, frozen=True):
    """An API token without its secret, which nobody keeps."""

    organization_id: str
    id: UUID
    principal_id: UUID
    label: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class StoredKey(Struct, frozen=True):
    """A key of the organisation: `jwk` are the bytes of the public JWK as published."""

    organization_id: str
    kid: str
    algorithm: str
    jwk: bytes
    state: KeyState
    activated_at: datetime
    retired_at: datetime | None = None
    compromised_at: datetime | None = None


async def insert_organization(db: Db, organization: Organization) -> bool:
    """Insert an organisation; False if its id is taken (waits for whoever is just taking it)."""
    done = await db.fetchval(
        "INSERT INTO organization (id, name, url, demo, created_at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (id) DO NOTHING RETURNING true",
        organization.id,
        organization.name,
        organization.url,
        organization.demo,
        organization.created_at,
    )
    return bool(done)


async def load_organization(db: Db, organization_id: str) -> Organization:
    """Return an organisation; raises problem `organization.unknown`."""
    row = await db.fetchrow(
        "SELECT id, name, url, demo, created_at FROM organization WHERE id = $1", organization_id
    )
    if row is None:
        raise ProblemError("organization.unknown")
    return Organization(**row)


async def organization_ids(db: Db) -> tuple[str, ...]:
    """Return the ids of all organisations, in alphabetical order."""
    rows = await db.fetch('SELECT id FROM organization ORDER BY id COLLATE "C"')
    return tuple(row["id"] for row in rows)


async def lock_organization(db: Db, organization_id: str) -> None:
    """Let one transaction at a time change the organisation's keys; raises problem `organization.unknown`."""
    locked = await db.fetchval(
        "SELECT true FROM organization WHERE id = $1 FOR NO KEY UPDATE", organization_id
    )
    if not locked:
        raise ProblemError("organization.unknown")


async def insert_principal(db: Db, principal: StoredPrincipal) -> None:
    """Insert a principal."""
    await db.execute(
        "INSERT INTO principal (organization_id, id, kind, label, roles, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        principal.organization_id,
        principal.id,
        principal.kind,
        principal.label,
        list(principal.roles),
        principal.created_at,
    )


async def machine_by_label(db: Db, organization_id: str, label: str) -> UUID | None:
    """Return the oldest machine principal with this label."""
    found: UUID | None = await db.fetchval(
        "SELECT id FROM principal WHERE organization_id = $1 AND kind = 'machine' AND label = $2"
        " ORDER BY created_at, id LIMIT 1",
        organization_id,
        label,
    )
    return found


async def person_by_role(db: Db, organization_id: str, role: str) -> UUID | None:
    """Return the oldest principal of a person in this role, of those that were not forgotten."""
    found: UUID | None = await db.fetchval(
        "SELECT id FROM principal WHERE organization_id = $1 AND kind = 'person' AND label = $2"
        " AND forgotten_at IS NULL ORDER BY created_at, id LIMIT 1",
        organization_id,
        role,
    )
    return found


async def insert_token(db: Db, token: Token, token_hash: bytes) -> None:
    """Insert an API token by the SHA-256 of its text."""
    await db.execute(
        "INSERT INTO api_token (organization_id, id, principal_id, token_hash, scopes, created_at,"
        " expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        token.organization_id,
        token.id,
        token.principal_id,
        token_hash,
        list(token.scopes),
        token.created_at,
        token.expires_at,
    )


async def mark_token_revoked(db: Db, organization_id: str, token_id: UUID, at: datetime) -> bool:
    """Revoke a token; False if there is none with this id that still stands."""
    done = await db.fetchval(
        "UPDATE api_token SET revoked_at = $3 WHERE organization_id = $1 AND id = $2 AND revoked_at IS NULL"
        " RETURNING true",
        organization_id,
        token_id,
        at,
    )
    return bool(done)


async def tokens(db: Db, organization_id: str) -> tuple[Token, ...]:
    """Return the organisation's tokens, oldest first."""
    rows = await db.fetch(
        "SELECT token.organization_id, token.id, token.principal_id, principal.label, token.scopes,"
        " token.created_at, token.expires_at, token.revoked_at"
        " FROM api_token AS token JOIN principal"
        " ON principal.organization_id = token.organization_id AND principal.id = token.principal_id"
        " WHERE token.organization_id = $1 ORDER BY token.created_at, token.id",
        organization_id,
    )
    return tuple(Token(**{**row, "scopes": tuple(row["scopes"])}) for row in rows)


async def insert_key(db: Db, key: StoredKey) -> None:
    """Insert a key; the database allows one active key for an algorithm."""
    await db.execute(
        "INSERT INTO issuer_key (organization_id, kid, algorithm, jwk, state, activated_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        key.organization_id,
        key.kid,
        key.algorithm,
        key.jwk,
        key.state,
        key.activated_at,
    )


async def retire_active_key(db: Db, organization_id: str, algorithm: str, at: datetime) -> str | None:
    """Retire the active key of an algorithm and return its id."""
    kid: str | None = await db.fetchval(
        "UPDATE issuer_key SET state = 'retired', retired_at = $3"
        " WHERE organization_id = $1 AND algorithm = $2 AND state = 'active' RETURNING kid",
        organization_id,
        algorithm,
        at,
    )
    return kid


async def mark_key_compromised(db: Db, organization_id: str, kid: str, at: datetime) -> None:
    """Note that a key must not be trusted any more; that is final."""
    await db.execute(
        "UPDATE issuer_key SET state = 'compromised', compromised_at = $3"
        " WHERE organization_id = $1 AND kid = $2 AND state <> 'compromised'",
        organization_id,
        kid,
        at,
    )


async def keys(db: Db, organization_id: str) -> tuple[StoredKey, ...]:
    """Return the organisation's keys, oldest first."""
    rows = await db.fetch(
        "SELECT organization_id, kid, algorithm, jwk, state, activated_at, retired_at, compromised_at"
        " FROM issuer_key WHERE organization_id = $1 ORDER BY activated_at, kid",
        organization_id,
    )
    return tuple(StoredKey(**row) for row in rows)
