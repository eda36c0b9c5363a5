"""Public keys as JSON Web Keys (RFC 7517, 7518, 8037): what may be published, nothing private."""

import base64
import hashlib

import msgspec
from msgspec import Struct

# RFC 7638, section 3.2, and RFC 8037, section 2: what a thumbprint covers, in lexical order.
REQUIRED = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "RSA": ("e", "kty", "n")}


class Jwk(Struct, frozen=True, omit_defaults=True):
    """The public half of an EC, OKP or RSA key; coordinates and numbers are base64url without padding.

    The members of private and symmetric keys are declared as null, so that decoding one fails.
    """

    kty: str
    crv: str | None = None
    x: str | None = None
    y: str | None = None
    n: str | None = None
    e: str | None = None
    kid: str | None = None
    alg: str | None = None
    use: str | None = None
    key_ops: tuple[str, ...] | None = None
    d: None = None
    k: None = None
    p: None = None
    q: None = None
    dp: None = None
    dq: None = None
    qi: None = None
    oth: None = None


class JwkSet(Struct, frozen=True):
    """A JWK set (RFC 7517, section 5)."""

    keys: tuple[Jwk, ...]


def thumbprint(jwk: Jwk) -> str:
    """The RFC 7638 SHA-256 thumbprint, base64url (43 characters); raises ValueError for an incomplete key."""
    required = {name: getattr(jwk, name) for name in REQUIRED.get(jwk.kty, ())}
    if not required or None in required.values():
        raise ValueError("a thumbprint needs every required member of a known type of public key")
    digest = hashlib.sha256(msgspec.json.encode(required)).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
