"""What a carrier can say."""

from typing import Literal

from msgspec import Struct


class Found(Struct, frozen=True):
    """`data` is the token, JSON text or link; for `unsupported`, `detail` says what it is."""

    kind: Literal["token", "json", "link", "unsupported"]
    data: bytes
    detail: str
