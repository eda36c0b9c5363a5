"""What may happen between the two commits: another signer, a rotation, a compromise, a death."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from issuer.issuance import check, store
from issuer.issuance.choice import Wanted
from issuer.issuance.decide import Award, decide
from issuer.issuance.desk import Desk
from issuer.issuance.intent import Intended, Issued, commit_intent
from issuer.issuance.issue import complete, gather, issue, sign
from issuer.issuance.profiles import BY_NAME
from issuer.issuance.reconcile import reconcile
from issuer.issuance.release import commit_release
from issuer.organizations.keys import compromise, rotate
from issuer.people.erase import erase
from issuer.status.change import reinstate, revoke, suspend
from keys.proofs import jose
from keys.stores.file import StoreRefused
from schemas.problems import ProblemError

ORG = "demo"
Finished = Callable[..., Awaitable[UUID]]
NOW = timedelta(0)
BADGE = Wanted(BY_NAME["ob3-jwt"], "ES256")


async def decided(desk: Desk, session: UUID) -> Award:
    attempt = await store.attempt(desk.pool, ORG, session)
    assert attempt is not None
    award = decide(attempt)
    assert isinstance(award, Award)
    return award


async def intend(desk: Desk, award: Award) -> Intended:
    intended = await commit_intent(desk, award, BADGE, await gather(desk, award), None)
    assert isinstance(intended, Intended)
    return intended


async def release(desk: Desk, award: Award, intended: Intended, token: str) -> Issued | None:
    return await commit_release(desk, award, intended, token, title="SQL", principal_id=None)


async def forms(desk: Desk, award: Award) -> list[tuple[int, str, str | None]]:
    found = await store.forms(desk.pool, ORG, award.id)
    assert {form.profile for form in found} == {"ob3-jwt"}
    return [(form.generation, form.state, form.status_cause) for form in reversed(found)]


async def test_a_second_signer_of_the_same_draft_loses_and_returns_what_was_released(
    desk: Desk, finished: Finished
) -> None:
    award = await decided(desk, await finished())
    one, two = await intend(desk, award), await intend(desk, award)
    assert one.draft.signing_input == two.draft.signing_input
    tokens = [await sign(desk, award, one), await sign(desk, award, two)]
    assert tokens[0] is not None
    assert tokens[1] is not None
    assert tokens[0] != tokens[1]  # ES256 is random: two versions, of which one is ever released
    first, second = await asyncio.gather(
        release(desk, award, one, tokens[0]), release(desk, award, two, tokens[1])
    )
    assert first is not None
    assert second is not None
    assert first.token == second.token
    assert sorted([first.created, second.created]) == [False, True]
    assert await desk.pool.fetchval("SELECT count(*) FROM audit WHERE action = 'credential.signing'") == 1
    digest = await desk.pool.fetchval("SELECT digest FROM audit WHERE action = 'credential.released'")
    assert digest == hashlib.sha256(first.token.encode()).digest()


async def test_a_death_between_the_commits_is_finished_from_the_same_draft(
    desk: Desk, finished: Finished
) -> None:
    award = await decided(desk, await finished())
    intended = await intend(desk, award)
    assert (await reconcile(desk)).finished == 0  # somebody may still be at it
    found = await reconcile(desk, grace=NOW)
    assert (found.finished, found.reported) == (1, ())
    issued = await complete(desk, award)
    assert not issued.created
    assert jose.read(issued.token).signing_input == intended.draft.signing_input
    assert await forms(desk, award) == [(1, "released", None)]
    assert (await reconcile(desk, grace=NOW)).finished == 0


async def test_a_death_before_the_first_commit_is_finished_too(desk: Desk, finished: Finished) -> None:
    session = await finished()
    assert (await reconcile(desk, grace=NOW)).finished == 1
    assert not (await issue(desk, ORG, session)).created


async def test_a_key_rotated_before_signing_is_not_asked(desk: Desk, finished: Finished, clock: Any) -> None:
    award = await decided(desk, await finished())
    intended = await intend(desk, award)
    clock.advance(seconds=1)
    await rotate(desk.pool, desk.keystore, desk.settings, ORG, desk.clock)
    assert await sign(desk, award, intended) is None
    issued = await complete(desk, award)
    assert issued.created
    assert await forms(desk, award) == [(1, "abandoned", None), (2, "released", None)]
    assert not (jose.read(issued.token).kid or "").endswith(intended.kid)


async def test_a_key_retired_after_signing_still_releases(desk: Desk, finished: Finished, clock: Any) -> None:
    award = await decided(desk, await finished())
    intended = await intend(desk, award)
    token = await sign(desk, award, intended)
    assert token is not None
    clock.advance(seconds=1)
    await rotate(desk.pool, desk.keystore, desk.settings, ORG, desk.clock)
    released = await release(desk, award, intended, token)
    assert released is not None
    assert released.token == token


async def test_a_key_compromised_after_signing_releases_nothing(
    desk: Desk, finished: Finished, clock: Any
) -> None:
    award = await decided(desk, await finished())
    intended = await intend(desk, award)
    token = await sign(desk, award, intended)
    assert token is not None
    clock.advance(seconds=1)
    await compromise(desk.pool, desk.keystore, desk.settings, ORG, intended.kid, desk.clock)
    assert await release(desk, award, intended, token) is None
    issued = await complete(desk, award)
    assert issued.token != token
    assert await forms(desk, award) == [(1, "abandoned", None), (2, "released", None)]


async def test_honest_awards_outlive_a_compromised_key_as_successor_forms(
    desk: Desk, finished: Finished, clock: Any
) -> None:
    session = await finished()
    before = await issue(desk, ORG, session)
    kid = await desk.pool.fetchval("SELECT kid FROM credential_form")
    clock.advance(days=40)
    await compromise(desk.pool, desk.keystore, desk.settings, ORG, kid, desk.clock)
    assert (await reconcile(desk)).finished == 1
    after = await issue(desk, ORG, session)
    old, new = jose.read(before.token).document, jose.read(after.token).document
    assert (old["id"], old["validFrom"]) == (new["id"], new["validFrom"])
    assert old["credentialStatus"] != new["credentialStatus"]
    assert await desk.pool.fetchval("SELECT count(*) FROM outbox WHERE kind = 'mail.credential'") == 1


@pytest.mark.parametrize("change", [revoke, suspend])
async def test_a_form_whose_award_is_withdrawn_while_it_is_signed_is_never_released(
    desk: Desk, finished: Finished, change: Any
) -> None:
    award = await decided(desk, await finished())
    intended = await intend(desk, award)
    token = await sign(desk, award, intended)
    assert token is not None
    await change(desk, ORG, award.id, "A mistake.")
    assert await release(desk, award, intended, token) is None
    with pytest.raises(ProblemError) as refused:
        await complete(desk, award)
    assert refused.value.code == f"credential.{'revoked' if change is revoke else 'suspended'}"
    if change is suspend:
        await reinstate(desk, ORG, award.id)
        assert (await complete(desk, award)).created
        assert await forms(desk, award) == [(1, "abandoned", "superseded"), (2, "released", None)]


async def test_an_erased_persons_form_is_given_up(desk: Desk, finished: Finished) -> None:
    award = await decided(desk, await finished())
    await intend(desk, award)
    await erase(desk.pool, ORG, award.person_id, at=desk.clock())
    found = await reconcile(desk, grace=NOW)
    assert (found.finished, found.abandoned, found.reported) == (0, 1, ())
    assert await forms(desk, award) == [(1, "abandoned", None)]


async def test_what_cannot_be_finished_is_reported(
    desk: Desk, finished: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    award = await decided(desk, await finished())
    await intend(desk, award)

    def lost(_self: object, _kid: str) -> None:
        raise StoreRefused("keys.unknown", "There is no such key.")

    with monkeypatch.context() as patch:
        patch.setattr(type(desk.keystore), "signer", lost)
        found = await reconcile(desk, grace=NOW)
        with pytest.raises(ProblemError) as refused:
            await complete(desk, award)
    assert found.reported == ((f"{award.id}/ob3-jwt", "credential.signing"),)
    assert refused.value.code == "credential.signing"
    assert (await reconcile(desk, grace=NOW)).finished == 1


async def test_the_lint_refuses_before_any_key_is_asked(desk: Desk, finished: Finished) -> None:
    session = await finished()
    await desk.pool.execute("UPDATE skill_alignment SET target_url = 'not an address'")
    with pytest.raises(ProblemError) as refused:
        await issue(desk, ORG, session)
    assert refused.value.code == "credential.lint"
    assert "alignment" in (refused.value.detail or "")
    assert await desk.pool.fetchval("SELECT count(*) FROM audit WHERE action = 'credential.signing'") == 0
    assert await desk.pool.fetchval("SELECT count(*) FROM award") == 0


async def test_our_own_verifier_stands_before_the_release(desk: Desk, finished: Finished) -> None:
    award = await decided(desk, await finished())
    intended = await intend(desk, award)
    token = await sign(desk, award, intended)
    assert token is not None
    await check.verify_own(desk, ORG, intended, token)
    broken = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BAAA")
    with pytest.raises(ProblemError) as refused:
        await check.verify_own(desk, ORG, intended, broken)
    assert refused.value.code == "credential.self_check"
    assert "signature.invalid" in (refused.value.detail or "")
    unpublished = msgspec.structs.replace(intended, kid="x" * 43)
    await desk.pool.execute("UPDATE publication SET gone = true WHERE path LIKE '%/did.json'")
    with pytest.raises(ProblemError, match="issuer_key"):
        await check.verify_own(desk, ORG, unpublished, token)


async def test_without_an_active_key_nothing_is_drafted(desk: Desk, finished: Finished) -> None:
    session = await finished()
    await desk.pool.execute("UPDATE issuer_key SET state = 'retired'")
    with pytest.raises(ProblemError) as refused:
        await issue(desk, ORG, session)
    assert refused.value.code == "credential.signing"
    assert await desk.pool.fetchval("SELECT count(*) FROM award") == 0


async def test_bytes_that_do_not_open_are_reported_and_nothing_else_stops(
    desk: Desk, finished: Finished
) -> None:
    broken = await decided(desk, await finished())
    await intend(desk, broken)
    await desk.pool.execute("UPDATE credential_form SET draft_sealed = 'x'")
    await finished(email="other@example.org")
    found = await reconcile(desk, grace=NOW)
    assert (found.finished, found.reported) == (1, ((f"{broken.id}/ob3-jwt", "credential.unreadable"),))


async def test_a_key_that_is_rotated_again_and_again_ends_in_a_clear_problem(
    desk: Desk, finished: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    award = await decided(desk, await finished())

    async def rotated(*_arguments: object) -> None:
        """As if the key were rotated each time just before it is asked."""

    monkeypatch.setattr("issuer.issuance.issue.sign", rotated)
    with pytest.raises(ProblemError) as refused:
        await complete(desk, award)
    assert refused.value.code == "credential.signing"
    assert await forms(desk, award) == [(1, "signing", None)]


async def test_a_release_that_finds_its_form_abandoned_begins_again(
    desk: Desk, finished: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    award = await decided(desk, await finished())
    release_form = commit_release
    calls = []

    async def abandoned_first(*arguments: Any, **named: Any) -> Issued | None:
        calls.append(arguments)
        if len(calls) == 1:
            await desk.pool.execute("UPDATE credential_form SET state = 'abandoned'")
        return await release_form(*arguments, **named)

    monkeypatch.setattr("issuer.issuance.issue.commit_release", abandoned_first)
    issued = await complete(desk, award)
    assert issued.created
    assert await forms(desk, award) == [(1, "abandoned", None), (2, "released", None)]


async def test_the_throw_away_key_sees_what_the_lints_do_not(
    desk: Desk, finished: Finished, clock: Any
) -> None:
    session = await finished()
    clock.advance(days=-2)  # a decision of the day after tomorrow: not yet valid
    with pytest.raises(ProblemError) as refused:
        await issue(desk, ORG, session)
    assert refused.value.code == "credential.lint"
    assert "validity.not_yet" in (refused.value.detail or "")
