"""The cycle against a real database, real keys and our real verifier."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest

from issuer import audit
from issuer.issuance.desk import Desk
from issuer.issuance.issue import issue
from issuer.people.erase import erase
from issuer.publications.cache import Published
from issuer.status.trust import own_trust
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


async def test_repeated_requests_get_the_same_bytes(desk: Desk, finished: Finished) -> None:
    session = await finished()
    first = await issue(desk, ORG, session)
    again = await issue(desk, ORG, session)
    assert (again.token, again.created) == (first.token, False)
    assert await desk.pool.fetchval("SELECT count(*) FROM credential_form") == 1
    assert await desk.pool.fetchval("SELECT count(*) FROM outbox WHERE kind = 'mail.credential'") == 1


async def test_200_concurrent_requests_for_20_awards_give_20_credentials(
    desk: Desk, finished: Finished
) -> None:
    sessions = [await finished(email=f"person{number}@example.org") for number in range(20)]
    issued = await asyncio.gather(*(issue(desk, ORG, session) for session in sessions for _ in range(10)))
    assert len({one.credential_id for one in issued}) == 20
    assert len({one.token for one in issued}) == 20
    assert sum(one.created for one in issued) == 20
    rows = await desk.pool.fetch("SELECT state, status_index, secured_digest FROM credential_form")
    assert [row["state"] for row in rows] == ["released"] * 20
    assert len({row["status_index"] for row in rows}) == 20
    assert {row["secured_digest"] for row in rows} == {
        hashlib.sha256(one.token.encode()).digest() for one in issued
    }
    assert await desk.pool.fetchval("SELECT count(*) FROM audit WHERE action = 'credential.released'") == 20
    assert await desk.pool.fetchval("SELECT count(*) FROM share") == 20
    await audit.verify_chain(desk.pool, ORG)


@pytest.mark.parametrize(
    ("outcome", "level", "code"),
    [(None, None, "session.unfinished"), ("not_yet", None, "award.not_awarded")],
)
async def test_no_award_no_credential(
    desk: Desk, finished: Finished, outcome: str | None, level: str | None, code: str
) -> None:
    session = await finished(outcome=outcome, level=level)
    with pytest.raises(ProblemError) as refused:
        await issue(desk, ORG, session)
    assert refused.value.code == code
    assert await desk.pool.fetchval("SELECT count(*) FROM award") == 0


async def test_an_unknown_session_and_one_of_another_organisation_are_unknown(
    desk: Desk, finished: Finished
) -> None:
    session = await finished()
    for place in ((ORG, uuid4()), ("other", session)):
        with pytest.raises(ProblemError) as refused:
            await issue(desk, *place)
        assert refused.value.code == "session.unknown"


async def test_only_ciphertext_is_stored(desk: Desk, finished: Finished) -> None:
    issued = await issue(desk, ORG, await finished())
    row = await desk.pool.fetchrow("SELECT draft_sealed, secured_sealed FROM credential_form")
    assert row is not None
    for column in row.values():
        assert b"Lovelace" not in column
        assert issued.token.encode()[:40] not in column
    links = await desk.pool.fetch("SELECT link_sealed FROM pending_link")
    assert len(links) == 1
    assert b"/c/north." not in links[0]["link_sealed"]


async def test_an_erased_person_gets_nothing_more(desk: Desk, finished: Finished) -> None:
    session = await finished()
    await issue(desk, ORG, session)
    person = await desk.pool.fetchval("SELECT person_id FROM award")
    await erase(desk.pool, ORG, person, at=desk.clock())
    with pytest.raises(ProblemError) as refused:
        await issue(desk, ORG, session)
    assert refused.value.code == "session.unknown"  # the session knows nobody any more


async def test_indexes_do_not_follow_the_order_of_issue(desk: Desk, finished: Finished) -> None:
    for number in range(4):
        await issue(desk, ORG, await finished(email=f"p{number}@example.org"))
    rows = await desk.pool.fetch("SELECT status_index FROM credential_form ORDER BY created_at")
    indexes = [row["status_index"] for row in rows]
    assert max(indexes) > 1_000
    assert await desk.pool.fetchval("SELECT allocated FROM status_list") == 4
