"""/api/credentials.

Issue one for a finished session, look at it, withdraw it, put it on hold, reinstate it.
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from issuer.db.pool import unavailable
from issuer.issuance import store
from issuer.issuance.desk import Desk
from issuer.issuance.draft import PROFILE
from issuer.issuance.issue import complete, issue
from issuer.organizations.tokens import Principal, authenticate
from issuer.status import change
from schemas.problems import ProblemError

AnyRequest = Request[Any, Any, Any]
CREATED, OK = 201, 200


class IssueRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A session that was finished with an award."""

    session: UUID


class ReasonRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Why, in words for the holder: 1 to 1,000 characters."""

    reason: Annotated[str, Meta(min_length=1, max_length=change.REASON_AT_MOST)]


class IssuedCredential(Struct, frozen=True, rename="camel"):
    """A released credential: `credential` is the compact JWS, the same bytes for every request."""

    id: UUID
    credential_id: str
    credential: str


class FormSummary(Struct, frozen=True, rename="camel"):
    """One secured form; `digest` is `sha256-` and hexadecimal, of the bytes as released."""

    profile: str
    generation: int
    state: str
    key_id: str
    released_at: datetime | None
    digest: str | None
    status_cause: str | None


class CredentialSummary(Struct, frozen=True, rename="camel"):
    """What an organisation's programs may know of a credential: ids, level, dates and standing.

    Nothing personal.
    """

    id: UUID
    credential_id: str
    session: UUID | None
    achievement: UUID
    revision: int
    level: str
    decided_at: datetime
    standing: str
    standing_since: datetime | None
    forms: tuple[FormSummary, ...]


class StandingChanged(Struct, frozen=True, rename="camel"):
    """A credential's standing after a change, and since when."""

    id: UUID
    standing: str
    since: datetime | None


@post("/api/credentials", tags=["Credentials"], summary="Issue the credential of a finished session")
async def create_credential(
    request: AnyRequest, data: JSONBody[IssueRequest], desk: NamedDependency[Desk]
) -> Response[IssuedCredential]:
    """Needs a token with the scope `credentials:issue`.

    201 for the request that released it, 200 for every other.
    """
    principal = await _principal(request, desk, "credentials:issue")
    issued = await issue(desk, principal.organization_id, data.session, principal_id=principal.id)
    answer = IssuedCredential(issued.award_id, issued.credential_id, issued.token)
    return Response(answer, status_code=CREATED if issued.created else OK)


@get("/api/credentials/{credential_id:uuid}", tags=["Credentials"], summary="Look at a credential")
async def read_credential(
    request: AnyRequest, credential_id: FromPath[UUID], desk: NamedDependency[Desk]
) -> CredentialSummary:
    """Needs a token with the scope `credentials:read`. Tells nothing about the person."""
    principal = await _principal(request, desk, "credentials:read")
    with unavailable():
        row = await store.award(desk.pool, principal.organization_id, credential_id)
        if row is None:
            raise ProblemError("credential.unknown")
        forms = await store.forms(desk.pool, principal.organization_id, credential_id, PROFILE)
    return _summary(row, forms)


@post(
    "/api/credentials/{credential_id:uuid}/revoke",
    status_code=OK,
    tags=["Credentials"],
    summary="Withdraw a credential for ever",
)
async def revoke_credential(
    request: AnyRequest,
    credential_id: FromPath[UUID],
    data: JSONBody[ReasonRequest],
    desk: NamedDependency[Desk],
) -> StandingChanged:
    """Needs a token with the scope `credentials:revoke`. Final; repeating it changes nothing."""
    principal = await _principal(request, desk, "credentials:revoke")
    with unavailable():
        done = await change.revoke(
            desk, principal.organization_id, credential_id, data.reason, principal_id=principal.id
        )
        await desk.publications.refresh()
    return StandingChanged(credential_id, done.standing, done.since)


@post(
    "/api/credentials/{credential_id:uuid}/suspend",
    status_code=OK,
    tags=["Credentials"],
    summary="Put a credential on hold",
)
async def suspend_credential(
    request: AnyRequest,
    credential_id: FromPath[UUID],
    data: JSONBody[ReasonRequest],
    desk: NamedDependency[Desk],
) -> StandingChanged:
    """Needs a token with the scope `credentials:revoke`.

    Strangers see it as withdrawn until it is reinstated.
    """
    principal = await _principal(request, desk, "credentials:revoke")
    with unavailable():
        done = await change.suspend(
            desk, principal.organization_id, credential_id, data.reason, principal_id=principal.id
        )
        await desk.publications.refresh()
    return StandingChanged(credential_id, done.standing, done.since)


@post(
    "/api/credentials/{credential_id:uuid}/reinstate",
    status_code=OK,
    tags=["Credentials"],
    summary="Reinstate a credential that is on hold",
)
async def reinstate_credential(
    request: AnyRequest, credential_id: FromPath[UUID], desk: NamedDependency[Desk]
) -> StandingChanged:
    """Needs a token with the scope `credentials:revoke`.

    The holder's link shows a new form with the same id and date.
    """
    principal = await _principal(request, desk, "credentials:revoke")
    organization_id = principal.organization_id
    with unavailable():
        done = await change.reinstate(desk, organization_id, credential_id, principal_id=principal.id)
        row = await store.award(desk.pool, organization_id, credential_id)
        if row is None:
            raise ProblemError("credential.unknown")
        await complete(desk, row.decided(), principal_id=principal.id)
        await desk.publications.refresh()
    return StandingChanged(credential_id, done.standing, done.since)


async def _principal(request: AnyRequest, desk: Desk, scope: str) -> Principal:
    with unavailable():
        return await authenticate(desk.pool, request.headers.get("authorization"), scope, desk.clock())


def _summary(row: store.AwardRow, forms: tuple[store.Form, ...]) -> CredentialSummary:
    return CredentialSummary(
        id=row.id,
        credential_id=row.id.urn,
        session=row.source_id,
        achievement=row.achievement_id,
        revision=row.revision,
        level=row.level,
        decided_at=row.decided_at,
        standing=row.standing,
        standing_since=row.standing_since,
        forms=tuple(
            FormSummary(
                profile=form.profile,
                generation=form.generation,
                state=form.state,
                key_id=form.kid,
                released_at=form.released_at,
                digest=None if form.secured_digest is None else f"sha256-{form.secured_digest.hex()}",
                status_cause=form.status_cause,
            )
            for form in forms
        ),
    )


handlers = (
    create_credential,
    read_credential,
    revoke_credential,
    suspend_credential,
    reinstate_credential,
)
