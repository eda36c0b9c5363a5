"""Who may use the VC API: nobody, whoever has the token, or, on this machine alone, everybody."""

import hashlib
import hmac
import ipaddress
from typing import Literal

from msgspec import Struct

from schemas.problems import ProblemError
from verifier.web.asgi import Scope

Mode = Literal["off", "token", "open"]
SHORTEST_TOKEN = 32


class AccessRefused(ValueError):  # noqa: N818 — the house's name: what a refusal is, not that it is an error
    """A way to open the VC API that would let strangers sign; the message is a sentence."""


class Access(Struct, frozen=True):
    """`digest` is the token's SHA-256; without one, only callers on this machine are answered."""

    digest: bytes | None

    def check(self, scope: Scope) -> None:
        """Let the caller in; raises ProblemError token.missing, token.invalid or request.not_found."""
        if self.digest is None:
            client = scope.get("client")
            if client is None or not loopback(client[0]):
                raise ProblemError("request.not_found")
            return
        headers = {bytes(name).lower(): bytes(value) for name, value in scope["headers"]}
        scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() != b"bearer" or not token:
            raise ProblemError("token.missing")
        if not hmac.compare_digest(hashlib.sha256(token.strip()).digest(), self.digest):
            raise ProblemError("token.invalid")


def grant(mode: str, token: str | None, listen: tuple[str, ...]) -> Access | None:
    """Return who may use the VC API, or None where it is off; raises AccessRefused."""
    if mode == "off":
        return None
    if mode == "token":
        if token is None or len(token) < SHORTEST_TOKEN:
            raise AccessRefused(
                f"The VC API needs a token of {SHORTEST_TOKEN} characters or more: ASSAY_VC_API_TOKEN."
            )
        return Access(hashlib.sha256(token.encode()).digest())
    if mode != "open":
        raise AccessRefused("The VC API can be off, token or open.")
    if not all(loopback(address) for address in listen):
        raise AccessRefused(
            "Without a token the VC API is opened only where this machine's own addresses listen, no other."
        )
    return Access(None)


def loopback(address: str) -> bool:
    """Tell whether an address is this machine's own."""
    try:
        return address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
