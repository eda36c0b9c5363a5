"""What a carrier can say."""

from typing import Literal

from msgspec import Struct


class Found(Struct, frozen=True):
    """`data` is the token, the JSON text or the link; for `unsupported`, `detail` says what it is in words."""

    kind: Literal["token", "json", "link", "unsupported"]
    data: bytes
    detail: str
