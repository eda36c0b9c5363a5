"""A small bank and all around it: one organisation, one achievement, one assessment, one invitation."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol
from uuid import uuid4

import pytest
from msgspec import Struct

from issuer.assessments.create import create_assessment
from issuer.assessments.invite import Invited, Wanted, invite
from issuer.assessments.store import Assessment
from issuer.db.pool import Pool, transaction
from issuer.organizations.create import create_machine, create_organization
from issuer.organizations.store import Organization
from issuer.organizations.tokens import create_token
from issuer.settings import Settings
from issuer.skills.create import create_achievement, create_skill
from issuer.skills.store import Achievement, Level, Skill
from keys.stores.file import FileStore
from schemas.assessment import Conditions

MARKER = "RATIONALE-MARKER"


def small_bank() -> bytes:
    """Twelve items in two areas, every third one multiple choice; "o1" (and "o3") are right."""
    items = []
    for number in range(12):
        multiple = number % 3 == 2
        items.append(
            {
                "id": f"item-{number:02d}",
                "area": "first" if number % 2 else "second",
                "kind": "multiple" if multiple else "single",
                "stem": f"Question {number}?",
                "options": [
                    {"id": f"o{n}", "text": f"Answer {n} of {number}", "rationale": f"{MARKER} {number} {n}"}
                    for n in range(1, 5)
                ],
                "key": ["o1", "o3"] if multiple else ["o1"],
            }
        )
    links = [{"name": "A course", "url": "https://example.org/course"}]
    return json.dumps(
        {
            "id": "small",
            "version": "1",
            "title": "A small test",
            "language": "en",
            "description": "For tests.",
            "calibration": "uncalibrated",
            "standardSetting": "author's choice, no panel",
            "areas": [
                {"id": "first", "name": "First area", "description": "One.", "links": links},
                {"id": "second", "name": "Second area", "description": "Two.", "links": links},
            ],
            "items": items,
        }
    ).encode()


def right(item: str) -> tuple[str, ...]:
    """The key of an item of the small bank."""
    return ("o1", "o3") if int(item[-2:]) % 3 == 2 else ("o1",)


class Clock(Protocol):
    """The clock of the main conftest."""

    now: datetime

    def __call__(self) -> datetime: ...

    def advance(self, **by: float) -> None: ...


class House(Struct):
    """An organisation with an assessment, and a way to invite people to it."""

    assessment: Assessment
    api_token: str
    weak_token: str
    invite: Callable[[str], Awaitable[Invited]]


def token_of(invited: Invited) -> str:
    """The secret in a link."""
    return invited.link.rpartition("/")[2]


@pytest.fixture
def key() -> Callable[[str], tuple[str, ...]]:
    return right


@pytest.fixture
def bank_bytes() -> bytes:
    return small_bank()


@pytest.fixture
def marker() -> str:
    return MARKER


@pytest.fixture
async def house(pool: Pool, keystore: FileStore, settings: Settings, clock: Clock) -> House:
    at = clock()
    async with transaction(pool) as db:
        organization = Organization("acme", "Acme", None, demo=False, created_at=at)
        await create_organization(db, keystore, settings, organization)
        principal = await create_machine(db, "acme", "portal", ("machine",), at=at)
        _, api_token = await create_token(db, "acme", principal, "portal", ("invitations:write",), at=at)
        _, weak_token = await create_token(db, "acme", principal, "portal", ("credentials:read",), at=at)
        skill = Skill("acme", uuid4(), "Testing", "Testing things.", ())
        await create_skill(db, skill, principal_id=principal, at=at)
        levels = (Level("basic", "Basic", "Some.", 0.4), Level("high", "High", "Much.", 0.6))
        achievement = Achievement(
            "acme", uuid4(), 1, skill.id, "Tester", "Tests.", "Answer.", 0.8, 12, levels
        )
        await create_achievement(db, achievement, settings.base_url, principal_id=principal, at=at)
        conditions = Conditions(permitted_aids="None.", items_per_step=4, items_at_most=12)
        assessment = await create_assessment(
            db, achievement, small_bank(), "small", conditions, principal_id=principal, at=at
        )

    async def invited(email: str) -> Invited:
        wanted = Wanted("small", "Kim Example", email)
        return await invite(pool, keystore, settings, "acme", principal, wanted, at=clock())

    assert assessment.bank_digest == hashlib.sha256(small_bank()).hexdigest()
    return House(assessment, api_token, weak_token, invited)


@pytest.fixture
async def link_token(house: House) -> str:
    """The token of one fresh invitation."""
    return token_of(await house.invite("kim@example.org"))
