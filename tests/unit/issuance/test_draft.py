"""The document: exactly this and nothing more; and a JWS library that is not ours accepts it."""

import base64
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import jwt
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.assessments.record import ASSURANCE_SENTENCES
from issuer.issuance.decide import Attempt, Award, Continue, NotYet, award_id, decide
from issuer.issuance.desk import Desk
from issuer.issuance.draft import identity_hash, months_later
from issuer.issuance.issue import issue
from keys.proofs import jose
from verifier.lint import lint

ORG = "demo"
BASE = "http://localhost:8000"
Finished = Callable[..., Awaitable[UUID]]
ATTEMPT = Attempt(
    ORG,
    UUID(int=1),
    UUID(int=2),
    UUID(int=3),
    1,
    datetime(2026, 5, 3, 9, 8, 7, 123456, UTC),
    "award",
    "working",
)


def members(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name, inner
            yield from members(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from members(inner)


async def test_the_document_is_exactly_this(desk: Desk, finished: Finished) -> None:
    issued = await issue(desk, ORG, await finished())
    secured = jose.read(issued.token)
    kid = await desk.pool.fetchval("SELECT kid FROM issuer_key WHERE algorithm = 'ES256'")
    assert secured.header == {"alg": "ES256", "kid": f"{BASE}/o/demo/keys/{kid}", "typ": "JWT"}
    document = secured.document
    row = await desk.pool.fetchrow(
        "SELECT person.subject, award.id, award.achievement_id, form.status_list_id, form.status_index,"
        " assessment.record_digest FROM award JOIN person ON person.id = award.person_id"
        " JOIN credential_form AS form ON form.award_id = award.id CROSS JOIN assessment"
    )
    assert row is not None
    achievement = f"{BASE}/o/demo/achievements/{row['achievement_id']}/1"
    record = f"{BASE}/o/demo/records/{row['record_digest']}"
    subject = document["credentialSubject"]
    published = await desk.pool.fetchval(
        "SELECT body FROM publication WHERE path = $1", achievement.removeprefix(BASE)
    )
    as_published = json.loads(published)
    as_published.pop("@context")
    assert subject.pop("achievement") == as_published
    salt = subject["identifier"][0]["salt"]
    assert len(salt) >= 22
    at = "2026-11-23T09:00:00Z"
    status = f"{BASE}/o/demo/status/{row['status_list_id']}"
    assert document == {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": f"urn:uuid:{row['id']}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "SQL for analysts",
        "issuer": {
            "id": "did:web:localhost%3A8000:o:demo",
            "type": ["Profile"],
            "name": "Northwind Analytics (demonstration)",
        },
        "validFrom": at,
        "validUntil": "2028-11-23T09:00:00Z",
        "credentialSubject": {
            "id": f"urn:uuid:{row['subject']}",
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": True,
                    "identityHash": "sha256$" + hashlib.sha256(f"ada@example.org{salt}".encode()).hexdigest(),
                    "identityType": "emailAddress",
                    "salt": salt,
                },
                {
                    "type": "IdentityObject",
                    "hashed": False,
                    "identityHash": "Ada Lovelace",
                    "identityType": "name",
                },
            ],
            "result": [
                {
                    "type": ["Result"],
                    "resultDescription": f"{achievement}#level",
                    "achievedLevel": f"{achievement}#working",
                },
                {"type": ["Result"], "resultDescription": f"{achievement}#cut-working", "value": "reached"},
                {
                    "type": ["Result"],
                    "resultDescription": f"{achievement}#award-rule",
                    "value": "at least 0.95",
                },
                {"type": ["Result"], "resultDescription": f"{achievement}#tier", "value": "uncalibrated"},
                {
                    "type": ["Result"],
                    "resultDescription": f"{achievement}#assurance",
                    "value": "unsupervised",
                },
            ],
        },
        "credentialStatus": {
            "id": f"{status}#{row['status_index']}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(row["status_index"]),
            "statusListCredential": status,
        },
        "evidence": [
            {
                "id": record,
                "type": ["Evidence"],
                "name": document["evidence"][0]["name"],
                "narrative": document["evidence"][0]["narrative"],
                "genre": "Assessment",
            }
        ],
        "relatedResource": [
            {
                "id": record,
                "mediaType": "application/json",
                "digestSRI": "sha256-" + base64.b64encode(bytes.fromhex(row["record_digest"])).decode(),
            }
        ],
        "iss": "did:web:localhost%3A8000:o:demo",
        "jti": f"urn:uuid:{row['id']}",
        "sub": f"urn:uuid:{row['subject']}",
        "nbf": int(datetime(2026, 11, 23, 9, tzinfo=UTC).timestamp()),
        "exp": int(datetime(2028, 11, 23, 9, tzinfo=UTC).timestamp()),
    }
    assert ASSURANCE_SENTENCES["unsupervised"] in document["evidence"][0]["narrative"]
    assert "help from people or AI tools not excluded" in document["evidence"][0]["narrative"]
    pinned = await desk.pool.fetchval(
        "SELECT body FROM publication WHERE path = $1", record.removeprefix(BASE)
    )
    assert hashlib.sha256(pinned).hexdigest() == row["record_digest"]


