"""Rules of the Open Badges 3.0 JWT form: what the token's claims must repeat of the credential."""

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.report import Reason
from schemas.times import TimeRefused, date_time_stamp, numeric_date
from verifier.lint.profile import JWT, MODEL_2, OPEN_BADGES_JWT
from verifier.lint.rule import Rule, Severity, Spot, issuer_id, subjects


def identity_claims(document: Mapping[str, Any]) -> Iterator[Spot]:
    """`iss`, `jti` and `sub` are the ids of issuer, credential and subject."""
    subject = next((value.get("id") for _, value in subjects(document)), None)
    expected = {"iss": issuer_id(document), "jti": document.get("id"), "sub": subject}
    for claim, value in expected.items():
        if not isinstance(value, str) or document.get(claim) != value:
            yield f"/{claim}", f"The claim {claim} must be there and repeat the credential's own id."


def time_claims(document: Mapping[str, Any]) -> Iterator[Spot]:
    """`nbf` is validFrom and `exp` is validUntil, in seconds."""
    for claim, member, required in (("nbf", "validFrom", True), ("exp", "validUntil", False)):
        if member not in document and claim not in document and not required:
            continue
        try:
            same = numeric_date(document.get(claim)) == date_time_stamp(document.get(member))
        except TimeRefused:
            same = False
        if not same:
            yield f"/{claim}", f"The claim {claim} must be there and repeat {member}."


def no_wrapper(document: Mapping[str, Any]) -> Iterator[Spot]:
    """The payload is the credential itself: `vc` and `vp` belong to older forms."""
    for claim in ("vc", "vp"):
        if claim in document:
            yield f"/{claim}", f"The payload is the credential itself and has no claim {claim}."


_JWT = "Open Badges 3.0, JSON Web Token proof format"

RULES = (
    Rule(Reason.SHAPE_CLAIMS, Severity.ERROR, _JWT, identity_claims, OPEN_BADGES_JWT),
    Rule(Reason.SHAPE_CLAIMS, Severity.ERROR, _JWT, time_claims, OPEN_BADGES_JWT),
    Rule(Reason.SHAPE_CLAIMS, Severity.ERROR, "VC-JOSE-COSE, section 1.1.2.1", no_wrapper, JWT & MODEL_2),
)
