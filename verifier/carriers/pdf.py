"""PDF documents, which may carry a credential and which this version does not open: it says so."""

from verifier.carriers.found import Found

_SIGNATURE = b"%PDF-"


def find(evidence: bytes) -> Found | None:
    """Recognise a PDF document by its first bytes (ISO 32000-2, 7.5.2)."""
    if not evidence.startswith(_SIGNATURE):
        return None
    detail = (
        "This is a PDF document; this version reads text and pictures. Paste its text or its link, or take a "
        "picture of its QR code."
    )
    return Found("unsupported", b"", detail)
