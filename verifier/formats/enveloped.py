"""Enveloped credentials and presentations (VC Data Model 2.0, section 4.13): a token in a `data:` URL."""

from collections.abc import Mapping
from typing import Any

from schemas.report import Reason
from verifier.formats.opened import FormRefused
from verifier.lint.rule import types

# The envelope's type -> the media type of what it may hold.
_ENVELOPES = {
    "EnvelopedVerifiableCredential": "application/vc+jwt",
    "EnvelopedVerifiablePresentation": "application/vp+jwt",
}


def token(document: Mapping[str, Any]) -> str | None:
    """The token in an envelope, None where this is no envelope; raises FormRefused."""
    expected = next((media for name, media in _ENVELOPES.items() if name in types(document)), None)
    if expected is None:
        return None
    address = document.get("id")
    if not isinstance(address, str) or not address.startswith("data:") or "," not in address:
        detail = "The envelope's id is not a data: address that holds a token."
        raise FormRefused("well_formed", Reason.WELL_FORMED_ENVELOPE, detail)
    media, _, content = address.removeprefix("data:").partition(",")
    if media.lower() != expected:
        detail = "The envelope holds something of a kind that we do not read."
        raise FormRefused("proof", Reason.PROOF_UNSUPPORTED, detail, certain=False)
    return content
