"""Steps 4 and 5 for one credential or presentation: whose key, and did it sign this?"""

from collections.abc import Generator
from typing import Any

from msgspec import Struct

from keys.proofs.data_integrity import Covered, EmbeddedProof
from keys.proofs.integrity_refused import IntegrityRefused
from keys.proofs.jose import Jws
from keys.public import PublicKey
from schemas.report import Outcome, Reason
from verifier.fetch import Need
from verifier.formats import FormRefused, Opened
from verifier.formats.embedded import refusal
from verifier.formats.opened import Proof
from verifier.issuer_key import Published, issuer_key, published_keys
from verifier.lint.rule import issuer_id, named_id
from verifier.question import Question
from verifier.sandbox import Chore, Done
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
    """Take steps 4 and 5; None where nothing genuine is left to go on with.

    What a proof covers is put together before anybody is asked anything: where that cannot be, no key helps.
    """
    covered = yield from _all_covered(opened, trail)
    if covered is None:
        return None
    published = yield from published_keys(_signer(opened), trail)
    if published is None or not (yield from _hold(covered, published, question, trail)):
        return None
    return Signed(opened, published)


def signed_by(
    opened: Opened, published: Published, question: Question, trail: Trail
) -> Generator[Need | Chore, Any, bool]:
    """Whether the issuer of these keys, which were read already, signed this."""
    covered = yield from _all_covered(opened, trail)
    return covered is not None and (yield from _hold(covered, published, question, trail))


_AllCovered = list[tuple[Proof, Jws | Covered]]


def _all_covered(opened: Opened, trail: Trail) -> Generator[Chore, Any, _AllCovered | None]:
    """Each proof with what it covers; notes why not and gives None where that cannot be said."""
    covered: _AllCovered = []
    try:
        for proof in opened.proofs:
            what = yield from _covered(proof)
            covered.append((proof, what))
    except FormRefused as refused:
        tell = trail.failed if refused.certain else trail.unknown
        tell(refused.check, refused.reason, refused.detail)
        return None
    return covered


def _hold(
    covered: _AllCovered, published: Published, question: Question, trail: Trail
) -> Generator[Need, Any, bool]:
    """Whether every proof that counts is by a key of this issuer's, and right."""
    own = [pair for pair in covered if published.select(pair[0].kid) is not None]
    if own and len(own) < len(covered):
        detail = "Another proof of it is somebody else's; it counts for nothing here."
        trail.add("proof", Outcome.WARN, Reason.PROOF_NOT_COUNTED, detail)
    for proof, what in own or covered:
        key = yield from issuer_key(proof, published, trail, question.now)
        if key is None or not signature(what, key, trail):
            return False
    return True


def _covered(proof: Proof) -> Generator[Chore, Any, Jws | Covered]:
    """What a proof's signature covers; raises FormRefused where that cannot be said for certain."""
    if not isinstance(proof, EmbeddedProof):
        return proof
    steps = proof.covered()
    try:
        hard = next(steps)
        while True:
            answer = yield Chore("graph", hard.nquads)
            hard = steps.send(answer.data if isinstance(answer, Done) else None)
    except StopIteration as done:
        covered: Covered = done.value
        return covered
    except IntegrityRefused as refused:
        raise refusal(refused) from None


def _signer(opened: Opened) -> str | None:
    """A credential's issuer; a presentation's holder, or else the controller of the key that is named."""
    if opened.kind == "credential":
        return issuer_id(opened.document)
    return named_id(opened.document, "holder") or (opened.proofs[0].kid or "").partition("#")[0] or None


def signature(covered: Jws | Covered, key: PublicKey, trail: Trail) -> bool:
    """Step 5: over the bytes as they were received, or over what a document means."""
    failure = covered.check(key)
    if failure is None:
        detail = "The signature covers every byte of the credential."
        if isinstance(covered, Covered):
            detail = "The signature covers everything that the credential says."
        trail.passed("signature", Reason.SIGNATURE_VERIFIED, detail)
    else:
        trail.failed("signature", Reason(failure.code), failure.detail)
    return failure is None
