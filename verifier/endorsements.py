"""Step 11: endorsements inside a credential, each by the same steps; none of them lifts the verdict.

Open Badges 3.0 lets a badge, its issuer and its achievement carry endorsements, as documents (`endorsement`)
or as tokens (`endorsementJwt`). An endorsement speaks of what its subject's id names, and counts only there.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from verifier.lint.rule import each, inside
from verifier.lint.rule import types as types_of

# Each may cost a request and a signature.
MOST_ENDORSEMENTS = 4

_MEMBERS = ("endorsement", "endorsementJwt")


class Claimed(Struct, frozen=True):
    """An endorsement as found, and the id of what carries it."""

    item: Any
    carrier_id: str | None


def claimed(document: Mapping[str, Any]) -> list[Claimed]:
    """Every endorsement that a badge carries."""
    return [
        Claimed(item, holder_id if isinstance(holder_id := holder.get("id"), str) else None)
        for holder in _holders(document)
        if not holder.keys().isdisjoint(_MEMBERS)
        for member in _MEMBERS
        for _, item in each(holder, member)
    ]


def speaks_of(endorsement: Mapping[str, Any], carrier_id: str | None) -> bool:
    """Whether an endorsement is one, and is about what carries it."""
    named = {subject.get("id") for subject in inside(endorsement, "credentialSubject")}
    return "EndorsementCredential" in types_of(endorsement) and named == {carrier_id} != {None}


def _holders(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    subjects = inside(document, "credentialSubject")
    achieved = [achievement for subject in subjects for achievement in inside(subject, "achievement")]
    return [document, *inside(document, "issuer"), *achieved]
