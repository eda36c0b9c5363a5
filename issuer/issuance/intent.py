"""Step 4 of the issuance cycle, T1: what is going to be signed is committed before any key is asked."""

import hashlib
from uuid import UUID, uuid4

import msgspec

from issuer import audit
from issuer.db.pool import Db, transaction
from issuer.issuance import store
from issuer.issuance.choice import Wanted
from issuer.issuance.decide import Award
from issuer.issuance.desk import Desk
from issuer.issuance.draft import Material, document
from issuer.issuance.profiles import Draft, FormProfile, Signing
from issuer.organizations.keys import ring
from issuer.organizations.store import lock_organization
from issuer.people.sealing import PersonKey, person_key
from issuer.status import store as status_store
from issuer.status.permute import permute
from schemas.problems import ProblemError


class Intended(msgspec.Struct, frozen=True):
    """A form whose bytes are committed: what is to be signed, with which key, and where its status stands."""

    profile: FormProfile
    generation: int
    kid: str
    status_list_id: UUID
    draft: Draft


class Issued(msgspec.Struct, frozen=True):
    """A released form: `token` its bytes as text, `created` whether this very call released it.

    `others` are the award's other forms, where they were asked for.
    """

    award_id: UUID
    credential_id: str
    profile: FormProfile
    token: str
    created: bool
    others: tuple["Issued", ...] = ()


async def commit_intent(
    desk: Desk, award: Award, wanted: Wanted, material: Material, principal_id: UUID | None
) -> Intended | Issued | None:
    """Commit the award, this form's bytes, key and status index and the audit line "signing", or nothing.

    A form that somebody else is signing, or died over, is returned as it stands: its bytes are never drawn
    twice. One that is released already is returned as such. None: the assurance was raised after `material`
    was read; begin again at step 2. Raises `credential.revoked`, `credential.suspended`.
    """
    organization_id = award.organization_id
    async with transaction(desk.pool) as db:
        await store.lock_person(db, organization_id, award.person_id)
        key = await person_key(db, desk.keystore, organization_id, award.person_id)
        await store.insert_award(db, award)
        standing = (await store.lock_award(db, organization_id, award.id)).standing
        every = await store.forms(db, organization_id, award.id)
        known = shown(key, award, wanted.profile, standing, every)
        if known is not None:
            return known
        if standing != "good":
            raise ProblemError(f"credential.{standing}")
        newest = next((form for form in every if form.profile == wanted.profile.name), None)
        if newest is not None and newest.state == "signing":
            if newest.key_state == "active":
                return await _reopen(desk, db, key, award, wanted.profile, newest)
            await store.abandon_form(db, organization_id, award.id, newest.profile, newest.generation)
        # Raising holds the award too: what is drawn from here on says what is known by now.
        raised = await store.is_raised(db, organization_id, award.id)
        if raised and material.assessed.assurance != "confirmed":
            return None
        generation = 1 if newest is None else newest.generation + 1
        return await _draw(
            desk, db, key, award, wanted, material, generation=generation, principal_id=principal_id
        )


async def _draw(
    desk: Desk,
    db: Db,
    key: PersonKey,
    award: Award,
    wanted: Wanted,
    material: Material,
    *,
    generation: int,
    principal_id: UUID | None,
) -> Intended:
    organization_id, profile, at = award.organization_id, wanted.profile, desk.clock()
    slot = await status_store.allocate(db, organization_id, uuid4(), at)
    index = permute(desk.keystore.mac, slot.list_id, slot.length, slot.counter)
    await lock_organization(db, organization_id)  # from here to the commit none of its keys can change
    active = (await ring(db, organization_id)).active(wanted.algorithm)
    if active is None:
        raise ProblemError(
            "credential.signing", f"The organisation has no active key for {wanted.algorithm}."
        )
    kid = active.public.kid
    intended = profile.payload(document(award, material, slot.list_id, index))
    draft = profile.draft(intended, Signing(desk.settings.base_url, organization_id, active.public, at))
    await store.insert_form(
        db,
        organization_id,
        award.id,
        profile.name,
        generation,
        kid=kid,
        status_list_id=slot.list_id,
        status_index=index,
        draft_sealed=key.seal(intended, place("draft", award.id, profile.name, generation)),
        at=at,
    )
    await audit.append(
        db,
        organization_id,
        "credential.signing",
        f"{award.id}/{profile.name}/{generation}",
        principal_id=principal_id,
        digest=hashlib.sha256(draft.signing_input).digest(),
        at=at,
    )
    return Intended(profile, generation, kid, slot.list_id, draft)


async def _reopen(
    desk: Desk, db: Db, key: PersonKey, award: Award, profile: FormProfile, form: store.Form
) -> Intended:
    """Return a form that was committed earlier: the same draft from its bytes, key and time."""
    intended = key.open(form.draft_sealed, place("draft", award.id, profile.name, form.generation))
    entry = (await ring(db, award.organization_id)).get(form.kid)
    if entry is None:
        raise LookupError(f"no key {form.kid}")  # a foreign key forbids it
    signing = Signing(desk.settings.base_url, award.organization_id, entry.public, form.created_at)
    return Intended(profile, form.generation, form.kid, form.status_list_id, profile.draft(intended, signing))


def shown(
    key: PersonKey, award: Award, profile: FormProfile, standing: str, forms: tuple[store.Form, ...]
) -> Issued | None:
    """Return the form of this profile to show.

    The newest released one, unless an award in good standing needs a better one.
    """
    for form in forms:
        if form.profile != profile.name or form.secured_sealed is None:
            continue
        if form.clean or standing != "good":
            where = place("secured", award.id, profile.name, form.generation)
            token = key.open(form.secured_sealed, where).decode()
            return Issued(award.id, award.id.urn, profile, token, created=False)
    return None


def place(column: str, award_id: UUID, profile: str, generation: int) -> bytes:
    """Return what binds a sealed form to its row and column."""
    return f"{column}\n{award_id}\n{profile}\n{generation}".encode()
