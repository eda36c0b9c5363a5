"""Rules of verifiable presentations: VC Data Model 2.0, section 4.13."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from schemas.report import Reason
from verifier.lint.profile import MODEL_2, PRESENTATION
from verifier.lint.rule import Rule, Severity, Spot, each, is_url, types

# The media types of enveloped credentials that the standards name, with or without parameters.
_ENVELOPE = re.compile(
    r"data:application/(vc|vp)(-ld)?\+(jwt|sd-jwt|cose)(;[!-+\--~]+)?,[!-~]+|data:application/jwt,[!-~]+",
    re.ASCII,
)


def presentation_type(document: Mapping[str, Any]) -> Iterator[Spot]:
    """The type names a verifiable presentation."""
    if "VerifiablePresentation" not in types(document):
        yield "/type", "The type must include VerifiablePresentation."


def holder_named(document: Mapping[str, Any]) -> Iterator[Spot]:
    """The holder, if named, is a URL or an object whose id is one."""
    if "holder" in document:
        holder = document["holder"]
        if not is_url(holder.get("id") if isinstance(holder, dict) else holder):
            yield "/holder", "The holder must be a URL, or an object with a URL as its id."


def credentials_secured(document: Mapping[str, Any]) -> Iterator[Spot]:
    """Every credential presented is an object that is secured: enveloped, or with a proof."""
    for where, value in each(document, "verifiableCredential"):
        if not isinstance(value, dict):
            yield where, "A credential in a presentation must be an object."
        elif "EnvelopedVerifiableCredential" in types(value):
            if not is_envelope(value.get("id")):
                yield f"{where}/id", "An enveloped credential's id must be a data: URL that holds it."
        elif "VerifiableCredential" not in types(value):
            yield (
                f"{where}/type",
                "The type must include VerifiableCredential or EnvelopedVerifiableCredential.",
            )
        elif not any(isinstance(proof, dict) for _, proof in each(value, "proof")):
            yield where, "A credential in a presentation must be secured."


def credentials_secured_1_1(document: Mapping[str, Any]) -> Iterator[Spot]:
    """In the data model 1.1, a credential presented may also be a token."""
    tokens = [where for where, value in each(document, "verifiableCredential") if isinstance(value, str)]
    yield from (spot for spot in credentials_secured(document) if spot[0] not in tokens)


def is_envelope(value: Any) -> bool:
    """Whether this is a data: URL (RFC 2397) of a secured credential or presentation."""
    return isinstance(value, str) and _ENVELOPE.fullmatch(value) is not None


_VC = "VC Data Model 2.0, section 4.13"
_VC_1_1 = "VC Data Model 1.1, section 4.10"

RULES = (
    Rule(Reason.SHAPE_TYPE, Severity.ERROR, _VC, presentation_type, PRESENTATION),
    Rule(Reason.SHAPE_HOLDER, Severity.ERROR, _VC, holder_named, PRESENTATION),
    Rule(Reason.SHAPE_ENCLOSED, Severity.ERROR, _VC, credentials_secured, PRESENTATION & MODEL_2),
    Rule(Reason.SHAPE_ENCLOSED, Severity.ERROR, _VC_1_1, credentials_secured_1_1, PRESENTATION - MODEL_2),
)
