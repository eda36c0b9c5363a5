"""Steps 2 and 3: read what was found, in whichever form it is secured. One module per form, one line here.

A form *recognises* what it is made for and opens it: structure only, nothing verified yet. Each says what
stands against the standard it belongs to; whose key signed is the next step's question.
"""

from collections.abc import Callable
from typing import Any

from keys.proofs.jose import JoseRefused, Secured, read
from schemas.report import Reason
from schemas.strict_json import StrictJsonError, loads
from verifier.formats import badge_jwt, embedded, enveloped, legacy, vc_jose, vcdm1_jwt
from verifier.formats.opened import FormRefused, Opened, not_a_credential
from verifier.lint.profile import Kind, Securing
from verifier.lint.rule import types

# The first form that recognises a token, or a document, opens it; what is left is Open Badges 3.0.
TOKENS: tuple[Callable[[Secured], Opened | None], ...] = (
    legacy.token,
    vcdm1_jwt.open_token,
    vc_jose.open_token,
)
DOCUMENTS: tuple[Callable[[dict[str, Any]], Opened | None], ...] = (
    legacy.document,
    embedded.open_document,
)

# How the reader's refusals map to checks; strict JSON's codes are reasons of their own.
_REFUSALS = {
    "proof.malformed": ("well_formed", Reason.WELL_FORMED_TOKEN),
    "proof.encoding": ("well_formed", Reason.WELL_FORMED_TOKEN),
    "proof.size": ("well_formed", Reason.WELL_FORMED_TOKEN),
    "payload.object": ("well_formed", Reason.WELL_FORMED_NOT_A_CREDENTIAL),
    "proof.algorithm": ("proof", Reason.PROOF_ALGORITHM),
    "proof.unsupported": ("proof", Reason.PROOF_UNSUPPORTED),
    "proof.type": ("proof", Reason.PROOF_TYPE),
    "proof.critical": ("proof", Reason.PROOF_HEADER),
    "proof.header": ("proof", Reason.PROOF_HEADER),
}


def open_token(token: bytes | str) -> Opened:
    """Open a compact JWS; raises FormRefused."""
    try:
        secured = read(token)
    except JoseRefused as refused:
        check, reason = _REFUSALS.get(refused.code) or ("well_formed", Reason(refused.code))
        # An algorithm that we lack says nothing against the token; one that nobody may use does.
        raise FormRefused(
            check, reason, refused.detail, certain=reason is not Reason.PROOF_UNSUPPORTED
        ) from None
    for form in TOKENS:
        opened = form(secured)
        if opened is not None:
            return opened
    return badge_jwt.open_token(secured)


def open_json(text: bytes) -> Opened:
    """Open a JSON document; raises FormRefused."""
    try:
        document = loads(text)
    except StrictJsonError as refused:
        raise FormRefused("well_formed", Reason(refused.code), refused.detail) from None
    return open_document(document)


def open_document(document: Any) -> Opened:
    """Open a credential or presentation that was decoded already; raises FormRefused."""
    if not isinstance(document, dict) or not ("@context" in document or types(document)):
        raise not_a_credential("This JSON is not a credential.")
    envelope = enveloped.token(document)
    if envelope is not None:
        return _open_envelope(*envelope)
    for form in DOCUMENTS:
        opened = form(document)
        if opened is not None:
            return opened
    raise FormRefused("proof", Reason.PROOF_MISSING, "Nobody signed this: anyone could have written it.")


def _open_envelope(kind: Kind, token: str) -> Opened:
    """Open what an envelope holds, which is what it says; raises FormRefused."""
    opened = open_token(token)
    if opened.securing is not Securing.JOSE or opened.kind != kind:
        detail = f"The envelope holds another kind of token than a {kind}'s."
        raise FormRefused("proof", Reason.PROOF_TYPE, detail)
    return opened


def open_item(item: Any) -> Opened:
    """Open what a presentation or an achievement encloses: a token or an object; raises FormRefused."""
    return open_token(item) if isinstance(item, str) else open_document(item)


__all__ = [
    "DOCUMENTS",
    "TOKENS",
    "FormRefused",
    "Opened",
    "open_document",
    "open_item",
    "open_json",
    "open_token",
]
