"""A provider as its organisation registers it, and receipts as another library than ours signs them."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from issuer.issuance.desk import Desk
from issuer.receipts.mapping import ProviderRequest
from issuer.receipts.read import audiences
from issuer.receipts.store import Provider, ProviderAssessment

ORG = "demo"
ISSUER = "https://tests.example.org"
TEST = f"{ISSUER}/sql"
SCORED = f"{ISSUER}/scored"
BARE = f"{ISSUER}/bare"
STRICT = f"{ISSUER}/strict"
PROGRAM = "example-tests"
TYPE = "assessment-receipt+jwt"
Signed = Callable[..., bytes]
Registered = tuple[Provider, tuple[ProviderAssessment, ...]]
Register = Callable[..., Awaitable[Registered]]


class Key:
    """A provider's key pair, as PyJWT and a JWK set have it."""

    def __init__(self, kid: str = "k1") -> None:
        self.kid = kid
        self.private = ec.generate_private_key(ec.SECP256R1())

    @property
    def jwks(self) -> dict[str, Any]:
        jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.private.public_key()))
        return {"keys": [{**jwk, "kid": self.kid, "use": "sig", "alg": "ES256"}]}


def claims(desk: Desk, **changed: Any) -> dict[str, Any]:
    """A receipt's claims, everything stated; None leaves a member away."""
    stated = {
        "iss": ISSUER,
        "jti": str(uuid4()),
        "iat": int(desk.clock().timestamp()),
        "aud": audiences(desk.settings, ORG)[0],
        "sub": "mailto:ada@example.org",
        "name": "Ada Lovelace",
        "assessment": TEST,
        "version": "2026.1",
        "score": 83,
        "scale": {"min": 0, "max": 100},
        "error": 3.5,
        "cut": 70,
        "level": "pass",
        "evidenceDigest": "sha256-" + "ab" * 32,
        "assurance": "supervised",
        "permittedAids": "A calculator.",
        "completedAt": "2026-11-20T15:04:05Z",
    } | changed
    return {name: value for name, value in stated.items() if value is not None}


def sign(desk: Desk, key: Key, *, header: dict[str, Any] | None = None, **changed: Any) -> bytes:
    """A signed receipt; `header` changes its header, everything else its claims."""
    headers = {"typ": TYPE} | ({"kid": key.kid} if header is None else header)
    return jwt.encode(claims(desk, **changed), key.private, algorithm="ES256", headers=headers).encode()


async def request(desk: Desk, key: Key | None, **changed: Any) -> ProviderRequest:
    """What registers the provider: a test with levels, and two that are decided by score."""
    achievement = await desk.pool.fetchval("SELECT id FROM achievement WHERE organization_id = $1", ORG)
    ours = {"achievement": str(achievement), "revision": 1}
    cuts = [{"level": "working", "score": 50}, {"level": "proficient", "score": 70}]
    scored = {"scale": {"min": 0, "max": 100}, "cuts": cuts, **ours}
    document = {
        "issuer": ISSUER,
        "name": "Example Tests",
        **({"jwks": key.jwks} if key else {}),
        "assessments": [
            {
                "uri": TEST,
                "title": "SQL proficiency test",
                "levels": {"pass": "working", "passed": "working", "fail": None, "failed": None},
                **ours,
            },
            {"uri": SCORED, "title": "SQL by score", "leastAssurance": "unsupervised", **scored},
            {"uri": BARE, "title": "SQL by bare score", "acceptWithoutError": True, **scored},
            {"uri": STRICT, "title": "SQL with its error", **scored},
        ],
    } | changed
    return msgspec.convert(document, ProviderRequest)
