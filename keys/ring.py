"""An organisation's keys over time, and the two documents that publish them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct

from keys.methods import jwk_method, multikey_method
from keys.public import PublicKey
from schemas.did import DID_V1, JWK_V1, MULTIKEY_V1, DidDocument

# Algorithms that a cryptosuite of ours signs with.
_DATA_INTEGRITY = ("EdDSA",)

State = Literal["active", "retired", "compromised"]


class KeyEntry(Struct, frozen=True, kw_only=True):
    """One key and its life: active ones sign, retired ones verify on, compromised ones prove nothing."""

    public: PublicKey
    state: State
    activated_at: datetime
    retired_at: datetime | None = None
    compromised_at: datetime | None = None


class KeyRing:
    """Entries in the order given, newest activation first where one is chosen."""

    def __init__(self, entries: Iterable[KeyEntry]) -> None:
        """`entries` may be empty; two entries with one key id are refused with ValueError."""
        self.entries = tuple(entries)
        self._by_kid = {entry.public.kid: entry for entry in self.entries}
        if len(self._by_kid) != len(self.entries):
            raise ValueError("a key ring holds each key once")

    def active(self, alg: str = "ES256") -> KeyEntry | None:
        """The key to sign with: the active one for `alg` that was activated last."""
        candidates = [
            entry for entry in self.entries if entry.state == "active" and entry.public.algorithm == alg
        ]
        return max(candidates, key=lambda entry: entry.activated_at, default=None)

    def published(self) -> tuple[KeyEntry, ...]:
        """What may verify: active and retired entries."""
        return tuple(entry for entry in self.entries if entry.state != "compromised")

    def get(self, kid: str) -> KeyEntry | None:
        """The entry of this thumbprint, whatever its state."""
        return self._by_kid.get(kid)


def did_document(did: str, ring: KeyRing) -> DidDocument:
    """The DID document (DID Core, Controlled Identifiers): published keys may assert.

    Each is a JsonWebKey, `<did>#<thumbprint>`; an Ed25519 key, which also signs Data Integrity proofs, is a
    Multikey as well, `<did>#z6Mk…`.
    """
    keys = [entry.public for entry in ring.published()]
    multikeys = [multikey_method(did, key) for key in keys if key.algorithm in _DATA_INTEGRITY]
    methods = (*(jwk_method(did, key) for key in keys), *multikeys)
    return DidDocument(
        context=(DID_V1, JWK_V1, MULTIKEY_V1) if multikeys else (DID_V1, JWK_V1),
        id=did,
        verification_method=methods,
        assertion_method=tuple(method.id for method in methods),
    )


def jwks(ring: KeyRing) -> dict[str, Any]:
    """The JWK set (RFC 7517, section 5) of the published keys; each `kid` is the thumbprint."""
    return {"keys": [msgspec.to_builtins(entry.public.jwk) for entry in ring.published()]}
