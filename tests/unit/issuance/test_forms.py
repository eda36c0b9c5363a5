"""One award in several secured forms: each with its own key, index and bytes, all of one mind."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from issuer import audit
from issuer.issuance import choice, reconcile, store
from issuer.issuance.choice import Wanted, choose, chosen, ensure_keys, parse
from issuer.issuance.decide import Award, decide
from issuer.issuance.desk import Desk
from issuer.issuance.intent import Intended, Issued, commit_intent, place
from issuer.issuance.issue import complete, gather, issue
from issuer.issuance.profiles import BY_NAME, DEFAULT, PROFILES
from issuer.organizations.keys import ALGORITHMS, compromise, ring
from issuer.people.erase import erase
from issuer.people.sealing import SealBroken, person_key
from issuer.publications.cache import Published
from issuer.status.change import reinstate, revoke, suspend
from issuer.status.trust import own_trust
from keys.algorithms import BY_NAME as ALGORITHM_TABLE
from keys.proofs import jose
from keys.stores.file import StoreRefused
from schemas.problems import ProblemError
from schemas.report import Report
from verifier import Offline, averify

ORG = "demo"
Finished = Callable[..., Awaitable[UUID]]
NOW = timedelta(0)
EVERY = [(profile.name, algorithm) for profile in PROFILES for algorithm in profile.algorithms]


async def release_in(desk: Desk, *named: str) -> tuple[Wanted, ...]:
    """Choose these forms, as `profile` or `profile:algorithm`."""
    asked = parse([(name, algorithm or None) for name, _, algorithm in (one.partition(":") for one in named)])
    await choose(desk.pool, desk.keystore, desk.settings, ORG, asked, desk.clock)
    return asked


async def verified(desk: Desk, token: str) -> Report:
    await desk.publications.refresh()
    fetch = Published(desk.publications, desk.settings.base_url, Offline(), desk.clock)
    trust = own_trust(desk.publications, desk.settings.base_url)
    return await averify(token, fetch=fetch, trust=trust, clock=desk.clock)


def every(issued: Issued) -> dict[str, str]:
    """The released bytes by profile."""
    return {one.profile.name: one.token for one in (issued, *issued.others)}


async def stored(desk: Desk, award_id: UUID) -> list[tuple[str, int, str, str | None]]:
    forms = await store.forms(desk.pool, ORG, award_id)
    return sorted((form.profile, form.generation, form.state, form.status_cause) for form in forms)


async def again(desk: Desk, issued: Issued) -> Issued:
    row = await store.award(desk.pool, ORG, issued.award_id)
    assert row is not None
    return await complete(desk, row.decided())


def test_every_row_can_be_signed_and_told_apart() -> None:
    for names in (
        [row.name for row in PROFILES],
        [row.file for row in PROFILES],
        [row.title for row in PROFILES],
    ):
        assert len(set(names)) == len(PROFILES)
    assert {algorithm for _, algorithm in EVERY} <= set(ALGORITHM_TABLE)
    assert {one.algorithm for one in choice.default()} <= set(ALGORITHMS)
    assert tuple(one.profile.name for one in choice.default()) == DEFAULT


@pytest.mark.parametrize(("profile", "algorithm"), EVERY)
async def test_each_form_is_genuine_with_each_of_its_algorithms(
    desk: Desk, finished: Finished, profile: str, algorithm: str
) -> None:
    await release_in(desk, f"{profile}:{algorithm}")
    issued = await issue(desk, ORG, await finished())
    assert (issued.profile.name, issued.created, issued.others) == (profile, True, ())
    report = await verified(desk, issued.token)
    assert (report.verdict, report.authenticity, report.currency) == ("valid", "genuine", "current"), report
    assert {check.outcome.value for check in report.checks} <= {"pass", "skipped"}, report
    document = BY_NAME[profile].read(issued.token)
    assert document["id"] == issued.credential_id
    (form,) = await store.forms(desk.pool, ORG, issued.award_id)
    key = (await ring(desk.pool, ORG)).get(form.kid)
    assert key is not None
    assert key.public.algorithm == algorithm
    broken = issued.token.replace(issued.token[-20:-10], issued.token[-20:-10].swapcase())
    assert (await verified(desk, broken)).authenticity == "not_genuine"


@pytest.mark.parametrize("profile", BY_NAME)
async def test_what_is_signed_is_drawn_once_and_never_depends_on_the_clock(
    desk: Desk, finished: Finished, clock: Any, profile: str
) -> None:
    (one,) = await release_in(desk, profile)
    attempt = await store.attempt(desk.pool, ORG, await finished())
    assert attempt is not None
    award = decide(attempt)
    assert isinstance(award, Award)
    drafts = []
    for _ in range(2):
        intended = await commit_intent(desk, award, one, await gather(desk, award), None)
        assert isinstance(intended, Intended)
        drafts.append(intended.draft.signing_input)
        clock.advance(days=1)
    assert drafts[0] == drafts[1]
    digest = await desk.pool.fetchval("SELECT digest FROM audit WHERE action = 'credential.signing'")
    assert digest == hashlib.sha256(drafts[0]).digest()
    found = await reconcile.reconcile(desk)
    assert (found.finished, found.reported) == (1, ())
    assert (await verified(desk, (await complete(desk, award)).token)).verdict == "valid"


async def test_each_form_names_its_key_where_its_readers_look(desk: Desk, finished: Finished) -> None:
    await release_in(desk, "ob3-jwt", "vc+jwt:EdDSA", "eddsa-rdfc-2022", "eddsa-jcs-2022")
    tokens = every(await issue(desk, ORG, await finished()))
    await desk.publications.refresh()
    document: Any = desk.publications.document(f"/o/{ORG}/did.json")
    methods = {method["id"]: method["type"] for method in document["verificationMethod"]}
    badge, token = (jose.read(tokens[name]).header for name in ("ob3-jwt", "vc+jwt"))
    assert set(badge) == {"alg", "kid", "typ"}  # Open Badges 3.0 knows no further members
    jwk: Any = desk.publications.document(badge["kid"].removeprefix(desk.settings.base_url))
    assert badge["kid"].endswith(jwk["kid"])
    assert {name: token[name] for name in ("alg", "typ", "cty")} == {
        "alg": "EdDSA",
        "typ": "vc+jwt",
        "cty": "vc",
    }
    assert methods[token["kid"]] == "JsonWebKey"
    for suite in ("eddsa-rdfc-2022", "eddsa-jcs-2022"):
        proof = json.loads(tokens[suite])["proof"]
        assert (proof["type"], proof["cryptosuite"]) == ("DataIntegrityProof", suite)
        assert (proof["proofPurpose"], proof["created"]) == ("assertionMethod", "2026-11-23T09:00:00Z")
        assert methods[proof["verificationMethod"]] == "Multikey"
        assert proof["verificationMethod"] in document["assertionMethod"]


async def test_all_forms_of_an_award_say_the_same_and_stand_apart(desk: Desk, finished: Finished) -> None:
    await release_in(desk, *BY_NAME)
    issued = await issue(desk, ORG, await finished())
    tokens = every(issued)
    assert list(tokens) == list(BY_NAME)
    documents = [BY_NAME[name].read(token) for name, token in tokens.items()]
    assert len({document["id"] for document in documents}) == 1
    assert len({document["validFrom"] for document in documents}) == 1
    assert len({document["credentialStatus"]["id"] for document in documents}) == len(PROFILES)
    lines = {
        action: await desk.pool.fetch("SELECT reference, digest FROM audit WHERE action = $1", action)
        for action in ("credential.signing", "credential.released")
    }
    for rows in lines.values():
        assert {row["reference"] for row in rows} == {f"{issued.award_id}/{name}/1" for name in BY_NAME}
    assert {row["digest"] for row in lines["credential.released"]} == {
        hashlib.sha256(token.encode()).digest() for token in tokens.values()
    }
    await audit.verify_chain(desk.pool, ORG)
    assert await desk.pool.fetchval("SELECT count(*) FROM outbox WHERE kind = 'mail.credential'") == 1
    assert await desk.pool.fetchval("SELECT count(*) FROM share") == 1
    repeated = await again(desk, issued)
    assert (every(repeated), repeated.created) == (tokens, False)


async def test_concurrent_requests_release_each_form_once(desk: Desk, finished: Finished) -> None:
    await release_in(desk, *BY_NAME)
    session = await finished()
    answers = await asyncio.gather(*(issue(desk, ORG, session) for _ in range(8)))
    assert sum(one.created for one in answers) == 1
    for name in BY_NAME:
        assert len({every(answer)[name] for answer in answers}) == 1
    rows = await desk.pool.fetch("SELECT state FROM credential_form")
    assert [row["state"] for row in rows] == ["released"] * len(PROFILES)
    released = await desk.pool.fetchval("SELECT count(*) FROM audit WHERE action = 'credential.released'")
    assert released == len(PROFILES)


async def test_a_further_form_reaches_earlier_awards_too(
    desk: Desk, finished: Finished, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "PAGE", 2)
    for number in range(5):
        await issue(desk, ORG, await finished(email=f"p{number}@example.org"))
    clock.advance(minutes=1)
    await release_in(desk, "ob3-jwt", "vc+jwt")
    monkeypatch.setattr(reconcile, "AT_ONCE", 3)
    assert (await reconcile.reconcile(desk)).finished == 3  # the rest in the next run
    found = await reconcile.reconcile(desk, grace=NOW)
    assert (found.finished, found.reported) == (2, ())
    assert (await reconcile.reconcile(desk, grace=NOW)).finished == 0
    rows = await desk.pool.fetch("SELECT profile, state FROM credential_form")
    assert sorted((row["profile"], row["state"]) for row in rows) == [
        *[("ob3-jwt", "released")] * 5,
        *[("vc+jwt", "released")] * 5,
    ]
    assert await desk.pool.fetchval("SELECT count(*) FROM outbox WHERE kind = 'mail.credential'") == 5


async def test_withdrawing_speaks_for_all_forms(desk: Desk, finished: Finished) -> None:
    await release_in(desk, *BY_NAME)
    issued = await issue(desk, ORG, await finished())
    await revoke(desk, ORG, issued.award_id, "A mistake.")
    for token in every(issued).values():
        report = await verified(desk, token)
        assert (report.authenticity, report.currency) == ("genuine", "revoked")
    assert every(await again(desk, issued)) == every(issued)  # still what there is


async def test_a_hold_is_lifted_by_a_successor_of_every_form(desk: Desk, finished: Finished) -> None:
    await release_in(desk, *BY_NAME)
    issued = await issue(desk, ORG, await finished())
    await suspend(desk, ORG, issued.award_id, "Under review.")
    await reinstate(desk, ORG, issued.award_id)
    successors = await again(desk, issued)
    for name, token in every(issued).items():
        assert (await verified(desk, token)).verdict == "invalid"
        assert (await verified(desk, every(successors)[name])).verdict == "valid"
    assert await stored(desk, issued.award_id) == sorted(
        row for name in BY_NAME for row in ((name, 1, "released", "superseded"), (name, 2, "released", None))
    )


async def test_a_compromised_key_leads_to_successors_of_what_it_signed(
    desk: Desk, finished: Finished, clock: Any
) -> None:
    await release_in(desk, "ob3-jwt:ES256", "vc+jwt:EdDSA")
    issued = await issue(desk, ORG, await finished())
    bad = (await ring(desk.pool, ORG)).active("EdDSA")
    assert bad is not None
    clock.advance(minutes=1)
    await compromise(desk.pool, desk.keystore, desk.settings, ORG, bad.public.kid, desk.clock)
    assert (await reconcile.reconcile(desk)).finished == 1
    after = await again(desk, issued)
    assert after.token == issued.token
    assert (await verified(desk, after.token)).verdict == "valid"
    assert (await verified(desk, issued.others[0].token)).authenticity == "not_genuine"
    assert (await verified(desk, after.others[0].token)).verdict == "valid"


async def test_a_form_that_is_not_chosen_any_more_still_gets_its_successor(
    desk: Desk, finished: Finished
) -> None:
    await release_in(desk, "ob3-jwt", "vc+jwt:ES384")
    issued = await issue(desk, ORG, await finished())
    await release_in(desk, "ob3-jwt")
    assert every(await again(desk, issued)) == every(issued)
    await suspend(desk, ORG, issued.award_id, "Under review.")
    await reinstate(desk, ORG, issued.award_id)
    successors = await again(desk, issued)
    assert list(every(successors)) == ["ob3-jwt", "vc+jwt"]
    assert (await verified(desk, successors.others[0].token)).verdict == "valid"
    other = await issue(desk, ORG, await finished(email="other@example.org"))
    assert list(every(other)) == ["ob3-jwt"]


async def test_a_form_that_cannot_be_signed_holds_up_no_other(
    desk: Desk, finished: Finished, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await release_in(desk, "ob3-jwt", "vc+jwt:EdDSA")
    away = (await ring(desk.pool, ORG)).active("EdDSA")
    assert away is not None
    signer = type(desk.keystore).signer

    def without_one(self: Any, kid: str) -> Any:
        if kid == away.public.kid:
            raise StoreRefused("keys.unreadable", "The device is away.")
        return signer(self, kid)

    with monkeypatch.context() as patch:
        patch.setattr(type(desk.keystore), "signer", without_one)
        issued = await issue(desk, ORG, await finished())
        assert (issued.created, issued.others) == (True, ())
        clock.advance(minutes=1)
        found = await reconcile.reconcile(desk)
        assert found.reported == ((f"{issued.award_id}/vc+jwt", "credential.signing"),)
    assert (await reconcile.reconcile(desk)).finished == 1
    assert list(every(await again(desk, issued))) == ["ob3-jwt", "vc+jwt"]
    assert await stored(desk, issued.award_id) == [
        ("ob3-jwt", 1, "released", None),
        ("vc+jwt", 1, "released", None),
    ]


async def test_what_cannot_be_canonicalised_is_said_and_holds_up_no_other_form(
    desk: Desk, finished: Finished, clock: Any
) -> None:
    await release_in(desk, *BY_NAME)
    await desk.pool.execute(  # two parts of the graph that nothing tells apart
        "INSERT INTO skill_alignment (organization_id, skill_id, position, target_name, target_url,"
        " target_framework, target_type) SELECT organization_id, skill_id, position + number, target_name,"
        " target_url, target_framework, target_type FROM skill_alignment, generate_series(1, 2) AS number"
    )
    issued = await issue(desk, ORG, await finished())
    assert list(every(issued)) == [name for name in BY_NAME if name != "eddsa-rdfc-2022"]
    clock.advance(minutes=1)
    found = await reconcile.reconcile(desk)
    assert found.reported == ((f"{issued.award_id}/eddsa-rdfc-2022", "credential.lint"),)


async def test_a_lost_database_is_told_also_between_two_forms(
    desk: Desk, finished: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    await release_in(desk, "ob3-jwt", "vc+jwt")
    session = await finished()
    whole = store.insert_form

    async def lost(
        db: Any, organization_id: str, award_id: UUID, profile: str, *more: Any, **rest: Any
    ) -> None:
        if profile == "vc+jwt":
            raise ConnectionResetError
        await whole(db, organization_id, award_id, profile, *more, **rest)

    with monkeypatch.context() as patch:
        patch.setattr(store, "insert_form", lost)
        with pytest.raises(ProblemError) as refused:
            await issue(desk, ORG, session)
    assert refused.value.code == "database.unavailable"
    issued = await issue(desk, ORG, session)
    assert (issued.created, list(every(issued))) == (False, ["ob3-jwt", "vc+jwt"])


async def test_an_organisation_of_before_gets_the_keys_that_it_lacks(desk: Desk, finished: Finished) -> None:
    await desk.pool.execute("DELETE FROM issuer_key WHERE algorithm = 'EdDSA'")
    await desk.pool.execute("INSERT INTO organization_form VALUES ($1, 'vc+jwt', 'EdDSA', now())", ORG)
    arguments = desk.pool, desk.keystore, desk.settings, desk.clock
    assert max(await asyncio.gather(ensure_keys(*arguments), ensure_keys(*arguments))) == 1
    assert await ensure_keys(*arguments) == 0
    made = [key for key in (await ring(desk.pool, ORG)).entries if key.public.algorithm == "EdDSA"]
    assert len(made) == 1
    await desk.publications.refresh()
    published = desk.publications.document(f"/o/{ORG}/jwks.json")
    assert isinstance(published, dict)
    assert made[0].public.kid in {key["kid"] for key in published["keys"]}
    issued = await issue(desk, ORG, await finished())
    assert list(every(issued)) == ["ob3-jwt", "vc+jwt"]


async def test_without_a_choice_the_default_is_released(desk: Desk, finished: Finished) -> None:
    await desk.pool.execute("DELETE FROM organization_form")
    await desk.pool.execute("DELETE FROM issuer_key WHERE algorithm <> 'ES256'")
    assert await chosen(desk.pool, ORG) == choice.default()
    await reconcile.reconcile(desk)  # makes the keys that the default needs
    issued = await issue(desk, ORG, await finished())
    assert tuple(every(issued)) == DEFAULT
    for token in every(issued).values():
        assert (await verified(desk, token)).verdict == "valid"


async def test_a_choice_is_written_once_and_makes_its_keys(desk: Desk) -> None:
    await desk.pool.execute("DELETE FROM organization_form")
    assert await chosen(desk.pool, ORG) == choice.default()
    asked = await release_in(desk, "vc+jwt:ES384", "ob3-jwt:RS256")
    assert [str(one) for one in asked] == ["ob3-jwt:RS256", "vc+jwt:ES384"]  # in the order of importance
    assert await chosen(desk.pool, ORG) == asked
    before = [entry.public.kid for entry in (await ring(desk.pool, ORG)).entries]
    await release_in(desk, "ob3-jwt:RS256", "vc+jwt:ES384")
    assert [entry.public.kid for entry in (await ring(desk.pool, ORG)).entries] == before
    rows = await desk.pool.fetch(
        "SELECT reference FROM audit WHERE action = 'forms.chosen' ORDER BY sequence"
    )
    assert [row["reference"] for row in rows][-1] == "ob3-jwt:RS256 vc+jwt:ES384"
    await desk.publications.refresh()
    published = desk.publications.document(f"/o/{ORG}/jwks.json")
    assert isinstance(published, dict)
    assert {key["alg"] for key in published["keys"]} == {"ES256", "EdDSA", "RS256", "ES384"}
    await audit.verify_chain(desk.pool, ORG)


async def test_a_form_of_a_later_version_counts_for_nothing(desk: Desk, finished: Finished) -> None:
    await desk.pool.execute("INSERT INTO organization_form VALUES ($1, 'paper', 'ES256', now())", ORG)
    assert "paper" not in {one.profile.name for one in await chosen(desk.pool, ORG)}
    issued = await issue(desk, ORG, await finished())
    await desk.pool.execute(
        "INSERT INTO credential_form SELECT organization_id, award_id, 'paper', 1, kid, status_list_id,"
        " status_index + 1, state, draft_sealed, secured_sealed, secured_digest, created_at, released_at"
        " FROM credential_form LIMIT 1"
    )
    assert every(await again(desk, issued)) == every(issued)
    assert (await reconcile.reconcile(desk, grace=NOW)).reported == ()


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ([], "forms.none"),
        ([("paper", None)], "forms.unknown"),
        ([("ob3-jwt", "EdDSA")], "forms.algorithm"),  # the reference validator refuses it
        ([("ob3-jwt", "none")], "forms.algorithm"),
        ([("ob3-jwt", None), ("ob3-jwt", "RS256")], "forms.repeated"),
    ],
)
def test_what_cannot_be_chosen(named: list[tuple[str, str | None]], code: str) -> None:
    with pytest.raises(ProblemError) as refused:
        parse(named)
    assert refused.value.code == code


async def test_sealed_bytes_belong_to_one_form(desk: Desk, finished: Finished) -> None:
    await release_in(desk, "ob3-jwt", "vc+jwt")
    issued = await issue(desk, ORG, await finished())
    person = await desk.pool.fetchval("SELECT person_id FROM award")
    key = await person_key(desk.pool, desk.keystore, ORG, person)
    one, other = await store.forms(desk.pool, ORG, issued.award_id)
    assert one.secured_sealed is not None
    with pytest.raises(SealBroken):
        key.open(one.secured_sealed, place("secured", issued.award_id, other.profile, 1))


async def test_erasing_a_person_ends_every_form(desk: Desk, finished: Finished) -> None:
    await release_in(desk, *BY_NAME)
    issued = await issue(desk, ORG, await finished())
    person = await desk.pool.fetchval("SELECT person_id FROM award")
    await erase(desk.pool, ORG, person, at=desk.clock())
    with pytest.raises(ProblemError) as refused:
        await person_key(desk.pool, desk.keystore, ORG, person)
    assert refused.value.code == "person.erased"
    rows = await desk.pool.fetch("SELECT draft_sealed, secured_sealed FROM credential_form")
    assert len(rows) == len(PROFILES)
    for row in rows:
        assert b"Lovelace" not in row["draft_sealed"] + row["secured_sealed"]
    found = await reconcile.reconcile(desk, grace=NOW)
    assert (found.finished, found.reported) == (0, ())
    for token in every(issued).values():  # what the person holds stays genuine
        assert (await verified(desk, token)).verdict == "valid"
