"""Finishing what stands between T1 and T2, releasing successor forms, reporting what cannot be finished.

Nearly every case is the same one: an award in good standing without a form to rely on that it should have.
A service that was killed left it; a suspension that was lifted did; a key that was reported as compromised
did; an organisation that chose a further form did.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

import msgspec

from issuer.db.pool import unavailable
from issuer.issuance import backlog, choice
from issuer.issuance.choice import Wanted
from issuer.issuance.desk import Desk
from issuer.issuance.intent import Issued
from issuer.issuance.issue import complete_form, issue
from issuer.issuance.profiles import BY_NAME
from issuer.people.sealing import SealBroken
from keys.stores.file import StoreRefused
from schemas.problems import ProblemError

# A request that is still at work is left alone for this long; meeting it would be harmless, only wasteful.
GRACE = timedelta(seconds=30)
Finish = Callable[[], Awaitable[Issued]]
UNAVAILABLE = "database.unavailable"
PAGE = 500  # how many of the forms that are missing are read at a time
# A run ends after so many: what was left by a death meanwhile does not wait for a whole backlog.
AT_ONCE = 1_000

log = logging.getLogger("assay.issuance")


class Reconciled(msgspec.Struct, frozen=True):
    """What one run found.

    Forms, sessions and receipts finished, forms given up with an erased person, what needs a person to look.
    """

    finished: int
    abandoned: int
    reported: tuple[tuple[str, str], ...]  # id of a form (award and profile) or of a source, code


async def reconcile(desk: Desk, *, grace: timedelta = GRACE) -> Reconciled:
    """Finish what can be finished, at most AT_ONCE forms; raises only `database.unavailable`."""
    with unavailable():
        await choice.ensure_keys(desk.pool, desk.keystore, desk.settings, desk.clock)
        abandoned = await backlog.abandon_erased(desk.pool)
        before = desk.clock() - grace
        finished, reported = 0, list[tuple[str, str]]()
        async for reference, finish in _waiting(desk, before):
            code = await _finish(finish)
            if code is None:
                finished += 1
            else:
                reported.append((reference, code))
                log.error("issuance.unfinished", extra={"reference": reference, "code": code})
            if finished == AT_ONCE:
                break
    return Reconciled(finished, abandoned, tuple(reported))


async def _waiting(desk: Desk, before: datetime) -> AsyncIterator[tuple[str, Finish]]:
    """Sessions and receipts without an award first, then page by page the forms that are missing."""
    for place, source, kind in await backlog.undrafted(desk.pool, before):
        yield str(source), partial(issue, desk, place, source, kind)
    default, after = [one.profile.name for one in choice.default()], backlog.FIRST
    while page := await backlog.unfinished(
        desk.pool, before, order=tuple(BY_NAME), default=default, after=after, limit=PAGE
    ):
        for missing in page:
            yield f"{missing.award.id}/{missing.profile}", partial(_complete, desk, missing)
        after = page[-1].mark


async def _complete(desk: Desk, missing: backlog.Missing) -> Issued:
    algorithms = {
        one.profile.name: one.algorithm
        for one in await choice.chosen(desk.pool, missing.award.organization_id)
    }
    profile = BY_NAME[missing.profile]
    algorithm = algorithms.get(profile.name, profile.algorithms[0])
    return await complete_form(desk, missing.award.decided(), Wanted(profile, algorithm))


async def _finish(finish: Finish) -> str | None:
    try:
        await finish()
    except ProblemError as problem:
        if problem.code == UNAVAILABLE:
            raise
        return problem.code
    except (SealBroken, StoreRefused):
        return "credential.unreadable"
    return None
