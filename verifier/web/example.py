"""What is asked and answered, as the documentation shows it (/docs/api, docs/verify-api.md)."""

from typing import Any

ASKED: dict[str, Any] = {
    "input": "eyJhbGciOiJFUzI1NiIs…",
    "policy": {"require": ["standing"]},
    "expected_recipient": "ada@example.org",
}

# Of the twelve checks three are enough to see what they look like.
ANSWERED: dict[str, Any] = {
    "verdict": "valid",
    "authenticity": "genuine",
    "currency": "current",
    "sentence": "Genuine and current. Example Academy awarded SQL for analysts, Working to Ada Lovelace on "
    "3 May 2026. Register of Schools lists this issuer. Valid until 3 May 2028.",
    "claim": {
        "recipient": {"name": "Ada Lovelace"},
        "achievement": {"name": "SQL for analysts"},
        "level": {"name": "Working"},
        "issuer": {
            "id": "did:web:academy.example",
            "name": "Example Academy",
            "domain": "academy.example",
        },
        "validFrom": "2026-05-03T09:30:00Z",
        "validUntil": "2028-05-03T09:30:00Z",
    },
    "checks": [
        {
            "check": "signature",
            "outcome": "pass",
            "reason": "signature.verified",
            "detail": "The signature covers every byte of the credential.",
        },
        {
            "check": "standing",
            "outcome": "pass",
            "reason": "standing.vouched",
            "detail": "Register of Schools lists this issuer.",
            "source": "Register of Schools",
            "time": "2026-11-23T12:00:00Z",
        },
        {
            "check": "recipient",
            "outcome": "pass",
            "reason": "recipient.matched",
            "detail": "The e-mail address that you expect is the recipient's.",
        },
    ],
    "inputDigest": "sha256-1ede81ec90c9af26caeb9a5377f858c1d2dee39a848b2a41b1addc238ef48336",
    "verifiedAt": "2026-11-23T12:00:00Z",
    "verifier": "assay/0.1.0",
}
