"""POST /api/invitations: invite a person to an assessment."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct

from issuer.assessments.invite import Invited, Wanted, invite
from issuer.db.pool import Pool
from issuer.organizations.tokens import AUTHENTICATED, Principal, Scope
from issuer.settings import Settings
from keys.stores.file import FileStore
from verifier.web.openapi import Documented
from verifier.web.problems import ASKED

SCOPE: Scope = "invitations:write"


class InvitedPerson(Struct, frozen=True, forbid_unknown_fields=True):
    """Who is invited; the e-mail address gets the link."""

    name: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=400,
            description="The name as it will stand in the credential; 1 to 200 characters.",
            examples=["Ada Lovelace"],
        ),
    ]
    email: Annotated[
        str,
        Meta(
            min_length=3,
            max_length=320,
            description="Where the link is sent. The same address is the same person.",
            examples=["ada@example.org"],
        ),
    ]


class InvitationRequest(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """An assessment (its short name, or its id) and a person."""

    assessment: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=100,
            description="The assessment's short name, or its id.",
            examples=["sql-for-analysts"],
        ),
    ]
    person: Annotated[InvitedPerson, Meta(description="Who is invited.")]
    time_multiplier: Annotated[
        float,
        Meta(
            ge=1,
            le=4,
            description="An accommodation: how much longer than others this person may take. Its reason is "
            "asked and kept nowhere.",
            examples=[1.5],
        ),
    ] = 1.0


@post(
    "/api/invitations",
    tags=["Invitations"],
    summary="Invite a person to an assessment",
    operation_id="createInvitation",
    security=[{"bearer": [SCOPE]}],
    response_description="The person is invited; the mail is on its way.",
    opt={
        "documented": Documented(
            (*ASKED, *AUTHENTICATED, "assessment.unknown", "person.name", "person.email")
        )
    },
)
async def create_invitation(
    data: JSONBody[InvitationRequest],
    pool: NamedDependency[Pool],
    keystore: NamedDependency[FileStore],
    settings: NamedDependency[Settings],
    clock: NamedDependency[Callable[[], datetime]],
    principal: NamedDependency[Principal],
) -> Invited:
    """Invite a person: the link is returned here and sent by mail, and kept nowhere.

    Somebody who was invited before to the same assessment goes on where they were.
    """
    wanted = Wanted(data.assessment, data.person.name, data.person.email, data.time_multiplier)
    return await invite(pool, keystore, settings, principal.organization_id, principal.id, wanted, at=clock())


handlers = (create_invitation,)
