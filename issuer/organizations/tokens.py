"""API tokens: `assay_<organisation>.<43 characters>`, shown once, kept as SHA-256 only.

An unknown, an expired and a revoked token look alike, in words and in work: one look-up by hash decides.
"""

import base64
import hashlib
import hmac
import re
import secrets
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

import msgspec

from issuer import audit
from issuer.db.pool import Db
from issuer.organizations.store import Token, insert_token, mark_token_revoked
from schemas.problems import ProblemError

Scope = Literal[
    "invitations:write",
    "credentials:issue",
    "credentials:revoke",
    "credentials:read",
    "forms:write",
    "providers:write",
    "receipts:write",
    "ratings:write",
    "ratings:read",
    "review:read",
    "review:propose",
    "review:approve",
    "fairness:read",
    "suspensions:write",
    "groups:write",
    "confirmations:supervise",
    "confirmations:decide",
]
# What each allows, in words for the command line and docs/running.md.
ALLOWS: dict[Scope, str] = {
    "invitations:write": "invite people to an assessment",
    "credentials:issue": "have the credential of an award issued, or get it again",
    "credentials:revoke": "put a credential on hold, lift the hold, withdraw it for ever",
    "credentials:read": "see what became of an invitation or a credential, and which forms are released",
    "forms:write": "choose the forms in which credentials are released",
    "providers:write": "name outside assessment providers, and what their results lead to",
    "receipts:write": "deliver results of outside providers",
    "ratings:write": "read and rate texts without their names; a person's token only",
    "ratings:read": "see how far raters agree; not for raters",
    "review:read": "see proposals, and what waits for a review; a person's token: read a request too",
    "review:propose": "answer requests: a person's token only; propose annulments, which take items out",
    "review:approve": "approve or reject a proposal; a person's token only",
    "fairness:read": "read fairness reports, suspended items, and which groups are asked for",
    "suspensions:write": "take items out and bring them back; a person's token only",
    "groups:write": "ask for protected attributes, and delete the answers; a person's token only",
    "confirmations:supervise": "open supervised sittings; a person's token only",
    "confirmations:decide": "decide what a supervised sitting left open; a person's token only",
}
SCOPES: tuple[Scope, ...] = tuple(ALLOWS)
# What every operation that needs a token may answer, for the API documentation.
AUTHENTICATED = ("token.missing", "token.invalid", "token.scope", "database.unavailable")
SECRET_BYTES = 32

_TOKEN = re.compile(r"assay_([a-z][a-z0-9-]{1,30})\.[A-Za-z0-9_-]{43}")
_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +(\S{1,200}) *")


class Principal(msgspec.Struct, frozen=True):
    """Who asks, as proven by a token, and what that token allows."""

    organization_id: str
    id: UUID
    kind: Literal["person", "machine"]
    label: str
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    token_id: UUID

    def require(self, scope: str) -> None:
        """Raise problem `token.scope` unless the token has this scope."""
        if scope not in self.scopes:
            raise ProblemError("token.scope", f"This needs a token with the scope {scope}.")


def token_hash(token: str) -> bytes:
    """Return what is stored of a token: SHA-256 of its text, which is random: nothing slower is needed."""
    return hashlib.sha256(token.encode()).digest()


def new_token(organization_id: str) -> str:
    """Return a new secret of 256 random bits with the organisation's id before it."""
    secret = base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES)).rstrip(b"=").decode()
    return f"assay_{organization_id}.{secret}"


async def create_token(
    db: Db,
    organization_id: str,
    principal_id: UUID,
    label: str,
    scopes: tuple[str, ...],
    *,
    at: datetime,
    expires_at: datetime | None = None,
) -> tuple[Token, str]:
    """Create a token for a principal, in the caller's transaction; its text is returned here only."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise ProblemError("token.scope", f"The scopes are {', '.join(SCOPES)}.")
    text = new_token(organization_id)
    token = Token(organization_id, uuid4(), principal_id, label, scopes, at, expires_at, None)
    await insert_token(db, token, token_hash(text))
    await audit.append(db, organization_id, "token.created", str(token.id), principal_id=principal_id, at=at)
    return token, text


async def revoke_token(
    db: Db, organization_id: str, token_id: UUID, *, principal_id: UUID | None = None, at: datetime
) -> bool:
    """Revoke a token, in the caller's transaction; False if none with this id stands."""
    if not await mark_token_revoked(db, organization_id, token_id, at):
        return False
    await audit.append(db, organization_id, "token.revoked", str(token_id), principal_id=principal_id, at=at)
    return True


async def authenticate(db: Db, authorization: str | None, scope: str, now: datetime) -> Principal:
    """Return who sent this Authorization header; raises `token.missing`, `token.invalid`, `token.scope`."""
    if authorization is None or not authorization.strip():
        raise ProblemError("token.missing")
    bearer = _BEARER.fullmatch(authorization)
    shape = _TOKEN.fullmatch(bearer.group(1)) if bearer else None
    if shape is None:
        raise ProblemError("token.invalid")
    presented = token_hash(shape.group(0))
    row = await db.fetchrow(
        "SELECT token.id AS token_id, token.token_hash, token.scopes, token.expires_at, token.revoked_at,"
        " principal.id, principal.kind, principal.label, principal.roles"
        " FROM api_token AS token JOIN principal"
        " ON principal.organization_id = token.organization_id AND principal.id = token.principal_id"
        " WHERE token.organization_id = $1 AND token.token_hash = $2",
        shape.group(1),
        presented,
    )
    stored = bytes(32) if row is None else row["token_hash"]
    # Evaluated in full for every row, so that which condition fails does not show in the time taken.
    stands = (
        hmac.compare_digest(stored, presented)
        & (row is not None and row["revoked_at"] is None)
        & (row is not None and (row["expires_at"] is None or row["expires_at"] > now))
    )
    if row is None or not stands:
        raise ProblemError("token.invalid")
    principal = Principal(
        organization_id=shape.group(1),
        id=row["id"],
        kind=row["kind"],
        label=row["label"],
        roles=tuple(row["roles"]),
        scopes=tuple(row["scopes"]),
        token_id=row["token_id"],
    )
    principal.require(scope)
    return principal
