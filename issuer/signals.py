"""Ending in order from the first moment on: told to stop while it starts, the service leaves nothing."""

import signal
from types import FrameType

STOPPING = (signal.SIGTERM, signal.SIGINT)


class Stopped(BaseException):
    """We were told to stop; `name` is the signal's. Whoever holds something open closes it on the way out."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def raise_when_told() -> None:
    """Let the first SIGTERM or SIGINT raise Stopped where the program stands; later ones change nothing."""
    for number in STOPPING:
        signal.signal(number, _stop)


def ignore() -> None:
    """Let nothing interrupt us any more: everything that is still open is closed within bounded time."""
    for number in STOPPING:
        signal.signal(number, _already)  # not SIG_IGN, which processes that we start would inherit


def _stop(number: int, _frame: FrameType | None) -> None:
    ignore()
    raise Stopped(signal.Signals(number).name)


def _already(_number: int, _frame: FrameType | None) -> None:
    """Nothing: we are ending."""
