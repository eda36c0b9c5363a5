"""Invite a person to an assessment: a secret link, told by mail and shown once to whoever asked for it."""

import secrets
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid4

from msgspec import Meta, Struct

from issuer import audit
from issuer.assessments import store
from issuer.assessments.sitting import locate, open_bank
from issuer.assessments.store import Assessment, Invitation
from issuer.db.pool import Db, Pool, transaction
from issuer.mail import Letter
from issuer.people.enroll import find_or_create
from issuer.people.letters import post
from issuer.people.sealing import person_key
from issuer.settings import Settings
from keys.stores.file import FileStore
from schemas.problems import ProblemError

VALID_FOR = timedelta(days=14)
SECRET_BYTES = 32


class Invited(Struct, frozen=True, rename="camel"):
    """What the caller gets, once: the link is kept nowhere but in the mail."""

    id: Annotated[
        UUID, Meta(description="The invitation's id.", examples=["0b9f6f0e-6a0c-4a52-9d57-0c1f4f6c6f5e"])
    ]
    link: Annotated[
        str,
        Meta(
            description="Where the person takes the assessment. Secret: whoever has it answers for them.",
            examples=["https://skills.example.org/take/demo.Zq3v…"],
        ),
    ]
    expires_at: Annotated[
        datetime, Meta(description="Until when the link works.", examples=["2026-12-07T09:00:00Z"])
    ]


class Wanted(Struct, frozen=True):
    """Who is invited to what: `assessment` is its short name or its id.

    `time_multiplier` is an accommodation: how much longer than others this person may take. Why is nobody's
    business, and kept nowhere.
    """

    assessment: str
    name: str
    email: str
    time_multiplier: float = 1.0


async def invite(
    pool: Pool,
    keystore: FileStore,
    settings: Settings,
    organization_id: str,
    principal_id: UUID,
    wanted: Wanted,
    *,
    at: datetime,
) -> Invited:
    """Create an invitation and ask for its mail, in one transaction.

    Somebody who was invited before to the same assessment goes on with the same session. Raises problem
    `assessment.unknown`, `person.name`, `person.email`.
    """
    async with transaction(pool) as db:
        assessment = await assessment_named(db, organization_id, wanted.assessment)
        bank = await open_bank(db, organization_id, assessment.bank_digest)
        person = await find_or_create(db, keystore, organization_id, wanted.name, wanted.email, at)
        token = f"{organization_id}.{secrets.token_urlsafe(SECRET_BYTES)}"
        invitation = Invitation(
            organization_id, uuid4(), assessment.id, person.id, at, at + VALID_FOR, wanted.time_multiplier
        )
        await store.insert_invitation(db, invitation, token_hash=locate(token)[1], created_by=principal_id)
        link = f"{settings.base_url}/take/{token}"
        await post(
            db,
            await person_key(db, keystore, organization_id, person.id),
            "mail.invitation",
            invitation.id,
            Letter(link, bank.title, invitation.expires_at),
            at,
        )
        await audit.append(
            db, organization_id, "invitation.created", str(invitation.id), principal_id=principal_id, at=at
        )
    return Invited(invitation.id, link, invitation.expires_at)


async def assessment_named(db: Db, organization_id: str, name: str) -> Assessment:
    """Return the newest version under a short name, or the version with an id; `assessment.unknown`."""
    found = await store.assessment_by_slug(db, organization_id, name)
    if found is None:
        try:
            found = await store.assessment_by_id(db, organization_id, UUID(name))
        except ValueError:
            found = None
    if found is None:
        raise ProblemError("assessment.unknown")
    return found
