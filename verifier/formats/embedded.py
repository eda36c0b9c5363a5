"""Documents with proofs of their own (Data Integrity 1.0)."""

from typing import Any

from schemas.report import Reason
from verifier.formats.opened import FormRefused, Opened


def open_document(document: dict[str, Any]) -> Opened | None:
    """Open a document with embedded proofs; raises FormRefused."""
    if "proof" not in document:
        return None
    detail = "It is secured in a way that this version does not read yet."
    raise FormRefused("proof", Reason.PROOF_UNSUPPORTED, detail, certain=False)
