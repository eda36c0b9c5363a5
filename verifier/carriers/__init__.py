"""Step 1: find the credential inside what was handed over. One module per carrier, one line in the tuple.

`find(evidence)` gives a Found, or None for bytes that no carrier knows. Its kinds:

- `token`, `json`: the credential, for step 2; inside pictures too, where `detail` says so.
- `link`: to be fetched, once. Whatever the answer holds, no second link and no picture is followed from it.
- `picture`: no credential is baked into it; the sandbox looks for a QR code (`Chore("picture", found.data)`),
  and `picture.decoded(answer)` says what it found: a link or a token, never another picture.
- `unsupported`: recognised and not read: *unknown*.
- `refused`: no credential, or not exactly one; `reason` is the finding's, *unknown* where nobody looked
  (`carrier.not_decoded`) and *fail* otherwise.

`verifier.carrier` does all this. What finds also bakes (`png.bake`, `svg.bake`): one place knows a format.
"""

from collections.abc import Callable

from verifier.carriers import pdf, picture, png, svg, text, url
from verifier.carriers.found import Found
from verifier.carriers.inside import MAX_EVIDENCE
from verifier.carriers.picture import MAX_PICTURE

__all__ = ["CARRIERS", "MAX_EVIDENCE", "MAX_PICTURE", "Found", "find", "most"]

# The first that recognises the evidence wins; `text` takes what looks like a token or JSON.
CARRIERS: tuple[Callable[[bytes], Found | None], ...] = (
    text.find_token,
    png.find,
    picture.find,
    svg.find,
    pdf.find,
    url.find,
    text.find,
)


def find(evidence: bytes) -> Found | None:
    """What the evidence is, or None if nothing that we know."""
    for carrier in CARRIERS:
        found = carrier(evidence)
        if found is not None:
            return found
    return None


def most(evidence: bytes) -> int:
    """How many bytes such evidence may have: a picture more than a text."""
    if evidence.startswith(png.SIGNATURE) or picture.find(evidence[:16]) is not None:
        return MAX_PICTURE
    return svg.MAX_SVG if svg.looks_like(evidence) else MAX_EVIDENCE
