"""Steps 4 and 5 for one credential or presentation: whose key, and did it sign this?"""

from collections.abc import Generator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from keys.proofs.data_integrity import Covered, EmbeddedProof
from keys.proofs.integrity_refused import IntegrityRefused
from keys.proofs.jose import Jws
from keys.public import PublicKey
from schemas.report import Outcome, Reason
from verifier.fetch import Need
from verifier.formats import FormRefused, Opened
from verifier.formats.embedded import only, refusal
from verifier.formats.opened import Proof
from verifier.issuer_key import Published, Purpose, issuer_key, published_keys
from verifier.known import Known
from verifier.lint.profile import Kind, Securing
from verifier.lint.rule import issuer_id, named_id
from verifier.openbadges2.hosted import hosted
from verifier.openbadges2.proven import Proven
from verifier.openbadges2.signed import signed
from verifier.question import Question
from verifier.sandbox import Chore, Done
from verifier.trail import Trail

_PURPOSES: dict[Kind, Purpose] = {"credential": "assertionMethod", "presentation": "authentication"}
# What was verified: a token's bytes, or what an embedded proof covers.
_VERIFIED = (
    "The signature covers every byte of the credential.",
    "The signature covers everything that the credential says.",
)

# Open Badges 2.0 has steps 4 and 5 of its own.
_OPEN_BADGES_2 = {Securing.HOSTED: hosted, Securing.ASSERTION: signed}

_Covers = tuple[Jws | Covered, ...]


class Signed(Struct, frozen=True):
    """What was signed, by a key that its signer publishes: the issuer, or a presentation's holder."""

    opened: Opened
    published: Published
    proven: Proven | None = None  # only of Open Badges 2.0

    @property
    def document(self) -> dict[str, Any]:
        """The credential or presentation, in the members that the later steps know."""
        return self.opened.document if self.proven is None else self.proven.document

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
    if opened.securing in _OPEN_BADGES_2:
        proven = yield from _OPEN_BADGES_2[opened.securing](opened, question, trail)
        if proven is None:
            return None
        return Signed(replace(opened, document=proven.assertion, known=Known()), proven.published, proven)
    covered = yield from _covered(opened, trail)
    if covered is None:
        return None
    published = yield from published_keys(_signer(opened), trail, _PURPOSES[opened.kind])
    if published is None:
        return None
    own = yield from _hold(opened, covered, published, question, trail)
    return Signed(only(opened, own), published) if own else None


def signed_by(
    opened: Opened, published: Published, question: Question, trail: Trail
) -> Generator[Need | Chore, Any, bool]:
    """Whether the issuer of these keys, which were read already, signed this."""
    covered = yield from _covered(opened, trail)
    return covered is not None and bool((yield from _hold(opened, covered, published, question, trail)))


def _covered(opened: Opened, trail: Trail) -> Generator[Chore, Any, _Covers | None]:
    """What each proof signs, worked out once; notes why not and gives None where that cannot be said."""
    known = opened.known
    if known.covered is None:
        every = []
        try:
            for proof in opened.proofs:
                covered = yield from _settled(proof)
                every.append(covered)
        except FormRefused as refused:
            tell = trail.failed if refused.certain else trail.unknown
            tell(refused.check, refused.reason, refused.detail)
            return None
        known.covered = tuple(every)
    return known.covered


def _hold(
    opened: Opened, covered: _Covers, published: Published, question: Question, trail: Trail
) -> Generator[Need, Any, list[int]]:
    """The places of the proofs that count, by keys of this issuer's; none unless every one is right."""
    own = every = list(range(len(covered)))
    if len(every) > 1:
        own = [at for at in every if published.select(opened.proofs[at].kid) is not None] or every
    if len(own) < len(every):
        detail = "Another proof of it is somebody else's; it counts for nothing here."
        trail.add("proof", Outcome.WARN, Reason.PROOF_NOT_COUNTED, detail)
    for at in own:
        key = yield from issuer_key(opened.proofs[at], published, trail, question.now)
        if key is None or not _signed(opened.known, at, covered[at], key, trail):
            return []
    return own


def _signed(known: Known, at: int, covered: Jws | Covered, key: PublicKey, trail: Trail) -> bool:
    """Step 5, once for each proof and key."""
    if (at, key.kid) in known.signed_by:
        trail.passed("signature", Reason.SIGNATURE_VERIFIED, _VERIFIED[type(covered) is Covered])
        return True
    if not signature(covered, key, trail):
        return False
    known.signed_by.add((at, key.kid))
    return True


def _settled(proof: Proof) -> Generator[Chore, Any, Jws | Covered]:
    """What one proof signs; raises FormRefused where that cannot be said for certain."""
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
        trail.passed("signature", Reason.SIGNATURE_VERIFIED, _VERIFIED[type(covered) is Covered])
    else:
        trail.failed("signature", Reason(failure.code), failure.detail)
    return failure is None
