"""Two assessments with room for a confirmation, people who hold their credential, and supervisors."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

import pytest
from msgspec import Struct
from msgspec.structs import replace

from issuer.assessments import take
from issuer.assessments.create import create_assessment
from issuer.assessments.demonstration import ORGANIZATION_ID
from issuer.assessments.invite import Wanted, invite
from issuer.assessments.rating.raters import name_rater
from issuer.assessments.sitting import open_sitting
from issuer.confirmation.begin import enter
from issuer.confirmation.sit import Step, answer, open_sat
from issuer.confirmation.supervise import Opened, open_confirmation
from issuer.db.pool import transaction
from issuer.issuance.desk import Desk
from issuer.issuance.intent import Issued
from issuer.issuance.issue import issue
from issuer.organizations.create import create_machine, machine, person_in
from issuer.organizations.tokens import SCOPES, Principal, authenticate, create_token
from issuer.skills.create import create_achievement, create_skill
from issuer.skills.store import Achievement, Level, Skill
from schemas.assessment import Assurance, Conditions
from tests.unit.assessments.banks import calibrated, uncalibrated

RIGHT, WRONG = "o1", "o2"
LEVELS = (Level("basic", "Basic", "Some.", 0.3), Level("high", "High", "Much.", 0.6))
BANKS = {"plain": uncalibrated, "adaptive": calibrated}
CONDITIONS = {
    "plain": Conditions(permitted_aids="None.", items_per_step=20, items_at_most=20),
    "adaptive": Conditions(
        permitted_aids="None.", delivery="adaptive", items_per_step=20, items_at_first=20, items_at_most=40
    ),
}


class Clock(Protocol):
    """The clock of the main conftest."""

    now: datetime

    def __call__(self) -> datetime: ...

    def advance(self, **by: float) -> None: ...


class Holder(Struct, frozen=True):
    """Somebody with a credential: their link's secret, their session, what it asked, and the award."""

    token: str
    session: UUID
    asked: frozenset[str]
    award: UUID
    issued: Issued


Hold = Callable[..., Awaitable[Holder]]
Who = Callable[..., Awaitable[Principal]]


@pytest.fixture
def publish(desk: Desk) -> Callable[..., Awaitable[str]]:
    """Publishes an assessment over one of the banks; returns its short name."""

    async def make(kind: str, *, items: int = 60, assurance: Assurance = "unsupervised") -> str:
        at, organization = desk.clock(), ORGANIZATION_ID
        async with transaction(desk.pool) as db:
            who = await create_machine(db, organization, uuid4().hex, ("machine",), at=at)
            skill = Skill(organization, uuid4(), "Testing", "Testing things.", ())
            await create_skill(db, skill, principal_id=who, at=at)
            achievement = Achievement(
                organization, uuid4(), 1, skill.id, "Tester", "Tests.", "Answer.", 0.9, 12, LEVELS
            )
            await create_achievement(db, achievement, desk.settings.base_url, principal_id=who, at=at)
            chosen = replace(CONDITIONS[kind], assurance=assurance)
            slug = f"{kind}-{items}-{assurance}"
            await create_assessment(
                db, achievement, BANKS[kind](items), slug, chosen, principal_id=who, at=at
            )
        return slug

    return make


@pytest.fixture
def holder(desk: Desk, publish: Callable[..., Awaitable[str]]) -> Hold:
    """Has somebody reach a level, all answers right but the named ones, and gives them the credential."""

    async def make(
        kind: str = "plain", *, email: str = "kim@example.org", wrong: int = 0, slug: str = "", **told: Any
    ) -> Holder:
        pool, clock = desk.pool, desk.clock
        slug = slug or await publish(kind, **told)
        async with transaction(pool) as db:
            who = await machine(db, ORGANIZATION_ID, "portal", at=clock())
        wanted = Wanted(slug, "Kim Example", email)
        invited = await invite(pool, desk.keystore, desk.settings, ORGANIZATION_ID, who, wanted, at=clock())
        token = invited.link.rpartition("/")[2]
        await take.start(pool, token, clock)
        while (current := (await open_sitting(pool, token)).current) is not None:
            given, wrong = (WRONG, wrong - 1) if wrong > 0 else (RIGHT, 0)
            await take.answer(pool, desk.keystore, token, current.item, {"option": (given,)}, clock)
        sitting = await open_sitting(pool, token)
        assert sitting.session is not None
        assert sitting.log is not None
        issued = await issue(desk, ORGANIZATION_ID, sitting.session.id)
        return Holder(token, sitting.session.id, sitting.log.seen, issued.award_id, issued)

    return make


@pytest.fixture
def who(desk: Desk) -> Who:
    """Somebody with a token of their own; the same role is the same person, known unless `named` is false."""

    async def make(role: str, *, person: bool = True, named: bool = True, email: str = "") -> Principal:
        return await authenticate(
            desk.pool,
            await bearer(desk, role, person=person, named=named, email=email),
            SCOPES[0],
            desk.clock(),
        )

    return make


async def bearer(desk: Desk, role: str, *, person: bool = True, named: bool = True, email: str = "") -> str:
    """The Authorization header of a role with every scope."""
    at = desk.clock()
    async with transaction(desk.pool) as db:
        one = await (person_in if person else machine)(db, ORGANIZATION_ID, role, at=at)
        if person and named:
            address = email or f"{role}@people.example"
            await name_rater(db, desk.keystore, ORGANIZATION_ID, role, address, at=at)
        _, text = await create_token(db, ORGANIZATION_ID, one, role, SCOPES, at=at)
    return f"Bearer {text}"


@pytest.fixture
def opened(desk: Desk, who: Who) -> Callable[..., Awaitable[Opened]]:
    """A supervisor gives a code for an award."""

    async def make(award: UUID, role: str = "invigilator", **told: Any) -> Opened:
        supervisor = await who(role, **told)
        return await open_confirmation(
            desk.pool, desk.keystore, supervisor, award, "document", at=desk.clock()
        )

    return make


@pytest.fixture
def sit(desk: Desk) -> Callable[..., Awaitable[Step | None]]:
    """Answers a sitting's questions: so many wrong first, at most so many in all."""

    async def make(secret: str, wrong: int = 0, *, at_most: int = 100) -> Step | None:
        step = None
        for place in range(at_most):
            current = (await open_sat(desk.pool, secret)).sitting.current
            if current is None:
                break
            given = {"option": (WRONG if place < wrong else RIGHT,)}
            step = await answer(desk.pool, desk.keystore, secret, current.item, given, desk.clock)
        return step

    return make


@pytest.fixture
def sat(
    desk: Desk, opened: Callable[..., Awaitable[Opened]], sit: Callable[..., Awaitable[Step | None]]
) -> Callable[..., Awaitable[tuple[str, Step | None]]]:
    """A whole sitting of somebody: the secret of its address, and what its last answer did."""

    async def make(one: Holder, wrong: int = 0, **told: Any) -> tuple[str, Step | None]:
        code = (await opened(one.award)).code
        secret = await enter(desk.pool, desk.keystore, one.token, code, desk.clock)
        return secret, await sit(secret, wrong, **told)

    return make
