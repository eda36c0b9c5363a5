"""The W3C Verifiable Credentials Data Model 2.0 envelope."""

from typing import Any

from msgspec import Struct, field

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1"

# JSON-LD lets one value stand for a list of one.
OneOrMany = str | tuple[str, ...]


class RelatedResource(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A resource pinned by its digest (section 5.3); `digest_sri` reads `sha256-<base64>`."""

    id: str
    media_type: str | None = None
    digest_sri: str | None = field(name="digestSRI", default=None)
    digest_multibase: str | None = None


class VerifiableCredential(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The envelope (section 4): what a verifier reads before it knows the kind of credential.

    `issuer`, `credential_subject` and `credential_status` stay as found: their shape is the kind's own.
    """

    context: tuple[Any, ...] = field(name="@context")
    id: str | None = None
    type: OneOrMany
    issuer: str | dict[str, Any]
    valid_from: str | None = None
    valid_until: str | None = None
    credential_subject: dict[str, Any] | tuple[dict[str, Any], ...]
    credential_status: dict[str, Any] | tuple[dict[str, Any], ...] = ()
    related_resource: RelatedResource | tuple[RelatedResource, ...] = ()


class EnvelopedVerifiableCredential(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A secured credential inside a `data:` URL (section 4.13)."""

    context: OneOrMany = field(name="@context", default_factory=lambda: CREDENTIALS_V2)
    id: str
    type: OneOrMany = field(default_factory=lambda: "EnvelopedVerifiableCredential")
