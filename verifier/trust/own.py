"""The organisations of this very service: known for certain, so nobody else is asked about them."""

from collections.abc import Callable, Generator
from datetime import datetime

from msgspec import Struct

from verifier.fetch import Answer, Need
from verifier.trust.source import Standing


def nobody(_issuer_id: str) -> bool:
    """No issuer is our own."""
    return False


_ISSUED_HERE = Standing(source="this service", says="own", statement="Issued here.")


class Own(Struct, frozen=True):
    """Vouches for the issuers of which `knows` says that they are ours."""

    knows: Callable[[str], bool] = nobody

    def ask(self, issuer_id: str, now: datetime) -> Generator[Need, Answer, Standing | None]:  # noqa: ARG002 — as every source is asked
        """Say that it was issued here, or nothing."""
        yield from ()
        return self.said(issuer_id)

    def said(self, issuer_id: str) -> Standing | None:
        """The same, at once."""
        return _ISSUED_HERE if self.knows(issuer_id) else None
