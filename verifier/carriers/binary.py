"""Files that may carry a credential but that this version does not open: it says so."""

from verifier.carriers.found import Found

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"%PDF-", "a PDF document"),
    (b"<svg", "an SVG picture"),
)


def find(evidence: bytes) -> Found | None:
    """Recognise a file by its first bytes."""
    for signature, name in _SIGNATURES:
        if evidence.startswith(signature):
            detail = (
                f"This is {name}; this version reads credentials only as text. Paste its text or its link."
            )
            return Found("unsupported", b"", detail)
    return None
