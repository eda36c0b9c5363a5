"""The keys of a registry or an anchor, by the names that its tokens use; a header's own keys never count."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from keys.proofs.jose import Secured
from keys.public import KeyRefused, PublicKey
from schemas.jwk import Jwk
from verifier.errors import TrustRefused
from verifier.trust.source import Refused


class NamedKey(Struct, frozen=True):
    """A public key, and the `kid` that its JWK has; its thumbprint names it as well."""

    public: PublicKey
    kid: str | None = None


def pinned(keys: Sequence[Mapping[str, Any]]) -> tuple[NamedKey, ...]:
    """The keys of a trust file, at least one and all of them usable; raises TrustRefused."""
    found = []
    for jwk in keys:
        try:
            found.append(NamedKey(PublicKey.from_jwk(jwk), jwk.get("kid")))
        except KeyRefused as refused:
            raise TrustRefused("trust.malformed", f"A pinned key cannot be used: {refused.detail}") from None
    if not found:
        raise TrustRefused("trust.malformed", "Without a pinned key, no signature says anything.")
    return tuple(found)


def published(keys: Iterable[Jwk]) -> tuple[NamedKey, ...]:
    """Those keys of a JWK set that can be used here; the others sign for other readers."""
    found = []
    for jwk in keys:
        try:
            found.append(NamedKey(PublicKey.from_jwk(jwk), jwk.kid))
        except KeyRefused:
            continue
    return tuple(found)


def check_signature(token: Secured, keys: Sequence[NamedKey], whose: str) -> None:
    """Raise Refused unless the key that the token names is among these and signed it.

    Without a name, any of them may have. `whose` the keys are, for the sentence.
    """
    named = [key for key in keys if token.kid in (None, key.kid, key.public.kid)]
    if not named:
        raise Refused("invalid", f"It is signed with a key that is not among those {whose}.")
    if all(token.check(key.public) is not None for key in named):
        raise Refused("invalid", "Its signature does not hold.")
