"""Creating an organisation: an issuer with its first keys and its published documents, all or nothing."""

import re
import unicodedata
from datetime import datetime
from uuid import UUID, uuid4

from issuer import audit
from issuer.db.pool import Db
from issuer.organizations import store
from issuer.organizations.keys import ALGORITHMS, activate, publish_keys, ring
from issuer.settings import Settings
from keys.stores.file import FileStore
from schemas.problems import ProblemError

NAME_AT_MOST = 200  # characters
_ID = re.compile(r"[a-z][a-z0-9-]{1,30}")


async def create_organization(
    db: Db, keystore: FileStore, settings: Settings, organization: store.Organization
) -> None:
    """Create an organisation in the caller's transaction; raises `organization.id` or `organization.exists`.

    `id` is in its DID, in every URL and in every token; it can never be changed or used again.
    """
    if not _ID.fullmatch(organization.id):
        raise ProblemError("organization.id")
    name = unicodedata.normalize("NFC", organization.name).strip()
    if not 0 < len(name) <= NAME_AT_MOST or any(unicodedata.category(sign) == "Cc" for sign in name):
        raise ProblemError("organization.id", "An organisation needs a name of 1 to 200 characters.")
    at = organization.created_at
    named = store.Organization(organization.id, name, organization.url, organization.demo, at)
    if not await store.insert_organization(db, named):
        raise ProblemError("organization.exists")
    await audit.append(db, organization.id, "organization.created", organization.id, at=at)
    for algorithm in ALGORITHMS:
        await activate(db, keystore, organization.id, algorithm, at=at)
    await publish_keys(db, await ring(db, organization.id), organization.id, settings, at)


async def create_machine(
    db: Db, organization_id: str, label: str, roles: tuple[str, ...], *, at: datetime
) -> UUID:
    """Create a principal for a program; `label` names the program, never a person."""
    principal_id = uuid4()
    await store.insert_principal(
        db, store.StoredPrincipal(organization_id, principal_id, "machine", label, roles, at)
    )
    await audit.append(db, organization_id, "principal.created", str(principal_id), at=at)
    return principal_id


async def machine(db: Db, organization_id: str, label: str, *, at: datetime) -> UUID:
    """Return the machine principal with this label, created if there is none."""
    await store.lock_organization(db, organization_id)
    found = await store.machine_by_label(db, organization_id, label)
    return found or await create_machine(db, organization_id, label, ("machine",), at=at)


async def person_in(db: Db, organization_id: str, role: str, *, at: datetime) -> UUID:
    """Return the principal of whoever acts in a role, created if there is none; a role, never a name."""
    await store.lock_organization(db, organization_id)
    found = await store.person_by_role(db, organization_id, role)
    if found is not None:
        return found
    principal_id = uuid4()
    person = store.StoredPrincipal(organization_id, principal_id, "person", role, (role,), at)
    await store.insert_principal(db, person)
    await audit.append(db, organization_id, "principal.created", str(principal_id), at=at)
    return principal_id
