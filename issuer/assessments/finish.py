"""Finish a step: decide on all evidence, write the outcome once, and hand an award over to issuing."""

import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

from issuer import audit
from issuer.assessments import store
from issuer.assessments.course import decision_now
from issuer.assessments.earlier.store import held
from issuer.assessments.scoring import NOTHING
from issuer.assessments.turn import Turn
from schemas.assessment import Decision
from schemas.problems import ProblemError

Issue = Callable[[str, UUID], Awaitable[object]]
"""Releases the credential of a session (organisation's id, session's id); repeating it changes nothing."""

_log = logging.getLogger(__name__)


async def decide_step(turn: Turn, *, stopped: bool = False) -> Decision:
    """Record the decision of a finished step, and the outcome if it is final.

    Runs in the transaction of the last answer (or of the taker's wish to stop): a crash never half-decides.
    """
    digest = turn.log.started.bank_digest
    unfit = (await held(turn.db, turn.organization_id)).get(digest, NOTHING)
    decided = decision_now(turn.bank, turn.log, unfit, stopped=stopped)
    decision = decided.decision
    await turn.append("decided", decided)
    if decision.outcome != "continue":
        db, organization_id, session_id = turn.db, turn.organization_id, turn.session_id
        await store.finish_session(
            db, organization_id, session_id, outcome=decision.outcome, level=decision.level, at=turn.now
        )
        await audit.append(db, organization_id, "session.decided", str(session_id), at=turn.now)
    return decision


async def settle(issue: Issue, organization_id: str, session_id: UUID) -> bool:
    """Ask for the credential of an award; False if it could not be released now.

    The award stands whatever happens here: the page says that it is being issued, and a reload or the
    reconciling job tries again.
    """
    try:
        await issue(organization_id, session_id)
    except ProblemError as problem:
        _log.warning("credential not released yet", extra={"code": problem.code, "session": str(session_id)})
        return False
    return True
