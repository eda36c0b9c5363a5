"""SQL for attempts, awards and the secured forms of their credentials."""

from datetime import datetime
from uuid import UUID

import msgspec

from issuer.db.pool import Db
from issuer.issuance.decide import Attempt, Award, SourceKind
from schemas.assessment import Assurance
from schemas.items import Model
from schemas.problems import ProblemError


class Form(msgspec.Struct, frozen=True):
    """One secured form of an award's credential.

    `clean` means that its bit is not set and its key not compromised.
    """

    profile: str
    generation: int
    kid: str
    key_state: str
    status_list_id: UUID
    status_index: int
    state: str
    draft_sealed: bytes
    secured_sealed: bytes | None
    secured_digest: bytes | None
    created_at: datetime
    released_at: datetime | None
    status_cause: str | None

    @property
    def clean(self) -> bool:
        """Whether a stranger who meets this form now may rely on it."""
        return self.status_cause is None and self.key_state != "compromised"


class AwardRow(msgspec.Struct, frozen=True):
    """An award as stored; `source_id` is none once the person was erased."""

    organization_id: str
    id: UUID
    person_id: UUID
    achievement_id: UUID
    revision: int
    level: str
    source_kind: SourceKind
    source_id: UUID | None
    decided_at: datetime
    standing: str
    standing_since: datetime | None

    def decided(self) -> Award:
        """Return what was decided; only an erased person's award has lost its source.

        Problem `person.erased`.
        """
        if self.source_id is None:
            raise ProblemError("person.erased")
        return Award(
            organization_id=self.organization_id,
            id=self.id,
            person_id=self.person_id,
            achievement_id=self.achievement_id,
            revision=self.revision,
            level=self.level,
            source_kind=self.source_kind,
            source_id=self.source_id,
            decided_at=self.decided_at,
        )


class InvitationRow(msgspec.Struct, frozen=True):
    """What became of an invitation: its latest session, if there is one, and that one's award, if any."""

    assessment: str
    expires_at: datetime
    session_id: UUID | None
    award_id: UUID | None
    standing: str | None


class Assessment(msgspec.Struct, frozen=True):
    """How an award of a session came about; `model` and `source` of the calibration are None without one."""

    title: str
    model: Model | None
    source: str | None
    record_digest: str
    assurance: Assurance
    permitted_aids: str


# Each kind of source with its person, as `Attempt` has it.
_SESSION = (
    "SELECT session.organization_id, session.id AS source_id, link.person_id,"
    " assessment.achievement_id, assessment.achievement_revision AS revision,"
    " session.finished_at, session.outcome, session.level"
    " FROM session JOIN session_person AS link"
    " ON link.organization_id = session.organization_id AND link.session_id = session.id"
    " JOIN assessment"
    " ON assessment.organization_id = session.organization_id AND assessment.id = session.assessment_id"
    " WHERE session.organization_id = $1 AND session.id = $2"
)
_RECEIPT = (
    "SELECT receipt.organization_id, receipt.id AS source_id, link.person_id,"
    " assessment.achievement_id, assessment.achievement_revision AS revision,"
    " receipt.received_at AS finished_at, receipt.outcome, receipt.level"
    " FROM receipt JOIN receipt_person AS link"
    " ON link.organization_id = receipt.organization_id AND link.receipt_id = receipt.id"
    " JOIN provider_assessment AS assessment"
    " ON assessment.organization_id = receipt.organization_id AND assessment.id = receipt.assessment_id"
    " WHERE receipt.organization_id = $1 AND receipt.id = $2"
)
# Dated as the session: a correction neither renews nor shortens what was measured then.
_REVIEW = (
    "SELECT line.organization_id, line.id AS source_id, link.person_id, assessment.achievement_id,"
    " assessment.achievement_revision AS revision, session.finished_at,"
    " 'award' AS outcome, line.level_after AS level"
    " FROM annulment JOIN annulment_consequence AS line ON line.organization_id = annulment.organization_id"
    " AND line.annulment_id = annulment.id JOIN session_person AS link"
    " ON link.organization_id = line.organization_id AND link.session_id = line.session_id"
    " JOIN session ON session.organization_id = line.organization_id AND session.id = line.session_id"
    " JOIN assessment"
    " ON assessment.organization_id = line.organization_id AND assessment.id = session.assessment_id"
    " WHERE line.organization_id = $1 AND line.id = $2 AND annulment.state = 'executed'"
    " AND line.level_after IS NOT NULL"
)
_SOURCES: dict[SourceKind, str] = {"session": _SESSION, "receipt": _RECEIPT, "review": _REVIEW}


