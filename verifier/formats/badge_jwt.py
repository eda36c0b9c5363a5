"""The Open Badges 3.0 JWT form (integrity chapter): the payload is the badge, claims repeated beside it."""

from keys.proofs.jose import Secured
from schemas.report import Outcome, Reason
from verifier.formats.opened import FormRefused, Note, Opened, key_named, on_vcdm1
from verifier.lint.profile import Securing
from verifier.lint.rule import issuer_id

# Members of the form's header; `jwk` only selects among published keys.
_HEADER = {"alg", "kid", "typ", "jwk"}
_TOLD = 200


def open_token(secured: Secured) -> Opened:
    """Open a token of type JWT, or of none; raises FormRefused."""
    if on_vcdm1(secured.document):
        detail = "A credential of the data model 1.1 stands in the token's claim vc; this one does not."
        raise FormRefused("proof", Reason.FORMAT_LEGACY, detail, certain=False)
    key_named(secured)
    if secured.document.get("iss") != issuer_id(secured.document):
        detail = "The token's issuer (iss) is not the credential's issuer."
        raise FormRefused("proof", Reason.PROOF_ISSUER_MISMATCH, detail)
    return Opened(
        document=secured.document,
        proofs=(secured,),
        securing=Securing.JWT,
        detail=f"An Open Badges 3.0 token, signed with {secured.alg}.",
        notes=_notes(secured),
        raw=secured.payload,
    )


def _notes(secured: Secured) -> tuple[Note, ...]:
    if secured.typ is None:
        detail = "An Open Badges token, although it does not say its type."
        return ((Outcome.WARN, Reason.PROOF_TYPE_MISSING, detail),)
    if extra := secured.header.keys() - _HEADER:
        detail = "The token's header holds members that the format does not have; they are ignored: "
        return ((Outcome.WARN, Reason.PROOF_HEADER_EXTRA, (detail + ", ".join(sorted(extra)))[:_TOLD]),)
    return ()
