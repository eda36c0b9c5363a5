"""The issuance cycle: seven steps, numbered as in docs/issuance-cycle.md.

    1 decide   2 draft   3 lint   4 commit_intent (T1)   5 sign   6 verify_own   7 commit_release (T2)

Every form of an award goes through steps 2 to 7 by itself. A signature with ES256 is random, so two signers
of one draft make two different credentials. Only the one that commits first is ever shown to anybody; the
other is thrown away, and its signer returns the released one.
"""

import logging
import secrets
from uuid import UUID

import msgspec

from issuer.db.pool import unavailable
from issuer.issuance import choice, store
from issuer.issuance.check import lint, verify_own
from issuer.issuance.choice import Wanted
from issuer.issuance.decide import Award, Continue, NotYet, SourceKind, decide
from issuer.issuance.desk import Desk
from issuer.issuance.draft import Material, Recipient, document
from issuer.issuance.intent import Intended, Issued, commit_intent, shown
from issuer.issuance.measured import measured
from issuer.issuance.release import commit_release
from issuer.organizations.keys import ring
from issuer.organizations.store import load_organization
from issuer.people.enroll import load as load_person
from issuer.people.sealing import person_key
from issuer.skills.store import load_achievement, load_skill
from keys.stores.file import StoreRefused
from schemas.problems import ProblemError

SALT_BYTES = 16
# Every round but the last ended with a key that was rotated, or a form that was abandoned, in between.
ROUNDS = 5
NOWHERE = UUID(int=0)  # the status list of a document that is only linted

log = logging.getLogger("assay.issuance")


async def issue(
    desk: Desk,
    organization_id: str,
    source_id: UUID,
    kind: SourceKind = "session",
    *,
    principal_id: UUID | None = None,
) -> Issued:
    """Give a finished session, or a receipt, its credential; repeated and concurrent calls get the same one.

    Raises problems `session.unknown`, `receipt.unknown`, `session.unfinished`, `award.not_awarded`, and those
    of `complete`.
    """
    with unavailable():
        attempt = await store.attempt(desk.pool, organization_id, source_id, kind)
    if attempt is None:
        raise ProblemError(f"{kind}.unknown")
    decision = decide(attempt)  # step 1
    if isinstance(decision, Continue):
        raise ProblemError("session.unfinished")
    if isinstance(decision, NotYet):
        raise ProblemError("award.not_awarded")
    return await complete(desk, decision, principal_id=principal_id)


async def complete(desk: Desk, award: Award, *, principal_id: UUID | None = None) -> Issued:
    """Give an award every form that it should have; safe to repeat and to race. Returns the primary one.

    Where only one of the others cannot be had, that is logged, and the reconciling job goes on trying.
    Raises the problems of `complete_form`; `credential.revoked` and `credential.suspended` only where
    nothing was released before.
    """
    organization_id, done = award.organization_id, list[Issued]()
    with unavailable():
        stored = await store.award(desk.pool, organization_id, award.id)
        forms = await store.forms(desk.pool, organization_id, award.id)
        key = await person_key(desk.pool, desk.keystore, organization_id, award.person_id)
        for one in choice.wanted(await choice.chosen(desk.pool, organization_id), forms):
            form = shown(key, award, one.profile, stored.standing, forms) if stored else None
            if form is None:
                further = _further if done else complete_form
                form = await further(desk, award, one, principal_id=principal_id)
            done += [form] if form else []
    primary, *others = done
    return msgspec.structs.replace(primary, others=tuple(others))


async def _further(
    desk: Desk, award: Award, wanted: Wanted, *, principal_id: UUID | None = None
) -> Issued | None:
    """Like `complete_form`, for a form that the primary one does not wait for."""
    try:
        return await complete_form(desk, award, wanted, principal_id=principal_id)
    except ProblemError as problem:
        if problem.code == "database.unavailable":
            raise
        code = problem.code
    log.error("issuance.unfinished", extra={"reference": f"{award.id}/{wanted.profile.name}", "code": code})
    return None


async def complete_form(
    desk: Desk, award: Award, wanted: Wanted, *, principal_id: UUID | None = None
) -> Issued:
    """Take one form of an award through steps 2 to 7, from wherever it stands; safe to repeat and to race.

    Raises problems `credential.lint`, `credential.signing`, `credential.self_check`, `person.erased`,
    `database.unavailable`, `credential.revoked`, `credential.suspended`.
    """
    for _ in range(ROUNDS):
        material = await gather(desk, award)
        credential = document(award, material, NOWHERE, 0)  # step 2
        await lint(desk, award.organization_id, wanted, credential)  # step 3
        intended = await commit_intent(desk, award, wanted, material, principal_id)  # step 4
        if intended is None:
            continue
        if isinstance(intended, Issued):
            return intended
        token = await sign(desk, award, intended)  # step 5
        if token is None:
            continue
        await verify_own(desk, award.organization_id, intended, token)  # step 6
        title = material.achievement.name
        done = await commit_release(  # step 7
            desk, award, intended, token, title=title, principal_id=principal_id
        )
        if done is not None:
            return done
    raise ProblemError("credential.signing")


async def gather(desk: Desk, award: Award) -> Material:
    """Read what the document is made of."""
    db, organization_id = desk.pool, award.organization_id
    organization = await load_organization(db, organization_id)
    person = await load_person(db, desk.keystore, organization_id, award.person_id)
    achievement = await load_achievement(db, organization_id, award.achievement_id, award.revision)
    return Material(
        base_url=desk.settings.base_url,
        organization_name=organization.name,
        organization_url=organization.url,
        recipient=Recipient(person.subject, person.name, person.email, secrets.token_urlsafe(SALT_BYTES)),
        achievement=achievement,
        skill=await load_skill(db, organization_id, achievement.skill_id),
        assessed=await measured(desk, award),
    )


async def sign(desk: Desk, award: Award, intended: Intended) -> str | None:
    """Step 5: ask the key, with no transaction and no connection held.

    None if it is not the active key any more.
    """
    entry = (await ring(desk.pool, award.organization_id)).get(intended.kid)
    if entry is None or entry.state != "active":
        return None
    try:
        signature = await desk.keystore.signer(intended.kid).sign(intended.draft.signing_input)
    except StoreRefused as refused:
        raise ProblemError("credential.signing") from refused
    return intended.draft.finish(signature)
