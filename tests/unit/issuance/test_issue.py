"""The cycle against a real database, real keys and our real verifier."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from issuer import audit
from issuer.db.pool import transaction
from issuer.issuance import store
from issuer.issuance.desk import Desk
from issuer.issuance.issue import issue
from issuer.organizations.keys import compromise, rotate
from issuer.people.erase import erase
from issuer.publications.cache import Published
from issuer.status.trust import own_trust
from keys.proofs import jose
from schemas.problems import ProblemError
from schemas.report import Report
from verifier import Offline, averify

ORG = "demo"
Finished = Callable[..., Awaitable[UUID]]


async def verified(desk: Desk, token: str) -> Report:
    await desk.publications.refresh()
    fetch = Published(desk.publications, desk.settings.base_url, Offline(), desk.clock)
    trust = own_trust(desk.publications, desk.settings.base_url)
    return await averify(token, fetch=fetch, trust=trust, clock=desk.clock)


async def test_a_finished_session_becomes_a_credential(desk: Desk, finished: Finished) -> None:
    session = await finished()
    issued = await issue(desk, ORG, session)
    assert issued.created
    report = await verified(desk, issued.token)
    assert (report.verdict, report.currency) == ("valid", "current"), report
    assert issued.credential_id == issued.award_id.urn
    actions = [row["action"] for row in await desk.pool.fetch("SELECT action FROM audit ORDER BY sequence")]
    assert actions[-3:] == ["credential.signing", "share.created", "credential.released"]
    digest = await desk.pool.fetchval("SELECT digest FROM audit WHERE action = 'credential.released'")
    assert digest == hashlib.sha256(issued.token.encode()).digest()
    await audit.verify_chain(desk.pool, ORG)
