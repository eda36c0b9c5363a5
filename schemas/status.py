"""Status lists: Bitstring Status List 1.0, its predecessor StatusList2021, 1EdTech's Revocation List."""

from msgspec import UNSET, Struct, UnsetType, field

from schemas.credential import CREDENTIALS_V2, OneOrMany


class StatusMessage(Struct, frozen=True):
    """What one value of an entry means (section 2.1): `status` is hexadecimal, as `0x1`."""

    status: str
    message: str


class BitstringStatusListEntry(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Where a credential's bit stands (section 2.1). The index is a base-10 string; `id` is not a list."""

    id: str | None = None
    type: OneOrMany = field(default_factory=lambda: "BitstringStatusListEntry")
    status_purpose: str
    status_list_index: str
    status_list_credential: str
    status_size: int | None = None
    status_message: tuple[StatusMessage, ...] | None = None
    status_reference: OneOrMany | None = None


class BitstringStatusList(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The list itself (section 2.2): `encoded_list` is multibase `u` over GZIP; `ttl` in milliseconds."""

    id: str | None = None
    type: str = field(default_factory=lambda: "BitstringStatusList")
    status_purpose: OneOrMany
    encoded_list: str
    ttl: int | None = None
    status_size: int | None = None


class BitstringStatusListCredential(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The credential that carries a list; its id is the list's URL, its times are dateTimeStamps."""

    context: tuple[str, ...] = field(name="@context", default_factory=lambda: (CREDENTIALS_V2,))
    id: str | None = None
    type: OneOrMany = field(default_factory=lambda: ("VerifiableCredential", "BitstringStatusListCredential"))
    issuer: str
    valid_from: str | None = None
    valid_until: str | None = None
    credential_subject: BitstringStatusList


class RevokedCredential(Struct, frozen=True, kw_only=True, rename="camel"):
    """One line of a RevocationList: withdrawn unless `revoked` is false."""

    id: str
    revoked: bool = True
    revocation_reason: str | UnsetType = UNSET


class RevocationList(Struct, frozen=True, kw_only=True, rename="camel"):
    """1EdTech Revocation List Status Method 1.0: unsigned, by credential id, at its own address `id`."""

    id: str
    issuer: str
    revoked_credentials: tuple[RevokedCredential, ...] = ()
