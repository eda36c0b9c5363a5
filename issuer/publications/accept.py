"""Which form of a credential is asked for: a token, or JSON with an embedded proof (RFC 9110, 12.5.1)."""

TOKEN = ("application/vc+jwt",)
PROVED = ("application/vc", "application/ld+json", "application/json", "application/vc+ld+json")
_WILD = ("application/*", "*/*")
_LONGEST = 1_024


def prefers_proof(accept: bytes) -> bool:
    """Whether this Accept header names JSON, and no token that it would rather have.

    Whoever names neither gets the token: the media type that the address has by itself.
    """
    ranges = _ranges(accept[:_LONGEST].decode("latin-1").lower())
    wild = max((ranges[name] for name in _WILD if name in ranges), default=0.0)
    proved = max((ranges[name] for name in PROVED if name in ranges), default=0.0)
    token = max((ranges[name] for name in TOKEN if name in ranges), default=None)
    return proved > token if token is not None else proved > 0 and proved >= wild


def _ranges(accept: str) -> dict[str, float]:
    """The quality of each media range that is named; what cannot be read counts for nothing."""
    found = {}
    for part in accept.split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        quality = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
        try:
            found[name] = min(max(float(quality), 0.0), 1.0)
        except ValueError:
            found[name] = 0.0
    return found
