"""Open Badges 2.0: recognised, and told apart from a forgery. Nothing is invalid for being old."""

from collections.abc import Mapping
from typing import Any

from keys.proofs.jose import Secured
from schemas.report import Reason
from verifier.formats.opened import FormRefused, Opened, first_context

_OPEN_BADGES_2 = "https://w3id.org/openbadges/v2"


def token(secured: Secured) -> Opened | None:
    """Recognise a signed badge of version 2; raises FormRefused."""
    return document(secured.document)


def document(badge: Mapping[str, Any]) -> Opened | None:
    """Recognise an assertion of version 2; raises FormRefused."""
    if first_context(badge) != _OPEN_BADGES_2:
        return None
    detail = "This is an Open Badge 2.0, which proves less than later ones; we do not read it yet."
    raise FormRefused("proof", Reason.FORMAT_LEGACY, detail, certain=False)
