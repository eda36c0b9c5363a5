"""An issuer with real keys, its published documents, and a fetch that answers from them and remembers."""

import base64
import copy
import gzip
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes

from keys.algorithms import BY_NAME
from keys.did.web import locate
from keys.proofs.jose import draft
from keys.public import PublicKey
from keys.ring import KeyEntry, KeyRing, did_document
from schemas.report import Report
from verifier import TrustStore, averify
from verifier.fetch import Answer, Fetched, Need, Unreachable

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
VALID_FROM = datetime(2026, 5, 3, 9, 30, tzinfo=UTC)
VALID_UNTIL = datetime(2028, 5, 3, 9, 30, tzinfo=UTC)


def segment(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Key:
    """A real key of any algorithm of the table."""

    def __init__(self, alg: str = "ES256") -> None:
        self.alg = alg
        self.row = BY_NAME[alg]
        self.private = self.row.generate()
        self.public = PublicKey(self.row, self.private.public_key())

    @property
    def kid(self) -> str:
        return self.public.kid

    @property
    def jwk(self) -> dict[str, Any]:
        return dict(msgspec.to_builtins(self.public.jwk))

    def sign(self, message: bytes) -> bytes:
        return self.row.sign(self.private, message)

    def token(self, header: Mapping[str, Any], payload: bytes) -> str:
        """Sign anything under any header, as an attacker can."""
        covered = f"{segment(msgspec.json.encode(header))}.{segment(payload)}"
        return f"{covered}.{segment(self.sign(covered.encode()))}"


class World:
    """One issuer, what it publishes, and what was asked of it."""

    def __init__(self, did: str = "did:web:issuer.example:o:demo") -> None:
        self.did = did
        self.base = locate(did).removesuffix("/did.json")
        self.key = Key()
        self.now = NOW
        self.asked: list[Need] = []
        self.published: dict[str, Fetched | Unreachable] = {}
        self.trust = TrustStore(pinned={did: "Register of Examples"}, pinned_at=NOW - timedelta(days=1))
        self.list_url = f"{self.base}/status/4c1f"
        self.publish_keys(self.key)
        self.publish_list()

    # What the issuer publishes.

    def publish(self, url: str, body: bytes, media_type: str = "application/json", status: int = 200) -> None:
        self.published[url] = Fetched(url, body, media_type, status, self.now, "the test")

    def publish_keys(self, *published: Key) -> None:
        entries = [KeyEntry(public=key.public, state="active", activated_at=NOW) for key in published]
        document = did_document(self.did, KeyRing(entries))
        # Unlike an organisation, this one also presents.
        document = msgspec.structs.replace(document, authentication=document.assertion_method)
        self.publish(f"{self.base}/did.json", msgspec.json.encode(document))

    def list_credential(self, bits: bytes = bytes(16_384), **changes: Any) -> dict[str, Any]:
        document = {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "id": self.list_url,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": self.did,
            "iss": self.did,
            "validFrom": stamp(NOW - timedelta(hours=1)),
            "validUntil": stamp(NOW + timedelta(days=7)),
            "credentialSubject": {
                "id": f"{self.list_url}#list",
                "type": "BitstringStatusList",
                "statusPurpose": "revocation",
                "encodedList": "u" + segment(gzip.compress(bits)),
                "ttl": 300_000,
            },
        }
        subject = changes.pop("subject", {})
        document["credentialSubject"] |= subject
        return {name: value for name, value in {**document, **changes}.items() if value is not ...}

    def publish_list(
        self,
        document: dict[str, Any] | None = None,
        *,
        key: Key | None = None,
        header: Mapping[str, Any] | None = None,
    ) -> None:
        signer = key or self.key
        payload = msgspec.json.encode(document or self.list_credential())
        token = signer.token(header or {"alg": signer.alg, "kid": signer.kid, "typ": "vc+jwt"}, payload)
        self.publish(self.list_url, token.encode(), "application/vc+jwt")

    def set_bit(self, index: int = 94_567) -> bytes:
        bits = bytearray(16_384)
        bits[index // 8] |= 1 << (7 - index % 8)
        return bytes(bits)

    # What the issuer awards.

    def badge(self, **changes: Any) -> dict[str, Any]:
        achievement = f"{self.base}/achievements/0d3c/1"
        document: dict[str, Any] = {
            "@context": [
                "https://www.w3.org/ns/credentials/v2",
                "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
            ],
            "id": "urn:uuid:4f1a3b62-4a55-5d9c-8d2e-3d6a3f6f9a01",
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "name": "SQL for analysts",
            "issuer": {"id": self.did, "type": ["Profile"], "name": "Example Academy"},
            "validFrom": stamp(VALID_FROM),
            "validUntil": stamp(VALID_UNTIL),
            "credentialSubject": {
                "id": "urn:uuid:9f7d4bb5-5d6c-4f6e-9a57-51b2e5a7c001",
                "type": ["AchievementSubject"],
                "identifier": [
                    {
                        "type": "IdentityObject",
                        "hashed": True,
                        "identityHash": hashed("ada@example.org", "salt"),
                        "identityType": "emailAddress",
                        "salt": "salt",
                    },
                    {
                        "type": "IdentityObject",
                        "hashed": False,
                        "identityHash": "Ada Lovelace",
                        "identityType": "name",
                    },
                ],
                "achievement": {
                    "id": achievement,
                    "type": ["Achievement"],
                    "name": "SQL for analysts",
                    "description": "Answers questions from data with SQL.",
                    "criteria": {"narrative": "Twenty questions or more, most of them right."},
                    "image": {"id": f"{achievement}.svg", "type": "Image"},
                    "alignment": [
                        {
                            "type": ["Alignment"],
                            "targetName": "SQL",
                            "targetUrl": "http://data.europa.eu/esco/skill/598de5b0",
                        }
                    ],
                    "resultDescription": [
                        {
                            "id": f"{achievement}#level",
                            "type": ["ResultDescription"],
                            "name": "Level",
                            "resultType": "RubricCriterionLevel",
                            "requiredLevel": f"{achievement}#working",
                            "rubricCriterionLevel": [
                                {
                                    "id": f"{achievement}#working",
                                    "type": ["RubricCriterionLevel"],
                                    "name": "Working",
                                    "description": "Works alone on everyday questions.",
                                    "level": "1",
                                },
                                {
                                    "id": f"{achievement}#fluent",
                                    "type": ["RubricCriterionLevel"],
                                    "name": "Fluent",
                                    "level": "2",
                                },
                            ],
                        },
                        {
                            "id": f"{achievement}#cut-working",
                            "type": ["ResultDescription"],
                            "name": "Cut score",
                            "resultType": "ext:CutScore",
                            "requiredValue": "0.6",
                        },
                        {
                            "id": f"{achievement}#assurance",
                            "type": ["ResultDescription"],
                            "name": "Assurance",
                            "resultType": "ext:Assurance",
                            "allowedValue": ["unsupervised", "supervised"],
                        },
                    ],
                },
                "result": [
                    {
                        "type": ["Result"],
                        "resultDescription": f"{achievement}#assurance",
                        "value": "unsupervised",
                    },
                    {
                        "type": ["Result"],
                        "resultDescription": f"{achievement}#level",
                        "achievedLevel": f"{achievement}#working",
                    },
                ],
            },
            "credentialStatus": {
                "id": f"{self.list_url}#94567",
                "type": "BitstringStatusListEntry",
                "statusPurpose": "revocation",
                "statusListIndex": "94567",
                "statusListCredential": self.list_url,
            },
            "evidence": [
                {
                    "id": f"{self.base}/records/77",
                    "type": ["Evidence"],
                    "name": "Assessment: SQL for analysts",
                    "narrative": "Help from people or AI tools not excluded.",
                }
            ],
            "relatedResource": [
                {
                    "id": f"{self.base}/records/77",
                    "digestSRI": "sha256-" + base64.b64encode(bytes(32)).decode(),
                }
            ],
        }
        document = {name: value for name, value in {**document, **changes}.items() if value is not ...}
        return self.claims(document)

    def claims(self, document: dict[str, Any]) -> dict[str, Any]:
        """The registered claims that repeat the document's members, unless it brings its own."""
        issuer = document.get("issuer")
        claims: dict[str, Any] = {
            "iss": issuer.get("id") if isinstance(issuer, dict) else issuer,
            "jti": document.get("id"),
            "sub": (document.get("credentialSubject") or {}).get("id"),
        }
        for claim, member in (("nbf", "validFrom"), ("exp", "validUntil")):
            if member in document:
                try:
                    claims[claim] = int(datetime.fromisoformat(document[member]).timestamp())
                except ValueError:
                    claims[claim] = 0
        document = {**claims, **document}
        return {name: value for name, value in document.items() if value is not ... and value is not None}

    def sign(self, document: dict[str, Any] | None = None, *, key: Key | None = None, **header: Any) -> str:
        signer = key or self.key
        payload = msgspec.json.encode(self.badge() if document is None else document)
        usual = {"alg": signer.alg, "kid": f"{self.base}/keys/{signer.kid}", "typ": "JWT"}
        if not header:
            made = draft(payload, typ="JWT", kid=usual["kid"], alg=signer.alg)
            return made.finish(signer.sign(made.signing_input))
        return signer.token({n: v for n, v in {**usual, **header}.items() if v is not ...}, payload)

    # What a verifier sees.

    async def get(self, need: Need) -> Answer:
        self.asked.append(need)
        missing = Unreachable(need.url, "fetch.status", "The answer's status is 404.", 404)
        return self.published.get(need.url, missing)

    async def verify(self, evidence: bytes | str, **asked: Any) -> Report:
        asked = {"trust": self.trust, "fetch": self, "clock": lambda: self.now, **asked}
        return await averify(evidence, **asked)


def hashed(identity: str, salt: str) -> str:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(f"{identity}{salt}".encode())
    return f"sha256${digest.finalize().hex()}"


def told(report: Report, check: str) -> list[tuple[str, str]]:
    """Outcome and reason of every finding of one check."""
    return [(found.outcome.value, found.reason.value) for found in report.of(check)]


def edit(document: dict[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    """Copy a document and set, at a JSON pointer, another value; `...` removes the member."""
    changed = copy.deepcopy(document)
    *path, last = pointer.strip("/").split("/")
    node: Any = changed
    for step in path:
        node = node[int(step) if isinstance(node, list) else step]
    place = int(last) if isinstance(node, list) else last
    if value is ...:
        del node[place]
    else:
        node[place] = value
    return changed
