"""DID documents (DID Core 1.0), reduced to what an issuer publishes and a verifier reads."""

from typing import Any

from msgspec import Struct, field

DID_V1 = "https://www.w3.org/ns/did/v1"
JWK_V1 = "https://w3id.org/security/jwk/v1"


class VerificationMethod(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A key with its id and controller; `public_key_jwk` stays as found: `PublicKey.from_jwk` judges it."""

    id: str
    type: str
    controller: str
    public_key_jwk: dict[str, Any] | None = None


class DidDocument(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Who may sign what in the name of `id`; a relationship names a method by id or holds one of its own."""

    context: str | tuple[Any, ...] | None = field(name="@context", default=None)
    id: str
    verification_method: tuple[VerificationMethod, ...] = ()
    assertion_method: tuple[str | VerificationMethod, ...] = ()
    authentication: tuple[str | VerificationMethod, ...] = ()


def assertion_methods(document: DidDocument) -> tuple[VerificationMethod, ...]:
    """The methods that may assert (DID Core, 5.3.2), with absolute ids; a dangling reference names none."""
    listed = {_absolute(document.id, method.id): method for method in document.verification_method}
    found: list[VerificationMethod] = []
    for entry in document.assertion_method:
        method = listed.get(_absolute(document.id, entry)) if isinstance(entry, str) else entry
        if method is not None:
            found.append(
                VerificationMethod(
                    id=_absolute(document.id, method.id),
                    type=method.type,
                    controller=method.controller,
                    public_key_jwk=method.public_key_jwk,
                )
            )
    return tuple(found)


def _absolute(did: str, reference: str) -> str:
    return did + reference if reference.startswith("#") else reference
