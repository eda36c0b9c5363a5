"""The JWT form of the W3C data model 1.1 (section 6.3.1): a credential in the claim `vc`, or one in `vp`.

Registered claims stand for members of the credential and are put back in their places; where both are there
and differ, the token says two things at once and is refused.
"""

from typing import Any

from keys.proofs.jose import Secured
from schemas.report import Reason
from schemas.times import TimeRefused, date_time_stamp, numeric_date
from verifier.formats.opened import Binding, FormRefused, Opened, audiences, key_named, text
from verifier.lint.profile import Securing
from verifier.lint.rule import issuer_id, named_id

_IDS = (("jti", "id"), ("iss", "issuer"))
_TIMES = (("nbf", "issuanceDate"), ("exp", "expirationDate"))


def open_token(secured: Secured) -> Opened | None:
    """Open a token of type JWT, or of none, with a claim `vc` or `vp`; raises FormRefused."""
    payload = secured.document
    claim = "vc" if "vc" in payload else "vp" if "vp" in payload else None
    if claim is None or secured.typ not in (None, "JWT"):
        return None
    inner = payload[claim]
    if not isinstance(inner, dict):
        detail = f"The token's claim {claim} holds no credential."
        raise FormRefused("well_formed", Reason.WELL_FORMED_NOT_A_CREDENTIAL, detail)
    key_named(secured)
    presents = claim == "vp"
    return Opened(
        document=_presentation(payload, inner) if presents else _credential(payload, inner),
        proofs=(secured,),
        securing=Securing.CLAIM,
        detail=f"A token of the W3C data model 1.1, signed with {secured.alg}.",
        kind="presentation" if presents else "credential",
        binding=Binding(text(payload.get("nonce")), audiences(payload.get("aud")), payload.get("iat")),
    )


def _credential(payload: dict[str, Any], inner: dict[str, Any]) -> dict[str, Any]:
    document = dict(inner)
    for claim, member in _IDS:
        _restore(document, member, payload.get(claim))
    for claim, member in _TIMES:
        _restore_time(document, claim, member, payload)
    subject = document.get("credentialSubject")
    if "sub" in payload and isinstance(subject, dict):
        document["credentialSubject"] = subject = dict(subject)
        _restore(subject, "id", payload["sub"])
    return document


def _presentation(payload: dict[str, Any], inner: dict[str, Any]) -> dict[str, Any]:
    # A presentation has no members of its own for times: the claims stand beside the others, to be judged.
    document = {**inner, **{claim: payload[claim] for claim, _ in _TIMES if claim in payload}}
    for claim, member in (("jti", "id"), ("iss", "holder")):
        _restore(document, member, payload.get(claim))
    return document


def _restore(document: dict[str, Any], member: str, value: Any) -> None:
    if value is None:
        return
    said = issuer_id(document) if member == "issuer" else named_id(document, member)
    if said is None and member not in document:
        document[member] = value
    elif said != value:
        detail = f"The token's claims name another {member} than the credential in it."
        raise FormRefused("proof", Reason.PROOF_ISSUER_MISMATCH, detail)


def _restore_time(document: dict[str, Any], claim: str, member: str, payload: dict[str, Any]) -> None:
    """A time of the token in the credential's place; where both stand there, to the second, they agree."""
    if claim not in payload:
        return
    try:
        moment = numeric_date(payload[claim])
        if member in document and date_time_stamp(document[member]).replace(microsecond=0) == moment:
            return
    except TimeRefused as refused:
        raise FormRefused("proof", Reason.PROOF_TIMES, f"{claim} or {member} is {refused}.") from None
    if member in document:
        detail = f"The token's {claim} is another moment than the credential's {member}."
        raise FormRefused("proof", Reason.PROOF_TIMES, detail)
    document[member] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
