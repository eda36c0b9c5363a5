"""Issuers, what they publish, the badge that most cases begin with, and the answers that cases expect."""

import base64
import copy
import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from tests.vectors.maker.bits import bits, encoded
from tests.vectors.maker.keys import Key, compact, key
from verifier.conformance.case import Case, Expect, Input
from verifier.recorded import Body, Relied
from verifier.trust.configured import Kind

CLOCK = "2026-11-23T12:00:00Z"
V2 = "https://www.w3.org/ns/credentials/v2"
OB = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
INDEX = 94_567
IDENTITY = hashlib.sha256(b"ada@example.orgsalt").hexdigest()
Document = dict[str, Any]
Network = dict[str, Body]


def body(content: Any, media_type: str = "application/json", status: int = 200) -> Body:
    """An answer of JSON, text or bytes."""
    if isinstance(content, bytes):
        return Body(status=status, media_type=media_type, base64=base64.b64encode(content).decode())
    text = content if isinstance(content, str) else compact(content).decode()
    return Body(status=status, media_type=media_type, body=text)


class Issuer:
    """A did:web with a key of each algorithm: as JsonWebKey for JOSE, as Multikey for Data Integrity."""

    def __init__(self, host: str = "issuer.example", path: tuple[str, ...] = ("o", "demo")) -> None:
        self.did = ":".join(("did:web", host.replace(":", "%3A"), *path))
        self.base = "/".join((f"https://{host}", *path))
        self.document_url = f"{self.base}/did.json" if path else f"https://{host}/.well-known/did.json"
        self.list_url = f"{self.base}/status/1"

    def key(self, alg: str = "ES256") -> Key:
        return key(self.did, alg)

    def kid(self, alg: str = "ES256") -> str:
        """The absolute id of the verification method."""
        return f"{self.did}#{self.key(alg).thumbprint}"

    @property
    def multikey(self) -> str:
        return f"{self.did}#multikey"

    def method(self, found: Key, **changes: Any) -> Document:
        method = {
            "id": f"{self.did}#{found.thumbprint}",
            "type": "JsonWebKey",
            "controller": self.did,
            "publicKeyJwk": {**found.jwk, "kid": found.thumbprint, "alg": found.alg},
        }
        return {**method, **changes}

    def did_document(self, **changes: Any) -> Document:
        methods = [self.method(self.key(alg)) for alg in ("ES256", "EdDSA", "ES384", "RS256")]
        multikey = {
            "id": self.multikey,
            "type": "Multikey",
            "controller": self.did,
            "publicKeyMultibase": self.key("EdDSA").multibase,
        }
        document = {
            "@context": [
                "https://www.w3.org/ns/did/v1",
                "https://w3id.org/security/multikey/v1",
                "https://w3id.org/security/jwk/v1",
            ],
            "id": self.did,
            "verificationMethod": [*methods, multikey],
            "assertionMethod": [method["id"] for method in (*methods, multikey)],
        }
        return {**document, **changes}

    def network(self, *, document: Any = None, status: Any = None, **more: Any) -> Network:
        """What answers at this issuer: its keys, its list; `more` adds or (None) takes away by URL."""
        found: dict[str, Any] = {
            self.document_url: self.did_document() if document is None else document,
            self.list_url: self.status_token() if status is None else status,
            **more.get("urls", {}),
        }
        return {
            url: answer if isinstance(answer, Body) else body(answer)
            for url, answer in found.items()
            if answer is not ...
        }

    # The list of withdrawn credentials.

    def status_list(
        self, *indexes: int, subject: Mapping[str, Any] | None = None, **changes: Any
    ) -> Document:
        document = {
            "@context": [V2],
            "id": self.list_url,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": self.did,
            "validFrom": "2026-11-23T11:00:00Z",
            "validUntil": "2026-11-30T11:00:00Z",
            "credentialSubject": {
                "id": f"{self.list_url}#list",
                "type": "BitstringStatusList",
                "statusPurpose": "revocation",
                "encodedList": encoded(bits(*indexes)),
                **(subject or {}),
            },
        }
        return without({**document, **changes})

    def status_token(
        self, *indexes: int, signer: Key | None = None, header: Any = None, **changes: Any
    ) -> Body:
        """The list as `vc+jwt`."""
        usual = {"alg": "ES256", "kid": self.kid(), "typ": "vc+jwt"}
        listed = without({**self.status_list(*indexes, **changes)})
        return body((signer or self.key()).token({**usual, **(header or {})}, listed), "application/vc+jwt")

    def entry(self, **changes: Any) -> Document:
        return without(
            {
                "id": f"{self.list_url}#{INDEX}",
                "type": "BitstringStatusListEntry",
                "statusPurpose": "revocation",
                "statusListIndex": str(INDEX),
                "statusListCredential": self.list_url,
                **changes,
            }
        )

    # The credential.

    def badge(self, **changes: Any) -> Document:
        """An Open Badge 3.0 with everything that cases refer to, and not more."""
        achievement = f"{self.base}/achievements/sql/1"
        document = {
            "@context": [V2, OB],
            "id": "urn:uuid:4f1a3b62-4a55-5d9c-8d2e-3d6a3f6f9a01",
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "issuer": {"id": self.did, "type": ["Profile"], "name": "Example Academy"},
            "validFrom": "2026-05-03T09:30:00Z",
            "validUntil": "2028-05-03T09:30:00Z",
            "credentialSubject": {
                "id": "urn:uuid:9f7d4bb5-5d6c-4f6e-9a57-51b2e5a7c001",
                "type": ["AchievementSubject"],
                "identifier": [
                    {
                        "type": "IdentityObject",
                        "hashed": True,
                        # SHA-256 of ada@example.org and the salt
                        "identityHash": "sha256$" + IDENTITY,
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
                    "criteria": {"narrative": "Twenty questions, most of them right."},
                    "resultDescription": [
                        {
                            "id": f"{achievement}#score",
                            "type": ["ResultDescription"],
                            "name": "Score",
                            "resultType": "Percent",
                        }
                    ],
                },
                "result": [{"type": ["Result"], "resultDescription": f"{achievement}#score", "value": "85"}],
            },
            "credentialStatus": self.entry(),
        }
        return without({**document, **changes})


ISSUER = Issuer()
# Nobody vouches for this one; it is what attackers control.
STRANGER = Issuer("stranger.example", ())


def claims(document: Document, **changes: Any) -> Document:
    """The registered claims of the Open Badges JWT form before the credential; `...` leaves one out."""
    issuer = document.get("issuer")
    found: Document = {
        "iss": issuer.get("id") if isinstance(issuer, dict) else issuer,
        "jti": document.get("id"),
        "sub": subject.get("id") if isinstance(subject := document.get("credentialSubject"), dict) else None,
    }
    for claim, member in (("nbf", "validFrom"), ("exp", "validUntil")):
        if member in document:
            try:
                found[claim] = int(datetime.fromisoformat(document[member]).timestamp())
            except (ValueError, TypeError):
                found[claim] = 1_777_800_600
    found = {name: value for name, value in found.items() if value is not None}
    return without({**found, **document, **changes})


def without(document: Document) -> Document:
    """Members that are `...` are left out."""
    return {name: value for name, value in document.items() if value is not ...}


def edit(document: Document, pointer: str, value: Any) -> Document:
    """A copy with another value at a JSON pointer; `...` removes the member."""
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


# The answers. Each takes the codes that must be among the findings.


def valid(*reasons: str) -> Expect:
    return _expect("valid", "genuine", "current", reasons)


def forged(*reasons: str) -> Expect:
    """Steps 2 to 5 failed."""
    return _expect("invalid", "not_genuine", "cannot_tell", reasons)


def untold(*reasons: str) -> Expect:
    """Nothing certain can be said: not valid, and not invalid either."""
    return _expect("undetermined", "cannot_tell", "cannot_tell", reasons)


def nothing(*reasons: str) -> Expect:
    """No credential was found in it."""
    return _expect("invalid", "cannot_tell", "cannot_tell", reasons)


def withdrawn_unseen(*reasons: str) -> Expect:
    """It was withdrawn, and what it was can no longer be told."""
    return _expect("invalid", "cannot_tell", "revoked", reasons)


def genuine(verdict: str, currency: str, *reasons: str) -> Expect:
    """The signature is right; something else is not."""
    return _expect(verdict, "genuine", currency, reasons)


def flawed(*reasons: str) -> Expect:
    """Genuine and current, and still invalid: form, recipient or policy."""
    return genuine("invalid", "current", *reasons)


def _expect(verdict: str, authenticity: str, currency: str, reasons: tuple[str, ...]) -> Expect:
    found = {"verdict": verdict, "authenticity": authenticity, "currency": currency}
    return msgspec.convert({**found, "reasons": list(reasons)}, Expect)


def case(
    identifier: str,
    title: str,
    standard: str,
    evidence: str | bytes | Document,
    expect: Expect,
    *,
    network: Network | None = None,
    clock: str = CLOCK,
    pinned: Mapping[str, str] | None = None,
    sources: tuple[Kind, ...] = (),
    **asked: Any,
) -> Case:
    """A case; `<format>/<name>`; without `network` the issuer publishes what it should."""
    if isinstance(evidence, dict):
        evidence = compact(evidence).decode()
    handed = (
        Input(text=evidence)
        if isinstance(evidence, str)
        else Input(base64=base64.b64encode(evidence).decode())
    )
    return Case(
        id=identifier,
        title=title,
        format=identifier.partition("/")[0],
        standard=standard,
        input=handed,
        clock=datetime.fromisoformat(clock),
        expect=expect,
        network=ISSUER.network() if network is None else network,
        trust=Relied(dict(pinned or {}), sources),
        **asked,
    )
