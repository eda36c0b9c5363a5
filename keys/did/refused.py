"""What every DID method says of identifiers and documents that it does not take."""

# Beyond the longest did:jwk of a key that we accept: RSA with 8,192 bits.
MAX_DID = 2_560


class DidRefused(ValueError):  # noqa: N818 — the house's name: what a refusal is, not that it is an error
    """An identifier or document that is not usable: did.method, did.malformed, did.document, did.mismatch."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
