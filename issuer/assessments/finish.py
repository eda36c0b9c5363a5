"""Finish a step: decide on all evidence, write the outcome once, and hand an award over to issuing."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

import msgspec

from issuer import audit
from issuer.assessments import store
from issuer.assessments.course import decision_for
from issuer.assessments.session import Session
from issuer.assessments.store import StoredEvent
from issuer.db.pool import Connection
from schemas.assessment import Bank, Decision
from schemas.problems import ProblemError

Issue = Callable[[str, UUID], Awaitable[object]]
"""Releases the credential of a session (organisation's id, session's id); repeating it changes nothing."""

_log = logging.getLogger(__name__)


async def decide_step(
    db: Connection,
    place: tuple[str, UUID],
    bank: Bank,
    log: Session,
    sequence: int,
    *,
    at: datetime,
    stopped: bool = False,
) -> Decision:
    """Record the decision of a finished step as event `sequence`, and the outcome if it is final.

    Runs in the transaction of the last answer (or of the taker's wish to stop): a crash never half-decides.
    `place` is the organisation's and the session's id; the session's row is locked by the caller.
    """
    organization_id, session_id = place
    decided = decision_for(bank, log, stopped=stopped)
    decision = decided.decision
    event = StoredEvent(sequence, "decided", None, msgspec.json.encode(decided), at)
    await store.append_event(db, organization_id, session_id, event)
    log.decide(decided)
    if decision.outcome != "continue":
        await store.finish_session(
            db, organization_id, session_id, outcome=decision.outcome, level=decision.level, at=at
        )
        await audit.append(db, organization_id, "session.decided", str(session_id), at=at)
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