async def attempt(
    db: Db, organization_id: str, source_id: UUID, kind: SourceKind = "session"
) -> Attempt | None:
    """Return a session or receipt with its person; None if it is unknown or was cut from them by erasure."""
    row = await db.fetchrow(_SOURCES[kind], organization_id, source_id)
    return None if row is None else Attempt(**row, source_kind=kind)


async def invitation(db: Db, organization_id: str, invitation_id: UUID) -> InvitationRow | None:
    """Return what became of an invitation; None if it is unknown or its person was erased."""
    row = await db.fetchrow(
        "SELECT assessment.slug AS assessment, invitation.expires_at, link.session_id, award.id AS award_id,"
        " award.standing FROM invitation JOIN assessment"
        " ON assessment.organization_id = invitation.organization_id"
        " AND assessment.id = invitation.assessment_id"
        " LEFT JOIN session_person AS link ON link.organization_id = invitation.organization_id"
        " AND link.person_id = invitation.person_id AND link.assessment_id = invitation.assessment_id"
        " LEFT JOIN award ON award.organization_id = link.organization_id"
        " AND (award.source_kind = 'session' AND award.source_id = link.session_id"
        "  OR award.source_kind = 'review' AND award.standing <> 'revoked' AND award.source_id IN"
        "  (SELECT line.id FROM annulment_consequence AS line"
        "   WHERE line.organization_id = link.organization_id AND line.session_id = link.session_id))"
        " WHERE invitation.organization_id = $1 AND invitation.id = $2"
        " ORDER BY link.epoch DESC NULLS LAST, award.source_kind = 'review' DESC LIMIT 1",
        organization_id,
        invitation_id,
    )
    return None if row is None else InvitationRow(**row)


async def assessment(db: Db, organization_id: str, source_id: UUID) -> Assessment:
    """Return the assessment behind an award's session, or behind the correction of one."""
    row = await db.fetchrow(
        "SELECT convert_from(bank.document, 'UTF8')::jsonb ->> 'title' AS title,"
        " convert_from(bank.document, 'UTF8')::jsonb #>> '{calibration,model}' AS model,"
        " convert_from(bank.document, 'UTF8')::jsonb #>> '{calibration,source}' AS source,"
        " assessment.record_digest, assessment.assurance, assessment.permitted_aids"
        " FROM session JOIN assessment"
        " ON assessment.organization_id = session.organization_id AND assessment.id = session.assessment_id"
        " JOIN bank"
        " ON bank.organization_id = assessment.organization_id AND bank.digest = assessment.bank_digest"
        " WHERE session.organization_id = $1 AND session.id = COALESCE((SELECT line.session_id"
        "  FROM annulment_consequence AS line WHERE line.organization_id = $1 AND line.id = $2), $2)",
        organization_id,
        source_id,
    )
    if row is None:
        raise LookupError(f"no session behind {source_id}")
    return Assessment(**row)


async def is_raised(db: Db, organization_id: str, award_id: UUID) -> bool:
    """Whether a supervised sitting, or a person who looked at one, raised the award's assurance."""
    found: bool = await db.fetchval(
        "SELECT EXISTS (SELECT FROM confirmation"
        " WHERE organization_id = $1 AND award_id = $2 AND raised_at IS NOT NULL)",
        organization_id,
        award_id,
    )
    return found


async def lock_person(db: Db, organization_id: str, person_id: UUID) -> None:
    """Keep a person from being erased until the transaction ends.

    The first lock of every transaction here.
    """
    await db.execute(
        "SELECT id FROM person WHERE organization_id = $1 AND id = $2 FOR KEY SHARE",
        organization_id,
        person_id,
    )


async def insert_award(db: Db, award: Award) -> bool:
    """Insert what was decided; False if it stands there already (waits for whoever is just inserting it)."""
    inserted = await db.fetchval(
        "INSERT INTO award (organization_id, id, person_id, achievement_id, revision, level, source_kind,"
        " source_id, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        " ON CONFLICT DO NOTHING RETURNING true",
        award.organization_id,
        award.id,
        award.person_id,
        award.achievement_id,
        award.revision,
        award.level,
        award.source_kind,
        award.source_id,
        award.decided_at,
    )
    return inserted is True


