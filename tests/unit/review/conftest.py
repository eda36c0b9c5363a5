"""A small assessment of the demonstration organisation, and people who take it as they are told to."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

import httpx
import pytest
from click import Command
from click.testing import CliRunner, Result
from msgspec import Struct
from msgspec.structs import replace

from issuer.assessments import take
from issuer.assessments.create import create_assessment
from issuer.assessments.demonstration import ORGANIZATION_ID
from issuer.assessments.invite import Wanted, invite
from issuer.assessments.rating.raters import name_rater
from issuer.assessments.sitting import open_sitting
from issuer.db.pool import transaction
from issuer.issuance.desk import Desk
from issuer.organizations.create import create_machine, machine, person_in
from issuer.organizations.tokens import SCOPES, Principal, authenticate, create_token
from issuer.settings import Settings
from issuer.skills.create import create_achievement, create_skill
from issuer.skills.store import Achievement, Level, Skill
from keys.stores.file import FileStore
from schemas.assessment import Conditions

RIGHT, WRONG = "o1", "o2"
LEVELS = (Level("basic", "Basic", "Some.", 0.2), Level("high", "High", "Much.", 0.6))


class Clock(Protocol):
    """The clock of the main conftest."""

    now: datetime

    def __call__(self) -> datetime: ...

    def advance(self, **by: float) -> None: ...


def small_bank(version: str = "1") -> bytes:
    """Twelve items in two areas; "o1" is right everywhere."""
    items = [
        {
            "id": f"item-{number:02d}",
            "area": "first" if number % 2 else "second",
            "kind": "single",
            "stem": f"Question {number}?",
            "options": [
                {"id": f"o{n}", "text": f"Answer {n} of {number}", "rationale": f"Because {n}."}
                for n in range(1, 5)
            ],
            "key": [RIGHT],
        }
        for number in range(12)
    ]
    areas = [
        {
            "id": area,
            "name": area,
            "description": area,
            "links": [{"name": "x", "url": "https://example.org"}],
        }
        for area in ("first", "second")
    ]
    bank = {
        "id": "small",
        "version": version,
        "title": "A small test",
        "language": "en",
        "description": "For tests.",
        "calibration": "uncalibrated",
        "standardSetting": "author's choice, no panel",
        "areas": areas,
        "items": items,
    }
    return json.dumps(bank).encode()


class Taken(Struct, frozen=True):
    """A session that somebody took to its end: the secret of its link, its id, and how it ended."""

    token: str
    id: UUID
    outcome: str | None
    level: str | None
    asked: frozenset[str]
    email: str = ""


Take = Callable[..., Awaitable[Taken]]


@pytest.fixture
async def assessment(desk: Desk) -> str:
    """The short name of an assessment with two levels, four items a step, twelve at most."""
    at = desk.clock()
    async with transaction(desk.pool) as db:
        principal = await create_machine(db, ORGANIZATION_ID, "author", ("machine",), at=at)
        skill = Skill(ORGANIZATION_ID, uuid4(), "Testing", "Testing things.", ())
        await create_skill(db, skill, principal_id=principal, at=at)
        achievement = Achievement(
            ORGANIZATION_ID, uuid4(), 1, skill.id, "Tester", "Tests.", "Answer.", 0.8, 12, LEVELS
        )
        await create_achievement(db, achievement, desk.settings.base_url, principal_id=principal, at=at)
        conditions = Conditions(permitted_aids="None.", items_per_step=4, items_at_most=12)
        await create_assessment(
            db, achievement, small_bank(), "small", conditions, principal_id=principal, at=at
        )
    return "small"


@pytest.fixture
def going(desk: Desk) -> Take:
    """Answers on behind a link: the named items wrong, all others right; goes on while it can, or stops."""

    async def make(token: str, wrong: Collection[str] = (), *, steps: int = 3, stop: bool = False) -> Taken:
        for _ in range(steps):
            while (current := (await open_sitting(desk.pool, token)).current) is not None:
                given = WRONG if current.item in wrong else RIGHT
                await take.answer(
                    desk.pool, desk.keystore, token, current.item, {"option": (given,)}, desk.clock
                )
            await (take.stop_here if stop else take.go_on)(desk.pool, token, desk.clock)
        sitting = await open_sitting(desk.pool, token)
        assert sitting.session is not None
        assert sitting.log is not None
        return Taken(
            token, sitting.session.id, sitting.session.outcome, sitting.session.level, sitting.log.seen
        )

    return make


@pytest.fixture
def taken(desk: Desk, assessment: str, going: Take) -> Take:
    """Has somebody take the small assessment, as `going` is told."""

    async def make(email: str, *told: Any, **further: Any) -> Taken:
        async with transaction(desk.pool) as db:
            who = await machine(db, ORGANIZATION_ID, "portal", at=desk.clock())
        wanted = Wanted(assessment, "Kim Example", email)
        invited = await invite(
            desk.pool, desk.keystore, desk.settings, ORGANIZATION_ID, who, wanted, at=desk.clock()
        )
        token = invited.link.rpartition("/")[2]
        await take.start(desk.pool, token, desk.clock)
        return replace(await going(token, *told, **further), email=email)

    return make


@pytest.fixture
def harmed(taken: Take) -> Take:
    """Finds somebody whom item-00, which they miss, costs a level."""

    async def make() -> Taken:
        for number in range(90):
            found = await taken(f"harmed{number}@example.org", {"item-00"}, steps=1, stop=True)
            if "item-00" in found.asked:
                return found
        raise AssertionError("nobody was asked the item")

    return make


@pytest.fixture
def token(desk: Desk) -> Callable[..., Awaitable[str]]:
    """Makes a token; the same role is the same person, whose address is known unless `named` is false."""

    async def make(role: str, *, person: bool = True, named: bool = True, email: str = "") -> str:
        at = desk.clock()
        async with transaction(desk.pool) as db:
            who = await (person_in if person else machine)(db, ORGANIZATION_ID, role, at=at)
            if person and named:
                email = email or f"{role}@reviewers.example"
                await name_rater(db, desk.keystore, ORGANIZATION_ID, role, email, at=at)
            _, text = await create_token(db, ORGANIZATION_ID, who, role, SCOPES, at=at)
        return text

    return make


@pytest.fixture
def principal(desk: Desk, token: Callable[..., Awaitable[str]]) -> Callable[..., Awaitable[Principal]]:
    """Somebody with a token of their own, as a request proves it."""

    async def make(role: str, **told: Any) -> Principal:
        return await authenticate(desk.pool, f"Bearer {await token(role, **told)}", SCOPES[0], desk.clock())

    return make


class Api:
    """The whole application as a client sees it, with the token of whoever asks."""

    def __init__(self, client: httpx.AsyncClient, token: Callable[..., Awaitable[str]]) -> None:
        self.client = client
        self.token = token

    async def ask(self, role: str, path: str, sent: object = None, **told: Any) -> tuple[int, Any]:
        """Status and answer; something sent is posted. Each call has a new token of the role."""
        headers = {"Authorization": f"Bearer {await self.token(role, **told)}"}
        answer = await self.client.request(
            "GET" if sent is None else "POST", path, json=sent, headers=headers
        )
        return answer.status_code, answer.json()


@pytest.fixture
def api(client: httpx.AsyncClient, token: Callable[..., Awaitable[str]]) -> Api:
    return Api(client, token)


class Console:
    """The command line beside the running service: same settings, same database."""

    def __init__(self, settings: Settings) -> None:
        self.runner = CliRunner(
            env={
                "ASSAY_DATABASE_URL": settings.database_url,
                "ASSAY_DATA_DIR": str(settings.data_dir),
                "ASSAY_BASE_URL": settings.base_url,
                "ASSAY_PASSPHRASE": settings.passphrase,
            }
        )

    async def run(self, command: Command, *arguments: str, said: str | None = None) -> Result:
        """What a command prints and returns; it has an event loop of its own."""
        return await asyncio.to_thread(
            self.runner.invoke, command, arguments, input=said, standalone_mode=False
        )


@pytest.fixture
def console(settings: Settings, keystore: FileStore) -> Console:
    settings.data_dir.joinpath("keys").symlink_to(keystore._folder)
    return Console(settings)


@pytest.fixture
def small_digest() -> str:
    """The name of the small bank's version."""
    return hashlib.sha256(small_bank()).hexdigest()
