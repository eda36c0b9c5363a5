"""A registry of issuers as one signed token: its keys are pinned, and it counts until its `exp`.

The simplest thing that needs no trust in whoever stores or passes it on: the document of docs/trust.md is the
payload of a compact JWS of type `issuer-registry+jwt`.
"""

import functools
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from keys.proofs.jose import JoseRefused, read
from schemas.times import TimeRefused, numeric_date
from verifier.trust.pinned_keys import NamedKey, check_signature, pinned
from verifier.trust.registry import Contents, Registry, certain, contents, place, registry_document
from verifier.trust.source import Refused

TYPE = "issuer-registry+jwt"


def signed_contents(keys: Sequence[NamedKey], body: bytes) -> Contents:
    """The contents of a token that one of these keys signed; raises Refused."""
    try:
        token = read(body.strip(), types=(TYPE,))
    except JoseRefused as refused:
        raise Refused("invalid", f"It is not a signed registry: {refused.detail}") from None
    if token.typ is None:
        raise Refused("invalid", f"It does not say that it is of type {TYPE}.")
    check_signature(token, keys, "pinned for it")
    found = contents(registry_document(token.document))
    try:
        issued, until = (numeric_date(token.document.get(claim)) for claim in ("iat", "exp"))
    except TimeRefused as refused:
        raise Refused("invalid", f"Its times iat and exp are required: {refused}.") from None
    ends = [until] if found.until is None else [until, found.until]
    return msgspec.structs.replace(found, updated=issued, until=min(ends))


class Configured(
    Struct,
    frozen=True,
    tag="signed_registry",
    tag_field="kind",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """As it stands in a trust file: a registry whose token is signed with one of `keys` (JWKs)."""

    name: str
    keys: tuple[dict[str, Any], ...]
    url: str | None = None
    file: str | None = None

    def open(self, folder: Path, now: datetime) -> Registry:
        """The source; raises TrustRefused."""
        where, body = place(self.url, self.file, folder, now)
        reader = functools.partial(signed_contents, pinned(self.keys))
        return certain(Registry(self.name, where, body, reader), body)
