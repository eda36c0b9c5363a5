"""Step 1: find the credential inside what was handed over. One module per carrier, one line in the tuple."""

from collections.abc import Callable

from verifier.carriers import binary, text, url
from verifier.carriers.found import Found

# The first that recognises the evidence wins; `text` takes what looks like a token or JSON.
CARRIERS: tuple[Callable[[bytes], Found | None], ...] = (binary.find, url.find, text.find)

# Bytes; a credential is rarely larger than 100 kB, and every one of them costs its reader time.
MAX_EVIDENCE = 262_144


def find(evidence: bytes) -> Found | None:
    """What the evidence is, or None if nothing that we know."""
    for carrier in CARRIERS:
        found = carrier(evidence)
        if found is not None:
            return found
    return None