async def test_our_lints_find_nothing(desk: Desk, finished: Finished) -> None:
    issued = await issue(desk, ORG, await finished())
    assert lint(jose.read(issued.token).document) == ()


async def test_what_must_stay_out_stays_out(desk: Desk, finished: Finished) -> None:
    session = await finished()
    document = jose.read((await issue(desk, ORG, session)).token).document
    text = json.dumps(document)
    found = list(members(document))
    names = {name for name, _ in found}
    # No score, not even as a description; no percentile, no probability, no error of measurement.
    assert "ScaledScore" not in text
    types = {value for name, value in found if name == "resultType"}
    assert types == {
        "RubricCriterionLevel",
        "ext:CutScore",
        "ext:AwardRule",
        "ext:CalibrationTier",
        "ext:Assurance",
    }
    assert not names & {"valueMin", "valueMax", "points", "creditsEarned", "status"}
    for word in ("percentile", "PosteriorSD", "responseTime", "flag", "dateOfBirth", "biometric", "attempt"):
        assert word.lower() not in text.lower()
    assert not [name for name in names if "answer" in name.lower() or "score" in name.lower()]
    # No item of the bank, no session, no clear e-mail address, no internal person id.
    bank = json.loads(await desk.pool.fetchval("SELECT document FROM bank"))
    assert not [item["id"] for item in bank["items"] if re.search(rf'"{re.escape(item["id"])}"', text)]
    assert str(session) not in text
    assert "ada@example.org" not in text
    assert str(await desk.pool.fetchval("SELECT id FROM person")) not in text
    # Stock terms only.
    assert not [name for name in names if ":" in name]
    assert "credentialSchema" not in names
    assert isinstance(document["credentialStatus"], dict)


async def test_pyjwt_accepts_it_with_the_published_keys(desk: Desk, finished: Finished) -> None:
    issued = await issue(desk, ORG, await finished())
    body = await desk.pool.fetchval("SELECT body FROM publication WHERE path = '/o/demo/jwks.json'")
    kid = jwt.get_unverified_header(issued.token)["kid"].rpartition("/")[2]
    keys = {key.key_id: key for key in jwt.PyJWKSet.from_json(body).keys}
    claims = jwt.decode(issued.token, keys[kid], algorithms=["ES256"], options={"verify_nbf": False})
    assert claims["id"] == issued.credential_id


async def test_each_draft_has_a_salt_of_its_own(desk: Desk, finished: Finished) -> None:
    tokens = [(await issue(desk, ORG, await finished(email=f"{n}@example.org"))).token for n in range(2)]
    salts = {jose.read(token).document["credentialSubject"]["identifier"][0]["salt"] for token in tokens}
    assert len(salts) == 2


def test_the_identity_hash_is_of_the_identity_and_then_the_salt() -> None:
    assert identity_hash("a@example.org", "s") == "sha256$" + hashlib.sha256(b"a@example.orgs").hexdigest()


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-11-30", 3, "2027-02-28"),
    ],
)
def test_months_keep_the_day_where_there_is_one(start: str, months: int, end: str) -> None:
    assert months_later(datetime.fromisoformat(start), months) == datetime.fromisoformat(end)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)), st.integers(1, 240))  # noqa: DTZ001 - naive on purpose: any offset will do
def test_later_is_later_and_never_skips_a_month(start: datetime, months: int) -> None:
    end = months_later(start, months)
    assert (end.year - start.year) * 12 + end.month - start.month == months
    assert end.day <= start.day
    assert end.time() == start.time()


def test_a_decision_is_the_same_for_ever() -> None:
    award = decide(ATTEMPT)
    assert isinstance(award, Award)
    assert award.id == UUID("bc291761-f14f-56b2-b106-56ff6ff6d58f")
    assert award.decided_at == datetime(2026, 5, 3, 9, 8, 7, tzinfo=UTC)
    assert decide(ATTEMPT) == award


@pytest.mark.parametrize(
    "change",
    [
        {"organization_id": "other"},
        {"person_id": UUID(int=9)},
        {"achievement_id": UUID(int=9)},
        {"level": "proficient"},
        {"source_id": UUID(int=9)},
        {"source_kind": "receipt"},
        {"revision": 2},
    ],
)
def test_whatever_was_decided_differently_is_another_award(change: dict[str, Any]) -> None:
    other = msgspec.structs.replace(ATTEMPT, **change)
    assert award_id(other, other.level or "") != award_id(ATTEMPT, "working")


def test_no_award_without_a_finished_attempt_that_reached_a_level() -> None:
    assert isinstance(decide(msgspec.structs.replace(ATTEMPT, finished_at=None)), Continue)
    assert isinstance(decide(msgspec.structs.replace(ATTEMPT, outcome="not_yet", level=None)), NotYet)
