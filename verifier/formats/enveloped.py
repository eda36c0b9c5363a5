"""Enveloped credentials and presentations (VC Data Model 2.0, section 4.13): a token in a `data:` URL."""

from collections.abc import Mapping
from typing import Any

from schemas.credential import CREDENTIALS_V2
from schemas.report import Reason
from verifier.formats.opened import FormRefused
from verifier.lint.profile import Kind
from verifier.lint.rule import types

# The envelope's type -> what it holds, and the media type of that.
_ENVELOPES: dict[str, tuple[Kind, str]] = {
    "EnvelopedVerifiableCredential": ("credential", "application/vc+jwt"),
    "EnvelopedVerifiablePresentation": ("presentation", "application/vp+jwt"),
}


def token(document: Mapping[str, Any]) -> tuple[Kind, str] | None:
    """What an envelope says it holds, and the token; None where this is no envelope. Raises FormRefused."""
    found = next((held for name, held in _ENVELOPES.items() if name in types(document)), None)
    if found is None:
        return None
    kind, expected = found
    contexts = document.get("@context")
    if CREDENTIALS_V2 not in (contexts if isinstance(contexts, list) else [contexts]):
        detail = "The envelope's contexts do not say what an envelope is."
        raise FormRefused("well_formed", Reason.WELL_FORMED_ENVELOPE, detail)
    address = document.get("id")
    if not isinstance(address, str) or not address.startswith("data:") or "," not in address:
        detail = "The envelope's id is not a data: address that holds a token."
        raise FormRefused("well_formed", Reason.WELL_FORMED_ENVELOPE, detail)
    media, _, content = address.removeprefix("data:").partition(",")
    if media.lower() != expected:
        detail = "The envelope holds something of a kind that we do not read."
        raise FormRefused("proof", Reason.PROOF_UNSUPPORTED, detail, certain=False)
    return kind, content
