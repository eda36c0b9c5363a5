"""/api/credentials.

Issue one for a finished session, look at it, withdraw it, put it on hold, reinstate it.
"""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, PathParameter

from issuer.db.pool import unavailable
from issuer.issuance import store
from issuer.issuance.decide import SourceKind
from issuer.issuance.desk import Desk
from issuer.issuance.invitations import invited
from issuer.issuance.issue import complete, issue
from issuer.issuance.messages import (
    CredentialSummary,
    FormSummary,
    IssuedCredential,
    IssueRequest,
    ReasonRequest,
    SecuredForm,
    StandingChanged,
)
from issuer.issuance.profiles import rank
from issuer.organizations.tokens import AUTHENTICATED, Principal
from issuer.status import change
from schemas.problems import ProblemError
from verifier.web.openapi import Documented
from verifier.web.problems import ASKED

CREATED, OK = 201, 200

CredentialId = Annotated[
    UUID, PathParameter(description="The credential's id: what follows `urn:uuid:` in its own `id`.")
]

# What the cycle of issuance may answer; what it is still doing goes on by itself.
SIGNING = ("person.erased", "credential.lint", "credential.self_check", "credential.signing")
ONE = (*AUTHENTICATED, "request.not_found", "credential.unknown")


@post(
    "/api/credentials",
    tags=["Credentials"],
    summary="Issue the credential of a finished session",
    operation_id="createCredential",
    security=[{"bearer": ["credentials:issue"]}],
    response_description="This request released it.",
    responses={
        OK: ResponseSpec(
            IssuedCredential, generate_examples=False, description="It was released before: the same bytes."
        )
    },
    opt={
        "documented": Documented(
            (
                *ASKED,
                *AUTHENTICATED,
                "session.unknown",
                "invitation.unknown",
                "receipt.unknown",
                "award.not_awarded",
                "credential.suspended",
                "credential.revoked",
                *SIGNING,
            )
        )
    },
)
async def create_credential(
    data: JSONBody[IssueRequest], desk: NamedDependency[Desk], principal: NamedDependency[Principal]
) -> Response[IssuedCredential]:
    """Issue the credential that a finished session, or an outside provider's receipt, has earned.

    The service does it by itself when a session ends with an award; ask to have it at once, or to get it
    again. However often you ask, there is one credential.
    """
    source, kind = await _source(desk, principal.organization_id, data)
    try:
        issued = await issue(desk, principal.organization_id, source, kind, principal_id=principal.id)
    except ProblemError as problem:
        if problem.code != "session.unfinished":
            raise
        # Going on, and ended without an award, look alike: no result reaches anybody but its holder.
        raise ProblemError("award.not_awarded") from None
    answer = IssuedCredential(
        id=issued.award_id,
        credential_id=issued.credential_id,
        credential=issued.token,
        forms=tuple(
            SecuredForm(one.profile.name, one.profile.media_type, one.token)
            for one in (issued, *issued.others)
        ),
    )
    return Response(answer, status_code=CREATED if issued.created else OK)


@get(
    "/api/credentials/{credential_id:uuid}",
    tags=["Credentials"],
    summary="Look at a credential",
    operation_id="readCredential",
    security=[{"bearer": ["credentials:read"]}],
    response_description="What is known of it.",
    opt={"documented": Documented(ONE)},
)
async def read_credential(
    credential_id: CredentialId, desk: NamedDependency[Desk], principal: NamedDependency[Principal]
) -> CredentialSummary:
    """Look at a credential: level, dates, standing and signatures. It tells nothing about the person."""
    with unavailable():
        row = await store.award(desk.pool, principal.organization_id, credential_id)
        if row is None:
            raise ProblemError("credential.unknown")
        forms = await store.forms(desk.pool, principal.organization_id, credential_id)
    return _summary(row, forms)


@post(
    "/api/credentials/{credential_id:uuid}/revoke",
    status_code=OK,
    tags=["Credentials"],
    summary="Withdraw a credential for ever",
    operation_id="revokeCredential",
    security=[{"bearer": ["credentials:revoke"]}],
    response_description="It is withdrawn.",
    opt={"documented": Documented((*ASKED, *ONE, "status.reason"), {"standing": "revoked"})},
)
async def revoke_credential(
    credential_id: CredentialId,
    data: JSONBody[ReasonRequest],
    desk: NamedDependency[Desk],
    principal: NamedDependency[Principal],
) -> StandingChanged:
    """Withdraw a credential. That is final; repeating it changes nothing, not even the reason."""
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
    operation_id="suspendCredential",
    security=[{"bearer": ["credentials:revoke"]}],
    response_description="It is on hold.",
    opt={
        "documented": Documented(
            (*ASKED, *ONE, "status.reason", "credential.revoked"), {"standing": "suspended"}
        )
    },
)
async def suspend_credential(
    credential_id: CredentialId,
    data: JSONBody[ReasonRequest],
    desk: NamedDependency[Desk],
    principal: NamedDependency[Principal],
) -> StandingChanged:
    """Put a credential on hold. Strangers see it as withdrawn until it is reinstated."""
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
    operation_id="reinstateCredential",
    security=[{"bearer": ["credentials:revoke"]}],
    response_description="It is in good standing again.",
    opt={"documented": Documented((*ONE, "credential.revoked", "credential.not_suspended", *SIGNING))},
)
async def reinstate_credential(
    credential_id: CredentialId, desk: NamedDependency[Desk], principal: NamedDependency[Principal]
) -> StandingChanged:
    """Lift a hold. The holder's link shows a new form with the same id and date.

    The form that was on hold stays unusable.
    """
    organization_id = principal.organization_id
    with unavailable():
        done = await change.reinstate(desk, organization_id, credential_id, principal_id=principal.id)
        row = await store.award(desk.pool, organization_id, credential_id)
        if row is None:
            raise ProblemError("credential.unknown")
        await complete(desk, row.decided(), principal_id=principal.id)
        await desk.publications.refresh()
    return StandingChanged(credential_id, done.standing, done.since)


async def _source(desk: Desk, organization_id: str, asked: IssueRequest) -> tuple[UUID, SourceKind]:
    match asked:
        case IssueRequest(session=UUID() as session, invitation=None, receipt=None):
            return session, "session"
        case IssueRequest(session=None, invitation=None, receipt=UUID() as receipt):
            return receipt, "receipt"
        case IssueRequest(session=None, invitation=UUID() as invitation, receipt=None):
            found = await invited(desk, organization_id, invitation)
            if found.session_id is None:
                raise ProblemError("award.not_awarded")
            return found.session_id, "session"
        case _:
            raise ProblemError("request.invalid", "Give one of session, invitation and receipt.")


def _summary(row: store.AwardRow, forms: tuple[store.Form, ...]) -> CredentialSummary:
    return CredentialSummary(
        id=row.id,
        credential_id=row.id.urn,
        session=row.source_id if row.source_kind == "session" else None,
        receipt=row.source_id if row.source_kind == "receipt" else None,
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
            for form in sorted(forms, key=lambda form: rank(form.profile))
        ),
    )


handlers = (
    create_credential,
    read_credential,
    revoke_credential,
    suspend_credential,
    reinstate_credential,
)
