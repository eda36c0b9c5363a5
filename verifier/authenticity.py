"""Steps 4 and 5 for one credential or presentation: whose key, and did it sign this?"""

from collections.abc import Generator
from typing import Any

from msgspec import Struct

from keys.public import PublicKey
from schemas.report import Outcome, Reason
from verifier.fetch import Need
from verifier.formats import Opened
from verifier.formats.opened import Proof
from verifier.issuer_key import Published, issuer_key, published_keys
from verifier.lint.rule import issuer_id, named_id
from verifier.question import Question
from verifier.sandbox import Chore
from verifier.trail import Trail


class Signed(Struct, frozen=True):
    """What was signed, by a key that its signer publishes: the issuer, or a presentation's holder."""

    opened: Opened
    published: Published

    @property
    def document(self) -> dict[str, Any]:
        """The credential or presentation."""
        return self.opened.document

    @property
    def signer(self) -> str:
        """Whose keys were asked for."""
        return self.published.issuer


def authenticate(
    opened: Opened, question: Question, trail: Trail
) -> Generator[Need | Chore, Any, Signed | None]:
    """Take steps 4 and 5, for every proof; None where nothing genuine is left to go on with."""
    published = yield from published_keys(_signer(opened), trail)
    if published is None:
        return None
    for proof in opened.proofs:
        key = yield from issuer_key(proof, published, trail, question.now)
        if key is None or not signature(proof, key, trail):
            return None
    return Signed(opened, published)


def _signer(opened: Opened) -> str | None:
    """A credential's issuer; a presentation's holder, or else the controller of the key that is named."""
    if opened.kind == "credential":
        return issuer_id(opened.document)
    return named_id(opened.document, "holder") or (opened.proofs[0].kid or "").partition("#")[0] or None


def signature(proof: Proof, key: PublicKey, trail: Trail) -> bool:
    """Step 5: over the bytes as they were received."""
    failure = proof.check(key)
    if failure is None:
        detail = "The signature covers every byte of the credential."
        trail.passed("signature", Reason.SIGNATURE_VERIFIED, detail)
    else:
        trail.add("signature", Outcome.FAIL, Reason(failure.code), failure.detail)
    return failure is None