_AWARD = (
    "SELECT organization_id, id, person_id, achievement_id, revision, level, source_kind, source_id,"
    " decided_at, standing, standing_since FROM award"
)


async def award(db: Db, organization_id: str, award_id: UUID) -> AwardRow | None:
    """Return an award."""
    row = await db.fetchrow(f"{_AWARD} WHERE organization_id = $1 AND id = $2", organization_id, award_id)
    return None if row is None else AwardRow(**row)


async def lock_award(db: Db, organization_id: str, award_id: UUID) -> AwardRow:
    """Return an award that is known to exist and hold its row until the transaction ends."""
    row = await db.fetchrow(
        f"{_AWARD} WHERE organization_id = $1 AND id = $2 FOR UPDATE", organization_id, award_id
    )
    if row is None:
        raise LookupError(f"no award {award_id}")
    return AwardRow(**row)


async def award_of(
    db: Db, organization_id: str, source_id: UUID, kind: SourceKind = "session"
) -> UUID | None:
    """Return the award that a session or a receipt led to."""
    found: UUID | None = await db.fetchval(
        "SELECT id FROM award WHERE organization_id = $1 AND source_kind = $3 AND source_id = $2",
        organization_id,
        source_id,
        kind,
    )
    return found


async def forms(db: Db, organization_id: str, award_id: UUID) -> tuple[Form, ...]:
    """Return the forms of an award in all profiles, those of one profile newest first."""
    rows = await db.fetch(
        "SELECT form.profile, form.generation, form.kid, key.state AS key_state, form.status_list_id,"
        " form.status_index, form.state, form.draft_sealed, form.secured_sealed, form.secured_digest,"
        " form.created_at, form.released_at, form.status_cause"
        " FROM credential_form AS form JOIN issuer_key AS key"
        " ON key.organization_id = form.organization_id AND key.kid = form.kid"
        " WHERE form.organization_id = $1 AND form.award_id = $2"
        " ORDER BY form.profile, form.generation DESC",
        organization_id,
        award_id,
    )
    return tuple(Form(**row) for row in rows)


async def insert_form(
    db: Db,
    organization_id: str,
    award_id: UUID,
    profile: str,
    generation: int,
    *,
    kid: str,
    status_list_id: UUID,
    status_index: int,
    draft_sealed: bytes,
    at: datetime,
) -> None:
    """Insert a form that is about to be signed."""
    await db.execute(
        "INSERT INTO credential_form (organization_id, award_id, profile, generation, kid, status_list_id,"
        " status_index, state, draft_sealed, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, 'signing', $8, $9)",
        organization_id,
        award_id,
        profile,
        generation,
        kid,
        status_list_id,
        status_index,
        draft_sealed,
        at,
    )


async def release_form(
    db: Db,
    organization_id: str,
    award_id: UUID,
    profile: str,
    generation: int,
    *,
    secured_sealed: bytes,
    secured_digest: bytes,
    at: datetime,
) -> bool:
    """Write the released bytes, once: False for everybody who comes second, or finds the form abandoned."""
    released = await db.fetchval(
        "UPDATE credential_form SET state = 'released', secured_sealed = $5, secured_digest = $6,"
        " released_at = $7"
        " WHERE organization_id = $1 AND award_id = $2 AND profile = $3 AND generation = $4"
        " AND state = 'signing' RETURNING true",
        organization_id,
        award_id,
        profile,
        generation,
        secured_sealed,
        secured_digest,
        at,
    )
    return released is True


async def abandon_form(db: Db, organization_id: str, award_id: UUID, profile: str, generation: int) -> None:
    """Give up a form that was not released; its index is never used again."""
    await db.execute(
        "UPDATE credential_form SET state = 'abandoned' WHERE organization_id = $1 AND award_id = $2"
        " AND profile = $3 AND generation = $4 AND state = 'signing'",
        organization_id,
        award_id,
        profile,
        generation,
    )


async def published(db: Db, organization_id: str, paths: list[str]) -> dict[str, tuple[bytes, str]]:
    """Return our own published documents (body, media type) as they stand in the database now."""
    rows = await db.fetch(
        "SELECT path, body, media_type FROM publication"
        " WHERE organization_id = $1 AND path = ANY($2) AND NOT gone",
        organization_id,
        paths,
    )
    return {row["path"]: (row["body"], row["media_type"]) for row in rows}
