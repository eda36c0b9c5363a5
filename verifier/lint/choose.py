"""Which profile a document is held against."""

from collections.abc import Mapping
from typing import Any

from schemas.credential import CREDENTIALS_V1
from verifier.lint.openbadges import BADGE_TYPES, CONTEXT
from verifier.lint.profile import Kind, Profile, Securing
from verifier.lint.rule import types


def profile_of(document: Mapping[str, Any], securing: Securing, kind: Kind = "credential") -> Profile:
    """The rules for a presentation, for an Open Badge (by types or contexts), or for any credential.

    What a document calls itself must not choose the rules it is held against: `kind` is what it is taken for,
    and VC-JOSE-COSE knows the data model 2.0 only.
    """
    if securing in (Securing.HOSTED, Securing.ASSERTION):
        return Profile.OPEN_BADGES_2
    contexts = document.get("@context")
    named = contexts if isinstance(contexts, list) else [contexts]
    own = types(document)
    # An endorsement is in the badges' context, and no badge.
    badge = kind == "credential" and "EndorsementCredential" not in own
    if badge and own.isdisjoint(BADGE_TYPES):
        badge = any(isinstance(context, str) and CONTEXT.fullmatch(context) for context in named)
    return _PROFILES[securing, "openbadges" if badge else kind, named[:1] == [CREDENTIALS_V1]]


def _profile(securing: Securing, group: str, *, older: bool) -> Profile:
    if securing is Securing.JOSE:
        return Profile.OPEN_BADGES_JOSE if group == "openbadges" else Profile(f"{group}-jwt")
    model = "-1.1" if older else ""
    return Profile(f"{group}{model}-{'proof' if securing is Securing.PROOF else 'jwt'}")


_PROFILES = {
    (securing, group, older): _profile(securing, group, older=older)
    for securing in Securing
    for group in ("openbadges", "credential", "presentation")
    for older in (False, True)
}
