"""One result of a delivery: what an adapter makes of it, and what to call it when it is refused."""

from collections.abc import Callable

from msgspec import Struct

from schemas.receipt import Receipt, ReceiptRefused


class Piece(Struct, frozen=True):
    """A receipt with what was delivered of it; `place` names it among several, as in `Line 3`."""

    receipt: Receipt
    original: bytes
    place: str | None = None


def at(place: str, read: Callable[[], Receipt]) -> Receipt:
    """Read one of several; raises ReceiptRefused with its place before the detail."""
    try:
        return read()
    except ReceiptRefused as refused:
        raise ReceiptRefused(refused.code, f"{place}: {refused.detail}") from None
