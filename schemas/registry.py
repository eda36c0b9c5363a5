"""A registry of issuers: who is vouched for, under which names, from when until when; docs/trust.md.

The same document stands as plain JSON in a file or at an https address, and as the payload of a signed
registry (with `iss`, `iat` and `exp`).
"""

from datetime import datetime
from typing import Literal

from msgspec import Struct


class ListedIssuer(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """One issuer as the registry knows it.

    `name` and `also_known_as` are the names that it may give itself; `distrusted` warns of it, and `reason`
    says why. The period is when the entry holds; both ends may be open.
    """

    id: str
    name: str | None = None
    also_known_as: tuple[str, ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    status: Literal["trusted", "distrusted"] = "trusted"
    reason: str | None = None


class RegistryDocument(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The registry: `updated` is when it was written, `valid_until` until when it may be relied on."""

    issuers: tuple[ListedIssuer, ...]
    name: str | None = None
    updated: datetime | None = None
    valid_until: datetime | None = None
    iss: str | None = None
    iat: float | None = None
    exp: float | None = None


class ListedByDid(Struct, frozen=True):
    """One entry of the Digital Credentials Consortium's older list, whose members are keyed by DID."""

    name: str | None = None


class RegistryByDid(Struct, frozen=True):
    """The Digital Credentials Consortium's older list: `registry` maps each DID to its entry."""

    registry: dict[str, ListedByDid]
