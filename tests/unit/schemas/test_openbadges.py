import json
from typing import Any

import msgspec

from schemas.contexts import undefined_terms, unknown_contexts
from schemas.credential import EnvelopedVerifiableCredential, RelatedResource, VerifiableCredential
from schemas.openbadges import (
    Achievement,
    AchievementSubject,
    Alignment,
    Criteria,
    Evidence,
    IdentifierEntry,
    IdentityObject,
    Image,
    OpenBadgeCredential,
    Profile,
    Result,
    ResultDescription,
    RubricCriterionLevel,
)
from schemas.status import BitstringStatusList, BitstringStatusListCredential, BitstringStatusListEntry

ALIGNMENT = Alignment(
    target_name="SQL",
    target_url="https://example.org/skills/sql",
    target_code="S.1",
    target_description="Queries.",
    target_framework="Example",
    target_type="CTDL",
)
LEVEL = RubricCriterionLevel(
    id="https://example.org/a/1#proficient",
    name="Proficient",
    description="Unaided.",
    level="2",
    points="2",
    alignment=(ALIGNMENT,),
)
FULL = OpenBadgeCredential(
    id="urn:uuid:7b5d8bbd-6a43-4a31-8f3f-4c0f4a3bd3b1",
    name="SQL for analysts",
    description="A result.",
    image=Image(id="https://example.org/badge.svg", caption="A seal"),
    issuer=Profile(
        id="did:web:example.org:o:demo",
        name="Example",
        url="https://example.org",
        description="An example.",
        email="hello@example.org",
        image=Image(id="https://example.org/logo.svg"),
        other_identifier=(IdentifierEntry(identifier="1", identifier_type="lei"),),
    ),
    valid_from="2026-11-23T09:00:00Z",
    valid_until="2027-11-23T09:00:00Z",
    awarded_date="2026-11-23T09:00:00Z",
    credential_subject=AchievementSubject(
        id="urn:uuid:0d7ef6de-17a5-4a8b-8ec3-0d6f7a7f6f50",
        identifier=(
            IdentityObject(hashed=True, identity_hash="sha256$00", identity_type="emailAddress", salt="s"),
            IdentityObject(hashed=False, identity_hash="A Name", identity_type="name"),
        ),
        achievement=Achievement(
            id="https://example.org/a/1",
            name="SQL for analysts",
            description="Reads and writes queries.",
            criteria=Criteria(id="https://example.org/a/1/criteria", narrative="Pass."),
            achievement_type="Assessment",
            alignment=(ALIGNMENT,),
            creator=Profile(id="https://example.org"),
            field_of_study="Data",
            human_code="SQL-1",
            image=Image(id="https://example.org/a/1.svg"),
            in_language="en",
            other_identifier=(IdentifierEntry(identifier="1", identifier_type="identifier"),),
            result_description=(
                ResultDescription(
                    id="https://example.org/a/1#level",
                    name="Level",
                    result_type="RubricCriterionLevel",
                    required_level=LEVEL.id,
                    rubric_criterion_level=(LEVEL,),
                ),
                ResultDescription(
                    id="https://example.org/a/1#assurance",
                    name="Assurance",
                    result_type="ext:Assurance",
                    allowed_value=("unsupervised", "supervised"),
                    required_value="unsupervised",
                    value_min="0",
                    value_max="1",
                    alignment=(ALIGNMENT,),
                ),
            ),
            specialization="Analysis",
            tag=("sql",),
            version="1",
        ),
        activity_start_date="2026-11-23T08:00:00Z",
        activity_end_date="2026-11-23T09:00:00Z",
        result=(
            Result(
                result_description="https://example.org/a/1#level",
                achieved_level=LEVEL.id,
                value="Proficient",
                status="Completed",
                alignment=(ALIGNMENT,),
            ),
        ),
        role="analyst",
    ),
    credential_status=BitstringStatusListEntry(
        id="https://example.org/status/1#4",
        status_purpose="revocation",
        status_list_index="4",
        status_list_credential="https://example.org/status/1",
        status_size=1,
    ),
    evidence=(
        Evidence(
            id="https://example.org/records/1",
            name="Assessment record",
            narrative="Unsupervised.",
            description="A record.",
            genre="Assessment",
            audience="Employers",
        ),
    ),
    related_resource=(
        RelatedResource(
            id="https://example.org/records/1",
            media_type="application/json",
            digest_sri="sha256-x",
            digest_multibase="z1",
        ),
    ),
)
LIST = BitstringStatusListCredential(
    id="https://example.org/status/1",
    issuer="did:web:example.org:o:demo",
    valid_from="2026-11-23T09:00:00Z",
    valid_until="2026-11-30T09:00:00Z",
    credential_subject=BitstringStatusList(
        id="https://example.org/status/1#list", status_purpose="revocation", encoded_list="u", ttl=300_000
    ),
)


def written(value: msgspec.Struct) -> Any:
    return json.loads(msgspec.json.encode(value))


def test_every_member_we_can_write_is_defined_by_the_contexts_we_name() -> None:
    for document in (written(FULL), written(LIST)):
        assert unknown_contexts(document) == []
        assert undefined_terms(document) == []


def test_the_least_credential_has_no_empty_or_null_member() -> None:
    least = OpenBadgeCredential(
        id="urn:uuid:1",
        issuer=Profile(id="did:web:example.org"),
        valid_from="2026-11-23T09:00:00Z",
        credential_subject=AchievementSubject(
            achievement=Achievement(
                id="urn:uuid:2", name="n", description="d", criteria=Criteria(narrative="c")
            )
        ),
    )
    assert written(least) == {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": "urn:uuid:1",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": "did:web:example.org", "type": ["Profile"]},
        "validFrom": "2026-11-23T09:00:00Z",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "achievement": {
                "id": "urn:uuid:2",
                "type": ["Achievement"],
                "name": "n",
                "description": "d",
                "criteria": {"narrative": "c"},
            },
        },
    }


def test_what_is_written_reads_back_the_same() -> None:
    for value in (FULL, LIST):
        assert msgspec.json.decode(msgspec.json.encode(value), type=type(value)) == value
    envelope = msgspec.convert(written(FULL), VerifiableCredential)
    assert isinstance(envelope.credential_status, dict)
    assert envelope.credential_status["statusListIndex"] == "4"
    assert envelope.related_resource == FULL.related_resource


def test_members_whose_names_are_not_camel_case() -> None:
    assert written(FULL)["relatedResource"][0] == {
        "id": "https://example.org/records/1",
        "mediaType": "application/json",
        "digestSRI": "sha256-x",
        "digestMultibase": "z1",
    }
    assert written(EnvelopedVerifiableCredential(id="data:application/vc+jwt,e")) == {
        "@context": "https://www.w3.org/ns/credentials/v2",
        "id": "data:application/vc+jwt,e",
        "type": "EnvelopedVerifiableCredential",
    }
