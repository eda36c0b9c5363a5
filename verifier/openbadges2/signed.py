"""A signed assertion (Open Badges 2.0, SignedBadge Verification): by a key that its issuer's profile lists.

Two requests at most before the signature holds, both on the issuer's own host: its profile at its id, and a
key that the profile names by its address. `creator` selects among the profile's keys and is no key itself.
"""

from collections.abc import Generator
from typing import Any

from msgspec.structs import replace

from keys.proofs.jose import Jws
from schemas.report import Reason
from verifier.fetch import Need
from verifier.formats.opened import Opened
from verifier.issuer_key import CHECK, issuer_key, published_keys
from verifier.lint.rule import named_id
from verifier.openbadges2.members import issuer_of, verification
from verifier.openbadges2.proven import Proven, Unproven, profile_in
from verifier.published import KeySet
from verifier.question import Question
from verifier.trail import Trail


def signed(opened: Opened, question: Question, trail: Trail) -> Generator[Need, Any, Proven | None]:
    """Steps 4 and 5; notes why not and gives None where nothing is proven."""
    try:
        return (yield from _proven(opened, question, trail))
    except Unproven as unproven:
        unproven.tell(trail)
    return None


def _proven(opened: Opened, question: Question, trail: Trail) -> Generator[Need, Any, Proven | None]:
    assertion = opened.document
    published = yield from published_keys(issuer_of(assertion["badge"]), trail)
    if published is None:
        return None
    profile = profile_in(published)
    named = named_id(verification(assertion), "creator") or _only(published.keys)
    if published.keys.keyless or named is None:
        # Unlike elsewhere, a key that merely stands on the issuer's host counts for nothing here.
        detail = "The issuer's profile lists no keys, or several, and nothing says which of them signed this."
        raise Unproven(CHECK, Reason.ISSUER_KEY_NOT_PUBLISHED, detail, published.document)
    proof = next(replace(proof, kid=named) for proof in opened.proofs if isinstance(proof, Jws))
    key = yield from issuer_key(proof, published, trail, question.now)
    if key is None:
        return None
    failure = proof.check(key)
    if failure is not None:
        raise Unproven("signature", Reason(failure.code), failure.detail, certain=True)
    detail = "The signature covers every byte of the assertion."
    trail.passed("signature", Reason.SIGNATURE_VERIFIED, detail)
    return Proven(assertion, assertion["badge"], profile, published)


def _only(keys: KeySet) -> str | None:
    """The one key of a profile, where there is just one."""
    named = {*keys.named, *(name for listed in keys.listed for name in listed.ids)}
    return named.pop() if len(named) == 1 else None
