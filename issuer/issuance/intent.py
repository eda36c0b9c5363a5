"""Step 4 of the issuance cycle, T1: what is going to be signed is committed before any key is asked."""

import hashlib
from uuid import UUID, uuid4

import msgspec

from issuer import audit
from issuer.db.pool import Db, transaction
from issuer.issuance import store
from issuer.issuance.decide import Award
from issuer.issuance.desk import Desk
from issuer.issuance.draft import PROFILE, Material, document, payload
from issuer.organizations.keys import ALGORITHM, key_path, ring
from issuer.organizations.store import lock_organization
from issuer.people.sealing import PersonKey, person_key
from issuer.status import store as status_store
from issuer.status.permute import permute
from keys.proofs import jose
from schemas.problems import ProblemError

TYPE = "JWT"  # the Open Badges 3.0 JWT form, integrity chapter


class Intended(msgspec.Struct, frozen=True):
    """A form whose bytes are committed: what is to be signed, with which key, and where its status stands."""

    generation: int
    kid: str
    status_list_id: UUID
    draft: jose.Draft


class Issued(msgspec.Struct, frozen=True):
    """A released credential; `token` its compact JWS, `created` whether this very call released it."""

    award_id: UUID
    credential_id: str
    token: str
    created: bool


async def commit_intent(
    desk: Desk, award: Award, material: Material, principal_id: UUID | None
) -> Intended | Issued:
    """Commit the award, its form's bytes, key and status index and the audit line "signing", or nothing.

    A form that somebody else is signing, or died over, is returned as it stands: its bytes are never drawn
    twice. One that is released already is returned as such. Raises `credential.revoked`,
    `credential.suspended`.
    """
    organization_id = award.organization_id
    async with transaction(desk.pool) as db:
        await store.lock_person(db, organization_id, award.person_id)
        key = await person_key(db, desk.keystore, organization_id, award.person_id)
        await store.insert_award(db, award)
        standing = (await store.lock_award(db, organization_id, award.id)).standing
        forms = await store.forms(db, organization_id, award.id, PROFILE)
        known = shown(key, award, standing, forms)
        if known is not None:
            return known
        if standing != "good":
            raise ProblemError(f"credential.{standing}")
        newest = forms[0] if forms else None
        if newest is not None and newest.state == "signing":
            if newest.key_state == "active":
                return reopen(desk, key, award, newest)
            await store.abandon_form(db, organization_id, award.id, PROFILE, newest.generation)
        generation = 1 if newest is None else newest.generation + 1
        return await _draw(desk, db, key, award, material, generation=generation, principal_id=principal_id)


async def _draw(
    desk: Desk,
    db: Db,
    key: PersonKey,
    award: Award,
    material: Material,
    *,
    generation: int,
    principal_id: UUID | None,
) -> Intended:
    organization_id, at = award.organization_id, desk.clock()
    slot = await status_store.allocate(db, organization_id, uuid4(), at)
    index = permute(desk.keystore.mac, slot.list_id, slot.length, slot.counter)
    await lock_organization(db, organization_id)  # from here to the commit none of its keys can change
    active = (await ring(db, organization_id)).active(ALGORITHM)
    if active is None:
        raise ProblemError("credential.signing", "The organisation has no active key.")
    kid = active.public.kid
    intended = payload(document(award, material, slot.list_id, index))
    draft = secure(desk, organization_id, kid, intended)
    await store.insert_form(
        db,
        organization_id,
        award.id,
        PROFILE,
        generation,
        kid=kid,
        status_list_id=slot.list_id,
        status_index=index,
        draft_sealed=key.seal(intended, place("draft", award.id, generation)),
        at=at,
    )
    await audit.append(
        db,
        organization_id,
        "credential.signing",
        f"{award.id}/{PROFILE}/{generation}",
        principal_id=principal_id,
        digest=hashlib.sha256(draft.signing_input).digest(),
        at=at,
    )
    return Intended(generation, kid, slot.list_id, draft)


def reopen(desk: Desk, key: PersonKey, award: Award, form: store.Form) -> Intended:
    """Return a form that was committed earlier, from its sealed bytes."""
    intended = key.open(form.draft_sealed, place("draft", award.id, form.generation))
    draft = secure(desk, award.organization_id, form.kid, intended)
    return Intended(form.generation, form.kid, form.status_list_id, draft)


def shown(key: PersonKey, award: Award, standing: str, forms: tuple[store.Form, ...]) -> Issued | None:
    """Return the form to show.

    The newest released one, unless an award in good standing needs a better one.
    """
    for form in forms:
        if form.secured_sealed is not None and (form.clean or standing != "good"):
            token = key.open(form.secured_sealed, place("secured", award.id, form.generation)).decode()
            return Issued(award.id, award.id.urn, token, created=False)
    return None


def secure(desk: Desk, organization_id: str, kid: str, intended: bytes) -> jose.Draft:
    """Return what a key must sign; the header's `kid` is the address that gives that one key."""
    url = desk.settings.base_url + key_path(organization_id, kid)
    return jose.draft(intended, typ=TYPE, kid=url)


def place(column: str, award_id: UUID, generation: int) -> bytes:
    """Return what binds a sealed form to its row and column."""
    return f"{column}\n{award_id}\n{PROFILE}\n{generation}".encode()
