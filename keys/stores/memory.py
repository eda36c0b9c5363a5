"""A key that only this process ever has.

For lints before signing and for conformance runs, never for anything that anybody relies on.
"""

from keys.algorithms import BY_NAME
from keys.public import PublicKey


class ThrowAway:
    """A signer with a key of its own, made when it is made and gone with it."""

    __slots__ = ("_algorithm", "_private", "public")

    def __init__(self, alg: str = "ES256") -> None:
        """Make the key; an algorithm outside the table raises KeyError."""
        self._algorithm = BY_NAME[alg]
        self._private = self._algorithm.generate()
        self.public = PublicKey(self._algorithm, self._private.public_key())

    async def sign(self, message: bytes) -> bytes:
        """The signature in JOSE's form."""
        return self._algorithm.sign(self._private, message)
