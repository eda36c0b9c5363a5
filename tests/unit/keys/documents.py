"""One document of each kind that is signed over RDF, with everything in it that a kind may have."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from tests.unit.keys.credentials import DATA_INTEGRITY, OB, V1, V2

_PROFILE = {
    "id": "did:web:example.org",
    "type": ["Profile"],
    "name": "Example",
    "url": "https://example.org/",
}
_ACHIEVEMENT = {
    "id": "urn:uuid:a",
    "type": ["Achievement"],
    "name": "SQL",
    "description": 'Says "select" and means it.\nTwice.',
    "criteria": {"narrative": "Reach a level."},
    "creator": _PROFILE,
    "tag": ["sql", "data"],
    "creditsAvailable": 1.5,
    "alignment": [
        {"type": ["Alignment"], "targetName": "SQL", "targetUrl": "https://skills.example/[sql]"},
        {"type": ["Alignment"], "targetName": "Data", "targetUrl": "https://skills.example/data"},
    ],
    "resultDescription": [
        {
            "id": "urn:uuid:r",
            "type": ["ResultDescription"],
            "name": "Level",
            "resultType": "Result",
            "allowedValue": ["low", "high"],
        }
    ],
}
BADGE: dict[str, Any] = {
    "@context": [V2, OB + "context-3.0.3.json"],
    "id": "urn:uuid:1",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "issuer": _PROFILE,
    "validFrom": "2026-11-25T12:00:00Z",
    "name": {"@value": "Abzeichen", "@language": "de"},
    "credentialSubject": {
        "id": "urn:uuid:2",
        "type": ["AchievementSubject"],
        "achievement": _ACHIEVEMENT,
        "identifier": [
            {
                "type": "IdentityObject",
                "hashed": True,
                "identityHash": "sha256$00",
                "identityType": "emailAddress",
                "salt": "c2FsdA",
            }
        ],
        "result": [{"type": ["Result"], "resultDescription": "urn:uuid:r", "value": "high"}],
    },
    "evidence": [{"id": "https://example.org/evidence", "type": ["Evidence"], "narrative": "A session."}],
    "credentialStatus": {
        "id": "https://example.org/list#7",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "7",
        "statusListCredential": "https://example.org/list",
    },
}
OLD_BADGE: dict[str, Any] = {
    "@context": [V1, OB + "context-3.0.1.json", DATA_INTEGRITY],
    "id": "urn:uuid:1",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "name": "Badge",
    "issuer": {"id": "did:web:example.org", "type": ["Profile"], "name": "Example"},
    "issuanceDate": "2026-11-25T12:00:00Z",
    "credentialSubject": {
        "id": "urn:uuid:2",
        "type": ["AchievementSubject"],
        "achievement": {
            "id": "urn:uuid:a",
            "type": ["Achievement"],
            "name": "SQL",
            "criteria": {"narrative": "Reach."},
        },
    },
}
STATUS_LIST: dict[str, Any] = {
    "@context": [V2],
    "id": "https://example.org/list",
    "type": ["VerifiableCredential", "BitstringStatusListCredential"],
    "issuer": "did:web:example.org",
    "validFrom": "2026-11-25T12:00:00Z",
    "credentialSubject": {
        "id": "https://example.org/list#list",
        "type": "BitstringStatusList",
        "statusPurpose": "revocation",
        "encodedList": "uH4sIAAAAAAAAA",
        "ttl": 300000,
    },
}
PRESENTATION: dict[str, Any] = {
    "@context": [V2],
    "type": ["VerifiablePresentation"],
    "holder": "did:web:holder.example",
    "verifiableCredential": [
        BADGE,
        {
            **STATUS_LIST,
            "proof": {"type": "DataIntegrityProof", "proofPurpose": "assertionMethod", "proofValue": "z1"},
        },
    ],
}
DOCUMENTS = {"badge": BADGE, "old badge": OLD_BADGE, "status list": STATUS_LIST, "presentation": PRESENTATION}

Place = tuple[str | int, ...]


def places(value: Any, here: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every value in a document with where it stands, contexts left out."""
    yield here, value
    if isinstance(value, dict):
        for name, item in value.items():
            if name != "@context":
                yield from places(item, (*here, name))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from places(item, (*here, position))


def changed(document: Any, place: Place, value: Any) -> Any:
    """A copy with another value in one place."""
    copy = deepcopy(document)
    holder = copy
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = value
    return copy
