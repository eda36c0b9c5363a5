"""A link to a credential: what a share page's address or its QR code holds. It is fetched as plain text."""

import re

from verifier.carriers.found import Found
from verifier.guard import MAX_URL

_LINK = re.compile(rb"https?://[!-~]+", re.IGNORECASE)
# A QR code opens the verification of one credential; that credential is one step up.
_VERIFY_PAGE = re.compile(rb"(.*/c/[^/?#]+)/verify/?")


def find(evidence: bytes) -> Found | None:
    """One http or https address and nothing else."""
    link = evidence.strip()
    if len(link) > MAX_URL or not _LINK.fullmatch(link):
        return None
    page = _VERIFY_PAGE.fullmatch(link)
    return Found("link", page[1] if page else link, "A link.")
