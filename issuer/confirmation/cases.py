"""Cases: what a sitting did not settle, as a person sees it, and what they decide. Nothing follows alone."""

from datetime import datetime
from uuid import UUID, uuid4

from msgspec import Struct

from issuer import audit
from issuer.assessments import store as assessments
from issuer.assessments.earlier.store import annulled, held
from issuer.assessments.rating.store import mark_of
from issuer.assessments.sitting import open_assessment, open_bank
from issuer.confirmation import store
from issuer.confirmation.basis.now import judged_now, verdict_now
from issuer.confirmation.judge import Judgement
from issuer.confirmation.store import Case, Choice, Identity
from issuer.confirmation.supervise import people_of
from issuer.db.pool import Connection, Db, Pool, transaction
from issuer.mail import Letter
from issuer.organizations.tokens import Principal
from issuer.people.letters import post
from issuer.people.sealing import PersonKey, person_key
from keys.stores.file import FileStore
from schemas.problems import ProblemError

WHY_AT_MOST = 1_000
NEWS: dict[Choice, str] = {
    "raise": "A person looked at your supervised sitting. Your credential will say that\nit is confirmed.",
    "leave": "A person looked at your supervised sitting. Your credential stays as it is.",
    "again": "A person looked at your supervised sitting. You may have another one,\nwith other questions.",
}


class Waiting(Struct, frozen=True):
    """A case as whoever decides sees it, without a name; `judgement` is None where the answers are gone.

    Of items that were annulled since, neither the sitting nor the first result holds anything.
    """

    id: UUID
    session_id: UUID | None
    title: str
    level: str
    identity: Identity
    since: datetime | None
    judgement: Judgement | None


async def waiting_for(db: Db, decider: Principal, *, limit: int) -> tuple[Waiting, ...]:
    """Return cases that this person may decide, the oldest first; none of their own, none they supervised."""
    await people_of(db, decider)
    found = await store.open_cases(db, decider.organization_id, decider.id, limit=limit)
    return tuple([await _waiting(db, one) for one in found])


async def decide(
    pool: Pool,
    keystore: FileStore,
    decider: Principal,
    case_id: UUID,
    choice: Choice,
    why: str,
    *,
    at: datetime,
) -> bool:
    """Decide a case, once; the same decision again changes nothing and returns False.

    `raise`: the assurance is raised all the same (`lift` does it). `leave`: the credential stays as it is.
    `again`: another sitting is allowed. Raises problem `confirmation.person`, `principal.unnamed`,
    `confirmation.unknown`, `confirmation.own`, `confirmation.supervised`, `confirmation.why`,
    `confirmation.unfinished`, `confirmation.decided`.
    """
    organization_id, why = decider.organization_id, why.strip()
    own = await people_of(pool, decider)
    if not 0 < len(why) <= WHY_AT_MOST or not all(sign.isprintable() or sign in "\n\t" for sign in why):
        raise ProblemError("confirmation.why")
    async with transaction(pool) as db:
        found = await _held(db, decider, own, case_id)
        one = found.confirmation
        if choice == "raise" and one.verdict == "unfinished":
            raise ProblemError("confirmation.unfinished")
        if found.decision is not None:
            if found.decision != choice:
                raise ProblemError("confirmation.decided")
            return False
        now = await verdict_now(db, one, await held(db, organization_id))
        if choice == "raise" and now == "unfinished":  # too few answers are left that count
            raise ProblemError("confirmation.unfinished")
        waiting = await _waiting(db, found)
        key = await person_key(db, keystore, organization_id, one.person_id)
        await store.decide_case(
            db,
            organization_id,
            case_id,
            choice,
            why_sealed=key.seal(why.encode(), _context(case_id)),
            decided_by=decider.id,
            at=at,
        )
        await post(db, key, "mail.confirmation", uuid4(), Letter("", waiting.title, None, NEWS[choice]), at)
        action = f"confirmation.{choice}"
        await audit.append(db, organization_id, action, str(case_id), principal_id=decider.id, at=at)
    return True


async def _held(db: Connection, decider: Principal, own: frozenset[UUID], case_id: UUID) -> Case:
    """The case, its person and confirmation held, if this person may decide it."""
    organization_id = decider.organization_id
    found = await store.case(db, organization_id, case_id)
    if found is None:
        raise ProblemError("confirmation.unknown")
    if found.confirmation.person_id in own:
        raise ProblemError("confirmation.own")
    mark = await mark_of(db, organization_id, decider.id)
    if found.confirmation.supervisor == decider.id or found.confirmation.supervised_by == mark:
        raise ProblemError("confirmation.supervised")
    await assessments.lock_person(db, organization_id, found.confirmation.person_id)
    await store.by_id(db, organization_id, case_id, lock=True)
    found = await store.case(db, organization_id, case_id)
    if found is None:  # erased while we waited
        raise ProblemError("confirmation.unknown")
    return found


def why(key: PersonKey, found: Case) -> str | None:
    """The reason that was given, for the person."""
    if found.why_sealed is None:
        return None
    return key.open(found.why_sealed, _context(found.confirmation.id)).decode()


async def _waiting(db: Db, found: Case) -> Waiting:
    one = found.confirmation
    judgement = await judged_now(db, one, await annulled(db, one.organization_id))
    assessment = await open_assessment(db, one.organization_id, found.assessment_id)
    title = (await open_bank(db, one.organization_id, assessment.bank_digest)).title
    return Waiting(one.id, one.session_id, title, found.level, one.identity, one.judged_at, judgement)


def _context(case_id: UUID) -> bytes:
    return b"confirmation\n" + case_id.bytes
