"""POST /api/invitations: invite a person to an assessment."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct

from issuer.assessments.invite import Invited, Wanted, invite
from issuer.db.pool import Pool, unavailable
from issuer.organizations.tokens import authenticate
from issuer.settings import Settings
from keys.stores.file import FileStore


class InvitedPerson(Struct, frozen=True, forbid_unknown_fields=True):
    """Who is invited; the e-mail address gets the link."""

    name: Annotated[str, Meta(min_length=1, max_length=400)]
    email: Annotated[str, Meta(min_length=3, max_length=320)]


class InvitationRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """An assessment (its short name, or its id) and a person."""

    assessment: Annotated[str, Meta(min_length=1, max_length=100)]
    person: InvitedPerson


@post("/api/invitations", tags=["Invitations"], summary="Invite a person to an assessment")
async def create_invitation(
    request: Request[Any, Any, Any],
    data: JSONBody[InvitationRequest],
    pool: NamedDependency[Pool],
    keystore: NamedDependency[FileStore],
    settings: NamedDependency[Settings],
    clock: NamedDependency[Callable[[], datetime]],
) -> Invited:
    """Needs a token with the scope `invitations:write`. The link is returned and mailed, and kept nowhere."""
    with unavailable():
        principal = await authenticate(
            pool, request.headers.get("authorization"), "invitations:write", clock()
        )
    wanted = Wanted(data.assessment, data.person.name, data.person.email)
    return await invite(pool, keystore, settings, principal.organization_id, principal.id, wanted, at=clock())


handlers = (create_invitation,)
