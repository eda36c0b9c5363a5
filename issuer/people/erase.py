"""Erasing a person: their data key is destroyed and the links between them and their sessions are cut.

What remains is figures: sessions and receipts that know nobody, under new ids; awards of an achievement by
nobody; digests in the audit log. Ciphertext that is still there cannot be opened by anyone. A database file
or backup from before the erasure still holds the wrapped key until it is overwritten or expires: that is the
operator's retention period. Mail that went out before, into the mail folder too, is out of reach here.
"""

from datetime import datetime
from uuid import UUID, uuid4

from issuer import audit
from issuer.db.pool import Db, Pool, transaction
from schemas.problems import ProblemError

_RENAMED_SESSION = (
    "INSERT INTO session (organization_id, id, assessment_id, epoch, created_at, finished_at, outcome, level,"
    " answers_deleted_at, confirming)"
    " SELECT organization_id, $3, assessment_id, epoch, date_trunc('day', created_at, 'UTC'),"
    " date_trunc('day', finished_at, 'UTC'), outcome, level, date_trunc('day', answers_deleted_at, 'UTC'),"
    " confirming"
    " FROM session"
    " WHERE organization_id = $1 AND id = $2"
)
_RENAMED_RECEIPT = (
    "UPDATE receipt SET id = $3, digest = NULL, receipt_sealed = NULL,"
    " received_at = date_trunc('day', received_at, 'UTC') WHERE organization_id = $1 AND id = $2"
)
_RENAMED_EVENTS = (
    "UPDATE session_event SET session_id = $3, at = date_trunc('day', at, 'UTC')"
    " WHERE organization_id = $1 AND session_id = $2"
)
# As a rater or reviewer: their role is nobody's, and nothing that waits remembers them.
_FORGOTTEN_TOKENS = (
    "UPDATE api_token SET revoked_at = $3 FROM principal, person WHERE api_token.organization_id = $1"
    " AND principal.organization_id = $1 AND principal.id = api_token.principal_id"
    " AND api_token.revoked_at IS NULL"
    " AND person.organization_id = $1 AND person.id = $2 AND principal.email_hmac = person.email_hmac"
)
_FORGOTTEN_ROLE = (
    "UPDATE principal SET email_hmac = NULL, forgotten_at = $3 FROM person"
    " WHERE principal.organization_id = $1"
    " AND person.organization_id = $1 AND person.id = $2 AND principal.email_hmac = person.email_hmac"
)
_FORGOTTEN_RATER = (
    "UPDATE session_work SET raters = array_remove(raters, person.email_hmac) FROM person"
    " WHERE session_work.organization_id = $1 AND person.organization_id = $1 AND person.id = $2"
    " AND person.email_hmac = ANY(raters)"
)
_FORGOTTEN_SUPERVISOR = (
    "UPDATE confirmation SET supervised_by = NULL FROM person WHERE confirmation.organization_id = $1"
    " AND person.organization_id = $1 AND person.id = $2 AND supervised_by = person.email_hmac"
)
_FORGOTTEN_CASES = (
    "DELETE FROM confirmation_case USING confirmation WHERE confirmation_case.organization_id = $1"
    " AND confirmation.organization_id = $1 AND confirmation.id = confirmation_case.id"
    " AND confirmation.person_id = $2"
)


async def erase(
    pool: Pool,
    organization_id: str,
    person_id: UUID,
    *,
    principal_id: UUID | None = None,
    at: datetime,
) -> bool:
    """Erase a person for ever, in one transaction; False if that was done before, else `person.unknown`.

    Share links stop working and letters that wait are not sent. Credentials that the person holds stay
    genuine.
    """
    async with transaction(pool) as db:
        row = await db.fetchrow(
            "SELECT erased_at FROM person WHERE organization_id = $1 AND id = $2 FOR UPDATE",
            organization_id,
            person_id,
        )
        if row is None:
            raise ProblemError("person.unknown")
        if row["erased_at"] is not None:
            return False
        await _cut(db, organization_id, person_id, at)
        await db.execute(
            "UPDATE person SET email_hmac = NULL, wrapped_key = NULL, name_sealed = NULL,"
            " email_sealed = NULL, erased_at = $3 WHERE organization_id = $1 AND id = $2",
            organization_id,
            person_id,
            at,
        )
        await audit.append(
            db, organization_id, "person.erased", str(person_id), principal_id=principal_id, at=at
        )
    return True


