"""What follows an award, handed to the taking pages and to whoever takes receipts in.

Issuing, how the credential stands, links to share.
"""

import functools
import logging
from uuid import UUID

from issuer.assessments.aftermath import Aftermath, Standing
from issuer.assessments.store import is_annulled
from issuer.db.pool import Db, Pool, transaction, unavailable
from issuer.fairness.groups.store import questions
from issuer.issuance import store
from issuer.issuance.desk import Desk
from issuer.issuance.issue import issue
from issuer.receipts.deliver import Settle
from issuer.review import store as reviews
from issuer.sharing.store import open_shares, revoke_share
from issuer.status import change
from schemas.problems import ProblemError

log = logging.getLogger("assay.issuance")


def aftermath(desk: Desk) -> Aftermath:
    """Return the callables over this desk; see `Aftermath` for what each promises."""

    async def release(organization_id: str, session_id: UUID) -> object:
        return await issue(desk, organization_id, session_id)

    async def standing(organization_id: str, session_id: UUID) -> Standing | None:
        with unavailable():
            corrected = await reviews.corrected(desk.pool, organization_id, session_id)
            award_id = await _held(desk.pool, organization_id, session_id)
            if award_id is None:
                return None
            forms = await store.forms(desk.pool, organization_id, award_id)
            if not any(form.state == "released" for form in forms):
                return None
            found = await change.standing(desk.pool, desk.keystore, organization_id, award_id)
            annulled = await is_annulled(desk.pool, organization_id, session_id)
            links = await open_shares(desk.pool, organization_id, award_id, desk.clock())
        if found is None:
            return None
        level = None if corrected is None else corrected[1]
        return Standing(found.standing, found.since, found.reason, links, level, annulled)

    async def share(organization_id: str, session_id: UUID) -> str:
        async with transaction(desk.pool) as db:
            award_id = await _held(db, organization_id, session_id)
            if award_id is None:
                raise ProblemError("credential.not_released")
            token = await desk.share(db, organization_id, award_id, desk.clock())
        return f"{desk.settings.base_url}/c/{token}"

    async def unshare(organization_id: str, session_id: UUID) -> int:
        async with transaction(desk.pool) as db:
            award_id = await _held(db, organization_id, session_id)
            if award_id is None:
                raise ProblemError("credential.not_released")
            return await revoke_share(db, organization_id, award_id, desk.clock())

    return Aftermath(release, standing, share, unshare, functools.partial(_asks, desk.pool))


async def _held(db: Db, organization_id: str, session_id: UUID) -> UUID | None:
    """The award that somebody holds from a session: the one that its result was corrected to, or its own."""
    corrected = await reviews.corrected(db, organization_id, session_id)
    return corrected[0] if corrected else await store.award_of(db, organization_id, session_id)


async def _asks(pool: Pool, organization_id: str) -> bool:
    with unavailable():
        return bool(await questions(pool, organization_id))


def settle(desk: Desk) -> Settle:
    """Return what gives an accepted receipt its credential; see `Settle`."""

    async def release(organization_id: str, receipt_id: UUID) -> UUID | None:
        try:
            return (await issue(desk, organization_id, receipt_id, "receipt")).award_id
        except ProblemError as problem:  # the receipt is committed: the reconciling job goes on with it
            log.warning("issuance.postponed", extra={"reference": str(receipt_id), "code": problem.code})
            return None

    return release
