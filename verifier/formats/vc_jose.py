"""VC-JOSE-COSE (W3C, 2025): a credential or a presentation of data model 2.0 as the payload of a JWS."""

from keys.proofs.jose import Secured
from schemas.report import Outcome, Reason
from verifier.formats.opened import Binding, FormRefused, Note, Opened, audiences, key_named, text
from verifier.lint.profile import Kind, Securing
from verifier.lint.rule import issuer_id, named_id

# Type of the token -> what it holds, its content type, and the member that names who signed.
_TYPES: dict[str | None, tuple[Kind, str, str]] = {
    "vc+jwt": ("credential", "vc", "issuer"),
    "vp+jwt": ("presentation", "vp", "holder"),
}


def open_token(secured: Secured) -> Opened | None:
    """Open a token of type vc+jwt or vp+jwt; raises FormRefused."""
    if secured.typ not in _TYPES:
        return None
    kind, content, signer = _TYPES[secured.typ]
    document = secured.document
    if secured.header.get("cty", content) != content:
        detail = f"The token's type is {secured.typ}, but its content is said to be of another one (cty)."
        raise FormRefused("proof", Reason.PROOF_TYPE, detail)
    key_named(secured)
    named = issuer_id(document) if kind == "credential" else named_id(document, "holder")
    if "iss" in document and document["iss"] != named:
        raise FormRefused(
            "proof", Reason.PROOF_ISSUER_MISMATCH, f"The token's issuer (iss) is not the {kind}'s {signer}."
        )
    return Opened(
        document=document,
        proofs=(secured,),
        securing=Securing.JOSE,
        detail=f"A verifiable {kind} of the W3C as a token, signed with {secured.alg}.",
        notes=_notes(secured),
        raw=secured.payload,
        kind=kind,
        binding=Binding(text(document.get("nonce")), audiences(document.get("aud")), document.get("iat")),
    )


def _notes(secured: Secured) -> tuple[Note, ...]:
    if "cty" in secured.header:
        return ()
    return ((Outcome.WARN, Reason.PROOF_TYPE_MISSING, "The token does not say the type of its content."),)
