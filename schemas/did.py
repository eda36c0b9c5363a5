"""DID documents (DID Core 1.0) and controller documents (Controlled Identifiers 1.0).

Reduced to what an issuer publishes and a verifier reads.
"""

from typing import Any

import msgspec
from msgspec import Struct, field

DID_V1 = "https://www.w3.org/ns/did/v1"
JWK_V1 = "https://w3id.org/security/jwk/v1"
MULTIKEY_V1 = "https://w3id.org/security/multikey/v1"


class VerificationMethod(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A key with its id and controller; the key stays as found: `keys.methods.public_key` judges it.

    From `expires` and `revoked` on (dateTimeStamps, as found) it verifies nothing.
    """

    id: str
    type: str
    controller: str
    public_key_jwk: dict[str, Any] | None = None
    public_key_multibase: str | None = None
    public_key_base58: str | None = None
    public_key_pem: str | None = None
    expires: str | None = None
    revoked: str | None = None


class DidDocument(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Who may sign what in the name of `id`; a relationship names a method by id or holds one of its own."""

    context: str | tuple[Any, ...] | None = field(name="@context", default=None)
    id: str
    verification_method: tuple[VerificationMethod, ...] = ()
    assertion_method: tuple[str | VerificationMethod, ...] = ()
    authentication: tuple[str | VerificationMethod, ...] = ()


def assertion_methods(document: DidDocument) -> tuple[VerificationMethod, ...]:
    """The methods that may assert (DID Core, 5.3.2), with absolute ids; a dangling reference names none.

    A method counts in its own controller's document only (Controlled Identifiers 1.0, section 3.3).
    """
    return _related(document, document.assertion_method)


def authentication_methods(document: DidDocument) -> tuple[VerificationMethod, ...]:
    """The methods that a holder may present with (DID Core, 5.3.1), likewise."""
    return _related(document, document.authentication)


def _related(
    document: DidDocument, relationship: tuple[str | VerificationMethod, ...]
) -> tuple[VerificationMethod, ...]:
    listed = {_absolute(document.id, method.id): method for method in document.verification_method}
    found: list[VerificationMethod] = []
    for entry in relationship:
        method = listed.get(_absolute(document.id, entry)) if isinstance(entry, str) else entry
        if method is not None and method.controller == document.id:
            found.append(msgspec.structs.replace(method, id=_absolute(document.id, method.id)))
    return tuple(found)


def _absolute(did: str, reference: str) -> str:
    return did + reference if reference.startswith("#") else reference
