"""What one verification is asked."""

from datetime import datetime

from msgspec import Struct

from verifier.policy import Policy
from verifier.seen import Seen
from verifier.trust import TrustStore


class Question(Struct, frozen=True, kw_only=True):
    """Everything that a verification depends on but the answers to its needs.

    `digest` is the SHA-256 of the evidence, hexadecimal; `now` is aware.
    """

    evidence: bytes
    digest: str
    now: datetime
    trust: TrustStore
    seen: Seen
    policy: Policy | None = None
    expected_recipient: str | None = None
    nonce: str | None = None
    audience: str | None = None
