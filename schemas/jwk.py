"""Public keys as JSON Web Keys (RFC 7517, RFC 8037): what may be published, and nothing of a private key."""

import base64
import hashlib

import msgspec
from msgspec import Struct


class Jwk(Struct, frozen=True, omit_defaults=True):
    """The public half of an EC or OKP key; coordinates are base64url without padding.

    The members of private and symmetric keys are declared as null, so that decoding one fails.
    """

    kty: str
    crv: str | None = None
    x: str | None = None
    y: str | None = None
    kid: str | None = None
    alg: str | None = None
    use: str | None = None
    key_ops: tuple[str, ...] | None = None
    d: None = None
    k: None = None


class JwkSet(Struct, frozen=True):
    """A JWK set (RFC 7517, section 5)."""

    keys: tuple[Jwk, ...]


def thumbprint(jwk: Jwk) -> str:
    """The RFC 7638 SHA-256 thumbprint, base64url (43 characters): required members only, in order."""
    required = {name: getattr(jwk, name) for name in ("crv", "kty", "x", "y")}
    present = {name: value for name, value in required.items() if value is not None}
    digest = hashlib.sha256(msgspec.json.encode(present)).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
