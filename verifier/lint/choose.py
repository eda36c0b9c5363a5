"""Which profile a document is held against."""

from collections.abc import Mapping
from typing import Any

from schemas.credential import CREDENTIALS_V1
from verifier.lint.openbadges import BADGE_TYPES, CONTEXT
from verifier.lint.profile import Profile, Securing
from verifier.lint.rule import types


def profile_of(document: Mapping[str, Any], securing: Securing) -> Profile:
    """The rules for this document: an Open Badge (by types or contexts), a presentation or any credential."""
    contexts = document.get("@context")
    named = contexts if isinstance(contexts, list) else [contexts]
    kind = "credential"
    if "VerifiablePresentation" in types(document):
        kind = "presentation"
    elif "EndorsementCredential" in types(document):
        kind = "credential"  # in the badges' context, and no badge
    elif types(document) & BADGE_TYPES or any(
        isinstance(context, str) and CONTEXT.fullmatch(context) for context in named
    ):
        kind = "openbadges"
    model = "-1.1" if named[:1] == [CREDENTIALS_V1] else ""
    form = "proof" if securing is Securing.PROOF else "jwt"
    if kind == "openbadges" and securing is Securing.JOSE and not model:
        return Profile.OPEN_BADGES_JOSE
    return Profile(f"{kind}{model}-{form}")
