"""A key that only this process ever has.

For lints before signing, never for anything that is shown to anybody.
"""

from keys.algorithms import BY_NAME
from keys.base64url import encode
from keys.public import PublicKey


class ThrowAway:
    """A signer with a key of its own, made when it is made and gone with it."""

    __slots__ = ("_algorithm", "_private", "public")

    def __init__(self, alg: str = "ES256") -> None:
        """Make the key; an algorithm outside the table raises KeyError."""
        self._algorithm = BY_NAME[alg]
        self._private = self._algorithm.generate()
        numbers = self._private.public_key().public_numbers()
        x, y = (
            encode(part.to_bytes(self._algorithm.coordinate_bytes)).decode()
            for part in (numbers.x, numbers.y)
        )
        self.public = PublicKey.from_jwk(
            {"kty": self._algorithm.kty, "crv": self._algorithm.crv, "x": x, "y": y}
        )

    async def sign(self, message: bytes) -> bytes:
        """The signature in JOSE's form."""
        return self._algorithm.sign(self._private, message)
