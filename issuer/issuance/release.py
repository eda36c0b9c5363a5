"""Step 7 of the issuance cycle, T2: the signed bytes become the credential, once."""

import hashlib
from uuid import UUID, uuid4

from issuer import audit
from issuer.db.pool import transaction
from issuer.issuance import store
from issuer.issuance.decide import Award
from issuer.issuance.desk import Desk
from issuer.issuance.intent import Intended, Issued, place, shown
from issuer.mail import Letter
from issuer.organizations.keys import ring
from issuer.organizations.store import lock_organization
from issuer.people.letters import post
from issuer.people.sealing import person_key


async def commit_release(
    desk: Desk, award: Award, intended: Intended, token: str, *, title: str, principal_id: UUID | None
) -> Issued | None:
    """Commit the secured bytes, the letter to the holder and the audit line "released"; all or nothing.

    Whoever comes second gets the bytes that were released. None: the form was abandoned meanwhile, because
    its key was reported as compromised or the award's standing changed; begin again at step 2.
    """
    organization_id, profile, at = award.organization_id, intended.profile, desk.clock()
    digest = hashlib.sha256(token.encode()).digest()
    async with transaction(desk.pool) as db:
        await store.lock_person(db, organization_id, award.person_id)
        key = await person_key(db, desk.keystore, organization_id, award.person_id)
        standing = (await store.lock_award(db, organization_id, award.id)).standing
        every = await store.forms(db, organization_id, award.id)
        await lock_organization(db, organization_id)  # from here to the commit none of its keys can change
        used = (await ring(db, organization_id)).get(intended.kid)
        if used is None or used.state == "compromised":
            await store.abandon_form(db, organization_id, award.id, profile.name, intended.generation)
            return None
        where = place("secured", award.id, profile.name, intended.generation)
        if not await store.release_form(
            db,
            organization_id,
            award.id,
            profile.name,
            intended.generation,
            secured_sealed=key.seal(token.encode(), where),
            secured_digest=digest,
            at=at,
        ):
            return shown(key, award, profile, standing, every)
        # Successors and further forms are found under the links already sent.
        if not any(form.released_at for form in every):
            link = await desk.share(db, organization_id, award.id, at)
            url = f"{desk.settings.base_url}/c/{link}"
            await post(db, key, "mail.credential", uuid4(), Letter(url, title), at)
        await audit.append(
            db,
            organization_id,
            "credential.released",
            f"{award.id}/{profile.name}/{intended.generation}",
            principal_id=principal_id,
            digest=digest,
            at=at,
        )
    return Issued(award.id, award.id.urn, profile, token, created=True)
