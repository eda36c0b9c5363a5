"""Revoking, suspending, reinstating: one commit, lists at once, and our own answer within a second."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from issuer import audit
from issuer.issuance.decide import Award
from issuer.issuance.desk import Desk
from issuer.issuance.intent import Issued
from issuer.issuance.issue import complete, issue
from issuer.issuance.store import award
from issuer.organizations.keys import compromise, ring, rotate
from issuer.people.erase import erase
from issuer.publications.cache import Publications, Published
from issuer.status import store
from issuer.status.change import reinstate, revoke, standing, suspend
from issuer.status.lists import list_path
from issuer.status.publish import publish_list, resign
from issuer.status.trust import own_trust
from keys.proofs import jose
from keys.stores.file import StoreRefused
from schemas.problems import ProblemError
from schemas.report import Report
from verifier import Offline, TrustStore, averify

ORG = "demo"
Finished = Callable[..., Awaitable[UUID]]


async def verified(desk: Desk, token: str, trust: TrustStore | None = None) -> Report:
    await desk.publications.refresh()
    fetch = Published(desk.publications, desk.settings.base_url, Offline(), desk.clock)
    return await averify(token, fetch=fetch, trust=trust, clock=desk.clock)


async def ours(desk: Desk, token: str) -> Report:
    return await verified(desk, token, own_trust(desk.publications, desk.settings.base_url))


def reasons(report: Report, check: str = "status") -> list[str]:
    return [found.reason.value for found in report.of(check)]


async def decided(desk: Desk, issued: Issued) -> Award:
    row = await award(desk.pool, ORG, issued.award_id)
    assert row is not None
    return row.decided()


async def test_a_withdrawal_is_seen_by_us_and_by_strangers(
    desk: Desk, finished: Finished, clock: Any
) -> None:
    issued = await issue(desk, ORG, await finished())
    assert (await verified(desk, issued.token)).currency == "current"
    clock.advance(days=1)
    done = await revoke(desk, ORG, issued.award_id, "Issued by mistake.")
    assert (done.standing, done.since) == ("revoked", clock.now)
    report = await ours(desk, issued.token)
    assert (report.verdict, report.authenticity, report.currency) == ("invalid", "genuine", "revoked")
    assert report.since == "2026-11-24T09:00:00Z"
    assert reasons(report) == ["status.revoked"]
    stranger = await verified(desk, issued.token)
    assert (stranger.verdict, stranger.currency) == ("invalid", "revoked")
    told = await standing(desk.pool, desk.keystore, ORG, issued.award_id)
    assert told is not None
    assert (told.standing, told.reason) == ("revoked", "Issued by mistake.")
    assert b"mistake" not in await desk.pool.fetchval("SELECT reason_sealed FROM award")


async def test_withdrawing_is_final_and_repeating_it_changes_nothing(
    desk: Desk, finished: Finished, clock: Any
) -> None:
    issued = await issue(desk, ORG, await finished())
    first = await revoke(desk, ORG, issued.award_id, "First.")
    clock.advance(hours=1)
    assert await revoke(desk, ORG, issued.award_id, "Second.") == first
    for change in (
        suspend(desk, ORG, issued.award_id, "Third."),
        reinstate(desk, ORG, issued.award_id),
    ):
        with pytest.raises(ProblemError) as refused:
            await change
        assert refused.value.code == "credential.revoked"
    told = await standing(desk.pool, desk.keystore, ORG, issued.award_id)
    assert told is not None
    assert told.reason == "First."
    assert await desk.pool.fetchval("SELECT count(*) FROM audit WHERE action = 'credential.revoked'") == 1


async def test_on_hold_and_back_with_a_successor_form(desk: Desk, finished: Finished, clock: Any) -> None:
    session = await finished()
    issued = await issue(desk, ORG, session)
    await suspend(desk, ORG, issued.award_id, "Under review.")
    assert (await ours(desk, issued.token)).currency == "suspended"
    assert (await verified(desk, issued.token)).currency == "revoked"  # strangers fail closed
    assert (await issue(desk, ORG, session)).token == issued.token  # still the one that there is
    clock.advance(days=2)
    await reinstate(desk, ORG, issued.award_id)
    successor = await complete(desk, await decided(desk, issued))
    assert successor.created
    before, after = jose.read(issued.token).document, jose.read(successor.token).document
    assert (after["id"], after["validFrom"]) == (before["id"], before["validFrom"])
    assert after["credentialStatus"]["statusListIndex"] != before["credentialStatus"]["statusListIndex"]
    assert (await ours(desk, successor.token)).verdict == "valid"
    assert (await verified(desk, successor.token)).currency == "current"
    old = await ours(desk, issued.token)
    assert old.verdict == "invalid"
    assert reasons(old) == ["status.superseded"]
    assert (await verified(desk, issued.token)).currency == "revoked"  # the old bit is never cleared


async def test_reinstating_is_idempotent_and_needs_a_hold(desk: Desk, finished: Finished, clock: Any) -> None:
    issued = await issue(desk, ORG, await finished())
    with pytest.raises(ProblemError) as refused:
        await reinstate(desk, ORG, issued.award_id)
    assert refused.value.code == "credential.not_suspended"
    await suspend(desk, ORG, issued.award_id, "Under review.")
    first = await reinstate(desk, ORG, issued.award_id)
    clock.advance(hours=1)
    assert await reinstate(desk, ORG, issued.award_id) == first
    award = await decided(desk, issued)
    assert (await complete(desk, award)).token == (await complete(desk, award)).token
    assert await desk.pool.fetchval("SELECT count(*) FROM credential_form") == 2


async def test_withdrawing_what_was_on_hold_before_speaks_for_every_form(
    desk: Desk, finished: Finished
) -> None:
    issued = await issue(desk, ORG, await finished())
    await suspend(desk, ORG, issued.award_id, "Under review.")
    await reinstate(desk, ORG, issued.award_id)
    successor = await complete(desk, await decided(desk, issued))
    await suspend(desk, ORG, issued.award_id, "Again.")
    await revoke(desk, ORG, issued.award_id, "For good.")
    for token in (issued.token, successor.token):
        assert (await ours(desk, token)).currency == "revoked"


@pytest.mark.parametrize("reason", ["", "  \n ", "x" * 1_001, "a\x00b"])
async def test_a_reason_is_needed(desk: Desk, finished: Finished, reason: str) -> None:
    issued = await issue(desk, ORG, await finished())
    for change in (revoke, suspend):
        with pytest.raises(ProblemError) as refused:
            await change(desk, ORG, issued.award_id, reason)
        assert refused.value.code == "status.reason"


async def test_an_unknown_credential_and_one_of_another_organisation(desk: Desk, finished: Finished) -> None:
    issued = await issue(desk, ORG, await finished())
    for place in ((ORG, uuid4()), ("other", issued.award_id)):
        for change in (revoke(desk, *place, "x"), suspend(desk, *place, "x"), reinstate(desk, *place)):
            with pytest.raises(ProblemError) as refused:
                await change
            assert refused.value.code == "credential.unknown"
    assert await standing(desk.pool, desk.keystore, ORG, uuid4()) is None
    found = await standing(desk.pool, desk.keystore, ORG, issued.award_id)
    assert found is not None
    assert (found.standing, found.since, found.reason) == ("good", None, None)


async def test_an_erased_persons_credential_can_be_withdrawn_and_not_reinstated(
    desk: Desk, finished: Finished
) -> None:
    issued = await issue(desk, ORG, await finished())
    await suspend(desk, ORG, issued.award_id, "Under review.")
    await erase(desk.pool, ORG, (await decided(desk, issued)).person_id, at=desk.clock())
    with pytest.raises(ProblemError) as refused:
        await reinstate(desk, ORG, issued.award_id)
    assert refused.value.code == "person.erased"
    done = await revoke(desk, ORG, issued.award_id, "For good.")
    assert done.standing == "revoked"
    assert await desk.pool.fetchval("SELECT reason_sealed FROM award") is None
    assert (await ours(desk, issued.token)).currency == "revoked"


async def test_concurrent_changes_lose_no_bit(desk: Desk, finished: Finished) -> None:
    sessions = [await finished(email=f"p{number}@example.org") for number in range(12)]
    issued = [await issue(desk, ORG, session) for session in sessions]
    await asyncio.gather(*(revoke(desk, ORG, one.award_id, "All at once.") for one in issued))
    for one in issued:
        assert (await verified(desk, one.token)).currency == "revoked"
    versions = await desk.pool.fetchrow("SELECT version, signed_version FROM status_list")
    assert versions is not None
    assert tuple(versions) == (12, 12)
    await audit.verify_chain(desk.pool, ORG)


async def test_a_list_signed_from_older_bits_is_never_published(desk: Desk, finished: Finished) -> None:
    issued = await issue(desk, ORG, await finished())
    list_id = await desk.pool.fetchval("SELECT id FROM status_list")
    kid = await desk.pool.fetchval("SELECT kid FROM issuer_key WHERE algorithm = 'ES256'")
    old = await store.bits(desk.pool, ORG, list_id)
    await revoke(desk, ORG, issued.award_id, "Meanwhile.")
    at = desk.clock() + timedelta(minutes=1)
    assert not await store.mark_signed(desk.pool, ORG, list_id, old.version, (kid, None), at=at)
    assert (await verified(desk, issued.token)).currency == "revoked"


async def test_a_death_between_the_commit_and_the_list_is_made_good(desk: Desk, finished: Finished) -> None:
    issued = await issue(desk, ORG, await finished())
    list_id = await desk.pool.fetchval("SELECT id FROM status_list")
    await revoke(desk, ORG, issued.award_id, "A mistake.")
    before = await desk.pool.fetchval("SELECT body FROM publication WHERE path = $1", list_path(ORG, list_id))
    await desk.pool.execute("UPDATE status_list SET version = version + 1")  # as if it had died right there
    assert await resign(desk) == 1
    assert await resign(desk) == 0
    after = await desk.pool.fetchval("SELECT body FROM publication WHERE path = $1", list_path(ORG, list_id))
    assert before != after
    # Repeating the request does the same.
    await desk.pool.execute("UPDATE status_list SET version = version + 1")
    await revoke(desk, ORG, issued.award_id, "A mistake.")
    assert await resign(desk) == 0


async def test_lists_are_renewed_before_they_expire_and_never_seem_older(
    desk: Desk, finished: Finished, clock: Any
) -> None:
    issued = await issue(desk, ORG, await finished())
    clock.advance(days=3, hours=23)
    assert await resign(desk) == 0
    clock.advance(hours=2)
    assert await resign(desk) == 1
    clock.advance(days=4)
    assert (await verified(desk, issued.token)).currency == "current"
    list_id = await desk.pool.fetchval("SELECT id FROM status_list")
    signed_at = await desk.pool.fetchval("SELECT signed_at FROM status_list")
    clock.advance(days=-30)
    await desk.pool.execute("UPDATE status_list SET version = version + 1")
    assert await publish_list(desk, ORG, list_id)
    assert await desk.pool.fetchval("SELECT signed_at FROM status_list") == signed_at


async def test_a_list_signed_by_a_compromised_key_is_signed_again(
    desk: Desk, finished: Finished, clock: Any
) -> None:
    await issue(desk, ORG, await finished())
    clock.advance(seconds=1)
    await rotate(desk.pool, desk.keystore, desk.settings, ORG, desk.clock)
    assert await resign(desk) == 0  # a retired key still verifies
    kid = await desk.pool.fetchval("SELECT signed_kid FROM status_list")
    await compromise(desk.pool, desk.keystore, desk.settings, ORG, kid, desk.clock)
    assert await resign(desk) == 1
    assert await desk.pool.fetchval("SELECT signed_kid FROM status_list") != kid


async def test_without_an_active_key_nothing_is_signed(desk: Desk, finished: Finished) -> None:
    await issue(desk, ORG, await finished())
    list_id = await desk.pool.fetchval("SELECT id FROM status_list")
    await desk.pool.execute("UPDATE issuer_key SET state = 'retired'")
    await desk.pool.execute("UPDATE status_list SET version = version + 1")
    with pytest.raises(ProblemError) as refused:
        await publish_list(desk, ORG, list_id)
    assert refused.value.code == "credential.signing"


async def test_every_worker_knows_why_within_its_poll_and_with_the_database_down(
    desk: Desk, finished: Finished, tmp_path: Path
) -> None:
    issued = await issue(desk, ORG, await finished())
    await suspend(desk, ORG, issued.award_id, "Under review.")
    await desk.publications.refresh()  # another worker's poll; it also writes the files
    alone = Publications(desk.pool, tmp_path / "published")
    alone.load()  # a worker that starts from files, with no database
    entry = jose.read(issued.token).document["credentialStatus"]
    trust = own_trust(alone, desk.settings.base_url)
    url, index = entry["statusListCredential"], int(entry["statusListIndex"])
    cause = trust.status_cause(url, index)
    assert cause is not None
    assert (cause.cause, cause.since) == ("suspended", desk.clock())
    assert trust.status_cause(url, index ^ 1) is None
    assert trust.status_cause(url.replace("localhost", "elsewhere"), index) is None
    assert trust.status_cause(f"{url}x", index) is None
    assert trust.own("did:web:localhost%3A8000:o:demo")
    assert not trust.own("did:web:elsewhere:o:demo")
    assert not trust.own("did:web:localhost%3A8000:o:nobody")


async def test_an_unknown_list_is_a_defect(desk: Desk) -> None:
    with pytest.raises(LookupError):
        await store.bits(desk.pool, ORG, uuid4())


async def test_a_full_list_is_followed_by_another(desk: Desk, finished: Finished) -> None:
    await issue(desk, ORG, await finished())
    await desk.pool.execute("UPDATE status_list SET allocated = length")
    issued = await issue(desk, ORG, await finished(email="next@example.org"))
    assert await desk.pool.fetchval("SELECT count(*) FROM status_list") == 2
    assert (await ours(desk, issued.token)).verdict == "valid"


async def test_a_withdrawal_does_not_wait_for_the_key_of_the_embedded_proof(
    desk: Desk, finished: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = await issue(desk, ORG, await finished())
    away = (await ring(desk.pool, ORG)).active("EdDSA")
    assert away is not None
    signer = type(desk.keystore).signer

    def without_one(self: Any, kid: str) -> Any:
        if kid == away.public.kid:
            raise StoreRefused("keys.unreadable", "The device is away.")
        return signer(self, kid)

    monkeypatch.setattr(type(desk.keystore), "signer", without_one)
    await revoke(desk, ORG, issued.award_id, "A mistake.")
    assert (await verified(desk, issued.token)).currency == "revoked"
    gone = await desk.pool.fetch("SELECT gone FROM publication WHERE media_type = 'application/vc'")
    assert [row["gone"] for row in gone] == [True]  # rather than one that still says that it stands
