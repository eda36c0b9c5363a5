"""Open Badges 2.0, hosted or signed: opened where it can be verified, otherwise told from a forgery.

Nothing is invalid for being old: what proves too little stays undetermined (`format.legacy`) and says why.
"""

from collections.abc import Mapping
from typing import Any

from keys.proofs.jose import Secured
from schemas.report import Reason
from verifier.formats.opened import FormRefused, Opened, first_context
from verifier.lint.assertion import CONTEXTS
from verifier.lint.profile import Securing
from verifier.lint.rule import types
from verifier.openbadges2.members import authority, issuer_of, verification

_HOSTED, _SIGNED = {"HostedBadge", "hosted"}, {"SignedBadge", "signed"}


def token(secured: Secured) -> Opened | None:
    """Open a signed assertion whose issuer is in it; raises FormRefused."""
    assertion = secured.document
    if first_context(assertion) not in CONTEXTS:
        return None
    if secured.typ not in (None, "JWT") or not types(verification(assertion)) & _SIGNED:
        raise _undetermined("does not say of itself that it is a signed one.")
    badge = assertion.get("badge")
    if not isinstance(badge, dict):
        raise _undetermined(
            "only names its badge class by an address. Who issued it would be known from there, and we ask "
            "at no address that an unproven token chose."
        )
    if authority(issuer_of(badge)) is None:
        raise _undetermined("names no issuer by an https address, where its keys could be read.")
    return Opened(
        document=assertion,
        proofs=(secured,),
        securing=Securing.ASSERTION,
        detail=f"A signed assertion of Open Badges 2.0, by {secured.alg}.",
    )


def document(badge: Mapping[str, Any]) -> Opened | None:
    """Open a hosted assertion, whose address is its proof; raises FormRefused."""
    if first_context(badge) not in CONTEXTS:
        return None
    if not types(verification(badge)) & _HOSTED:
        raise _undetermined("does not say of itself that it is hosted, and nobody signed it as it is here.")
    if authority(badge.get("id")) is None:
        raise _undetermined("is hosted, but its id is not a plain https address.")
    detail = "A hosted assertion of Open Badges 2.0."
    return Opened(document=dict(badge), proofs=(), securing=Securing.HOSTED, detail=detail)


def _undetermined(why: str) -> FormRefused:
    detail = f"This Open Badge of an older version {why}"
    return FormRefused("proof", Reason.FORMAT_LEGACY, detail, certain=False)
