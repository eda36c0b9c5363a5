"""A calibrated bank of twelve items, and decided sessions with it, written as the engine writes them."""

import json
from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID, uuid4

import msgspec

from issuer.assessments import store as assessments
from issuer.assessments.bank import digest
from issuer.assessments.store import StoredEvent, StoredSession
from issuer.db.pool import Pool, transaction
from issuer.organizations.create import create_organization
from issuer.organizations.store import Organization
from issuer.people.enroll import find_or_create
from issuer.settings import Settings
from keys.stores.file import FileStore
from schemas.assessment import Answer, Decided, Decision, Form, LevelCut, Placed, Scale, Started

ITEMS = tuple(f"item-{number:02d}" for number in range(12))
CAPPED = "item-11"
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ASSESSMENT = UUID(int=7)


def bank_document() -> bytes:
    """Twelve 2PL items of medium difficulty in one area; "a" is right; the last one has a cap of .25."""
    items = [
        {
            "id": name,
            "area": "only",
            "kind": "single",
            "stem": f"{name}?",
            "options": [{"id": each, "text": each, "rationale": each} for each in "abcd"],
            "key": ["a"],
            "parameters": {"model": "2pl", "a": 1.2, "b": 0.0},
            **({"exposureCap": 0.25} if name == CAPPED else {}),
        }
        for name in ITEMS
    ]
    calibration = {
        "model": "2pl",
        "source": "recorded",
        "people": 900,
        "responses": "0" * 64,
        "logLikelihood": -1.0,
    }
    area = {"id": "only", "name": "Only", "description": "One.", "links": []}
    return json.dumps(
        {
            "id": "twelve",
            "version": "1",
            "title": "Twelve questions",
            "language": "en",
            "description": "For tests.",
            "calibration": calibration,
            "standardSetting": "author's choice, no panel",
            "areas": [area],
            "items": items,
        }
    ).encode()


class Sittings:
    """Decided sessions of one organisation, as many as a test needs."""

    def __init__(self, pool: Pool, keystore: FileStore, organization_id: str) -> None:
        self.pool, self.keystore, self.organization_id = pool, keystore, organization_id

    async def decided(
        self,
        right: Collection[str] = (),
        asked: Collection[str] = ITEMS[:11],
        *,
        scale: Scale = "ability",
        session_id: UUID | None = None,
        outcome: str = "not_yet",
    ) -> UUID:
        """Ask items in one step and decide; with `session_id` as that session's next step."""
        events = (
            ()
            if session_id is None
            else await assessments.events(self.pool, self.organization_id, session_id)
        )
        if session_id is None:
            session_id = uuid4()
            await self._begin(session_id)
        decision = Decision(
            "continue" if outcome == "continue" else "not_yet", None, None, (), 0, 0, 0.0, 1.0
        )
        bodies: list[tuple[str, str | None, object]] = (
            [] if events else [("started", None, self._started(scale))]
        )
        step = 1 + sum(event.kind == "decided" for event in events)
        bodies.append(("form", None, Form(step, tuple(Placed(name, ("a", "b", "c", "d")) for name in asked))))
        bodies += [("answered", n, Answer(n, ("a" if n in right else "b",))) for n in asked]
        bodies.append(("decided", None, Decided(decision, ())))
        for sequence, (kind, item, body) in enumerate(bodies, len(events) + 1):
            event = StoredEvent(sequence, kind, item, msgspec.json.encode(body), AT)  # type: ignore[arg-type] # a kind
            await assessments.append_event(self.pool, self.organization_id, session_id, event)
        if outcome != "continue":
            await assessments.finish_session(
                self.pool, self.organization_id, session_id, outcome="not_yet", level=None, at=AT
            )
        return session_id

    async def _begin(self, session_id: UUID) -> None:
        email = f"{session_id}@example.org"
        async with transaction(self.pool) as db:
            person = await find_or_create(db, self.keystore, self.organization_id, "Kim", email, AT)
            session = StoredSession(self.organization_id, session_id, ASSESSMENT, 1, AT, None, None, None)
            await assessments.insert_session(db, session, person.id)

    def _started(self, scale: Scale) -> Started:
        levels = (LevelCut("basic", 0.5),)
        return Started("assay-2", digest(bank_document()), "00" * 32, levels, 0.95, 11, 12, scale=scale)


async def found(pool: Pool, keystore: FileStore, settings: Settings, organization_id: str) -> Sittings:
    """An organisation with the bank and an assessment, and the way to sittings of it."""
    named = Organization(organization_id, "North", None, demo=False, created_at=AT)
    async with transaction(pool) as db:
        await create_organization(db, keystore, settings, named)
        document = bank_document()
        await assessments.insert_bank(db, organization_id, digest(document), document, at=AT)
        skill, achievement = uuid4(), uuid4()
        await db.execute(
            "INSERT INTO skill (organization_id, id, name, description, created_at)"
            " VALUES ($1, $2, 'Skill', '', $3)",
            organization_id,
            skill,
            AT,
        )
        await db.execute(
            "INSERT INTO achievement (organization_id, id, revision, skill_id, name, description, criteria,"
            " threshold, valid_months, created_at) VALUES ($1, $2, 1, $3, 'A', '', '', 0.95, 12, $4)",
            organization_id,
            achievement,
            skill,
            AT,
        )
        await db.execute(
            "INSERT INTO assessment (organization_id, id, slug, achievement_id, achievement_revision,"
            " bank_digest, record_digest, items_per_step, items_at_most, assurance, permitted_aids,"
            " created_at) VALUES ($1, $2, 'twelve', $3, 1, $4, '', 11, 12, 'unsupervised', 'None.', $5)",
            organization_id,
            ASSESSMENT,
            achievement,
            digest(document),
            AT,
        )
    return Sittings(pool, keystore, organization_id)
