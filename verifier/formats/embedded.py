"""Documents with proofs of their own: Data Integrity 1.0 and its cryptosuites.

A document may have several proofs. One that is broken speaks against the whole; one of a suite that we do not
read counts for nothing, and for nothing against it, as long as another one can be verified.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec.structs import replace

from keys.proofs.data_integrity import EmbeddedProof, read
from keys.proofs.integrity_refused import IntegrityRefused
from keys.proofs.jose import Failure
from schemas.report import Outcome, Reason
from verifier.carriers import MAX_EVIDENCE
from verifier.formats.opened import Binding, FormRefused, Note, Opened
from verifier.known import Known
from verifier.lint.profile import Securing
from verifier.lint.rule import types

# What says nothing against a document, only against our reading.
_UNCERTAIN = frozenset({Reason.PROOF_UNSUPPORTED, Reason.PROOF_COMPLEXITY, Reason.SHAPE_CONTEXT_UNKNOWN})
_REASONS = {"shape.undefined_term": Reason.SHAPE_UNSIGNED_TERM}
# Bytes in all: one or two proofs are always looked at.
_CANONICALISED = 2 * MAX_EVIDENCE
_PURPOSES = {"credential": "assertionMethod", "presentation": "authentication"}


def open_document(document: dict[str, Any]) -> Opened | None:
    """Open a document with embedded proofs; raises FormRefused."""
    if "proof" not in document:
        return None
    try:
        every = read(document)
    except IntegrityRefused as refused:
        raise refusal(refused) from None
    kind = "presentation" if "VerifiablePresentation" in types(document) else "credential"
    proofs = _readable(every)
    if any(proof.purpose != _PURPOSES[kind] for proof in proofs):
        detail = f"Its proof was made for another purpose than a {kind}'s."
        raise FormRefused("proof", Reason.PROOF_PURPOSE, detail)
    said = _said(proofs)
    if len(said["raw"]) * len(proofs) > _CANONICALISED:
        detail = "It is long, and has too many proofs: it would be canonicalised anew for each of them."
        raise FormRefused("proof", Reason.PROOF_COMPLEXITY, detail, certain=False)
    return Opened(
        securing=Securing.PROOF,
        detail=f"A document with a proof of its own ({proofs[0].cryptosuite}).",
        notes=_notes(len(every) - len(proofs)),
        kind="presentation" if kind == "presentation" else "credential",
        **said,
    )


def only(opened: Opened, own: Iterable[int]) -> Opened:
    """What is left where only the proofs in these places count: nor do others say for whom, or until when."""
    kept = tuple(opened.proofs[at] for at in own)
    return opened if len(kept) == len(opened.proofs) else replace(opened, known=Known(), **_said(kept))


def _said(proofs: tuple[Any, ...]) -> dict[str, Any]:
    """The members of `Opened` that embedded proofs decide."""
    first = proofs[0]
    return {
        "document": first.document,
        "proofs": proofs,
        "raw": msgspec.json.encode(first.document),
        "binding": Binding(first.challenge, first.domain, first.created),
        "ends": tuple(proof.expires for proof in proofs if proof.expires is not None),
    }


def refusal(refused: IntegrityRefused | Failure) -> FormRefused:
    """What a refusal of the proofs' reader means for the steps; its code says which one it belongs to."""
    reason = _REASONS.get(refused.code) or Reason(refused.code)
    check = "shape" if reason.startswith("shape.") else "proof"
    return FormRefused(check, reason, refused.detail, certain=reason not in _UNCERTAIN)


def _readable(every: tuple[EmbeddedProof, ...]) -> tuple[EmbeddedProof, ...]:
    """The proofs that can be verified; raises FormRefused for a broken one, and where there is none."""
    failures = [refusal(proof.failure) for proof in every if proof.failure is not None]
    broken = next((failure for failure in failures if failure.certain), None)
    if broken is not None:
        raise broken
    if len(failures) == len(every):
        raise failures[0]
    return tuple(proof for proof in every if proof.failure is None)


def _notes(unread: int) -> tuple[Note, ...]:
    if not unread:
        return ()
    detail = "Another proof of it is of a kind that we do not read; it counts for nothing here."
    return ((Outcome.WARN, Reason.PROOF_NOT_COUNTED, detail),)
