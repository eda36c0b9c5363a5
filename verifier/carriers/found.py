"""What a carrier can say."""

from typing import Literal

from msgspec import Struct

from schemas.report import Reason


class Found(Struct, frozen=True):
    """`data` is the token, JSON text or link, or the picture that is to be decoded; `detail` a sentence.

    `unsupported` is recognised and not read; `refused` holds no credential that anybody could find without
    guessing, and `reason` is why.
    """

    kind: Literal["token", "json", "link", "picture", "unsupported", "refused"]
    data: bytes
    detail: str
    reason: Reason | None = None


def refused(reason: Reason, detail: str) -> Found:
    """Say why what was recognised holds no credential."""
    return Found("refused", b"", detail, reason)
