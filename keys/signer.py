"""The one thing that an issuer asks of a private key, wherever it lives."""

from typing import Protocol

from keys.public import PublicKey


class Signer(Protocol):
    """A public half, and signatures by the private one: a file's, an HSM's, a KMS's."""

    @property
    def public(self) -> PublicKey:
        """The key that verifies what this signs."""
        ...

    async def sign(self, message: bytes) -> bytes:
        """The signature over `message` in JOSE's form (r||s for ES256). May wait for a device."""
        ...
