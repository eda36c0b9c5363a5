"""GET /api/invitations/{id}: what became of an invitation, as far as an organisation may know.

A result reaches nobody without its holder: there is no score here, and whether a session without a credential
goes on or ended without an award looks the same.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import PathParameter
from msgspec import Meta, Struct

from issuer.db.pool import unavailable
from issuer.issuance import store
from issuer.issuance.desk import Desk
from issuer.organizations.tokens import AUTHENTICATED, Principal, Scope
from schemas.problems import ProblemError
from verifier.web.openapi import Documented

SCOPE: Scope = "credentials:read"

InvitationId = Annotated[UUID, PathParameter(description="The invitation's id, from when it was created.")]


class InvitationSummary(Struct, frozen=True, rename="camel"):
    """What became of an invitation: the session once it has begun, the credential once there is one."""

    id: Annotated[
        UUID, Meta(description="The invitation's id.", examples=["0b9f6f0e-6a0c-4a52-9d57-0c1f4f6c6f5e"])
    ]
    assessment: Annotated[
        str, Meta(description="The assessment's short name.", examples=["sql-for-analysts"])
    ]
    expires_at: Annotated[
        datetime, Meta(description="Until when the link works.", examples=["2026-12-07T09:00:00Z"])
    ]
    session: Annotated[
        UUID | None,
        Meta(
            description="The session; null until the person begins.",
            examples=["5f0c1d8a-3f0e-4b8e-8a53-1d2f6f6d9a10"],
        ),
    ]
    credential: Annotated[
        UUID | None,
        Meta(
            description="The credential's id, for `/api/credentials/{id}`; null while there is none. Whether "
            "the assessment goes on or ended without an award, only the person is told.",
            examples=["8f14e45f-ceea-467f-9a3b-2f0d6c1e4b77"],
        ),
    ]
    standing: Annotated[
        str | None,
        Meta(
            description="Its standing: `good`, `suspended` or `revoked`; null while there is none.",
            examples=["good"],
        ),
    ]


@get(
    "/api/invitations/{invitation_id:uuid}",
    tags=["Invitations"],
    summary="Look at an invitation",
    operation_id="readInvitation",
    security=[{"bearer": [SCOPE]}],
    response_description="What became of it.",
    opt={"documented": Documented((*AUTHENTICATED, "request.not_found", "invitation.unknown"))},
)
async def read_invitation(
    invitation_id: InvitationId, desk: NamedDependency[Desk], principal: NamedDependency[Principal]
) -> InvitationSummary:
    """Look at an invitation: the session that it led to, and the credential once there is one.

    It tells nothing about the person, no score, and not whether an assessment ended without an award.
    """
    found = await invited(desk, principal.organization_id, invitation_id)
    return InvitationSummary(
        id=invitation_id,
        assessment=found.assessment,
        expires_at=found.expires_at,
        session=found.session_id,
        credential=found.award_id,
        standing=found.standing,
    )


async def invited(desk: Desk, organization_id: str, invitation_id: UUID) -> store.InvitationRow:
    """Return what stands behind an invitation's id; problem `invitation.unknown`."""
    with unavailable():
        found = await store.invitation(desk.pool, organization_id, invitation_id)
    if found is None:
        raise ProblemError(
            "invitation.unknown", "Check the id. Once somebody is erased, so is what they were sent."
        )
    return found


handlers = (read_invitation,)
