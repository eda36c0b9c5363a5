"""Finishing what stands between T1 and T2, releasing successor forms, reporting what cannot be finished.

Nearly every case is the same one: an award in good standing without a form to rely on. A service that was
killed left it; a suspension that was lifted did; a key that was reported as compromised did.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import msgspec

from issuer.db.pool import unavailable
from issuer.issuance import store
from issuer.issuance.desk import Desk
from issuer.issuance.intent import Issued
from issuer.issuance.issue import complete, issue
from issuer.people.sealing import SealBroken
from keys.stores.file import StoreRefused
from schemas.problems import ProblemError

# A request that is still at work is left alone for this long; meeting it would be harmless, only wasteful.
GRACE = timedelta(seconds=30)
UNAVAILABLE = "database.unavailable"

log = logging.getLogger("assay.issuance")


class Reconciled(msgspec.Struct, frozen=True):
    """What one run found.

    Awards finished, forms given up with an erased person, awards that need a person to look.
    """

    finished: int
    abandoned: int
    reported: tuple[tuple[str, str], ...]  # id of an award or a session, code


async def reconcile(desk: Desk, *, grace: timedelta = GRACE) -> Reconciled:
    """Finish every award that can be finished; raises only `database.unavailable`."""
    with unavailable():
        abandoned = await store.abandon_erased(desk.pool)
        before = desk.clock() - grace
        awards = await store.unfinished(desk.pool, before)
        sessions = await store.undrafted(desk.pool, before)
    finished, reported = 0, []
    waiting = [(row.id, partial(_complete, desk, row)) for row in awards]
    waiting += [(session, partial(issue, desk, place, session)) for place, session in sessions]
    for reference, finish in waiting:
        code = await _finish(finish)
        if code is None:
            finished += 1
            continue
        reported.append((str(reference), code))
        log.error("issuance.unfinished", extra={"reference": str(reference), "code": code})
    return Reconciled(finished, abandoned, tuple(reported))


async def _complete(desk: Desk, row: store.AwardRow) -> Issued:
    return await complete(desk, row.decided())


async def _finish(finish: Callable[[], Awaitable[Issued]]) -> str | None:
    try:
        await finish()
    except ProblemError as problem:
        if problem.code == UNAVAILABLE:
            raise
        return problem.code
    except (SealBroken, StoreRefused):
        return "credential.unreadable"
    return None