async def _cut(db: Db, organization_id: str, person_id: UUID, at: datetime) -> None:
    await _forget_sessions(db, organization_id, person_id)
    await _forget_receipts(db, organization_id, person_id)
    for statement in (_FORGOTTEN_TOKENS, _FORGOTTEN_ROLE):
        await db.execute(statement, organization_id, person_id, at)
    for statement in (
        _FORGOTTEN_RATER,
        _FORGOTTEN_SUPERVISOR,
        "DELETE FROM pending_link WHERE organization_id = $1 AND person_id = $2",
        "DELETE FROM invitation WHERE organization_id = $1 AND person_id = $2",
        "DELETE FROM item_met WHERE organization_id = $1 AND person_id = $2",
        "DELETE FROM group_answer WHERE organization_id = $1 AND person_id = $2",
        "DELETE FROM organization_contact WHERE organization_id = $1 AND person_id = $2",
        "UPDATE award SET source_id = NULL WHERE organization_id = $1 AND person_id = $2",
        "UPDATE award SET reason_sealed = NULL WHERE organization_id = $1 AND person_id = $2",
    ):
        await db.execute(statement, organization_id, person_id)
    await db.execute(
        "UPDATE share SET revoked_at = COALESCE(revoked_at, $3) FROM award"
        " WHERE share.organization_id = $1 AND award.organization_id = $1 AND award.person_id = $2"
        " AND share.award_id = award.id",
        organization_id,
        person_id,
        at,
    )


async def _forget_sessions(db: Db, organization_id: str, person_id: UUID) -> None:
    """Give the person's sessions other ids and days instead of moments.

    A credential's id follows from the session's (UUIDv5), and audit lines stand beside it in time: whoever
    holds a credential and a dump could otherwise find the answers behind it.
    """
    sessions = await db.fetch(
        "DELETE FROM session_person WHERE organization_id = $1 AND person_id = $2 RETURNING session_id",
        organization_id,
        person_id,
    )
    await db.execute(_FORGOTTEN_CASES, organization_id, person_id)
    sittings = await db.fetch(
        "DELETE FROM confirmation WHERE organization_id = $1 AND person_id = $2 RETURNING session_id",
        organization_id,
        person_id,
    )
    for before in (row["session_id"] for row in (*sessions, *sittings) if row["session_id"] is not None):
        after = uuid4()
        await db.execute(_RENAMED_SESSION, organization_id, before, after)
        await db.execute(_RENAMED_EVENTS, organization_id, before, after)
        for statement in (
            "DELETE FROM review_request WHERE organization_id = $1 AND session_id = $2",
            "DELETE FROM annulment_consequence WHERE organization_id = $1 AND session_id = $2",
            "DELETE FROM session_fit WHERE organization_id = $1 AND session_id = $2",
            "DELETE FROM session_work WHERE organization_id = $1 AND session_id = $2",
            "DELETE FROM session WHERE organization_id = $1 AND id = $2",
        ):
            await db.execute(statement, organization_id, before)


async def _forget_receipts(db: Db, organization_id: str, person_id: UUID) -> None:
    """Cut the person's receipts from them likewise; that a result was delivered once is still known."""
    receipts = await db.fetch(
        "DELETE FROM receipt_person WHERE organization_id = $1 AND person_id = $2 RETURNING receipt_id",
        organization_id,
        person_id,
    )
    for row in receipts:
        await db.execute(_RENAMED_RECEIPT, organization_id, row["receipt_id"], uuid4())
