"""What unit tests share: patience, other people's test data (read where it lies), who issues."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from issuer.app import create_app
from issuer.assessments import store as assessments
from issuer.assessments.demonstration import ASSESSMENT, ORGANIZATION_ID, ensure_demonstration
from issuer.db.pool import Pool, connect, transaction
from issuer.issuance.choice import choose, parse
from issuer.issuance.desk import Desk
from issuer.organizations.create import create_machine, machine
from issuer.organizations.tokens import SCOPES, create_token
from issuer.people.enroll import find_or_create
from issuer.publications.cache import Publications
from issuer.settings import Settings
from issuer.sharing.desk import open_desk
from keys.stores.file import FileStore
from tests.conftest import TEMPLATE, Clock, execute, named

DEMONSTRATION = "assay_demonstration"

# A machine that is busy with something else is no finding.
hypothesis_settings.register_profile("unit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("unit")

Finished = Callable[..., Awaitable[UUID]]


@pytest.fixture(scope="session")
def corpora() -> Path:
    folder = Path(os.environ.get("ASSAY_CORPORA") or Path(__file__).parents[3] / "shared" / "corpora")
    if not folder.is_dir():
        pytest.skip(f"the test corpora are not in {folder} (ASSAY_CORPORA)")
    return folder


@pytest.fixture(scope="session")
def demonstration(server: str, keystore: FileStore) -> str:
    """The name of a database with the demonstration organisation in it, made once: a second each time.

    As every test's own settings and clock would make it; its keys are in the session's store.
    """
    made = named(server, DEMONSTRATION)

    async def make() -> None:
        await execute(server, f"CREATE DATABASE {DEMONSTRATION} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        pool = await connect(made, size=1)
        await ensure_demonstration(pool, keystore, Settings(database_url=made), Clock())
        await pool.close()

    asyncio.run(make())
    return DEMONSTRATION


@pytest.fixture
async def desk(
    demonstration: str,  # noqa: ARG001 - it decides what `pool` finds
    pool: Pool,
    keystore: FileStore,
    settings: Settings,
    clock: Callable[[], datetime],
    tmp_path: Path,
) -> AsyncIterator[Desk]:
    """A desk of the demonstration organisation, its publications read.

    It releases one form, so that what is counted is counted once; tests of several forms choose them.
    """
    await choose(pool, keystore, settings, ORGANIZATION_ID, parse([("ob3-jwt", None)]), clock)
    publications = Publications(pool, tmp_path / "published")
    await publications.refresh()
    yield open_desk(pool, keystore, settings, publications, clock)
    publications.close()


@pytest.fixture
def finished(desk: Desk) -> Finished:
    """Makes a finished session of the demonstration's assessment and returns its id."""

    async def make(
        name: str = "Ada Lovelace",
        email: str = "ada@example.org",
        *,
        outcome: str | None = "award",
        level: str | None = "working",
        epoch: int = 1,
    ) -> UUID:
        at = desk.clock()
        async with transaction(desk.pool) as db:
            assessment = await assessments.assessment_by_slug(db, ORGANIZATION_ID, ASSESSMENT)
            assert assessment is not None
            person = await find_or_create(db, desk.keystore, ORGANIZATION_ID, name, email, at)
            session = assessments.StoredSession(
                ORGANIZATION_ID, uuid4(), assessment.id, epoch, at, None, None, None
            )
            await assessments.insert_session(db, session, person.id)
            if outcome is not None:
                await assessments.finish_session(
                    db, ORGANIZATION_ID, session.id, outcome=outcome, level=level, at=at
                )
        return session.id

    return make


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    """Talks to the whole application in this process, without a socket."""
    transport = httpx.ASGITransport(app=create_app(desk), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=desk.settings.base_url) as opened:
        yield opened


@pytest.fixture
def bearer(desk: Desk) -> Callable[..., Awaitable[dict[str, str]]]:
    """Makes a token of the demonstration organisation; returns it as a header. `program` names whose."""

    async def make(*scopes: str, program: str | None = None) -> dict[str, str]:
        at = desk.clock()
        async with transaction(desk.pool) as db:
            if program is None:
                whose = await create_machine(db, ORGANIZATION_ID, "test", ("machine",), at=at)
            else:
                whose = await machine(db, ORGANIZATION_ID, program, at=at)
            _, text = await create_token(db, ORGANIZATION_ID, whose, "test", scopes or SCOPES, at=at)
        return {"Authorization": f"Bearer {text}"}

    return make
