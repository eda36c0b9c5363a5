"""Registering: what an organisation may declare, and what it is told when it may not."""

import json
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from issuer import audit
from issuer.issuance.desk import Desk
from issuer.receipts import store
from issuer.receipts.register import register, revoke
from schemas.problems import ProblemError
from tests.unit.receipts.provider import BARE, ISSUER, ORG, TEST, Key, Register, request


async def refused(desk: Desk, key: Key | None, **changed: Any) -> ProblemError:
    asked = await request(desk, key, **changed)
    before = await desk.pool.fetchval("SELECT count(*) FROM provider")
    with pytest.raises(ProblemError) as caught:
        await register(desk.pool, ORG, asked, principal_id=None, at=desk.clock())
    assert await desk.pool.fetchval("SELECT count(*) FROM provider") == before
    return caught.value


async def test_a_registration_is_stored_audited_and_its_records_published(
    desk: Desk, registered: Register, key: Key
) -> None:
    provider, assessments = await registered()
    assert await store.providers(desk.pool, ORG) == (provider,)
    assert await store.providers(desk.pool, "south") == ()
    assert await store.provider_by_id(desk.pool, "south", provider.id) is None
    assert {one.mapped.uri for one in await store.assessments(desk.pool, ORG, provider.id)} == {
        one.mapped.uri for one in assessments
    }
    assert json.loads(provider.jwks or b"") == key.jwks
    for one in assessments:
        body = await desk.pool.fetchval(
            "SELECT body FROM publication WHERE path = $1", f"/o/demo/records/{one.record_digest}"
        )
        record = json.loads(body)
        assert record["assessment"]["id"] == one.mapped.uri
        assert record["rule"]["threshold"] == (0.95 if one.mapped.cuts else "not applied")
        assert ("bare score" in record["rule"]["statement"]) == (one.mapped.uri == BARE)
    actions = await desk.pool.fetch("SELECT action FROM audit WHERE action LIKE 'provider%'")
    assert [row["action"] for row in actions] == ["provider.registered"]
    await audit.verify_chain(desk.pool, ORG)


async def test_an_issuer_and_a_program_belong_to_one_provider(
    desk: Desk, registered: Register, key: Key
) -> None:
    provider, _ = await registered()
    assert (await refused(desk, key, program="other")).code == "provider.exists"
    elsewhere: dict[str, Any] = {"issuer": "https://other.example", "program": "example-tests"}
    assert (await refused(desk, key, **elsewhere)).code == "provider.exists"
    await revoke(desk.pool, ORG, provider.id, principal_id=None, at=desk.clock())
    await registered()
    with pytest.raises(ProblemError) as caught:
        await revoke(desk.pool, ORG, uuid4(), principal_id=None, at=desk.clock())
    assert caught.value.code == "provider.unknown"


PROVIDERS: list[tuple[dict[str, Any], str]] = [
    ({"issuer": "tests"}, "The issuer must be an absolute URI."),
    ({"name": "[Tests](x)"}, "plain words"),
    ({"jwksUrl": f"{ISSUER}/jwks"}, "not both"),
    ({"jwks": None}, "the program that delivers for it"),
    ({"jwks": None, "jwksUrl": "http://tests.example.org/jwks"}, "must be an https address"),
    ({"jwks": None, "jwksUrl": "https://u:p@tests.example.org/"}, "must be an https address"),
    ({"jwks": None, "jwksUrl": "https://" + "a" * 600}, "must be an https address"),
    ({"jwks": None, "jwksUrl": "https://[::1"}, "must be an https address"),
    ({"jwks": {"keys": []}}, "no public key"),
    ({"jwks": {"keys": [{"kty": "oct", "k": "AA"}]}}, "no public key"),
    ({"jwks": {}}, "not a JWK set"),
    ({"assessments": []}, "Map 1 to 100 assessments."),
]


async def test_providers_that_are_refused(desk: Desk, key: Key) -> None:
    for changed, said in PROVIDERS:
        problem = await refused(desk, key, **changed)
        assert problem.code == "provider.invalid", changed
        assert said in (problem.detail or ""), (changed, problem)


MAPPINGS: list[tuple[dict[str, Any], str]] = [
    ({"uri": "test"}, "named by an absolute URI"),
    ({"title": "a`b"}, "title must be plain words"),
    ({"version": "<1>"}, "version must be plain words"),
    ({"levels": {}}, "map levels, or give cuts"),
    ({"levels": {"[x]": None}}, "a level to be mapped must be plain words"),
    ({"levels": {"pass": "superb"}}, "not one of the achievement's"),
    (
        {"cuts": [{"level": "superb", "score": 1}], "scale": {"min": 0, "max": 9}},
        "not one of the achievement's",
    ),
    ({"cuts": [{"level": "working", "score": 1}]}, "cuts need the scale"),
    ({"scale": {"min": 0, "max": 9}}, "cuts need the scale"),
    ({"cuts": [{"level": "working", "score": 1}], "scale": {"min": 9, "max": 9}}, "min must be less"),
    ({"cuts": [{"level": "working", "score": 10}], "scale": {"min": 0, "max": 9}}, "outside the scale"),
    (
        {
            "cuts": [{"level": "proficient", "score": 1}, {"level": "working", "score": 2}],
            "scale": {"min": 0, "max": 9},
        },
        "must ascend",
    ),
]


async def test_mappings_that_are_refused(desk: Desk, key: Key) -> None:
    first = msgspec.to_builtins((await request(desk, key)).assessments[0])
    for changed, said in MAPPINGS:
        problem = await refused(desk, key, assessments=[{**first, **changed}])
        assert problem.code == "provider.invalid", changed
        assert said in (problem.detail or ""), (changed, problem)


async def test_each_assessment_is_mapped_once_and_to_what_is_there(desk: Desk, key: Key) -> None:
    first = msgspec.to_builtins((await request(desk, key)).assessments[0])
    assert "mapped twice" in str((await refused(desk, key, assessments=[first, first])).detail)
    unknown = await refused(desk, key, assessments=[{**first, "achievement": str(uuid4())}])
    assert unknown.code == "achievement.unknown"
    await desk.pool.execute("UPDATE achievement SET outside = false")
    assert "no place for what a provider leaves unstated" in str((await refused(desk, key)).detail)


async def test_a_version_of_its_own_goes_before_whatever_version(desk: Desk, key: Key) -> None:
    first = msgspec.to_builtins((await request(desk, key)).assessments[0])
    both = [first, {**first, "version": "2", "title": "The second"}]
    asked = await request(desk, key, assessments=both)
    provider, _ = await register(desk.pool, ORG, asked, principal_id=None, at=desk.clock())
    for version, title in (("2", "The second"), ("3", first["title"]), (None, first["title"])):
        found = await store.assessment_by_uri(desk.pool, ORG, provider.id, TEST, version)
        assert found is not None
        assert found.mapped.title == title
    assert await store.assessment_by_uri(desk.pool, ORG, provider.id, f"{TEST}/", "2") is None
